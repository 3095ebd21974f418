"""A report as accessible PDF (PDF/UA-1), set by Typst; words travel as data, never as markup."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import fontpkg_be_vietnam_pro as font
import typst

from app.core.language import translator
from app.results.reports.content import Report

TEMPLATE = Path(__file__).parent / "report.typ"
FONTS = Path(font.__file__).parent / "files"
STANDARD: Literal["ua-1"] = "ua-1"


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
    return compile_pdf(TEMPLATE, {"report": json.dumps(as_plain(report), ensure_ascii=False)})


def compile_pdf(template: Path, inputs: dict[str, str]) -> bytes:
    """A template with its data, as PDF/UA-1."""
    made = typst.compile(
        template,
        root=template.parent,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs=inputs,
        pdf_standards=[STANDARD],
    )
    if not isinstance(made, bytes):
        raise TypeError(f"Typst gave {type(made).__name__}, not one PDF")
    return made


def as_plain(report: Report) -> dict[str, Any]:
    """The report as plain values, every block with its kind."""
    translate = translator(report.language)
    plain = asdict(report)
    plain["title"] = f"{report.kind}: {report.subject}"
    plain["words"] = {name: translate(text) for name, text in FIXED_WORDS.items()}
    plain["blocks"] = [{"type": type(block).__name__.lower(), **asdict(block)} for block in report.blocks]
    return plain
