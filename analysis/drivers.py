"""What satisfaction goes with: importance of criteria for the overall judgement, and where they perform.

Importance is a criterion's share of the explained variance of a weighted linear regression.  The criteria
correlate strongly, so single coefficients say little: `shapley` (LMG) averages the gain in R2 over all
orders of entry, `johnson` approximates it for many criteria.  Intervals come from a bootstrap of sampling
units.  This is association: a criterion that goes with satisfaction need not cause it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from analysis.arrays import BoolArray, FloatArray, IntArray, as_codes, as_floats, require_length
from analysis.errors import InvalidArgument, TooFewPsus

Method = Literal["shapley", "johnson"]
Quadrant = Literal["improve_first", "keep_up", "low_priority", "possible_overkill"]
MOST_SHAPLEY_CRITERIA = 10
REPLICATES = 500
_RIDGE = 1e-10


@dataclass(frozen=True, slots=True)
class DriverShares:
    """Importance of each criterion for the overall judgement.

    Shapes: arrays (k,).  Units: shares of `r_squared`, which add to 1; NaN for a criterion that never varies.
    `n` rows with an answer to everything; `low` and `high` percentile limits over the replicates.
    """

    importance: FloatArray
    low: FloatArray
    high: FloatArray
    r_squared: float
    n: int
    level: float
    method: Method


@dataclass(frozen=True, slots=True)
class PriorityTable:
    """Importance against performance.

    Shapes: (k,).  `clear` is True where neither interval reaches across its cut.
    """

    quadrant: tuple[Quadrant, ...]
    clear: BoolArray
    importance_cut: float
    performance_cut: float


@dataclass(frozen=True, slots=True)
class Clusters:
    """Where each row was sampled.

    Shapes: strata, psu (n,) codes; a psu code is read within its stratum.
    """

    strata: IntArray
    psu: IntArray


def driver_shares(
    criteria: ArrayLike,
    overall: ArrayLike,
    *,
    weights: ArrayLike,
    clusters: Clusters,
    rng: np.random.Generator,
    level: float = 0.95,
) -> DriverShares:
    """Shares of the explained variance: Shapley up to ten criteria, Johnson beyond.

    Rows with a blank (NaN) anywhere count as zero rows of their sampling unit.
    Shapes: criteria (n, k); overall, weights (n,).  Units: any scale; shares in the result.
    Raises: TooFewPsus for a stratum with one sampling unit; InvalidArgument when the overall judgement never
    varies among complete rows; ShapeMismatch.
    Source: Lindeman, Merenda & Gold (1980); Groemping (2006); Johnson (2000), Multivariate Behavioral
    Research 35; bootstrap of Rao & Wu (1988) with m - 1 draws.  Check: tests/unit/analysis/test_drivers.py
    """
    x, y, w = as_floats(criteria), as_floats(overall), as_floats(weights)
    for name, values in (("criteria", x), ("weights", w), ("strata", clusters.strata), ("psu", clusters.psu)):
        require_length(values, len(y), name=name)
    if not 0 < level < 1:
        raise InvalidArgument(name="level", value=level, wanted="a number between 0 and 1, such as 0.95")
    data = np.column_stack([np.ones(len(y)), x, y])
    complete: BoolArray = np.logical_not(np.isnan(data).any(axis=1))
    moments, stratum_of = _psu_moments(np.where(complete[:, None], data, 0.0), w * complete, clusters)
    method: Method = "shapley" if x.shape[1] <= MOST_SHAPLEY_CRITERIA else "johnson"
    r_squared, parts = _parts(moments.sum(axis=0)[None], method)
    if not r_squared[0] > 0:
        raise InvalidArgument(
            name="overall", value="no variation that the criteria explain", wanted="more rows"
        )
    replicated = [_replicate_shares(moments, counts, method) for counts in _rao_wu(stratum_of, rng)]
    tails = np.nanquantile(np.concatenate(replicated), [(1 - level) / 2, (1 + level) / 2], axis=0)
    constant = _constant(moments.sum(axis=0))
    low, high = (np.where(constant, np.nan, tail) for tail in tails)
    return DriverShares(
        importance=np.where(constant, np.nan, parts[0] / r_squared[0]),
        low=low,
        high=high,
        r_squared=float(r_squared[0]),
        n=int(complete.sum()),
        level=level,
        method=method,
    )


def shapley_parts(correlation: ArrayLike, with_overall: ArrayLike) -> FloatArray:
    """LMG: the gain in R2 from each criterion, averaged over all orders of entry; the parts add to R2.

    Shapes: correlation (..., k, k) of the criteria; with_overall (..., k).  Units: explained share.
    Raises: InvalidArgument for more criteria than can be enumerated.
    Source: Lindeman, Merenda & Gold (1980) p. 119; Groemping (2006) eq. 2.
    Check: tests/unit/analysis/test_drivers.py (all permutations).
    """
    matrix, vector = as_floats(correlation), as_floats(with_overall)
    k = vector.shape[-1]
    if k > MOST_SHAPLEY_CRITERIA:
        raise InvalidArgument(
            name="criteria", value=k, wanted=f"at most {MOST_SHAPLEY_CRITERIA}, or Johnson shares"
        )
    explained = {chosen: _explained(matrix, vector, chosen) for chosen in _subsets(k)}
    parts = np.zeros(vector.shape)
    for chosen, r_squared in explained.items():
        for item in chosen:
            rest = tuple(c for c in chosen if c != item)
            parts[..., item] += (r_squared - explained[rest]) / (k * comb(k - 1, len(rest)))
    return parts


def johnson_parts(correlation: ArrayLike, with_overall: ArrayLike) -> FloatArray:
    """Johnson's relative weights: R2 shared out through the closest uncorrelated variables.

    Shapes: correlation (..., k, k) of the criteria; with_overall (..., k).  Units: explained share.
    Raises: nothing; directions without variation carry nothing.
    Source: Johnson (2000), eq. 4-8.  Check: tests/unit/analysis/test_drivers.py
    """
    values, vectors = np.linalg.eigh(as_floats(correlation))
    root = np.sqrt(np.maximum(values, 0.0))
    inverse = np.divide(1.0, root, out=np.zeros_like(root), where=root > 1e-6)
    loading = np.einsum("...ij,...j,...kj->...ik", vectors, root, vectors)
    beta = np.einsum("...ij,...j,...kj,...k->...i", vectors, inverse, vectors, as_floats(with_overall))
    return as_floats(np.einsum("...ij,...j->...i", loading**2, beta**2))


def priority_table(
    drivers: DriverShares,
    performance: ArrayLike,
    *,
    low: ArrayLike,
    high: ArrayLike,
    target: float | None = None,
) -> PriorityTable:
    """Each criterion's place in the importance-performance table, and whether its place is certain.

    Importance is cut at an equal share, performance at `target` (by default the mean of the criteria).
    Shapes: performance, low, high (k,).  Units: shares 0-1.
    Raises: ShapeMismatch.
    Source: Martilla & James (1977), Journal of Marketing 41.  Check: tests/unit/analysis/test_drivers.py
    """
    shares, lower, upper = as_floats(performance), as_floats(low), as_floats(high)
    for name, values in (("performance", shares), ("low", lower), ("high", upper)):
        require_length(values, len(drivers.importance), name=name)
    importance_cut = 1 / max(int(np.count_nonzero(~np.isnan(drivers.importance))), 1)
    performance_cut = float(np.nanmean(shares)) if target is None else target
    clear = _one_side(drivers.low, drivers.high, importance_cut) & _one_side(lower, upper, performance_cut)
    important = drivers.importance >= importance_cut
    return PriorityTable(
        quadrant=tuple(_quadrant(i, s) for i, s in zip(important, shares >= performance_cut, strict=True)),
        clear=clear,
        importance_cut=importance_cut,
        performance_cut=performance_cut,
    )


def _psu_moments(data: FloatArray, weights: FloatArray, clusters: Clusters) -> tuple[FloatArray, IntArray]:
    """Weighted cross-products of (1, criteria, overall), one matrix a sampling unit, and its stratum."""
    keys = np.column_stack([as_codes(clusters.strata, name="strata"), as_codes(clusters.psu, name="psu")])
    units, code = np.unique(keys, axis=0, return_inverse=True)
    to_unit = csr_array((weights, (code.ravel(), np.arange(len(data)))), shape=(len(units), len(data)))
    moments = [to_unit @ (data * column[:, None]) for column in data.T]
    return np.stack(moments, axis=1), units[:, 0]


def _rao_wu(stratum_of: IntArray, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Replicate factors (r, psu), a batch at a time: m - 1 of the m units of a stratum, with replacement."""
    strata, place = np.unique(stratum_of, return_inverse=True)
    sizes = np.bincount(place)
    for lonely in np.flatnonzero(sizes < 2):
        raise TooFewPsus(stratum=int(strata[lonely]), found=int(sizes[lonely]))
    for batch in np.array_split(np.arange(REPLICATES), 10):
        factors = np.empty((len(batch), len(stratum_of)))
        for stratum, m in enumerate(sizes):
            drawn = rng.multinomial(m - 1, np.full(m, 1 / m), size=len(batch))
            factors[:, place == stratum] = drawn * m / (m - 1)
        yield factors


