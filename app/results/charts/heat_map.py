"""Units against criteria: number in the cell, darker where fewer are satisfied, an arrow where certain."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.results.charts import palette
from app.results.charts.drawing import SMALL, TEXT, arrow, escaped, line, rect, strong, text, wrapped
from app.results.charts.frame import Frame, chart

SHADE_FROM = (90.0, 80.0, 70.0, 60.0)
LABEL_WIDTH, CELL, ROW = 210, 54, 30
HEADER, HEADER_LINES = 190, 2
KEY_ROW = 26


@dataclass(frozen=True, slots=True)
class HeatCell:
    """`sign` is up or down where the cell differs for certain from what it is compared with."""

    value: float | None
    sign: str = ""
    words: str = "–"


@dataclass(frozen=True, slots=True)
class HeatRow:
    label: str
    cells: Sequence[HeatCell]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class HeatMap:
    columns: Sequence[str]
    rows: Sequence[HeatRow]
    key: str = ""


def shade_of(value: float | None) -> int:
    """0 (at least 90 percent) to 4 (below 60); the shades grow darker in grey too."""
    if value is None:
        return 0
    return sum(value < limit for limit in SHADE_FROM)


def heat_map(frame: Frame, shown: HeatMap) -> str:
    """As wide as its columns need, at least as wide as its frame."""
    room = frame.width - LABEL_WIDTH
    cell = max(CELL, room / max(len(shown.columns), 1))
    body = [*_header(shown, cell)]
    for place, row in enumerate(shown.rows):
        body += _row(frame, row, HEADER + place * ROW, cell=cell)
    height = HEADER + len(shown.rows) * ROW
    body.append(text(8, height + 18, shown.key, size=SMALL, fill=palette.QUIET))
    wide = _widened(frame, LABEL_WIDTH + cell * len(shown.columns))
    return chart(wide, body, height=height + KEY_ROW)


def _widened(frame: Frame, width: float) -> Frame:
    return replace(frame, width=max(frame.width, round(width)))


def _header(shown: HeatMap, cell: float) -> Iterator[str]:
    for place, name in enumerate(shown.columns):
        x = LABEL_WIDTH + cell * (place + 0.5)
        lines = wrapped(name, HEADER - 16, SMALL, most=HEADER_LINES)
        for number, one in enumerate(lines):
            offset = x + 4 + (number - (len(lines) - 1) / 2) * SMALL * 1.3
            yield (
                f'<text transform="translate({offset:.1f} {HEADER - 8}) rotate(-90)" font-size="{SMALL}"'
                f' fill="{palette.INK}">{escaped(one)}</text>'
            )


def _row(frame: Frame, row: HeatRow, top: float, *, cell: float) -> Iterator[str]:
    middle, write = top + ROW / 2 + 5, strong if row.strong else text
    yield write(8, middle, wrapped(row.label, LABEL_WIDTH - 20, TEXT, most=1)[0])
    for place, one in enumerate(row.cells):
        x, shade = LABEL_WIDTH + cell * place, shade_of(one.value)
        yield rect(x + 1, top + 1, cell - 2, ROW - 2, fill=palette.SHADES[shade])
        ink = palette.ON_DARK if shade == 4 else palette.INK if one.value is not None else palette.QUIET
        words = one.words if one.value is None else frame.shown(one.value, 0)
        yield arrow(x + cell / 2 - 22, middle, one.sign, fill=ink)
        yield text(x + cell / 2, middle, words, anchor="middle", fill=ink)
    yield line((0, top + ROW), (LABEL_WIDTH + cell * len(row.cells), top + ROW), stroke=palette.LINE)
