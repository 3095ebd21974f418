"""Ranks among peers with what is known of them: rank sets, tiers, ties, and how far a place has moved.

Rank sets are those of Mogstad, Romano, Shaikh and Wilhelm; the draws behind them are seeded from the
edition's hash, so a page shows the same every time. Units without a published figure have no rank and do not
count among the ranked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from zlib import crc32

import numpy as np

from analysis.arrays import FloatArray
from analysis.joint_draws import Simulation
from analysis.ranks import plain_ranks, rank_changes, rank_sets
from analysis.tiers import Tier, peer_tiers
from app.core.errors import Invalid
from app.results.evidence import LEVEL, Side, sides_of, variances_of
from app.results.reading import EditionTables, Estimate
from app.results.rounding import rounded_column

PUBLISHED_DIGITS = 2
MOST_PEERS = 250
MOST_DRAWS, FEWEST_DRAWS = 1000, 199
PAIR_DRAWS = 2_000_000
"""Draws x pairs of units: fewer draws for large groups. The sets keep their level at any number of draws."""

Moved = Literal["up", "down", "unclear"]


@dataclass(frozen=True, slots=True)
class Move:
    """A change in places, positive for a better one, among the units ranked in both rounds."""

    before: int
    after: int
    of: int
    change: int
    low: int
    high: int

    @property
    def moved(self) -> Moved:
        """The direction the rank set settles; `unclear` when it holds no change."""
        return "up" if self.low > 0 else "down" if self.high < 0 else "unclear"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A unit with its place; `tied` how many others share it."""

    unit: str
    unit_name: str
    side: Side
    row: Estimate
    rank: int
    best: int
    worst: int
    tied: int
    tier: Tier
    points: float | None
    move: Move | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """A peer group in the order of its figures; `unranked` are those without a published one.

    `common` units are ranked in both rounds, 0 without an earlier one.
    """

    rows: tuple[Ranked, ...]
    unranked: tuple[Estimate, ...]
    peer_mean: float | None
    level: float
    simultaneous: bool
    common: int

    @property
    def of(self) -> int:
        return len(self.rows)

    def of_unit(self, unit: str) -> Ranked | None:
        return next((row for row in self.rows if row.unit == unit), None)


def rank_peers(
    tables: EditionTables,
    units: Sequence[str],
    figure: str,
    *,
    before: EditionTables | None = None,
    simultaneous: bool = False,
) -> Ranking:
    """Units of one level by one figure, highest first.

    Raises: Invalid for a group too large for rank sets.
    """
    _require_few(units)
    rows = tables.rows(unit=list(units), figure=figure)
    known = [(row, side) for row, side in zip(rows, sides_of(list(rows)), strict=True) if side]
    unranked = tuple(row for row in rows if row.unit not in {one.unit for one, _ in known})
    if not known:
        return Ranking((), unranked, None, LEVEL, simultaneous, 0)
    sides = tuple(side for _, side in known)
    seed = _seed(tables, figure)
    places = _places(sides, seed, simultaneous)
    moves, points = _moves(tables, before, [row.unit for row, _ in known], figure)
    found = [
        Ranked(
            unit=row.unit,
            unit_name=tables.unit_name(row.unit),
            side=side,
            row=row,
            rank=places.rank[i],
            best=min(places.best[i], places.rank[i]),
            worst=max(places.worst[i], places.rank[i]),
            tied=places.rank.count(places.rank[i]) - 1,
            tier=places.tier[i],
            points=points.get(row.unit),
            move=moves.get(row.unit),
        )
        for i, (row, side) in enumerate(known)
    ]
    ordered = tuple(sorted(found, key=lambda one: one.rank))
    return Ranking(ordered, unranked, places.peer_mean, LEVEL, simultaneous, len(moves))


def _require_few(units: Sequence[str]) -> None:
    if len(units) > MOST_PEERS:
        raise Invalid(
            "{count} units are too many to rank together",
            where="of",
            remedy="choose a group of at most {most}, such as the units of one province",
            count=len(units),
            most=MOST_PEERS,
        )


