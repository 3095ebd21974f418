"""PDF pages set by Typst with the fonts of the program; words travel as data, never as markup."""

import json
from pathlib import Path
from typing import Any, Literal

import fontpkg_be_vietnam_pro as font
import typst

FONTS = Path(font.__file__).parent / "files"


def pdf_of(template: Path, name: str, data: Any, *, standards: tuple[Literal["ua-1"], ...] = ()) -> bytes:
    """The PDF of a template, which reads `data` under `name`."""
    drawn = typst.compile(
        template,
        root=template.parent,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={name: json.dumps(data, ensure_ascii=False)},
        pdf_standards=list(standards),
    )
    if not isinstance(drawn, bytes):
        raise TypeError(f"Typst gave {type(drawn).__name__}, not one PDF")
    return drawn
