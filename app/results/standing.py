"""Where a row stands against the whole it belongs to, and where the peers are: for tables, maps and charts.

A part shares its answers with its whole, which the comparison takes into account; over a table false
discoveries are held at 5 %, as in `comparing`. A hidden row stands nowhere.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from app.results.comparing import changes_of
from app.results.evidence import Side, sides_of
from app.results.reading import Estimate

FEWEST_PEERS = 4
KEPT_TABLES = 256
WAYS = {1: "up", -1: "down", 0: ""}

Pair = tuple[Estimate, Estimate | None]


def standings(pairs: Sequence[Pair]) -> list[str]:
    """`up`, `down` or nothing for every (part, whole); the table is one family of tests."""
    parts = sides_of([part for part, _ in pairs])
    unlike = [whole if whole is not None and part.place != whole.place else None for part, whole in pairs]
    return [WAYS[arrow] for arrow in _arrows(tuple(parts), tuple(_sides_once(unlike)))]


def middle_half(rows: Sequence[Estimate]) -> tuple[float, float] | None:
    """The quartiles of the published figures, in percent; None for so few that it would say little."""
    known = [row.estimate for row in rows if row.estimate is not None]
    if len(known) < FEWEST_PEERS:
        return None
    low, high = np.quantile(known, (0.25, 0.75)).tolist()
    return low, high


def _sides_once(rows: Sequence[Estimate | None]) -> list[Side | None]:
    """Many parts share a whole: its side is made once."""
    distinct = list({id(row): row for row in rows}.values())
    made = dict(zip(map(id, distinct), sides_of(distinct), strict=True))
    return [made[id(row)] for row in rows]


@lru_cache(maxsize=KEPT_TABLES)
def _arrows(parts: tuple[Side | None, ...], wholes: tuple[Side | None, ...]) -> tuple[int, ...]:
    """Kept, because editions never change and a page is read more than once."""
    shared = [_shared(part, whole) for part, whole in zip(parts, wholes, strict=True)]
    return tuple(
        change.arrow for change in changes_of(list(zip(parts, wholes, strict=True)), covariances=shared).rows
    )


def _shared(part: Side | None, whole: Side | None) -> float:
    """Covariance of a part with its whole: the part's own variance, by its weight in the whole."""
    if part is None or whole is None or whole.weight <= 0:
        return 0.0
    return min(part.weight / whole.weight, 1.0) * part.se**2
