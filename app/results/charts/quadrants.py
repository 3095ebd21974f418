"""What matters against how it does: numbered marks in four fields, the field to look at first shaded.

Numbers stand for the rows of the table beside; a picture that stands alone lists their names below.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.results.charts import palette
from app.results.charts.drawing import (
    SMALL,
    TEXT,
    Scale,
    arrow,
    aside,
    line,
    rect,
    scale,
    strong,
    text,
    width_of,
    wrapped,
)
from app.results.charts.frame import Frame, chart

TOP, BOTTOM, RIGHT, EDGE = 28, 44, 8, 8
LEFT, HEIGHT_OF_WIDTH, NARROW_HEIGHT = 46, 0.7, 1.0
STEP = 5.0
CORNER, LINE_HEIGHT = 18, 15
MARK, POINT = 10.0, 2.5
PLACES = 14
ARROW = 16
NAME_ROW, NAMES_TOP = 20, 12


@dataclass(frozen=True, slots=True)
class QuadrantMark:
    """A numbered row: importance and value in percent; `filled` stands out from the peers."""

    number: int
    name: str
    importance: float
    value: float
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Quadrants:
    """Marks and the two cuts in percent; `corners` are the words of the fields, row by row from the top left.

    The field below on the right is the one to look at first.
    """

    marks: Sequence[QuadrantMark]
    importance_cut: float
    value_cut: float
    corners: tuple[str, str, str, str]
    across_label: str
    upwards_label: str


@dataclass(frozen=True, slots=True)
class _Plot:
    frame: Frame
    right: float
    bottom: float
    x: Scale
    y: Scale
    ends: tuple[float, float, float]


def quadrants(frame: Frame, shown: Quadrants) -> str:
    """Importance to the right from zero, values upwards between whole steps of five that the axis names."""
    plot = _plot(frame, shown)
    body = [*_fields(plot, shown), *_axes(plot, shown), *_marks(plot, shown)]
    names = [*_names(plot, shown)] if frame.headed else []
    below = NAMES_TOP + NAME_ROW * len(names)
    return chart(frame, [*body, *names], height=plot.bottom + BOTTOM + (below if names else 0))


def _plot(frame: Frame, shown: Quadrants) -> _Plot:
    most = STEP * -(-max([shown.importance_cut, *(one.importance for one in shown.marks)]) // STEP)
    values = [shown.value_cut, *(one.value for one in shown.marks)]
    high = min(STEP * -(-max(values) // STEP), 100.0)
    low = min(STEP * (min(values) // STEP), high - STEP)
    right = frame.width - RIGHT
    bottom = TOP + (right - LEFT) * (NARROW_HEIGHT if frame.is_narrow else HEIGHT_OF_WIDTH)
    x = scale((0, most or STEP), (LEFT, right))
    return _Plot(frame, right, bottom, x, scale((low, high), (bottom, TOP)), (most or STEP, low, high))


def _fields(plot: _Plot, shown: Quadrants) -> Iterator[str]:
    """The field to look at first, the two cuts, the frame, and a word in every corner."""
    x, y = plot.x(shown.importance_cut), plot.y(shown.value_cut)
    yield rect(x, y, plot.right - x, plot.bottom - y, fill=palette.SHADES[1])
    yield line((x, TOP), (x, plot.bottom), stroke=palette.LINE_STRONG, dashed=True)
    yield line((LEFT, y), (plot.right, y), stroke=palette.LINE_STRONG, dashed=True)
    yield rect(LEFT, TOP, plot.right - LEFT, plot.bottom - TOP, fill="none", stroke=palette.LINE_STRONG)
    for words, (at, y), anchor in _corner_lines(plot, shown):
        yield strong(at, y, words, size=SMALL, anchor=anchor, fill=palette.QUIET)


def _corner_lines(plot: _Plot, shown: Quadrants) -> Iterator[tuple[str, tuple[float, float], str]]:
    """The words of the fields line by line, each with its place and its anchor."""
    edges = ((LEFT + EDGE, "start"), (plot.right - EDGE, "end"))
    places = [(at, is_top, anchor) for is_top in (True, False) for at, anchor in edges]
    for words, (at, is_top, anchor) in zip(shown.corners, places, strict=True):
        lines = wrapped(words, (plot.right - LEFT) / 2 - 2 * EDGE, SMALL)
        first = TOP + CORNER if is_top else plot.bottom - EDGE - LINE_HEIGHT * (len(lines) - 1)
        for place, one in enumerate(lines):
            yield one, (at, first + LINE_HEIGHT * place), anchor


def _word_boxes(plot: _Plot, shown: Quadrants) -> list[tuple[float, float, float, float]]:
    """Where the centre of a mark would cover a word of a corner: left, right, top, bottom."""
    boxes = []
    for words, (x, y), anchor in _corner_lines(plot, shown):
        wide = width_of(words, SMALL)
        left = x if anchor == "start" else x - wide
        boxes.append((left - MARK, left + wide + MARK, y - SMALL - MARK, y + MARK))
    return boxes


def _axes(plot: _Plot, shown: Quadrants) -> Iterator[str]:
    most, low, high = plot.ends
    for value, y in ((high, TOP + 10), (low, plot.bottom)):
        yield text(LEFT - 6, y, f"{value:g}%", size=SMALL, anchor="end", fill=palette.QUIET)
    yield text(LEFT, plot.bottom + 18, "0", size=SMALL, fill=palette.QUIET)
    yield text(plot.right, plot.bottom + 18, f"{most:g}%", size=SMALL, anchor="end", fill=palette.QUIET)
    yield arrow(LEFT, TOP - 10, "up", fill=palette.QUIET)
    yield text(LEFT + ARROW, TOP - 10, shown.upwards_label, size=SMALL, fill=palette.QUIET)
    words, y = shown.across_label, plot.bottom + 36
    yield text(plot.right - ARROW, y, words, size=SMALL, anchor="end", fill=palette.QUIET)
    yield aside(plot.right - ARROW / 2, y - 4, "right", fill=palette.QUIET)


def _marks(plot: _Plot, shown: Quadrants) -> Iterator[str]:
    points = [(plot.x(one.importance), plot.y(one.value)) for one in shown.marks]
    places = _apart(plot, points, shown)
    for point, place in zip(points, places, strict=True):
        if point != place:
            yield line(point, place, stroke=palette.QUIET)
            yield f'<circle cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="{POINT:g}" fill="{palette.QUIET}"/>'
    for one, (x, y) in zip(shown.marks, places, strict=True):
        fill, ink = (palette.ACCENT, palette.ON_DARK) if one.filled else (palette.ON_DARK, palette.ACCENT)
        yield (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{MARK:g}" fill="{fill}"'
            f' stroke="{palette.ACCENT}" stroke-width="2"/>'
        )
        yield (
            f'<text x="{x:.1f}" y="{y + 4:.1f}" font-size="{SMALL}" font-weight="600" text-anchor="middle"'
            f' fill="{ink}">{one.number}</text>'
        )


def _apart(plot: _Plot, points: Sequence[tuple[float, float]], shown: Quadrants) -> list[tuple[float, float]]:
    """The nearest places where no mark covers another or a field's words, or leaves its field."""
    cut = plot.x(shown.importance_cut), plot.y(shown.value_cut)
    boxes = _word_boxes(plot, shown)
    placed: list[tuple[float, float]] = []
    for x, y in points:
        near = sorted(
            ((x + MARK * h, y + MARK * v) for h in range(-PLACES, PLACES) for v in range(-PLACES, PLACES)),
            key=lambda at: (at[0] - x) ** 2 + (at[1] - y) ** 2,
        )
        clear = [(a, b) for a, b in near if not any(i <= a <= j and k <= b <= m for i, j, k, m in boxes)]
        free = [at for at in clear if _is_inside(plot, at) and _is_free(at, placed)]
        fitting = (at for at in free if _field(at, cut) == _field((x, y), cut))
        placed.append(next(fitting, free[0] if free else (x, y)))
    return placed


def _field(at: tuple[float, float], cut: tuple[float, float]) -> tuple[bool, bool]:
    return at[0] >= cut[0], at[1] >= cut[1]


def _is_inside(plot: _Plot, at: tuple[float, float]) -> bool:
    inside_x = LEFT + MARK <= at[0] <= plot.right - MARK
    return inside_x and TOP + MARK <= at[1] <= plot.bottom - MARK


def _is_free(at: tuple[float, float], placed: Sequence[tuple[float, float]]) -> bool:
    nearest = (2 * MARK + 2) ** 2
    return all((at[0] - x) ** 2 + (at[1] - y) ** 2 >= nearest for x, y in placed)


def _names(plot: _Plot, shown: Quadrants) -> Iterator[str]:
    """The rows the numbers stand for, with their values."""
    top, room = plot.bottom + BOTTOM + NAMES_TOP, plot.frame.width - 2 * EDGE - 64
    for place, one in enumerate(shown.marks):
        words = wrapped(f"{one.number}. {one.name}", room, TEXT, most=1)[0]
        y = top + NAME_ROW * place + TEXT
        row = text(EDGE, y, words)
        value = text(plot.frame.width - EDGE, y, f"{plot.frame.shown(one.value)}%", anchor="end")
        yield row + value
