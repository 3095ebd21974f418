"""Is it a difference?  One rule gives the interval, the p-value and the arrow.

MOVER: the interval of a difference is built from the two Jeffreys intervals, so it stays right when one
share is 1.  The p-value is the level at which that interval just touches zero; an arrow can therefore
never disagree with its interval.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from analysis.arrays import BoolArray, FloatArray, as_floats
from analysis.errors import InvalidArgument
from analysis.intervals import ShareEvidence, jeffreys_high, jeffreys_interval, jeffreys_low, standin_variance

SMALLEST_P = 1e-10
LARGEST_P = 0.999
_ITERATIONS = 80
_CLOSE = 1e-8


@dataclass(frozen=True, slots=True)
class Differences:
    """First minus second.

    Shapes: all as the broadcast evidence.  Units: shares; `p_value` not below 1e-10, 1 above 0.999;
    `direction` +1, -1, or 0 where the interval holds zero; `se` with p~(1-p~)/n* in place of a variance of 0.
    """

    difference: FloatArray
    se: FloatArray
    correlation: FloatArray
    low: FloatArray
    high: FloatArray
    p_value: FloatArray
    direction: FloatArray
    level: float


def difference_of_shares(
    first: ShareEvidence, second: ShareEvidence, *, covariance: ArrayLike = 0.0, level: float = 0.95
) -> Differences:
    """The difference of two shares with its MOVER interval, p-value and direction.

    Shapes: evidence and covariance broadcast.  Units: shares; covariance in squared shares.
    Raises: InvalidArgument for a level outside 0-1.
    Source: Zou & Donner (2008) with the correlation term of Newcombe (1998); docs/methods.md section 6.
    Check: tests/unit/analysis/test_differences.py.
    """
    if not 0 < level < 1:
        raise InvalidArgument(name="level", value=level, wanted="a number between 0 and 1, such as 0.95")
    a, b = _together(first, second)
    shared = np.broadcast_to(as_floats(covariance), a.p.shape)
    r = correlation(a, b, covariance=shared)
    low, high = _mover(a, b, r=r, level=level)
    difference = a.p - b.p
    direction = np.where(low > 0, 1.0, np.where(high < 0, -1.0, 0.0))
    direction = np.where(np.isnan(low), np.nan, direction)
    p_value = _agreeing(_inverted(a, b, r=r), direction, alpha=1 - level)
    va, vb = standin_variance(a, level), standin_variance(b, level)
    se = np.sqrt(np.maximum(va + vb - 2 * r * np.sqrt(va * vb), 0.0))
    return Differences(difference, se, r, low, high, p_value, direction, level)


def correlation(first: ShareEvidence, second: ShareEvidence, *, covariance: ArrayLike) -> FloatArray:
    """Correlation of two estimates, 0 where one variance is 0, kept within -1 to 1.

    Shapes: broadcast.  Units: none.  Raises: nothing.
    Source: docs/methods.md section 6.  Check: tests/unit/analysis/test_differences.py.
    """
    product = first.variance * second.variance
    shared = np.broadcast_to(as_floats(covariance), product.shape)
    with np.errstate(invalid="ignore"):
        usable = product > 0
        r = np.divide(shared, np.sqrt(product), out=np.zeros_like(product), where=usable)
    return np.clip(r, -1.0, 1.0)


def least_significant_change(
    first_se: ArrayLike, second_se: ArrayLike, *, covariance: ArrayLike = 0.0, level: ArrayLike = 0.95
) -> FloatArray:
    """The smallest change that would be called one: z times the standard error of the difference.

    Shapes: broadcast, `level` too.  Units: of the estimates.
    Raises: InvalidArgument for a level outside 0-1.
    Source: normal approximation, for planning; of a difference that was computed: `margin_towards_zero`.
    Check: tests/unit/analysis/test_differences.py.
    """
    levels = as_floats(level)
    outside = (levels <= 0) | (levels >= 1)
    if np.any(outside):
        wrong = float(levels[outside].flat[0])
        raise InvalidArgument(name="level", value=wrong, wanted="a number between 0 and 1, such as 0.95")
    variance = as_floats(first_se) ** 2 + as_floats(second_se) ** 2 - 2 * as_floats(covariance)
    return as_floats(ndtri((1 + levels) / 2) * np.sqrt(np.maximum(variance, 0.0)))


def difference_limits(
    first: ShareEvidence, second: ShareEvidence, *, covariance: ArrayLike = 0.0, level: ArrayLike = 0.95
) -> tuple[FloatArray, FloatArray]:
    """The MOVER limits of `difference_of_shares` alone, each pair at a level of its own.

    Shapes: evidence, covariance and level broadcast.  Units: shares; covariance in squared shares.
    Raises: InvalidArgument for a level outside 0-1.
    Source: as `difference_of_shares`.  Check: tests/unit/analysis/test_differences.py.
    """
    a, b = _together(first, second)
    r = correlation(a, b, covariance=np.broadcast_to(as_floats(covariance), a.p.shape))
    return _mover(a, b, r=r, level=level)


def margin_towards_zero(difference: ArrayLike, low: ArrayLike, high: ArrayLike) -> FloatArray:
    """How far each interval reaches from its difference towards zero; the wider side where that is zero.

    A difference is called one exactly when it is larger, so "only a change of this size would show" can
    never contradict the verdict beside it.
    Shapes: broadcast.  Units: as given.  Raises: nothing.
    Source: MOVER's own limit (Zou & Donner 2008).  Check: tests/unit/analysis/test_differences.py.
    """
    d = as_floats(difference)
    down, up = d - as_floats(low), as_floats(high) - d
    return as_floats(np.where(d == 0, np.maximum(down, up), np.where(d > 0, down, up)))


def _together(first: ShareEvidence, second: ShareEvidence) -> tuple[ShareEvidence, ShareEvidence]:
    shape = np.broadcast_shapes(first.p.shape, second.p.shape)
    return _stretched(first, shape), _stretched(second, shape)


def _stretched(evidence: ShareEvidence, shape: tuple[int, ...]) -> ShareEvidence:
    return replace(
        evidence,
        p=np.broadcast_to(evidence.p, shape),
        variance=np.broadcast_to(evidence.variance, shape),
        n=np.broadcast_to(evidence.n, shape),
        n_kish=np.broadcast_to(evidence.n_kish, shape),
        df=np.broadcast_to(evidence.df, shape),
        sampled_share=np.broadcast_to(evidence.sampled_share, shape),
    )


def _taken(evidence: ShareEvidence, where: BoolArray) -> ShareEvidence:
    return replace(
        evidence,
        p=evidence.p[where],
        variance=evidence.variance[where],
        n=evidence.n[where],
        n_kish=evidence.n_kish[where],
        df=evidence.df[where],
        sampled_share=evidence.sampled_share[where],
    )


def _mover(
    a: ShareEvidence, b: ShareEvidence, *, r: FloatArray, level: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    a_low, a_high = jeffreys_interval(a, level)
    b_low, b_high = jeffreys_interval(b, level)
    d = a.p - b.p
    down = _distance(a.p - a_low, b_high - b.p, r)
    up = _distance(a_high - a.p, b.p - b_low, r)
    return d - down, d + up


def _distance(x: FloatArray, y: FloatArray, r: FloatArray) -> FloatArray:
    x, y = np.maximum(x, 0.0), np.maximum(y, 0.0)
    return np.sqrt(np.maximum(x**2 + y**2 - 2 * r * x * y, 0.0))


def _inverted(a: ShareEvidence, b: ShareEvidence, *, r: FloatArray) -> FloatArray:
    """The p-value: the alpha at which the limit facing zero reaches it, by false position on log alpha."""
    swap = a.p < b.p
    larger, smaller = _chosen(swap, b, a), _chosen(swap, a, b)
    known = ~np.isnan(_gap(larger, smaller, r=r, alpha=np.full(r.shape, 0.5)))
    result = np.where(known, 1.0, np.nan)
    work = known & (a.p != b.p)
    if work.any():
        result[work] = _search(_taken(larger, work), _taken(smaller, work), r=r[work])
    return result


def _chosen(where: BoolArray, yes: ShareEvidence, no: ShareEvidence) -> ShareEvidence:
    if yes.capped != no.capped:
        raise InvalidArgument(name="evidence", value="a share and an index", wanted="two figures of one kind")
    return ShareEvidence(
        p=np.where(where, yes.p, no.p),
        variance=np.where(where, yes.variance, no.variance),
        n=np.where(where, yes.n, no.n),
        n_kish=np.where(where, yes.n_kish, no.n_kish),
        df=np.where(where, yes.df, no.df),
        sampled_share=np.where(where, yes.sampled_share, no.sampled_share),
        capped=yes.capped,
    )


def _gap(larger: ShareEvidence, smaller: ShareEvidence, *, r: FloatArray, alpha: FloatArray) -> FloatArray:
    """How far the interval at 1 - alpha stays off zero; negative where it holds zero."""
    down, up = larger.p - jeffreys_low(larger, 1 - alpha), jeffreys_high(smaller, 1 - alpha) - smaller.p
    return larger.p - smaller.p - _distance(down, up, r)


def _search(a: ShareEvidence, b: ShareEvidence, *, r: FloatArray) -> FloatArray:
    """Illinois false position: increasing in log alpha, for every pair at once."""
    left = np.full(r.shape, np.log(SMALLEST_P))
    right = np.full(r.shape, np.log(LARGEST_P))
    f_left, f_right = (_gap(a, b, r=r, alpha=np.exp(x)) for x in (left, right))
    never, always = f_right <= 0, f_left >= 0
    open_ = ~(never | always)
    x = np.where(always, left, right)
    for _ in range(_ITERATIONS):
        if not open_.any():
            break
        x[open_], stop = _step(a, b, r=r, here=open_, bracket=(left, right, f_left, f_right))
        open_[np.flatnonzero(open_)[stop]] = False
    return np.where(never, 1.0, np.exp(x))


def _step(
    a: ShareEvidence,
    b: ShareEvidence,
    *,
    r: FloatArray,
    here: BoolArray,
    bracket: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
) -> tuple[FloatArray, BoolArray]:
    """One false-position step where `here`, narrowing the bracket in place."""
    left, right, f_left, f_right = (part[here] for part in bracket)
    x = right - f_right * (right - left) / (f_right - f_left)
    f = _gap(_taken(a, here), _taken(b, here), r=r[here], alpha=np.exp(x))
    above = f > 0
    moved = (
        np.where(above, left, x),
        np.where(above, x, right),
        np.where(above, f_left / 2, f),
        np.where(above, f, f_right / 2),
    )
    for part, value in zip(bracket, moved, strict=True):
        part[here] = value
    return x, (np.abs(f) < _CLOSE) | (moved[1] - moved[0] < _CLOSE)


def _agreeing(p_value: FloatArray, direction: FloatArray, *, alpha: float) -> FloatArray:
    """The p-value on the side of alpha where its interval is, against the last digits of the search."""
    significant = np.abs(direction) == 1
    below = np.minimum(p_value, np.nextafter(alpha, 0))
    return np.where(significant, below, np.maximum(p_value, alpha))