def _replicate_shares(moments: FloatArray, factors: FloatArray, method: Method) -> FloatArray:
    summed = (factors @ moments.reshape(len(moments), -1)).reshape(-1, *moments.shape[1:])
    r_squared, parts = _parts(summed, method)
    return np.divide(
        parts, r_squared[:, None], out=np.full_like(parts, np.nan), where=(r_squared > _RIDGE)[:, None]
    )


def _parts(moments: FloatArray, method: Method) -> tuple[FloatArray, FloatArray]:
    """R2 and its parts from cross-products (r, k + 2, k + 2); columns that never vary correlate with none."""
    total = np.where(moments[:, 0, 0] > 0, moments[:, 0, 0], 1.0)
    mean = moments[:, 0, 1:] / total[:, None]
    covariance = moments[:, 1:, 1:] / total[:, None, None] - mean[:, :, None] * mean[:, None, :]
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    varies = variance > 1e-12 * (1 + mean**2)
    scale = np.where(varies, 1 / np.sqrt(np.where(varies, variance, 1.0)), 0.0)
    correlation = covariance * scale[:, :, None] * scale[:, None, :]
    share_out = shapley_parts if method == "shapley" else johnson_parts
    parts = share_out(correlation[:, :-1, :-1], correlation[:, :-1, -1])
    return parts.sum(axis=1), parts


