"""Posters: one code for a unit or one of its counters, good for everybody who comes; drawn by Typst."""

import json
import re
from pathlib import Path
from urllib.parse import urlencode

import fontpkg_be_vietnam_pro as font
import typst

from app.core.config import settings
from app.core.errors import Invalid
from app.core.qr import qr_svg

TEMPLATE = Path(__file__).parent / "poster.typ"
FONTS = Path(font.__file__).parent / "files"
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
    drawn = typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"poster": json.dumps(shown, ensure_ascii=False)},
    )
    if not isinstance(drawn, bytes):
        raise TypeError(f"Typst gave {type(drawn).__name__}, not one PDF")
    return drawn
