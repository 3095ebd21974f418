"""The rows of a results view as a file: all pages, in the view's order, rounded as every file is."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import xlsxwriter

from app.console.results_page import ResultsPage, reasons_of
from app.core.errors import NotFound
from app.core.language import Translator, translator
from app.core.numbers import rounded
from app.results.exports.delimited import BYTE_ORDER_MARK, harmless
from app.results.reading import Estimate

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
DIGITS = 2
_HEADER = (
    *("unit_code", "unit_name", "value_code", "value_name", "figure", "figure_name"),
    *("estimate", "low", "high", "n", "state", "reasons", "against", "edition"),
)
WIDE, NARROW, A4 = 32, 12, 9
TEXT_COLUMNS = 6


def table_file(page: ResultsPage, kind: str, *, language: str) -> tuple[bytes, int]:
    """The file and how many rows it has.  Raises: NotFound for a format that is none."""
    if kind not in MEDIA_TYPES:
        raise NotFound(
            "this table comes as csv or xlsx, not as {kind}",
            where="kind",
            remedy="ask for one of them",
            kind=kind,
        )
    say = translator(language)
    header, rows = _HEADER, list(_rows(page, say))
    return _csv(header, rows) if kind == "csv" else _xlsx(header, rows), len(rows)


def _rows(page: ResultsPage, say: Translator) -> Iterator[list[Any]]:
    """Every cell of a map, else every row of the view."""
    edition = page.opened.edition.edition_id
    if page.map is not None:
        for shown in page.map.rows:
            for cell in shown.cells:
                if cell.row is not None:
                    yield [*_row(cell.row, say), cell.way, edition]
        return
    for row in page.view.every:
        yield [*_row(row.estimate, say), row.way, edition]


def _row(row: Estimate, say: Translator) -> list[Any]:
    second = next((name for name in row.place if name != "unit"), "")
    return [
        row.unit,
        row.names["unit"],
        row.place.get(second, ""),
        row.names.get(second, ""),
        row.figure,
        row.figure_name,
        *(
            None if value is None else float(rounded(value, DIGITS))
            for value in (row.estimate, row.low, row.high)
        ),
        row.n,
        row.state,
        "; ".join(reasons_of(row, say)),
    ]


def _csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def _cell(value: Any) -> Any:
    return "" if value is None else harmless(value) if isinstance(value, str) else value


def _xlsx(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    made = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(made, options) as book:
        sheet = book.add_worksheet("results")
        sheet.write_row(0, 0, header, book.add_format({"bold": True, "bottom": 1}))
        number = book.add_format({"num_format": "0.00"})
        for place, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(place, column, value)
                elif value is not None:
                    sheet.write_number(place, column, value, number if isinstance(value, float) else None)
        sheet.set_column(0, TEXT_COLUMNS - 1, WIDE)
        sheet.set_column(TEXT_COLUMNS, len(header) - 1, NARROW)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, len(rows), len(header) - 1)
        sheet.set_paper(A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
    return made.getvalue()
