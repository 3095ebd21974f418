"""Label sheets for receipts: PDF on A4, drawn by Typst. Names travel as data, never as markup."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from app.core.numbers import day
from app.core.qr import qr_svg
from app.core.typesetting import pdf_of
from app.receipts.issuing import IssuedReceipt

TEMPLATE = Path(__file__).parent / "labels.typ"
LONGEST_NAME = 52
LONGEST_SERVICE = 84


def label_sheet(receipts: Sequence[IssuedReceipt]) -> bytes:
    """The PDF: twelve labels a page, one for every receipt."""
    return pdf_of(TEMPLATE, "sheet", {"labels": [_label(receipt) for receipt in receipts]})


def _label(receipt: IssuedReceipt) -> dict[str, str]:
    return {
        "qr": qr_svg(receipt.url),
        "unit": _short(receipt.unit_name, LONGEST_NAME),
        "service": _short(receipt.service_name, LONGEST_SERVICE),
        "code": receipt.short_code,
        "site": urlsplit(receipt.url).netloc,
        "expires": day(receipt.expires_on, "vi"),
    }


def _short(text: str, most: int) -> str:
    """At most so many letters, cut at a word."""
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0].rstrip(',;. ')}…"
