"""Tables people bring: CSV (UTF-8, comma or semicolon) and XLSX, read into rows that know their line.

A small file may unpack to a huge one, so lines are read one by one, only what is filled in is kept, and what
a file may cost is limited below.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize
from zipfile import ZipFile

from app.core.errors import Invalid, Problem
from app.core.files import read_whole

SEPARATORS = ",;\t"
NUL = "\0"
MEGABYTE = 1024 * 1024
MOST_MEGABYTES = 256
MOST_COLUMNS = 200
MOST_LINES = 1_048_576  # as many as a sheet has; a province's volumes of a year are far fewer
MOST_CELLS = 20_000_000
MOST_PASSED = 100_000_000  # cells a sheet may lead over, nearly all empty: minutes of work otherwise
MOST_MISTAKES = 1_000
Line = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line people see in their file, and its cells by column name (NFC, trimmed)."""

    line: int
    cells: Mapping[str, str]

    def place(self, column: str) -> str:
        return f"{self.line}:{column}"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns a file must have and those it may have."""

    required: Sequence[str]
    optional: Sequence[str] = ()

    @property
    def known(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)


@dataclass(frozen=True, slots=True)
class Table:
    """A whole file: the columns its first line names, and its rows."""

    columns: Sequence[str]
    rows: Sequence[Row]


def read_file(path: Path, columns: Columns | None = None) -> list[Row]:
    """The rows of a file on disk; without `columns`, whatever its header names."""
    return list(read_table(path, columns).rows)


def read_table(path: Path, columns: Columns | None = None) -> Table:
    """The same with the names of its columns, which a file without rows has too."""
    return _table(read_whole(path), path.name, columns)


def read_rows(content: bytes, name: str, columns: Columns | None = None) -> list[Row]:
    """The rows of a CSV or XLSX file. Raises: Invalid for another file, header or size."""
    return list(_table(content, name, columns).rows)


def _table(content: bytes, name: str, columns: Columns | None) -> Table:
    lines = _xlsx(content, name) if name.lower().endswith(".xlsx") else _csv(content, name)
    first = next(lines, None)
    if first is None:
        raise Invalid("{file} is empty", where=name, remedy="the first line names the columns", file=name)
    header = _header(first[1])
    _check_header(header, name, columns)
    return Table(header, _rows(lines, header, name))


def _header(cells: Sequence[str]) -> list[str]:
    return [cell.lower() for cell in cells]


def _rows(lines: Iterator[Line], header: Sequence[str], name: str) -> list[Row]:
    """The lines that hold something. Raises: Invalid for cells without a column, and for too much of all."""
    rows: list[Row] = []
    problems: list[Problem] = []
    letters, most = 0, MOST_CELLS // max(len(header), 1)
    for line, cells in lines:
        if len(cells) > len(header):
            problems.append(_too_many(line, cells, header, name))
        elif cells:
            letters += sum(map(len, cells))
            rows.append(Row(line, dict(zip(header, [*cells, *[""] * len(header)], strict=False))))
        if len(problems) == MOST_MISTAKES:
            break
        if len(rows) > most:
            raise _too_long(name, line, most)
        if letters > MOST_MEGABYTES * MEGABYTE:
            raise _too_large(name)
    if problems:
        raise refused(name, problems)
    return rows


def _filled(cells: list[str], line: int, name: str) -> list[str]:
    """Cells up to the last that holds something: spreadsheets add empty ones. Raises: Invalid."""
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise Invalid(
            "line {line} reaches to column {given}, a table has at most {most} columns",
            where=f"{name}:{line}",
            remedy="delete what stands to the right of the table",
            line=line,
            given=len(cells),
            most=MOST_COLUMNS,
        )
    return cells


def _too_long(name: str, line: int, most: int) -> Invalid:
    return Invalid(
        "{file} has more than {most} lines",
        where=f"{name}:{line}",
        remedy="delete what stands below the table, or bring it in as several files",
        file=name,
        most=most,
    )


def _too_wide(name: str, line: int) -> Invalid:
    return Invalid(
        "{file} has more than {most} cells, nearly all empty",
        where=f"{name}:{line}",
        remedy="copy the table into a new workbook",
        file=name,
        most=MOST_PASSED,
    )


def _too_large(name: str) -> Invalid:
    return Invalid(
        "{file} unpacks to more than {most} MB",
        where=name,
        remedy="keep the one sheet with the table, or bring it in as several files",
        file=name,
        most=MOST_MEGABYTES,
    )


def _too_many(line: int, cells: Sequence[str], header: Sequence[str], name: str) -> Problem:
    return Problem(
        f"{name}:{line}",
        "line {line} has {given} cells, the header {wanted}",
        "put text that holds the separator in double quotes",
        {"line": line, "given": len(cells), "wanted": len(header)},
    )


def _check_header(header: Sequence[str], name: str, columns: Columns | None) -> None:
    wrong = [(column, "column {column} appears twice", "keep one") for column in _repeated(header)]
    wrong += _column_mistakes(header, columns) if columns is not None else []
    known = ", ".join(columns.known) if columns is not None else ""
    problems = [
        Problem(f"{name}:1:{column}", message, remedy, {"column": column, "known": known})
        for column, message, remedy in wrong
    ]
    if problems:
        raise refused(name, problems)


def _repeated(header: Sequence[str]) -> list[str]:
    return [column for column in dict.fromkeys(header) if header.count(column) > 1]


def _column_mistakes(header: Sequence[str], columns: Columns) -> list[tuple[str, str, str]]:
    missing = [column for column in columns.required if column not in header]
    unknown = [column or "''" for column in dict.fromkeys(header) if column not in columns.known]
    return [(column, "column {column} is missing", "add it; columns: {known}") for column in missing] + [
        (column, "column {column} is not known", "remove it; columns: {known}") for column in unknown
    ]


def refused(name: str, problems: Sequence[Problem]) -> Invalid:
    """The one error of a file with mistakes: nothing of it is stored."""
    return Invalid(
        "{file} has {count} mistakes; nothing was stored",
        where=name,
        remedy="correct every line below and import again",
        problems=problems,
        file=name,
        count=len(problems),
    )


def _csv(content: bytes, name: str) -> Iterator[Line]:
    text = _decoded(content, name)
    first = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            if reader.line_num > MOST_LINES:
                raise _too_long(name, reader.line_num, MOST_LINES)
            yield reader.line_num, _filled([_clean(cell) for cell in cells], reader.line_num, name)
    except csv.Error as error:
        raise Invalid(
            "line {line} cannot be read as CSV",
            where=f"{name}:{reader.line_num}",
            remedy="check the double quotes of that line",
            line=reader.line_num,
        ) from error


def _decoded(content: bytes, name: str) -> str:
    try:
        text = content.decode("utf-8-sig")
        if NUL in text:  # UTF-16, or not text at all; PostgreSQL stores none
            raise UnicodeDecodeError("utf-8", content, content.index(NUL.encode()), len(content), NUL)
        return text
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Invalid(
            "{file} is not UTF-8: line {line} holds the byte {byte}",
            where=f"{name}:{line}",
            remedy="save it as CSV UTF-8, or as XLSX",
            file=name,
            line=line,
            byte=f"0x{content[error.start]:02x}",
        ) from error


def _xlsx(content: bytes, name: str) -> Iterator[Line]:
    line = passed = 0
    try:
        _check_size(content, name)
        for line, values in _sheet(content):
            passed += len(values)
            if line > MOST_LINES:
                raise _too_long(name, line, MOST_LINES)
            if passed > MOST_PASSED:
                raise _too_wide(name, line)
            if texts := _filled([_cell_text(value) for value in values], line, name):
                yield line, texts
    except Invalid:
        raise
    except Exception as error:  # a damaged file makes the reader fail in any way, at any cell
        raise _no_workbook(name, line) from error


def _check_size(content: bytes, name: str) -> None:
    """Raises: Invalid for a workbook that unpacks to more than memory should hold."""
    with ZipFile(io.BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > MOST_MEGABYTES * MEGABYTE:
            raise _too_large(name)


def _sheet(content: bytes) -> Iterator[tuple[int, Sequence[object]]]:
    """The lines of the first sheet, whatever size the sheet says it has."""
    from openpyxl import load_workbook  # heavy, and only for this kind of file

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        book.worksheets[0].reset_dimensions()
        yield from enumerate(book.worksheets[0].iter_rows(values_only=True), start=1)
    finally:
        book.close()


def _no_workbook(name: str, line: int) -> Invalid:
    remedy = "save it again as XLSX, or as CSV UTF-8"
    if not line:
        return Invalid("{file} is not an XLSX workbook", where=name, remedy=remedy, file=name)
    return Invalid(
        "{file} is damaged: nothing can be read after line {line}",
        where=f"{name}:{line}",
        remedy=remedy,
        file=name,
        line=line,
    )


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return _clean(text.removesuffix("T00:00:00"))


def _clean(cell: str) -> str:
    return normalize("NFC", cell).strip()
