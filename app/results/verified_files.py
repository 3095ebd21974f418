"""Files of results read back: the rows as they were published, and the run that they name."""

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from app.core.errors import Invalid
from app.results.columns import every_column

KINDS = {column.name: column.kind for column in every_column()}
APOSTROPHE = "'"

Rows = list[dict[str, Any]]


def read_published(path: Path) -> tuple[Rows, str]:
    """The rows by column name, numbers as numbers, None where nothing is published; the run's id.

    Raises: Invalid for a file that is no export of one run.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in READERS:
        raise Invalid(
            "{value} is no export that can be verified",
            where="file",
            remedy="give one of: {known}, or the id of an edition; a report has it in its annex on method",
            value=repr(path.name),
            known=", ".join(f".{word}" for word in READERS),
        )
    try:
        rows = READERS[kind](path)
    except (OSError, ValueError, KeyError, RuntimeError, BadZipFile) as error:
        raise _unreadable(path) from error
    runs = {str(row.get("run_id") or "") for row in rows}
    if len(runs) != 1 or runs == {""}:
        raise _unreadable(path)
    return [_typed(row) for row in rows], runs.pop()


def _unreadable(path: Path) -> Invalid:
    return Invalid(
        "{value} does not name the one run its rows come from",
        where="file",
        remedy="verify the file as it was exported",
        value=repr(path.name),
    )


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value, KINDS[name]) for name, value in row.items() if name in KINDS}


def _value(value: Any, kind: str) -> Any:
    if value is None or value == "" or value != value:
        return None
    if kind == "text":
        return str(value)
    return float(value) if kind == "real" else int(float(value))


def _csv(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{name: _plain(text) for name, text in row.items()} for row in csv.DictReader(file)]


def _plain(text: str | None) -> str | None:
    """Without the apostrophe that keeps a spreadsheet from taking text for a formula."""
    risky = text is not None and text.startswith(APOSTROPHE) and text[1:].lstrip(" \u00a0")[:1]
    return text[1:] if text and risky and not risky.isalnum() else text


def _json(path: Path) -> Rows:
    return list(json.loads(path.read_text(encoding="utf-8"))["rows"])


def _xlsx(path: Path) -> Rows:
    from openpyxl import load_workbook  # heavy, and only for this kind of file

    book = load_workbook(path, read_only=True)
    try:
        header, *rows = book["results"].iter_rows(values_only=True)
        return [dict(zip(map(str, header), row, strict=True)) for row in rows]
    finally:
        book.close()


def _parquet(path: Path) -> Rows:
    import pyarrow.parquet as pq

    return list(pq.read_table(path).to_pylist())


def _labelled(reader: str) -> Callable[[Path], Rows]:
    def read(path: Path) -> Rows:
        import pyreadstat

        frame, _ = getattr(pyreadstat, reader)(str(path))
        return list(frame.to_dict("records"))

    return read


READERS: dict[str, Callable[[Path], Rows]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "json": _json,
    "parquet": _parquet,
    "sav": _labelled("read_sav"),
    "dta": _labelled("read_dta"),
}
