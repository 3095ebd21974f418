"""A share over rounds in the space of a word."""

from collections.abc import Sequence

from app.results.charts import palette
from app.results.charts.drawing import Scale, dot, escaped, path, scale

WIDTH, HEIGHT, EDGE = 96, 26, 5


def sparkline(values: Sequence[float | None], *, title: str) -> str:
    """Values in percent, oldest first, None where nothing is shown; one scale for its own range."""
    known = [value for value in values if value is not None]
    x = scale((0, max(len(values) - 1, 1)), (EDGE, WIDTH - EDGE))
    low, high = min(known, default=0.0), max(known, default=100.0)
    spread = max(high - low, 10.0)
    y = scale((high - spread, high), (HEIGHT - EDGE, EDGE))
    body = [path(run, stroke=palette.LINE_STRONG, width=1.5) for run in _runs(values, x, y) if len(run) > 1]
    if values and values[-1] is not None:
        body.append(dot(x(len(values) - 1), y(values[-1]), colour=palette.ACCENT, solid=True, radius=3))
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="sparkline" {size} role="img"'
    return f'{head} aria-label="{escaped(title)}">{"".join(body)}</svg>'


def _runs(values: Sequence[float | None], x: Scale, y: Scale) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((x(place), y(value)))
    return runs
