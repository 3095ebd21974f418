"""A run as CSV, XLSX or JSON: rounded here and nowhere before, with its method and its codebook."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlmodel import Session

from app.core.errors import Invalid
from app.core.language import translator
from app.results.columns import Column, columns_of
from app.results.method import Labels, labels_of
from app.results.rounding import rounded_column
from app.results.runs import Run

FORMATS = ("csv", "xlsx", "json")
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
SHEET_ROWS = 1_048_575
MOST_DIGITS = 12
RISKY_STARTS = ("=", "+", "-", "@", "\t", "\r")
WIDTHS = {"text": 18, "whole": 11, "real": 11}
WIDE = {"unit_name": 28, "service_name": 44, "measure_name": 52, "reasons": 34, "field": 24, "note": 40}


def export_run(session: Session, run: Run, kind: str, *, language: str, digits: int = 0) -> bytes:
    """The whole file. `digits` asks for more decimals than are published. Raises: Invalid."""
    if kind not in FORMATS:
        raise Invalid(
            "the format {value} is not known",
            where="format",
            remedy="use one of: {known}",
            value=repr(kind),
            known=", ".join(FORMATS),
        )
    table = sheet_of(session, run, language=language, digits=digits)
    writers: dict[str, Callable[[Sheet, str], bytes]] = {"csv": _csv, "xlsx": _xlsx, "json": _json}
    return writers[kind](table, language)


class Sheet:
    """A run's columns with their published values."""

    def __init__(self, run: Run, labels: Labels, *, digits: int = 0) -> None:
        self.run, self.labels = run, labels
        self.columns = columns_of(run.by)
        self.digits = {c.name: max(c.digits, min(digits, MOST_DIGITS)) for c in self.columns}
        self._values = [self._published(column) for column in self.columns]

    def dicts(self) -> list[dict[str, Any]]:
        """Rows by column name."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows()]

    def rows(self) -> Any:
        """Row tuples; None where nothing is published."""
        return zip(*self._values, strict=True)

    def _published(self, column: Column) -> list[Any]:
        table = self.run.rows
        if column.name == "run_id":
            return [self.run.record.run_id] * table.num_rows
        if column.name == "note":
            return [self.labels.note] * table.num_rows
        if column.name == "measure_name":
            keys = zip(table["measure_kind"].to_pylist(), table["measure"].to_pylist(), strict=True)
            return [self.labels.measures.get(key, key[1]) for key in keys]
        values = table[column.name]
        if column.kind != "real":
            return list(values.to_pylist())
        numbers = rounded_column(values.to_numpy(zero_copy_only=False), self.digits[column.name])
        return [None if x != x else x for x in (numbers + 0.0).tolist()]


def sheet_of(session: Session, run: Run, *, language: str, digits: int = 0) -> Sheet:
    """A run with its words in one language."""
    labels = labels_of(session, run.record, language=language, translate=translator(language))
    return Sheet(run, labels, digits=digits)


def as_json(sheet: Sheet) -> dict[str, Any]:
    """The run and its rows as plain values."""
    record = sheet.run.record
    return {
        "run": {
            "run_id": record.run_id,
            "round": record.round_code,
            "created_at": record.created_at.isoformat(),
            "settings": record.settings,
            "data_cut": record.data_cut,
            "form_versions": record.form_versions,
            "code_version": record.code_version,
            "content_hash": record.content_hash,
            "note": sheet.labels.note,
        },
        "rows": sheet.dicts(),
    }


def _json(sheet: Sheet, _language: str) -> bytes:
    return json.dumps(as_json(sheet), ensure_ascii=False, allow_nan=False, indent=1).encode() + b"\n"


def _csv(sheet: Sheet, _language: str) -> bytes:
    """UTF-8 with a byte order mark, so that a spreadsheet opens Vietnamese rightly; decimals with a point."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.name for column in sheet.columns])
    shown = [_csv_cell(column, sheet.digits[column.name]) for column in sheet.columns]
    for row in sheet.rows():
        writer.writerow([show(value) for show, value in zip(shown, row, strict=True)])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _csv_cell(column: Column, digits: int) -> Callable[[Any], str]:
    if column.kind == "text":
        return lambda value: "" if value is None else harmless(value)
    if column.kind == "whole":
        return lambda value: "" if value is None else str(value)
    return lambda value: "" if value is None else f"{value:.{digits}f}"


def harmless(text: str) -> str:
    """Text a spreadsheet will not take for a formula: an apostrophe goes before a risky first sign."""
    return f"'{text}" if text.startswith(RISKY_STARTS) else text


def _xlsx(sheet: Sheet, language: str) -> bytes:
    import xlsxwriter

    if sheet.run.rows.num_rows > SHEET_ROWS:
        raise Invalid(
            "{count} rows are more than a worksheet holds",
            where="format",
            remedy="export as CSV, or by fewer dimensions",
            count=sheet.run.rows.num_rows,
        )
    buffer = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": sheet.run.record.created_at.replace(tzinfo=None)})
        _results_sheet(book, sheet)
        _text_sheet(book, "method", sheet.labels.method)
        _codebook_sheet(book, sheet.columns, language)
    return buffer.getvalue()


def _results_sheet(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet("results")
    header = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = [
        book.add_format({"num_format": _number_format(c, sheet.digits[c.name])}) for c in sheet.columns
    ]
    for i, column in enumerate(sheet.columns):
        page.set_column(i, i, WIDE.get(column.name, WIDTHS[column.kind]))
        page.write_string(0, i, column.name, header)
    page.freeze_panes(1, 2 if len(sheet.run.by) else 0)
    page.autofilter(0, 0, max(sheet.run.rows.num_rows, 1), len(sheet.columns) - 1)
    for r, row in enumerate(sheet.rows(), start=1):
        for i, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(r, i, value)
            elif value is not None:
                page.write_number(r, i, value, formats[i])


def _number_format(column: Column, digits: int) -> str:
    if column.kind == "text":
        return "@"
    return "#,##0" if column.kind == "whole" or digits == 0 else "#,##0." + "0" * digits


def _text_sheet(book: Any, name: str, lines: Sequence[Sequence[str]]) -> None:
    page = book.add_worksheet(name)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 34)
    page.set_column(1, 3, 70, wrapped)
    for r, line in enumerate(lines):
        for i, text in enumerate(line):
            page.write_string(r, i, text)


def _codebook_sheet(book: Any, columns: Sequence[Column], language: str) -> None:
    translate = translator(language)
    _text_sheet(
        book, "codebook", [(column.name, translate(column.meaning), column.kind) for column in columns]
    )
