"""Joint draws of estimates about their truth, for ranks and tiers: normal, or t with few sampling units."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import FloatArray, as_floats
from analysis.errors import InvalidArgument, ShapeMismatch

DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Simulation:
    """How the joint distribution is simulated.

    Shapes: df (p,) or one number for all.  Units: `draws` how many; `df` the design degrees of freedom of
    each estimate, which turn the normal into t where variances rest on few sampling units (None: normal).
    """

    draws: int = DRAWS
    df: ArrayLike | None = None


NORMAL = Simulation()


def joint_deviations(
    covariance: FloatArray, rng: np.random.Generator, *, level: float, simulation: Simulation
) -> FloatArray:
    """Deviations (draws, p) with the given covariance; t-distributed where degrees of freedom are given.

    Shapes: covariance (p, p).  Units: of the estimates.
    Raises: InvalidArgument for a level outside 0-1, too few draws for it, degrees of freedom below 1, or a
    matrix that is no covariance.
    Source: multivariate t with a chi-square of its own for every estimate.
    Check: tests/unit/analysis/test_ranks.py
    """
    _require_draws(simulation.draws, level)
    noise = rng.standard_normal((simulation.draws, len(covariance)))
    diagonal = np.diag(covariance)
    if np.any(covariance - np.diag(diagonal)):
        deviations = noise @ _root(covariance).T
    else:
        deviations = noise * np.sqrt(diagonal)
    return as_floats(deviations * _t_stretch(rng, deviations.shape, simulation.df))


def highest_level(draws: int = DRAWS) -> float:
    """The highest level that so many draws can keep, cut to as many decimals as their number has zeros.

    Shapes: none.  Units: share.  Raises: nothing.
    Source: ceil((r + 1) level) is at most r, so level is at most r/(r + 1).
    Check: tests/unit/analysis/test_ranks.py
    """
    step = 10.0 ** max(len(str(draws)) - 1, 1)
    return int(draws / (draws + 1) * step) / step


def critical_value(largest: FloatArray, level: float) -> float:
    """The order statistic of simulated maxima that keeps the level with a finite number of draws.

    Shapes: (draws,).  Units: none.  Raises: nothing.
    Source: the ceil((r + 1) level)-th of r draws.  Check: tests/unit/analysis/test_ranks.py (R qtukey).
    """
    place = int(np.ceil((len(largest) + 1) * level)) - 1
    return float(np.partition(largest, place)[place])


def require_estimates(estimate: ArrayLike) -> FloatArray:
    """One known number a unit.

    Shapes: (p,).  Units: any.  Raises: InvalidArgument naming the first missing one; ShapeMismatch.
    Source: none.  Check: tests/unit/analysis/test_ranks.py
    """
    values = as_floats(estimate)
    if values.ndim != 1 or not len(values):
        raise ShapeMismatch(what="estimate", found=f"shape {values.shape}", wanted="one number a unit")
    if np.any(np.isnan(values)):
        place = int(np.flatnonzero(np.isnan(values))[0])
        raise InvalidArgument(name=f"estimate[{place}]", value=None, wanted="a number, or leave the unit out")
    return values


def covariance_matrix(covariance: ArrayLike, size: int) -> FloatArray:
    """The covariance as a matrix; variances of independent estimates may come as a list.

    Shapes: (p, p) or (p,) in, (p, p) out.  Units: squared.  Raises: InvalidArgument; ShapeMismatch.
    Source: none.  Check: tests/unit/analysis/test_ranks.py
    """
    given = as_floats(covariance)
    matrix = np.diag(given) if given.ndim == 1 else given
    if matrix.shape != (size, size):
        raise ShapeMismatch(what="covariance", found=f"shape {given.shape}", wanted=f"({size}, {size})")
    if np.any(~np.isfinite(matrix)) or np.any(np.diag(matrix) < 0):
        raise InvalidArgument(
            name="covariance", value="a missing or negative variance", wanted="finite numbers"
        )
    return matrix


def inverse_or_zero(se: FloatArray) -> FloatArray:
    """1/se, 0 where the difference is known exactly: nothing is simulated there.

    Shapes: any.  Units: inverse.  Raises: nothing.
    Source: none.  Check: tests/unit/analysis/test_ranks.py
    """
    with np.errstate(divide="ignore"):
        return np.where(se > 0, 1 / se, 0.0)


def inverse_or_infinite(se: FloatArray) -> FloatArray:
    """1/se, infinite where the difference is known exactly: any difference counts there.

    Shapes: any.  Units: inverse.  Raises: nothing.
    Source: none.  Check: tests/unit/analysis/test_ranks.py
    """
    with np.errstate(divide="ignore"):
        return np.where(se > 0, 1 / se, np.inf)


def _root(covariance: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(covariance)
    if values[0] < -1e-8 * max(float(values[-1]), 0.0):
        raise InvalidArgument(
            name="covariance", value=float(values[0]), wanted="a matrix without negative eigenvalues"
        )
    return as_floats(vectors * np.sqrt(np.maximum(values, 0.0)))


def _t_stretch(rng: np.random.Generator, shape: tuple[int, ...], df: ArrayLike | None) -> FloatArray:
    if df is None:
        return np.ones(1)
    degrees = np.broadcast_to(as_floats(df), shape[1:])
    if np.any(~(degrees >= 1)):
        raise InvalidArgument(name="df", value=float(degrees.min()), wanted="degrees of freedom from 1")
    finite = np.where(np.isinf(degrees), 1.0, degrees)
    return np.where(np.isinf(degrees), 1.0, np.sqrt(finite / rng.chisquare(finite, size=shape)))


def _require_draws(draws: int, level: float) -> None:
    if not 0 < level < 1:
        raise InvalidArgument(name="level", value=level, wanted="a number between 0 and 1, such as 0.95")
    if np.ceil((draws + 1) * level) > draws:
        raise InvalidArgument(
            name="draws", value=draws, wanted=f"at least {int(np.ceil(level / (1 - level)))}"
        )
