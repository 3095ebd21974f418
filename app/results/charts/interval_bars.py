"""Interval bars (forest): a bar from zero, its interval as a line with end ticks, value and n beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.results.charts import palette
from app.results.charts.drawing import (
    SMALL,
    TEXT,
    Scale,
    across,
    arrow,
    dot,
    line,
    rect,
    scale,
    strong,
    text,
    width_of,
    wrapped,
)
from app.results.charts.frame import Frame, chart

GRID = (0, 25, 50, 75, 100)
TOP, BOTTOM, EDGE = 44, 40, 8
ROW, NARROW_ROW, BAR = 36, 50, 14
INDENT = 14


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """One bar in percent; without a value `words` says why. `sign` is up, down or nothing."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    words: str = ""
    solid: bool = True
    strong: bool = False
    depth: int = 0
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A value to compare with, drawn through all rows."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Band:
    """Where the peers are: a grey band through all rows."""

    low: float
    high: float
    label: str


@dataclass(frozen=True, slots=True)
class IntervalBars:
    rows: Sequence[IntervalRow]
    reference: Mark | None = None
    target: Mark | None = None
    peers: Band | None = None


@dataclass(frozen=True, slots=True)
class _Plot:
    """Places: labels end at `left`, the scale runs from `left` to `right`, numbers stand behind."""

    frame: Frame
    left: float
    right: float
    row: float
    x: Scale


def interval_bars(frame: Frame, chart_of: IntervalBars) -> str:
    """Rows in the given order on one scale from 0 to 100 percent."""
    plot = _plot(frame)
    height = plot.row * len(chart_of.rows)
    parts = [*_back(plot, chart_of, height)]
    for place, row in enumerate(chart_of.rows):
        parts += _row(plot, row, TOP + place * plot.row)
    below = BOTTOM if chart_of.peers or chart_of.target else EDGE
    return chart(frame, parts, height=TOP + height + below)


def _plot(frame: Frame) -> _Plot:
    left = 10.0 if frame.is_narrow else min(0.36 * frame.width, 300.0)
    right = frame.width - (14.0 if frame.is_narrow else 116.0)
    row = NARROW_ROW if frame.is_narrow else ROW
    return _Plot(frame, left, right, row, scale((0, 100), (left, right)))


def _back(plot: _Plot, chart_of: IntervalBars, height: float) -> Iterator[str]:
    """Grid, band of the peers, lines to compare with, and their words."""
    bottom, frame = TOP + height, plot.frame
    if chart_of.peers:
        low, high = plot.x(chart_of.peers.low), plot.x(chart_of.peers.high)
        yield rect(low, TOP, high - low, height, fill=palette.LINE)
        yield from _below(plot, chart_of.peers.label, (low + high) / 2, bottom + 16)
    for value in GRID:
        yield line((plot.x(value), TOP), (plot.x(value), bottom), stroke=palette.LINE)
        yield text(
            plot.x(value),
            TOP - 6,
            f"{value}%" if value == 100 else f"{value}",
            size=SMALL,
            anchor="middle",
            fill=palette.QUIET,
        )
    if not frame.is_narrow:
        yield text(frame.width - 58, TOP - 6, "%", size=SMALL, anchor="end", fill=palette.QUIET)
        yield text(frame.width - 6, TOP - 6, "n", size=SMALL, anchor="end", fill=palette.QUIET)
    for mark, dashed, y in ((chart_of.reference, True, 14), (chart_of.target, False, bottom + 34)):
        if mark:
            yield from _mark(plot, mark, dashed=dashed, label_y=y, bottom=bottom)


def _below(plot: _Plot, words: str, x: float, y: float) -> Iterator[str]:
    """Words under a place, moved inwards where they would leave the picture."""
    half = width_of(words, SMALL) / 2
    x = min(max(x, half + 4), plot.frame.width - half - 4)
    yield text(x, y, words, size=SMALL, anchor="middle", fill=palette.QUIET)


def _mark(plot: _Plot, mark: Mark, *, dashed: bool, label_y: float, bottom: float) -> Iterator[str]:
    x = plot.x(mark.value)
    anchor = "end" if x > (plot.left + plot.right) / 2 else "start"
    label = f"{mark.label} {plot.frame.shown(mark.value)}%"
    yield line((x, TOP - 2 if not dashed else 20), (x, bottom), stroke=palette.INK, width=1.2, dashed=dashed)
    yield strong(x, label_y, label, size=SMALL, anchor=anchor)


def _row(plot: _Plot, row: IntervalRow, top: float) -> Iterator[str]:
    middle = top + plot.row - 14 if plot.frame.is_narrow else top + plot.row / 2
    yield from _label(plot, row, top, middle)
    if row.value is None or row.low is None or row.high is None:
        yield from _hidden(plot, row.words, middle)
        return
    colour = palette.ACCENT if row.solid else palette.QUIET
    fill = palette.LEVELS[3] if row.strong else palette.ACCENT_WASH
    yield rect(
        plot.x(0), middle - BAR / 2, plot.x(row.value) - plot.x(0), BAR, fill=fill, stroke=palette.LINE
    )
    yield across(plot.x(row.low), plot.x(row.high), middle, colour=colour)
    yield dot(plot.x(row.value), middle, colour=colour, solid=row.solid)
    yield from _numbers(plot, row, top, middle)


def _hidden(plot: _Plot, words: str, middle: float) -> Iterator[str]:
    """Why there is no mark, on a ground of its own so that no line runs through it."""
    lines = wrapped(words, plot.right - plot.left - 2 * EDGE, SMALL)
    step = SMALL * 1.15
    top = middle - step * len(lines) / 2 + (2 if plot.frame.is_narrow else 0)
    wide = max(width_of(one, SMALL) for one in lines) + EDGE
    yield rect(plot.left + 2, top, wide, step * len(lines), fill=palette.PAPER)
    for place, one in enumerate(lines):
        yield text(plot.left + 6, top + step * (place + 0.8), one, size=SMALL, fill=palette.QUIET)


def _label(plot: _Plot, row: IntervalRow, top: float, middle: float) -> Iterator[str]:
    write = strong if row.strong else text
    if plot.frame.is_narrow:
        room = plot.right - plot.left - 110
        yield rect(0, top + 4, plot.frame.width, 22, fill=palette.PAPER)
        yield write(plot.left, top + 19, wrapped(row.label, room, TEXT, most=1)[0])
        return
    x = 4 + INDENT * row.depth
    lines = wrapped(row.label, plot.left - x - 14, TEXT if len(row.label) < 60 else SMALL)
    size = TEXT if len(lines) == 1 else SMALL
    for place, one in enumerate(lines):
        y = middle + 5 + (place - (len(lines) - 1) / 2) * size * 1.25
        yield write(x, y, one, size=size)


def _numbers(plot: _Plot, row: IntervalRow, top: float, middle: float) -> Iterator[str]:
    value, n = plot.frame.shown(row.value), plot.frame.shown(row.n, 0)
    if plot.frame.is_narrow:
        both = f"{value}% · n {n}"
        yield strong(plot.right, top + 19, both, size=SMALL, anchor="end")
        yield arrow(plot.right - width_of(both, SMALL) - 16, top + 19, row.sign)
        return
    x = plot.frame.width - 58
    yield strong(x, middle + 5, value, anchor="end")
    yield arrow(x - width_of(value, TEXT) - 16, middle + 5, row.sign)
    yield text(plot.frame.width - 6, middle + 5, n, size=SMALL, anchor="end", fill=palette.QUIET)
