"""A share over rounds: intervals as lines with end ticks, the centre, control limits, signals in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.results.charts import palette
from app.results.charts.drawing import (
    SMALL,
    TEXT,
    Scale,
    diamond,
    dot,
    line,
    path,
    rect,
    scale,
    strong,
    text,
    upright,
)
from app.results.charts.frame import Frame, chart

HEIGHT, TOP, BOTTOM = 220, 26, 66
LEFT, RIGHT, NARROW_RIGHT = 40, 148, 14
GAP = 8.0
MOST_NARROW = 6


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One round; `label` is broken at its first dash. `signal` is a word where the point is one."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    limits: tuple[float, float] | None = None
    solid: bool = True
    signal: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Trend:
    """`limits_label` and `centre_label` name the lines; `height` is that of the plot."""

    points: Sequence[TrendPoint]
    centre: float | None = None
    centre_label: str = ""
    limits_label: str = ""
    height: float = HEIGHT


@dataclass(frozen=True, slots=True)
class _Plot:
    frame: Frame
    points: Sequence[TrendPoint]
    xs: Sequence[float]
    right: float
    end: float
    y: Scale


def trend_with_limits(frame: Frame, shown: Trend) -> str:
    """Points in time order. The vertical axis starts where the data need it and says so in its numbers."""
    points = shown.points[-MOST_NARROW:] if frame.is_narrow else shown.points
    bottom, top = _range(points)
    end = TOP + shown.height
    y = scale((bottom, top), (end, TOP))
    right = frame.width - (NARROW_RIGHT if frame.is_narrow else RIGHT)
    step = (right - LEFT) / max(len(points), 1)
    plot = _Plot(frame, points, [LEFT + step * (place + 0.5) for place in range(len(points))], right, end, y)
    parts = [*_grid(plot, bottom, top), *_limits(plot, shown, step), *_points(plot), *_labels(plot)]
    return chart(frame, parts, height=end + BOTTOM + (34 if frame.is_narrow else 0))


def _range(points: Sequence[TrendPoint]) -> tuple[float, float]:
    """Tens that hold every interval and limit."""
    values = [v for p in points for v in (p.low, p.value, *(p.limits or ())) if v is not None]
    lowest = 10 * (min(values, default=0) // 10)
    return max(0.0, min(lowest, 80.0)), 100.0


def _grid(plot: _Plot, bottom: float, top: float) -> Iterator[str]:
    step = 10 if top - bottom <= 50 else 20
    value = bottom if step == 10 else 20 * (bottom // 20)
    while value <= top:
        if value >= bottom:
            y = plot.y(value)
            yield line((LEFT, y), (plot.right, y), stroke=palette.LINE)
            label = f"{value:.0f}%" if value == top else f"{value:.0f}"
            yield text(LEFT - 6, y + 4, label, size=SMALL, anchor="end", fill=palette.QUIET)
        value += step


def _limits(plot: _Plot, shown: Trend, step: float) -> Iterator[str]:
    """A grey field between the limits of each point; words at its right end."""
    last = None
    for x, point in zip(plot.xs, plot.points, strict=True):
        if point.limits:
            low, high = (plot.y(value) for value in point.limits)
            yield rect(x - step / 2, high, step, low - high, fill=palette.WASH)
            for y in (low, high):
                yield line((x - step / 2, y), (x + step / 2, y), stroke=palette.LINE_STRONG, dashed=True)
            last = (low, high)
    if shown.centre is None:
        return
    centre = plot.y(shown.centre)
    yield line((LEFT, centre), (plot.right, centre), stroke=palette.LINE_STRONG)
    label = f"{shown.centre_label} {plot.frame.shown(shown.centre)}"
    if plot.frame.is_narrow:
        y = plot.end + BOTTOM + 12
        yield text(LEFT, y, label, size=SMALL, fill=palette.QUIET)
        yield text(LEFT, y + 18, shown.limits_label, size=SMALL, fill=palette.QUIET)
        return
    yield text(plot.right + GAP, centre + 4, label, size=SMALL, fill=palette.QUIET)
    if last:
        y = last[0] + 4 if last[0] - centre >= 16 else centre + 20
        yield text(plot.right + GAP, y, shown.limits_label, size=SMALL, fill=palette.QUIET)


def _points(plot: _Plot) -> Iterator[str]:
    run: list[tuple[float, float]] = []
    for x, point in zip(plot.xs, plot.points, strict=True):
        if point.value is None:
            if len(run) > 1:
                yield path(run, stroke=palette.ACCENT, width=1.5)
            run = []
        else:
            run.append((x, plot.y(point.value)))
    if len(run) > 1:
        yield path(run, stroke=palette.ACCENT, width=1.5)
    for x, point in zip(plot.xs, plot.points, strict=True):
        yield from _point(plot, x, point)


def _point(plot: _Plot, x: float, point: TrendPoint) -> Iterator[str]:
    if point.value is None or point.low is None or point.high is None:
        yield text(
            x,
            plot.y(0) if plot.y(0) < TOP else plot.end - 8,
            point.words,
            size=11,
            anchor="middle",
            fill=palette.QUIET,
        )
        return
    y, colour = plot.y(point.value), palette.BAD if point.signal else palette.ACCENT
    yield upright(x, plot.y(point.low), plot.y(point.high), colour=colour)
    yield (diamond if point.signal else dot)(x, y, colour=colour, solid=point.solid)
    yield strong(x + GAP, y + 4, plot.frame.shown(point.value), size=SMALL, fill=colour)
    if point.signal:
        y = plot.y(point.low) + 18
        y = plot.y(point.high) - 8 if y > plot.end - 2 else y
        yield strong(x, y, point.signal, size=SMALL, anchor="middle", fill=palette.BAD)


def _labels(plot: _Plot) -> Iterator[str]:
    for x, point in zip(plot.xs, plot.points, strict=True):
        first, _, second = point.label.partition("-")
        lines = [second or first, first if second else ""]
        y = plot.end + 18
        yield text(x, y, lines[0], size=TEXT, anchor="middle")
        yield text(x, y + 16, lines[1], size=SMALL, anchor="middle", fill=palette.QUIET)
        if point.n is not None:
            n = plot.frame.shown(point.n, 0)
            yield text(x, y + 34, f"n {n}", size=SMALL, anchor="middle", fill=palette.QUIET)