def _constant(moments: FloatArray) -> BoolArray:
    mean = moments[0, 1:-1] / moments[0, 0]
    variance = np.diag(moments)[1:-1] / moments[0, 0] - mean**2
    return np.asarray(variance <= 1e-12 * (1 + mean**2), dtype=np.bool_)


def _subsets(k: int) -> Iterator[tuple[int, ...]]:
    for size in range(k + 1):
        yield from combinations(range(k), size)


def _explained(matrix: FloatArray, vector: FloatArray, chosen: tuple[int, ...]) -> FloatArray:
    """R2 of the chosen criteria; the ridge lets identical criteria share what they explain."""
    if not chosen:
        return np.zeros(vector.shape[:-1])
    block = matrix[..., chosen, :][..., chosen] + _RIDGE * np.eye(len(chosen))
    target = vector[..., chosen]
    return as_floats(np.einsum("...i,...i->...", target, np.linalg.solve(block, target[..., None])[..., 0]))


def _one_side(low: FloatArray, high: FloatArray, cut: float) -> BoolArray:
    return np.asarray((low > cut) | (high < cut), dtype=np.bool_)


def _quadrant(important: bool, performs: bool) -> Quadrant:
    if important:
        return "keep_up" if performs else "improve_first"
    return "possible_overkill" if performs else "low_priority"
