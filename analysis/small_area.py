"""Small areas: shares that borrow strength from one another, always labelled `modelled`.

Full-Bayes beta-binomial.  The data of an area are its design-effective counts: n* answers, n* p of them
satisfied, so weights and clusters enter through n*.  Areas' true shares follow a beta distribution with
mean mu (uniform a priori) and intra-class correlation rho (Beta(1, 4) a priori: areas that are each all
or nothing are unlikely).  Both are integrated over a grid: intervals that plug in one estimate of them
cover 70 % in place of 95 % when areas have 8 answers.

Never mix these figures with direct ones in a ranking without a mark, and never use them to reward or
punish one area: each is drawn towards the others.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaln, expit, logit

from analysis.arrays import FloatArray, IntArray, as_floats, require_length
from analysis.errors import InvalidArgument

GRID_POINTS = 24
MANY_AREAS_GRID_POINTS = 14
_BOX = ((-9.0, 11.0), (-11.0, 6.0))
_RHO_PRIOR = 4.0
_REACH = 10.0
_LOST_MASS = 2e-4
_PRECISION = 1e-8
_MOST_STEPS = 60
_MANY_AREAS = 200


@dataclass(frozen=True, slots=True)
class SmallAreaEstimates:
    """Modelled shares, one an area.

    Shapes: arrays (p,).  Units: shares; `n_star` answers.
    `estimate` posterior mean, `se` posterior standard deviation, `low`/`high` equal-tailed limits;
    `direct` what the area says alone (NaN without answers); `own_weight` 0-1, how much of the estimate is
    the area's own; `mean` and `correlation` the posterior means of mu and rho; `benchmark_shift` what was
    added on the logit scale (0 without a benchmark).
    """

    estimate: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    direct: FloatArray
    n_star: FloatArray
    own_weight: FloatArray
    mean: float
    correlation: float
    level: float
    benchmark_shift: float = 0.0
    basis: str = "modelled"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A direct total that the modelled shares must add up to.

    Shapes: weights (p,).  Units: `weights` population of each area, any scale; `total` share 0-1.
    """

    weights: FloatArray
    total: float


@dataclass(frozen=True, slots=True)
class _Grid:
    """Posterior of (mu, rho): cells with their mass, and the beta parameters of each."""

    mu: FloatArray
    rho: FloatArray
    mass: FloatArray

    @property
    def a(self) -> FloatArray:
        return as_floats(self.mu * (1 - self.rho) / self.rho)

    @property
    def b(self) -> FloatArray:
        return as_floats((1 - self.mu) * (1 - self.rho) / self.rho)


def small_area_shares(
    share: ArrayLike, n_star: ArrayLike, *, level: float = 0.95, benchmark: Benchmark | None = None
) -> SmallAreaEstimates:
    """Modelled share of every area, with intervals that carry the uncertainty of the model's parameters.

    Shapes: share, n_star (p,); an area with n* = 0 is predicted, its share is not read.
    Units: shares; answers (need not be whole).
    Raises: InvalidArgument for fewer than two areas with answers, a share or level outside 0-1, a negative
    n*, or a benchmark total outside 0-1; ShapeMismatch.
    Source: Lee & Sabavala (1987); Gelman et al., Bayesian Data Analysis, 3rd ed., section 5.3 (grid);
    benchmark: one shift of all logits.  Check: tests/unit/analysis/test_small_area.py
    """
    counts, satisfied, direct = _counts(share, n_star, level)
    grid = _posterior_grid(satisfied, counts)
    a, b = grid.a[:, None] + satisfied, grid.b[:, None] + counts - satisfied
    centre = a / (a + b)
    mean = grid.mass @ centre
    variance = grid.mass @ (centre * (1 - centre) / (a + b + 1)) + grid.mass @ (centre - mean) ** 2
    tails = [_mixture_quantile(a, b, grid.mass, q) for q in ((1 - level) / 2, (1 + level) / 2)]
    modelled = SmallAreaEstimates(
        estimate=mean,
        se=np.sqrt(variance),
        low=tails[0],
        high=tails[1],
        direct=direct,
        n_star=counts,
        own_weight=grid.mass @ (counts / (counts + (grid.a + grid.b)[:, None])),
        mean=float(grid.mass @ grid.mu),
        correlation=float(grid.mass @ grid.rho),
        level=level,
    )
    return modelled if benchmark is None else _benchmarked(modelled, benchmark)


def _posterior_grid(satisfied: FloatArray, counts: FloatArray) -> _Grid:
    """The posterior of (mu, rho) on a grid laid over where the mass is.

    The grid is even in logit mu and logit rho and is redrawn around the mass until it fits, so thousands
    of areas (a narrow posterior) and five areas (a wide one) are equally well resolved.
    Shapes: satisfied, counts (p,).  Units: answers.  Raises: nothing.
    Source: docs/methods.md section 10; priors mu ~ U(0, 1), rho ~ Beta(1, 4).
    Check: tests/unit/analysis/test_small_area.py (numerical integration).
    """
    points = GRID_POINTS if len(counts) <= _MANY_AREAS else MANY_AREAS_GRID_POINTS
    box = _BOX
    for _ in range(12):
        axes = [np.linspace(low, high, points) for low, high in box]
        log_mass = _log_posterior(axes[0], axes[1], satisfied, counts)
        tighter = tuple(_around(axis, log_mass.max(axis=1 - i)) for i, axis in enumerate(axes))
        if all(_fits(new, old) for new, old in zip(tighter, box, strict=True)):
            break
        box = (tighter[0], tighter[1])
    mass = np.exp(log_mass - log_mass.max()).ravel()
    kept = _heaviest(mass / mass.sum())
    mu, rho = (expit(g.ravel()[kept]) for g in np.meshgrid(*axes, indexing="ij"))
    return _Grid(mu=mu, rho=rho, mass=mass[kept] / mass[kept].sum())


