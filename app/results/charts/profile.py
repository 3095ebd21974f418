"""A unit against its peers and its own last round: peers' middle half is a grey band."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.results.charts import palette
from app.results.charts.drawing import (
    SMALL,
    TEXT,
    Scale,
    across,
    arrow,
    diamond,
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

TOP, KEY_ROW, KEY_LEFT = 22, 22, 8
ROW, NARROW_ROW, BAND = 38, 56, 16


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """In percent; `peers` is their middle half and `last` the unit's own last round, None where unknown."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    peers: tuple[float, float] | None = None
    last: float | None = None
    solid: bool = True
    sign: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """The words beside the three marks: this round, the peers, the last round; empty where there is none."""

    rows: Sequence[ProfileRow]
    own_label: str
    peers_label: str
    last_label: str


@dataclass(frozen=True, slots=True)
class _Plot:
    frame: Frame
    left: float
    right: float
    row: float
    lowest: int
    x: Scale


def profile(frame: Frame, shown: Profile) -> str:
    """Rows in the given order; points, not bars, so the axis may start above zero and its numbers say so."""
    plot, bottom = _plot(frame, shown), TOP + _row_height(frame) * len(shown.rows)
    body = [*_axis(plot, bottom)]
    for place, row in enumerate(shown.rows):
        body += _row(plot, row, TOP + place * plot.row)
    keys = [*_keys(plot, shown, bottom + 20)]
    lines = 3 if frame.is_narrow else 1
    return chart(frame, [*body, *keys], height=bottom + 12 + KEY_ROW * lines)


def _row_height(frame: Frame) -> float:
    return NARROW_ROW if frame.is_narrow else ROW


def _plot(frame: Frame, shown: Profile) -> _Plot:
    values = [v for r in shown.rows for v in (r.low, r.last, *(r.peers or ())) if v is not None]
    lowest = int(min(20 * (min(values, default=0) // 20), 60))
    left = 14.0 if frame.is_narrow else min(0.42 * frame.width, 330.0)
    right = frame.width - (16.0 if frame.is_narrow else 116.0)
    return _Plot(frame, left, right, _row_height(frame), lowest, scale((lowest, 100), (left, right)))


def _axis(plot: _Plot, bottom: float) -> Iterator[str]:
    for value in range(plot.lowest, 101, 20 if plot.lowest < 60 else 10):
        x = plot.x(value)
        yield line((x, TOP), (x, bottom), stroke=palette.LINE)
        label = f"{value}%" if value == 100 else str(value)
        yield text(x, TOP - 6, label, size=SMALL, anchor="middle", fill=palette.QUIET)
    if not plot.frame.is_narrow:
        yield text(plot.frame.width - 58, TOP - 6, "%", size=SMALL, anchor="end", fill=palette.QUIET)
        yield text(plot.frame.width - 6, TOP - 6, "n", size=SMALL, anchor="end", fill=palette.QUIET)


def _row(plot: _Plot, row: ProfileRow, top: float) -> Iterator[str]:
    middle = top + plot.row - 14 if plot.frame.is_narrow else top + plot.row / 2
    yield from _label(plot, row, top, middle)
    if row.value is None or row.low is None or row.high is None:
        yield text(plot.left + 6, middle + 4, row.words, size=SMALL, fill=palette.QUIET)
        return
    if row.peers:
        low, high = (plot.x(value) for value in row.peers)
        yield rect(low, middle - BAND / 2, max(high - low, 2), BAND, fill=palette.LINE)
    if row.last is not None:
        yield diamond(plot.x(row.last), middle, colour=palette.INK, solid=False)
    yield across(plot.x(row.low), plot.x(row.high), middle, colour=palette.ACCENT)
    yield dot(plot.x(row.value), middle, colour=palette.ACCENT, solid=row.solid)
    if not plot.frame.is_narrow:
        value, x = plot.frame.shown(row.value), plot.frame.width - 58
        yield strong(x, middle + 5, value, anchor="end")
        yield arrow(x - width_of(value, TEXT) - 16, middle + 5, row.sign)
        yield text(
            plot.frame.width - 6,
            middle + 5,
            plot.frame.shown(row.n, 0),
            size=SMALL,
            anchor="end",
            fill=palette.QUIET,
        )


def _label(plot: _Plot, row: ProfileRow, top: float, middle: float) -> Iterator[str]:
    if plot.frame.is_narrow:
        value = plot.frame.shown(row.value) if row.value is not None else ""
        yield rect(0, top + 4, plot.frame.width, 22, fill=palette.PAPER)
        yield text(
            plot.left - 10,
            top + 20,
            wrapped(row.label, plot.right - plot.left - 50, SMALL + 1, most=1)[0],
            size=SMALL + 1,
        )
        yield strong(plot.right + 12, top + 20, value, size=SMALL + 1, anchor="end")
        yield arrow(plot.right - 4 - width_of(value, SMALL + 1), top + 20, row.sign)
        return
    lines = wrapped(row.label, plot.left - 24, SMALL + 1)
    for place, one in enumerate(lines):
        yield text(4, middle + 4 + (place - (len(lines) - 1) / 2) * 16, one, size=SMALL + 1)


def _keys(plot: _Plot, shown: Profile, y: float) -> Iterator[str]:
    """What the marks are, in words, once; beside one another, or below on a narrow screen."""
    keys = [
        (
            across(0, 22, -4, colour=palette.ACCENT) + dot(11, -4, colour=palette.ACCENT, solid=True),
            shown.own_label,
        ),
        (rect(0, -12, 22, BAND, fill=palette.LINE), shown.peers_label),
        (diamond(11, -4, colour=palette.INK, solid=False), shown.last_label),
    ]
    step = (0, KEY_ROW) if plot.frame.is_narrow else ((plot.frame.width - KEY_LEFT) / len(keys), 0)
    for place, (mark, words) in enumerate(key for key in keys if key[1]):
        x, down = KEY_LEFT + step[0] * place, y + step[1] * place
        yield f'<g transform="translate({x:.1f} {down:.1f})">{mark}</g>'
        yield text(x + 30, down, words, size=SMALL, fill=palette.QUIET)
