"""A run as a file in any format: which formats there are, and the one call that writes them."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlmodel import Session

from app.core.errors import Invalid
from app.results.exports.delimited import write_csv, write_json
from app.results.exports.sheet import Sheet, sheet_of
from app.results.exports.workbook import write_xlsx
from app.results.runs import Run

Writer = Callable[[Sheet, Path, str], None]

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
WRITERS: Mapping[str, Writer] = {"csv": write_csv, "xlsx": write_xlsx, "json": write_json}
FORMATS = tuple(WRITERS)


def export_run(session: Session, run: Run, kind: str, *, language: str, digits: int = 0) -> bytes:
    """The whole file. `digits` asks for more decimals than are published. Raises: Invalid."""
    check_format(kind)
    sheet = sheet_of(session, run, language=language, digits=digits)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"results.{kind}")
        WRITERS[kind](sheet, path, language)
        return path.read_bytes()


def check_format(kind: str) -> None:
    """Raises: Invalid, naming the formats there are."""
    if kind not in FORMATS:
        raise Invalid(
            "the format {value} is not known",
            where="format",
            remedy="use one of: {known}",
            value=repr(kind),
            known=", ".join(FORMATS),
        )
