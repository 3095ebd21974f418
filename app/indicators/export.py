"""The board as CSV and XLSX: the announced digits, what is computed from them, and the form people quote."""

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.core.files import check_format
from app.core.language import translator
from app.indicators import wording
from app.indicators.definitions import name_of, part_name
from app.indicators.figures import digits_of
from app.indicators.lines import Line
from app.results.exports.delimited import BYTE_ORDER_MARK, harmless

Cell = str | int | float | Decimal | None
HEADER = (
    "indicator",
    "indicator_name",
    "part",
    "part_name",
    "unit",
    "unit_name",
    "body",
    "year",
    "score",
    "max",
    "share_pct",
    "low",
    "high",
    "rank",
    "of",
    "change_points",
    "change_ranks",
    "change_origin",
    "target",
    "verdict",
    "shown",
    "change_shown",
    "source",
)
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDTHS = {"indicator_name": 34, "part_name": 34, "unit_name": 28, "body": 34, "shown": 30, "source": 60}


def export(lines: Sequence[Line], kind: str, *, language: str) -> bytes:
    """The whole file, one row a figure, parts and earlier years included. Raises: Invalid."""
    check_format(kind, MEDIA_TYPES)
    rows = [row for line in lines for row in _rows(line, language)]
    return _csv(rows) if kind == "csv" else _xlsx(rows)


def _rows(line: Line, language: str) -> Iterator[Sequence[Cell]]:
    for one in (line, *line.parts, *line.history):
        yield _row(one, language)


def _row(line: Line, language: str) -> Sequence[Cell]:
    say, change = translator(language), line.change
    is_changed = change.points is not None or change.ranks is not None
    origin = ("announced" if change.is_announced else "computed") if is_changed else ""
    return (
        line.indicator,
        say(name_of(line.indicator)),
        line.part,
        say(part_name(line.indicator, line.part)) if line.part else "",
        line.unit_code,
        line.unit_name,
        line.body,
        line.period,
        line.score,
        line.largest,
        line.share_pct,
        line.low,
        line.high,
        line.rank,
        line.rank_of,
        change.points,
        change.ranks,
        origin,
        line.target,
        line.verdict,
        wording.value_text(line, language),
        wording.change_text(line, language) if is_changed else "",
        line.source,
    )


def _csv(rows: Sequence[Sequence[Cell]]) -> bytes:
    """UTF-8 with a byte order mark; decimals with a point, in the digits they were announced with."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows([[_csv_cell(cell) for cell in row] for row in rows])
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell)
    return f"{cell:.1f}" if isinstance(cell, float) else str(cell)


def _xlsx(rows: Sequence[Sequence[Cell]]) -> bytes:
    import xlsxwriter  # heavy, and only for this kind of file

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet("indices")
        bold = book.add_format({"bold": True, "bottom": 1})
        for place, name in enumerate(HEADER):
            page.set_column(place, place, WIDTHS.get(name, 13))
            page.write_string(0, place, name, bold)
        page.freeze_panes(1, 2)
        for line, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    page.write_string(line, place, cell)
                elif cell is not None:
                    digits = _digits(cell)
                    style = book.add_format({"num_format": "0." + "0" * digits if digits else "0"})
                    page.write_number(line, place, float(cell), style)
    return buffer.getvalue()


def _digits(cell: int | float | Decimal) -> int:
    if isinstance(cell, Decimal):
        return digits_of(cell)
    return 1 if isinstance(cell, float) else 0
