"""The chart of a round's days in SVG units."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.results.flows import Span

WIDE, NARROW, HEIGHT, LEFT = 960, 344, 160, 40


@dataclass(frozen=True, slots=True)
class Column:
    """Days that are counted together, the abandoned forms on top."""

    x: float
    width: float
    y: float
    height: float
    rest_y: float
    rest_height: float
    span: "Span"


def day_columns(spans: Sequence["Span"], room: float) -> tuple[list[Column], float]:
    """Columns from the zero line up, as wide as their days and as high as a day of them, and the highest."""
    most = max(((span.usable + span.rest) / span.days for span in spans), default=0.0)
    if not most:
        return [], 0
    first = spans[0].from_on
    day = (room - LEFT) / ((spans[-1].through_on - first).days + 1)
    made = []
    for span in spans:
        height, rest = (round(n / span.days / most * HEIGHT, 1) for n in (span.usable, span.rest))
        x, width = LEFT + (span.from_on - first).days * day, span.days * day
        y = round(HEIGHT - height, 1)
        drawn = round(max(width - min(2, width / 4), 0.5), 1)
        made.append(Column(round(x, 1), drawn, y, height, round(y - rest, 1), rest, span))
    return made, most
