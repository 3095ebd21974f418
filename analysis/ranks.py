"""Ranks with their uncertainty, from estimates and their covariance.

Rank confidence sets after Mogstad, Romano, Shaikh and Wilhelm: every pair of units is compared by its
studentised difference, and a unit's best rank is 1 + the number significantly better, its worst p minus
the number significantly worse.  The critical value is a quantile of the largest simulated difference,
lowered step by step as comparisons are settled.  Percentile ranks of a bootstrap are not offered: they
are invalid when units are nearly tied.  Rank 1 is the highest estimate.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import BoolArray, FloatArray, IntArray
from analysis.errors import ShapeMismatch
from analysis.joint_draws import (
    NORMAL,
    Simulation,
    covariance_matrix,
    critical_value,
    inverse_or_infinite,
    inverse_or_zero,
    joint_deviations,
    require_estimates,
)

_CHUNK_VALUES = 500_000


@dataclass(frozen=True, slots=True)
class RankSets:
    """Ranks and the sets that cover the true ranks at the stated level.

    Shapes: every array is (p,).  Units: ranks, 1 is the highest estimate; ties share the better rank.
    `simultaneous` sets hold for all units at once, the others for each unit by itself.
    """

    rank: IntArray
    best: IntArray
    worst: IntArray
    level: float
    simultaneous: bool


@dataclass(frozen=True, slots=True)
class RankChanges:
    """Change in rank between two periods; positive means a better place than before.

    Shapes: every array is (p,).  Units: places.  `low` and `high` bound the true change of each unit.
    """

    change: IntArray
    low: IntArray
    high: IntArray
    before: RankSets
    after: RankSets


@dataclass(frozen=True, slots=True)
class _League:
    """One period's pairwise comparisons: t and simulated t, a positive value meaning row above column."""

    statistic: FloatArray
    deviations: FloatArray
    scale: FloatArray

    def simulated(self) -> Iterator[FloatArray]:
        """Chunks (r, p, p) of studentised differences with every true difference zero."""
        size = len(self.scale)
        step = max(1, _CHUNK_VALUES // (size * size))
        for start in range(0, len(self.deviations), step):
            z = self.deviations[start : start + step]
            difference = z[:, :, None] - z[:, None, :]
            difference *= self.scale
            yield difference


def rank_sets(
    estimate: ArrayLike,
    covariance: ArrayLike,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    simultaneous: bool = False,
    simulation: Simulation = NORMAL,
) -> RankSets:
    """Sets that cover a unit's true rank: one by one for a unit's own page, simultaneous for a league table.

    A zero variance says "exactly known"; give a stand-in variance where everybody was satisfied.
    Shapes: estimate (p,); covariance (p, p), or (p,) variances of independent units.
    Units: as given.
    Raises: InvalidArgument when an estimate or variance is missing, the level is outside 0-1 or the draws
    are too few for it; ShapeMismatch.
    Source: Mogstad, Romano, Shaikh & Wilhelm (2024), Review of Economic Studies 91, algorithms of
    sections 3.1-3.3, step-down of Romano & Wolf (2005) over one-sided hypotheses.
    Check: tests/unit/analysis/test_ranks.py (brute force and coverage).
    """
    values = require_estimates(estimate)
    z = joint_deviations(covariance_matrix(covariance, len(values)), rng, level=level, simulation=simulation)
    leagues = [_league(values, covariance_matrix(covariance, len(values)), z)]
    return _sets(values, leagues, 0, _settled(leagues, level, simultaneous=simultaneous), level, simultaneous)


def rank_changes(
    before: ArrayLike,
    after: ArrayLike,
    covariance: ArrayLike,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    simulation: Simulation = NORMAL,
) -> RankChanges:
    """How far each unit moved, with sets from the comparisons of both periods taken jointly.

    Shapes: before, after (p,); covariance (2p, 2p), all of `before` first, or (2p,) variances.
    Units: as given; places in the result.
    Raises: as `rank_sets`.
    Source: MRSW (2024) applied to the 2 x 2(p-1) comparisons of a unit; the difference of two sets that
    hold jointly.  Check: tests/unit/analysis/test_ranks.py (coverage).
    """
    first, second = require_estimates(before), require_estimates(after)
    if len(first) != len(second):
        raise ShapeMismatch(what="after", found=f"{len(second)} units", wanted=f"{len(first)} units")
    size = len(first)
    joint = covariance_matrix(covariance, 2 * size)
    z = joint_deviations(joint, rng, level=level, simulation=simulation)
    leagues = [
        _league(first, joint[:size, :size], z[:, :size]),
        _league(second, joint[size:, size:], z[:, size:]),
    ]
    settled = _settled(leagues, level, simultaneous=False)
    old, new = (_sets(v, leagues, i, settled, level, False) for i, v in enumerate((first, second)))
    return RankChanges(
        change=old.rank - new.rank, low=old.best - new.worst, high=old.worst - new.best, before=old, after=new
    )


def plain_ranks(estimate: ArrayLike) -> IntArray:
    """Ranks of the estimates themselves, 1 for the highest; ties share the better rank.

    Shapes: (p,).  Units: ranks.  Raises: InvalidArgument when an estimate is missing.
    Source: competition ranking.  Check: tests/unit/analysis/test_ranks.py
    """
    values = require_estimates(estimate)
    return 1 + np.asarray(np.searchsorted(np.sort(-values), -values, side="left"), dtype=np.int64)


def _settled(leagues: list[_League], level: float, *, simultaneous: bool) -> list[BoolArray]:
    """Per league, row j's settled comparisons: [0] j is above k, [1] j is below k, as (2, p, p).

    Each pass takes the quantile over the comparisons still open and settles those beyond it, until a pass
    settles nothing.  Row j is a family of its own unless the sets are simultaneous.
    """
    size = len(leagues[0].scale)
    observed = [np.stack([league.statistic, league.statistic.T]) for league in leagues]
    settled = [np.zeros((2, size, size), dtype=np.bool_) for _ in leagues]
    while True:
        critical = _critical(leagues, settled, level, simultaneous=simultaneous)
        beyond = [t > critical[:, None] for t in observed]
        if all(np.array_equal(now | old, old) for now, old in zip(beyond, settled, strict=True)):
            return settled
        settled = [now | old for now, old in zip(beyond, settled, strict=True)]


def _critical(
    leagues: list[_League], settled: list[BoolArray], level: float, *, simultaneous: bool
) -> FloatArray:
    """Row by row the quantile of the largest simulated comparison still open."""
    largest = np.full((len(leagues[0].deviations), len(leagues[0].scale)), -np.inf)
    for league, done in zip(leagues, settled, strict=True):
        np.maximum(largest, _largest_open(league, done), out=largest)
    if simultaneous:
        return np.full(largest.shape[1], critical_value(largest.max(axis=1), level))
    return np.array([critical_value(column, level) for column in largest.T])


def _largest_open(league: _League, settled: BoolArray) -> FloatArray:
    if not settled.any():
        return np.concatenate([np.abs(d, out=d).max(axis=2) for d in league.simulated()])
    above, below = (np.where(done | _same(len(league.scale)), -np.inf, 0.0) for done in settled)
    rows = [
        np.maximum((d + above).max(axis=2), np.subtract(below, d, out=d).max(axis=2))
        for d in league.simulated()
    ]
    return np.concatenate(rows)


def _sets(
    values: FloatArray,
    leagues: list[_League],
    which: int,
    settled: list[BoolArray],
    level: float,
    simultaneous: bool,
) -> RankSets:
    above, below = settled[which]
    return RankSets(
        rank=plain_ranks(values),
        best=1 + below.sum(axis=1),
        worst=len(leagues[which].scale) - above.sum(axis=1),
        level=level,
        simultaneous=simultaneous,
    )


def _league(values: FloatArray, covariance: FloatArray, deviations: FloatArray) -> _League:
    variance = np.diag(covariance)
    squared = np.maximum(variance[:, None] + variance - 2 * covariance, 0.0)
    noise = 1e-14 * (variance[:, None] + variance)
    se = np.sqrt(np.where(squared <= noise, 0.0, squared))
    with np.errstate(invalid="ignore"):
        statistic = np.nan_to_num(
            (values[:, None] - values) * inverse_or_infinite(se), nan=0.0, posinf=np.inf, neginf=-np.inf
        )
    return _League(statistic=statistic, deviations=deviations, scale=inverse_or_zero(se))


def _same(size: int) -> BoolArray:
    return np.eye(size, dtype=np.bool_)