def _log_posterior(
    logit_mu: FloatArray, logit_rho: FloatArray, satisfied: FloatArray, counts: FloatArray
) -> FloatArray:
    mu, rho = expit(logit_mu)[:, None], expit(logit_rho)[None, :]
    a, b = mu * (1 - rho) / rho, (1 - mu) * (1 - rho) / rho
    log_density = np.log(mu * (1 - mu)) + np.log(rho) + _RHO_PRIOR * np.log1p(-rho)
    for x, n in zip(satisfied, counts, strict=True):
        log_density = log_density + betaln(a + x, b + n - x) - betaln(a, b)
    return as_floats(log_density)


def _heaviest(mass: FloatArray) -> IntArray:
    """The cells that hold all but a negligible part of the mass: quantiles cost time for each cell."""
    order = np.argsort(mass)[::-1]
    return order[: int(np.searchsorted(np.cumsum(mass[order]), 1 - _LOST_MASS)) + 1]


def _around(axis: FloatArray, profile: FloatArray) -> tuple[float, float]:
    inside = np.flatnonzero(profile > profile.max() - _REACH)
    return float(axis[max(inside[0] - 1, 0)]), float(axis[min(inside[-1] + 1, len(axis) - 1)])


def _fits(new: tuple[float, float], old: tuple[float, float]) -> bool:
    return new[1] - new[0] > 0.75 * (old[1] - old[0])


def _mixture_quantile(a: FloatArray, b: FloatArray, mass: FloatArray, probability: float) -> FloatArray:
    """Quantile of each area's mixture of betas: Newton's step, halving where it would leave the bracket."""
    low, high = np.zeros(a.shape[1]), np.ones(a.shape[1])
    x, log_scale = as_floats(mass @ (a / (a + b))), betaln(a, b)
    for _ in range(_MOST_STEPS):
        gap = mass @ betainc(a, b, x) - probability
        low, high = np.where(gap < 0, x, low), np.where(gap < 0, high, x)
        slope = mass @ np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - log_scale)
        step = x - np.divide(gap, slope, out=np.full_like(x, np.inf), where=slope > 0)
        moved = np.where((step > low) & (step < high), step, (low + high) / 2)
        if np.max(np.abs(moved - x)) < 10 * _PRECISION:
            return moved
        x = np.clip(moved, _PRECISION, 1 - _PRECISION)
    return x


def _benchmarked(modelled: SmallAreaEstimates, benchmark: Benchmark) -> SmallAreaEstimates:
    weights = as_floats(benchmark.weights)
    require_length(weights, len(modelled.estimate), name="benchmark.weights")
    if not 0 < benchmark.total < 1:
        raise InvalidArgument(name="benchmark.total", value=benchmark.total, wanted="a share between 0 and 1")
    if np.any(weights < 0) or not weights.sum() > 0:
        raise InvalidArgument(
            name="benchmark.weights", value=float(weights.min()), wanted="weights from 0, not all 0"
        )
    shift = _shift_to(logit(modelled.estimate), weights / weights.sum(), benchmark.total)
    moved = expit(logit(modelled.estimate) + shift)
    stretch = moved * (1 - moved) / (modelled.estimate * (1 - modelled.estimate))
    return SmallAreaEstimates(
        estimate=moved,
        se=modelled.se * stretch,
        low=expit(logit(modelled.low) + shift),
        high=expit(logit(modelled.high) + shift),
        direct=modelled.direct,
        n_star=modelled.n_star,
        own_weight=modelled.own_weight,
        mean=modelled.mean,
        correlation=modelled.correlation,
        level=modelled.level,
        benchmark_shift=shift,
    )


def _shift_to(logits: FloatArray, weights: FloatArray, total: float) -> float:
    low, high = -40.0, 40.0
    for _ in range(80):
        middle = (low + high) / 2
        if float(weights @ expit(logits + middle)) < total:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _counts(share: ArrayLike, n_star: ArrayLike, level: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    counts, given = as_floats(n_star), as_floats(share)
    require_length(given, len(counts), name="share")
    if not 0 < level < 1:
        raise InvalidArgument(name="level", value=level, wanted="a number between 0 and 1, such as 0.95")
    if np.any(~(counts >= 0)) or np.any(np.isinf(counts)):
        raise InvalidArgument(name="n_star", value=float(counts.min()), wanted="finite counts from 0")
    direct = np.where(counts > 0, given, np.nan)
    if np.any((counts > 0) & ~((given >= 0) & (given <= 1))):
        raise InvalidArgument(name="share", value="a value outside 0-1", wanted="shares from 0 to 1")
    if np.count_nonzero(counts) < 2:
        raise InvalidArgument(name="n_star", value=counts.tolist(), wanted="at least two areas with answers")
    return counts, np.where(counts > 0, given, 0.0) * counts, direct
