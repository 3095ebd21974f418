"""Posters: one code for a unit or one of its counters, good for everybody who comes; drawn by Typst."""

import re
from pathlib import Path
from urllib.parse import urlencode

from app.core.config import settings
from app.core.errors import Invalid
from app.core.qr import qr_svg
from app.core.typesetting import pdf_of

TEMPLATE = Path(__file__).parent / "poster.typ"
COUNTER_SHAPE = re.compile(r"[\w .\-]{1,20}")


def counter_of(text: str) -> str:
    """The label of a counter as it stands in an address; empty when it is none."""
    plain = " ".join(text.split())
    return plain if COUNTER_SHAPE.fullmatch(plain) else ""


def poster_link(unit_code: str, counter: str = "") -> str:
    """The address of a unit's poster; a counter's label travels in it."""
    asked = f"?{urlencode({'counter': counter})}" if counter else ""
    return f"{settings().link_base}/p/{unit_code}{asked}"


def poster(unit_code: str, unit_name: str, *, counter: str = "") -> bytes:
    """The PDF, A5."""
    label = counter_of(counter)
    if counter and not label:
        raise Invalid(
            "the counter's label {value} is too long or holds signs",
            where="counter",
            remedy="use at most 20 letters, digits, spaces, points and dashes",
            value=counter,
        )
    link = poster_link(unit_code, label)
    shown = {"qr": qr_svg(link), "unit": unit_name, "counter": label, "address": poster_link(unit_code)}
    return pdf_of(TEMPLATE, "poster", shown)
