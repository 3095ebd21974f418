"""A chart as a PNG, drawn by Typst with the fonts of the program."""

import re
from pathlib import Path

import typst

from app.core.typesetting import FONTS

PIXELS_PER_INCH = 144
TEMPLATE = Path(__file__).parent / "picture.typ"
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def chart_png(svg: str) -> bytes:
    """The same chart as pixels, twice as many as it has units, on a background of paper."""
    size = _SIZE.search(svg)
    if size is None:
        raise ValueError("a chart has a viewBox that begins at 0 0")
    drawn = typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="png",
        ppi=PIXELS_PER_INCH,
        sys_inputs={"svg": svg, "width": size[1]},
    )
    if not isinstance(drawn, bytes):
        raise TypeError(f"Typst gave {type(drawn).__name__}, not one picture")
    return drawn
