"""What every chart has: a title that is the finding, what is measured, a description, a source, a width."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.numbers import number
from app.results.charts import palette
from app.results.charts.drawing import TEXT, escaped, strong, text, wrapped

WIDE, NARROW = 720, 344
NARROW_UP_TO = 480
TITLE_SIZE, SOURCE_SIZE = 18, 12
EDGE = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """`title` is the finding, `measure` what is drawn; `key` makes ids unique on a page.

    `headed` draws title and measure into the picture: for files; a page writes them beside it.
    """

    title: str
    measure: str
    description: str
    source: str = ""
    language: str = "vi"
    width: int = WIDE
    key: str = "chart"
    headed: bool = False

    @property
    def is_narrow(self) -> bool:
        return self.width <= NARROW_UP_TO

    def shown(self, value: float | None, digits: int = 1) -> str:
        return number(value, self.language, digits)


def chart(frame: Frame, body: Iterable[str], *, height: float) -> str:
    """The whole SVG: head, the body moved below it, the source beneath."""
    head, head_height = _head(frame)
    foot, foot_height = _foot(frame, head_height + height)
    total = round(head_height + height + foot_height, 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {frame.width} {total:g}"'
        f' width="{frame.width}" height="{total:g}" role="img" font-family="{palette.FONT}"'
        f' aria-labelledby="{frame.key}-title {frame.key}-desc">'
        f'<title id="{frame.key}-title">{escaped(frame.title)}</title>'
        f'<desc id="{frame.key}-desc">{escaped(frame.description)}</desc>'
        f'{head}<g transform="translate(0 {head_height:g})">{"".join(body)}</g>{foot}</svg>'
    )


def _head(frame: Frame) -> tuple[str, float]:
    if not frame.headed:
        return "", 0.0
    parts = [f'<rect width="{frame.width}" height="100%" fill="{palette.PAPER}"/>']
    y = 0.0
    for line in wrapped(frame.title, frame.width - 2 * EDGE, TITLE_SIZE, most=3):
        y += TITLE_SIZE * 1.35
        parts.append(strong(EDGE, y, line, size=TITLE_SIZE))
    for line in wrapped(frame.measure, frame.width - 2 * EDGE, TEXT, most=3):
        y += TEXT * 1.5
        parts.append(text(EDGE, y, line, fill=palette.QUIET))
    return "".join(parts), y + 14


def _foot(frame: Frame, y: float) -> tuple[str, float]:
    if not frame.headed or not frame.source:
        return "", 0.0
    lines = wrapped(frame.source, frame.width - 2 * EDGE, SOURCE_SIZE, most=4)
    step = SOURCE_SIZE * 1.5
    drawn = [
        text(EDGE, y + step * (place + 1), line, size=SOURCE_SIZE, fill=palette.QUIET)
        for place, line in enumerate(lines)
    ]
    return "".join(drawn), step * len(lines) + 10
