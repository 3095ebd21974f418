"""How answers spread over the five levels: a bar around the middle level."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.results.charts import palette
from app.results.charts.drawing import SMALL, TEXT, Scale, aside, line, rect, scale, text, wrapped
from app.results.charts.frame import Frame, chart

TOP, ROW, NARROW_ROW, BAR, END = 34, 38, 58, 22, 10
ROOM_FOR_NUMBER = 26
DARK = (0, 4)


@dataclass(frozen=True, slots=True)
class LevelRow:
    """The share of each level in percent, lowest level first; `words` where hidden."""

    label: str
    shares: Sequence[float]
    n: int | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class ShareLevels:
    """`names` are the words of the levels, lowest first."""

    names: Sequence[str]
    rows: Sequence[LevelRow]


def share_levels(frame: Frame, shown: ShareLevels) -> str:
    """Every row is 100 percent long; its place says how far it leans."""
    left = 10.0 if frame.is_narrow else min(0.36 * frame.width, 280.0)
    right = frame.width - (10.0 if frame.is_narrow else 62.0)
    x = _scale(shown, left, right)
    row = NARROW_ROW if frame.is_narrow else ROW
    bottom = TOP + row * len(shown.rows)
    body = [*_words(frame, shown, left, right), line((x(0), TOP), (x(0), bottom), stroke=palette.INK)]
    for place, one in enumerate(shown.rows):
        body += _row(frame, one, TOP + place * row, x=x, left=left)
    return chart(frame, body, height=bottom + END)


def _scale(shown: ShareLevels, left: float, right: float) -> Scale:
    starts = [_start(row.shares) for row in shown.rows if row.shares]
    lowest = min([*starts, -5.0])
    highest = max([start + 100 for start in starts] + [5.0])
    return scale((lowest, highest), (left, right))


def _start(shares: Sequence[float]) -> float:
    """Where the bar begins so that the middle of the middle level is zero."""
    middle = len(shares) // 2
    half = shares[middle] / 2 if len(shares) % 2 else 0.0
    return -(sum(shares[:middle]) + half)


def _words(frame: Frame, shown: ShareLevels, left: float, right: float) -> Iterator[str]:
    first, last = shown.names[0], shown.names[-1]
    yield aside(left, TOP - 12, "left", fill=palette.QUIET)
    yield text(left + 14, TOP - 12, first, size=SMALL, fill=palette.QUIET)
    yield aside(right - 8, TOP - 12, "right", fill=palette.QUIET)
    yield text(right - 14, TOP - 12, last, size=SMALL, anchor="end", fill=palette.QUIET)
    if not frame.is_narrow:
        yield text(frame.width - 6, TOP - 12, "n", size=SMALL, anchor="end", fill=palette.QUIET)


def _row(frame: Frame, row: LevelRow, top: float, *, x: Scale, left: float) -> Iterator[str]:
    middle = top + (NARROW_ROW - 18 if frame.is_narrow else ROW / 2)
    n = frame.shown(row.n, 0)
    if frame.is_narrow:
        yield rect(0, top + 4, frame.width, 22, fill=palette.PAPER)
        yield text(left, top + 20, wrapped(row.label, frame.width - 90, TEXT, most=1)[0])
        yield text(frame.width - 10, top + 20, f"n {n}", size=SMALL, anchor="end", fill=palette.QUIET)
    else:
        lines = wrapped(row.label, left - 20, SMALL + 1)
        for place, one in enumerate(lines):
            yield text(4, middle + 4 + (place - (len(lines) - 1) / 2) * 16, one, size=SMALL + 1)
        yield text(frame.width - 6, middle + 4, n, size=SMALL, anchor="end", fill=palette.QUIET)
    if not row.shares:
        yield text(left + 6, middle + 4, row.words, size=SMALL, fill=palette.QUIET)
        return
    yield from _bar(frame, row, middle, x)


def _bar(frame: Frame, row: LevelRow, middle: float, x: Scale) -> Iterator[str]:
    place = _start(row.shares)
    for level, share in enumerate(row.shares):
        begin, end = x(place), x(place + share)
        yield rect(begin, middle - BAR / 2, end - begin, BAR, fill=palette.LEVELS[level], stroke="#ffffff")
        if end - begin >= ROOM_FOR_NUMBER:
            ink = palette.ON_DARK if level in DARK else palette.INK
            yield text(
                (begin + end) / 2, middle + 4, frame.shown(share, 0), size=SMALL, anchor="middle", fill=ink
            )
        place += share
