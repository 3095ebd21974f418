"""A report as accessible PDF (PDF/UA-1), set by Typst; words travel as data, never as markup."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.core.language import translator
from app.core.typesetting import pdf_of
from app.results.reports.content import Report

TEMPLATE = Path(__file__).parent / "report.typ"


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


FIXED_WORDS = {
    "nation": _("SOCIALIST REPUBLIC OF VIET NAM"),
    "motto": _("Independence - Freedom - Happiness"),
    "recipients": _("Recipients:"),
}


def as_pdf(report: Report) -> bytes:
    """The PDF. The compiler refuses what PDF/UA-1 forbids: a picture without words, a missing title."""
    return pdf_of(TEMPLATE, "report", as_plain(report), standards=("ua-1",))


def as_plain(report: Report) -> dict[str, Any]:
    """The report as plain values, every block with its kind."""
    translate = translator(report.language)
    plain = asdict(report)
    plain["title"] = f"{report.kind}: {report.subject}"
    plain["words"] = {name: translate(text) for name, text in FIXED_WORDS.items()}
    plain["blocks"] = [{"type": type(block).__name__.lower(), **asdict(block)} for block in report.blocks]
    return plain
