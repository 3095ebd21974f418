"""Results as an Excel workbook: rows, how they were made, what columns mean, what is hidden and why."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.core.errors import Invalid
from app.core.language import translator
from app.results.columns import Column
from app.results.exports.sheet import Sheet
from app.results.method import DISCLOSURE_RULE
from app.results.states import SEPARATOR
from app.results.words import STATE_WORDS, reason_text

A4 = 9
SHEET_ROWS = 1_048_575
CELL_LETTERS = 32_767
WIDTHS = {"text": 18, "whole": 11, "real": 11}
WIDE = {"unit_name": 28, "service_name": 44, "measure_name": 52, "reasons": 34, "field": 24, "note": 40}
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


def write_xlsx(sheet: Sheet, path: Path, language: str) -> None:
    """The workbook. Raises: Invalid when there are more rows, or longer texts, than a worksheet holds."""
    import xlsxwriter

    if sheet.row_count > SHEET_ROWS:
        raise Invalid(
            "{count} rows are more than a worksheet holds",
            where="format",
            remedy="export as CSV, or by fewer dimensions",
            count=sheet.row_count,
        )
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        book.set_properties({"created": sheet.run.record.created_at.replace(tzinfo=None)})
        _results_sheet(book, sheet)
        write_texts(book, "method", sheet.labels.facts)
        _codebook_sheet(book, sheet.columns, language)
        write_texts(book, "disclosure", disclosure_lines(sheet, language))


def disclosure_lines(sheet: Sheet, language: str) -> list[tuple[str, str, str]]:
    """The rule, then how many figures are in each state, then how many for each reason."""
    translate = translator(language)
    states: Counter[str] = Counter(sheet.values["state"])
    reasons = Counter(r for text in sheet.values["reasons"] for r in text.split(SEPARATOR) if r)
    lines = [(translate(_("Publication rule")), translate(DISCLOSURE_RULE), "")]
    lines += [(code, translate(word), str(states[code])) for code, word in STATE_WORDS.items()]
    return lines + [(code, translate(reason_text(code)), str(n)) for code, n in reasons.most_common()]


def write_texts(book: Any, name: str, lines: Sequence[Sequence[str]]) -> None:
    """A worksheet of plain text."""
    page = book.add_worksheet(name)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 34)
    page.set_column(1, 3, 70, wrapped)
    for r, line in enumerate(lines):
        for i, text in enumerate(line):
            write_text(page, (r, i), text)


def write_text(page: Any, place: tuple[int, int], text: str) -> None:
    """A cell of text, whole. Raises: Invalid for a text longer than a cell holds."""
    if len(text) > CELL_LETTERS:
        raise Invalid(
            "a text of {count} letters is more than a cell of a worksheet holds",
            where="format",
            remedy="export as CSV, Parquet or JSON",
            count=len(text),
        )
    page.write_string(*place, text)


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
    page.set_paper(A4)
    page.set_landscape()
    page.repeat_rows(0)
    page.autofilter(0, 0, max(sheet.row_count, 1), len(sheet.columns) - 1)
    for r, row in enumerate(sheet.rows(), start=1):
        for i, value in enumerate(row):
            if isinstance(value, str):
                write_text(page, (r, i), value)
            elif value is not None:
                page.write_number(r, i, value, formats[i])


def _number_format(column: Column, digits: int) -> str:
    if column.kind == "text":
        return "@"
    return "#,##0" if column.kind == "whole" or digits == 0 else "#,##0." + "0" * digits


def _codebook_sheet(book: Any, columns: Sequence[Column], language: str) -> None:
    translate = translator(language)
    write_texts(
        book, "codebook", [(column.name, translate(column.meaning), column.kind) for column in columns]
    )
