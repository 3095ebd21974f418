"""Where a row stands against the whole it belongs to, and where the peers are: for tables, maps and charts.

A part shares its answers with its whole, which the comparison takes into account; over a table false
discoveries are held at 5 %, as in `comparing`. A hidden row stands nowhere.
"""

from collections.abc import Sequence

import numpy as np

from app.results.comparing import changes_of
from app.results.evidence import Side, sides_of
from app.results.reading import Estimate

FEWEST_PEERS = 4
WAYS = {1: "up", -1: "down", 0: ""}

Pair = tuple[Estimate, Estimate | None]


def standings(pairs: Sequence[Pair]) -> list[str]:
    """`up`, `down` or nothing for every (part, whole); the table is one family of tests."""
    parts = sides_of([part for part, _ in pairs])
    wholes = sides_of([whole for _, whole in pairs])
    shared = [_shared(part, whole) for part, whole in zip(parts, wholes, strict=True)]
    apart = [
        (part, None if part is None or whole is None or one.place == _place(other) else whole)
        for part, whole, (one, other) in zip(parts, wholes, pairs, strict=True)
    ]
    return [WAYS[change.arrow] for change in changes_of(apart, covariances=shared).rows]


def middle_half(rows: Sequence[Estimate]) -> tuple[float, float] | None:
    """The quartiles of the published figures, in percent; None for so few that it would say little."""
    known = [row.estimate for row in rows if row.estimate is not None]
    if len(known) < FEWEST_PEERS:
        return None
    low, high = np.quantile(known, (0.25, 0.75)).tolist()
    return low, high


def _place(row: Estimate | None) -> object:
    return row.place if row else None


def _shared(part: Side | None, whole: Side | None) -> float:
    """Covariance of a part with its whole: the part's own variance, by its weight in the whole."""
    if part is None or whole is None or whole.weight <= 0:
        return 0.0
    return min(part.weight / whole.weight, 1.0) * part.se**2
