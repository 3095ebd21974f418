"""The few marks charts are drawn from, as SVG text with presentation attributes only. Pure."""

from collections.abc import Callable, Sequence
from html import escape

from app.results.charts import palette

TEXT = 14
SMALL = 12
TICK = 4.5
WAYS = ("up", "down")
_NARROW = set("iíìỉĩịljtfrI.,:;'|!()[] ")
_BROAD = set("mwMWĐĂÂÔƠƯ@%&")
ELLIPSIS = "…"
Scale = Callable[[float], float]


def escaped(content: str) -> str:
    return escape(content, quote=True)


def text(
    x: float, y: float, content: str, *, size: float = TEXT, anchor: str = "start", fill: str = palette.INK
) -> str:
    return f'<text {_where(x, y, size, anchor)} fill="{fill}">{escaped(content)}</text>'


def strong(
    x: float, y: float, content: str, *, size: float = TEXT, anchor: str = "start", fill: str = palette.INK
) -> str:
    """Bold, with an edge of paper so that it stays readable on lines."""
    edge = f'stroke="{palette.PAPER}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'
    if fill == palette.ON_DARK:
        edge = ""
    place = _where(x, y, size, anchor)
    return f'<text {place} font-weight="600" fill="{fill}" {edge}>{escaped(content)}</text>'


def _where(x: float, y: float, size: float, anchor: str) -> str:
    place = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'x="{x:.1f}" y="{y:.1f}" font-size="{size:g}"{place}'


def arrow(x: float, y: float, way: str, *, fill: str = palette.INK) -> str:
    """A small triangle that points up or down, standing on the line of the text; nothing for another way."""
    if way not in WAYS:
        return ""
    shape = "l4.5 -8l4.5 8z" if way == "up" else "m0 -8h9l-4.5 8z"
    return f'<path d="M{x:.1f} {y - 1:.1f}{shape}" fill="{fill}"/>'


def aside(x: float, y: float, way: str, *, fill: str) -> str:
    """A small triangle that points left or right."""
    shape = "l8 -4.5v9z" if way == "left" else "m0 -4.5l8 4.5l-8 4.5z"
    return f'<path d="M{x:.1f} {y - 4.5:.1f}{shape}" fill="{fill}"/>'


def line(
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    stroke: str,
    width: float = 1,
    dashed: bool = False,
) -> str:
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    return (
        f'<path d="M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}" fill="none"'
        f' stroke="{stroke}" stroke-width="{width:g}"{dashes}/>'
    )


def path(
    points: Sequence[tuple[float, float]], *, stroke: str, width: float = 1, dashed: bool = False
) -> str:
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    drawn = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{drawn}" fill="none" stroke="{stroke}" stroke-width="{width:g}"{dashes}/>'


def rect(x: float, y: float, width: float, height: float, *, fill: str, stroke: str = "") -> str:
    edge = f' stroke="{stroke}"' if stroke else ""
    size = f'width="{max(width, 0):.1f}" height="{height:.1f}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{fill}"{edge}/>'


def dot(x: float, y: float, *, colour: str, solid: bool, radius: float = 4) -> str:
    """Full where the figure is reliable, hollow where it is to be read with care."""
    fill, edge = (colour, "") if solid else ("#ffffff", f' stroke="{colour}" stroke-width="2"')
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}"{edge}/>'


def diamond(x: float, y: float, *, colour: str, solid: bool, radius: float = 5.5) -> str:
    fill, edge = (colour, "") if solid else ("#ffffff", f' stroke="{colour}" stroke-width="1.5"')
    corners = (
        f"M{x:.1f} {y - radius:.1f}l{radius:g} {radius:g}l{-radius:g} {radius:g}l{-radius:g} {-radius:g}z"
    )
    return f'<path d="{corners}" fill="{fill}"{edge}/>'


def across(low: float, high: float, y: float, *, colour: str) -> str:
    """An interval lying down, with end ticks."""
    ends = "".join(f"M{x:.1f} {y - TICK:.1f}v{2 * TICK:g}" for x in (low, high))
    return f'<path d="M{low:.1f} {y:.1f}H{high:.1f}{ends}" fill="none" stroke="{colour}" stroke-width="2"/>'


def upright(x: float, low: float, high: float, *, colour: str) -> str:
    """An interval standing up, with end ticks."""
    ends = "".join(f"M{x - TICK:.1f} {y:.1f}h{2 * TICK:g}" for y in (low, high))
    return f'<path d="M{x:.1f} {low:.1f}V{high:.1f}{ends}" fill="none" stroke="{colour}" stroke-width="2"/>'


def scale(domain: tuple[float, float], place: tuple[float, float]) -> Scale:
    """From values to places, linearly."""
    factor = (place[1] - place[0]) / (domain[1] - domain[0])
    return lambda value: place[0] + (value - domain[0]) * factor


def width_of(content: str, size: float) -> float:
    """About how wide a text is in Be Vietnam Pro."""
    units = (
        0.33 if c in _NARROW else 0.86 if c in _BROAD else 0.68 if c.isupper() else 0.58 for c in content
    )
    return size * sum(units)


def wrapped(content: str, width: float, size: float, *, most: int = 2) -> list[str]:
    """Lines that fit, cut at words; the last one ends in an ellipsis where words are left out."""
    lines: list[str] = []
    words = content.split()
    while words and len(lines) < most:
        here = words.pop(0)
        while words and width_of(f"{here} {words[0]}", size) <= width:
            here = f"{here} {words.pop(0)}"
        lines.append(here)
    if words and lines:
        lines[-1] = _cut(lines[-1], width, size)
    return [one if width_of(one, size) <= width * 1.05 else _cut(one, width, size) for one in lines] or [""]


def _cut(content: str, width: float, size: float) -> str:
    kept = content.rstrip(ELLIPSIS)
    while kept and width_of(kept + ELLIPSIS, size) > width:
        kept = kept[:-1]
    return kept.rstrip(" ,;.") + ELLIPSIS