@dataclass(frozen=True, slots=True)
class _Places:
    rank: tuple[int, ...]
    best: tuple[int, ...]
    worst: tuple[int, ...]
    tier: tuple[Tier, ...]
    peer_mean: float


@lru_cache(maxsize=256)
def _places(sides: tuple[Side, ...], seed: int, simultaneous: bool) -> _Places:
    if len(sides) == 1:
        return _Places((1,), (1,), (1,), ("not_distinguishable",), sides[0].estimate)
    share, variance, simulation = _inputs(sides)
    sets = rank_sets(
        share,
        variance,
        rng=np.random.default_rng(seed),
        level=LEVEL,
        simultaneous=simultaneous,
        simulation=simulation,
    )
    tiers = peer_tiers(share, variance, rng=np.random.default_rng(seed), level=LEVEL, simulation=simulation)
    return _Places(
        rank=_published_ranks(sides),
        best=tuple(sets.best.tolist()),
        worst=tuple(sets.worst.tolist()),
        tier=tiers.tier,
        peer_mean=100 * tiers.peer_mean,
    )


@lru_cache(maxsize=256)
def _all_moves(before: tuple[Side, ...], after: tuple[Side, ...], seed: int) -> tuple[Move, ...]:
    first, second = _inputs(before), _inputs(after)
    df = np.concatenate([[side.df for side in before], [side.df for side in after]])
    changes = rank_changes(
        first[0],
        second[0],
        np.concatenate([first[1], second[1]]),
        rng=np.random.default_rng(seed),
        level=LEVEL,
        simulation=Simulation(draws=_draws(len(before)), df=df),
    )
    old, new = _published_ranks(before), _published_ranks(after)
    limits = zip(changes.low.tolist(), changes.high.tolist(), strict=True)
    return tuple(
        Move(o, n, len(before), o - n, min(low, o - n), max(high, o - n))
        for o, n, (low, high) in zip(old, new, limits, strict=True)
    )


def _moves(
    tables: EditionTables, before: EditionTables | None, units: Sequence[str], figure: str
) -> tuple[dict[str, Move], dict[str, float]]:
    """Moves in places, and beside them the change in points: two different things."""
    if before is None:
        return {}, {}
    earlier = before.rows(unit=list(units), figure=figure)
    old = {row.unit: s for row, s in zip(earlier, sides_of(list(earlier)), strict=True) if s}
    later = tables.rows(unit=sorted(old), figure=figure)
    new = {row.unit: s for row, s in zip(later, sides_of(list(later)), strict=True) if s}
    common = [unit for unit in units if unit in old and unit in new]
    points = {unit: new[unit].estimate - old[unit].estimate for unit in common}
    if len(common) < 2:
        return {}, points
    seed = _seed(tables, f"{figure} {before.edition.content_hash}")
    moved = _all_moves(tuple(old[u] for u in common), tuple(new[u] for u in common), seed)
    return dict(zip(common, moved, strict=True)), points


def _inputs(sides: Sequence[Side]) -> tuple[FloatArray, FloatArray, Simulation]:
    share = np.array([side.estimate / 100 for side in sides])
    df = np.array([side.df for side in sides])
    return share, variances_of(sides), Simulation(draws=_draws(len(sides)), df=df)


def _draws(units: int) -> int:
    return int(min(MOST_DRAWS, max(FEWEST_DRAWS, PAIR_DRAWS // units**2)))


def _published_ranks(sides: Sequence[Side]) -> tuple[int, ...]:
    """By the figures as they are printed: units with the same printed figure share the better place."""
    printed = rounded_column(np.array([side.estimate for side in sides]), PUBLISHED_DIGITS)
    return tuple(plain_ranks(printed).tolist())


def _seed(tables: EditionTables, what: str) -> int:
    return int(tables.edition.content_hash[:12] or "0", 16) ^ crc32(what.encode())
