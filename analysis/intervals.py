"""Intervals for shares, vectorised: evidence in, two limits out.

Every method takes a `ShareEvidence` (arrays that broadcast together) and a level.  The default is
`jeffreys`: in simulation the narrowest method that holds its level when everybody is satisfied.
A limit is NaN where the evidence says nothing (no answers, no degrees of freedom).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, stdtrit

from analysis.arrays import BoolArray, FloatArray, as_floats
from analysis.errors import InvalidArgument

Limits = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, slots=True)
class ShareEvidence:
    """What an interval for a share rests on.

    Shapes: all fields broadcast together.
    Units: `p` share 0-1; `variance` squared shares, of the design in use (with its fpc, if any);
    `n` people who answered; `n_kish` (sum w)^2 / sum w^2 over them; `df` design degrees of freedom;
    `sampled_share` n/N where a finite-population correction is in the variance, else 0.
    `capped` is False for indices over many answers a person, whose precision may exceed n_kish.
    Source: docs/methods.md section 3.1.  Check: tests/golden/oracle.
    """

    p: FloatArray
    variance: FloatArray
    n: FloatArray
    n_kish: FloatArray
    df: FloatArray
    sampled_share: FloatArray
    capped: bool = True

    @property
    def degenerate(self) -> BoolArray:
        """Where the variance says nothing: p is 0 or 1, or no variation was seen."""
        return np.asarray((self.p <= 0) | (self.p >= 1) | (self.variance == 0), dtype=np.bool_)

    @property
    def n_effective(self) -> FloatArray:
        """The simple random sample that would be as precise; n_kish where degenerate."""
        with np.errstate(divide="ignore", invalid="ignore"):
            plain = self.p * (1 - self.p) / self.variance
        return np.where(np.isnan(self.variance), np.nan, np.where(self.degenerate, self.n_kish, plain))


def share_evidence(
    p: ArrayLike,
    variance: ArrayLike,
    *,
    n: ArrayLike,
    df: ArrayLike,
    n_kish: ArrayLike | None = None,
    sampled_share: ArrayLike = 0.0,
) -> ShareEvidence:
    """Gather the evidence for `p`; without `n_kish` the weights are taken as equal.

    Shapes: anything that broadcasts.  Units: shares, squared shares, people.
    Raises: InvalidArgument when a share lies outside 0-1.
    Source: docs/methods.md section 3.1.  Check: tests/golden/oracle.
    """
    given = [as_floats(x) for x in (p, variance, n, n if n_kish is None else n_kish, df, sampled_share)]
    arrays = np.broadcast_arrays(*given)
    outside = (arrays[0] < -1e-12) | (arrays[0] > 1 + 1e-12)
    if np.any(outside):
        raise InvalidArgument(name="p", value=float(arrays[0][outside].flat[0]), wanted="a share from 0 to 1")
    return ShareEvidence(
        p=np.clip(arrays[0], 0.0, 1.0),
        variance=arrays[1],
        n=arrays[2],
        n_kish=arrays[3],
        df=arrays[4],
        sampled_share=arrays[5],
    )


def t_ratio_squared(evidence: ShareEvidence, level: ArrayLike) -> FloatArray:
    """(t_{n-1} / t_df)^2: the discount on n for a variance known from few PSUs.

    Shapes: as the evidence.  Units: none.  Raises: nothing; NaN where n < 2 or df < 1.
    Source: Korn & Graubard (1998); NCHS Series 2 No. 175 (2017).  Check: tests/golden/oracle.
    """
    tail = (1 + as_floats(level)) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = _t(evidence.n - 1, tail) / _t(evidence.df, tail)
    return as_floats(ratio**2)


def jeffreys_n_star(evidence: ShareEvidence, level: ArrayLike = 0.95) -> FloatArray:
    """The effective number of answers that the Jeffreys interval uses.

    min(n_eff, n_Kish) (t_{n-1}/t_df)^2, the cap being n_Kish/(1-f) with a finite-population correction
    and absent for indices.
    Shapes: as the evidence.  Units: answers.  Raises: nothing.
    Source: docs/methods.md section 3.1.  Check: tests/golden/oracle (`jeffreys_kish`).
    """
    n_effective = evidence.n_effective
    if evidence.capped:
        n_effective = np.minimum(n_effective, _relieved(evidence.n_kish, evidence))
    return n_effective * t_ratio_squared(evidence, level)


def jeffreys_interval(evidence: ShareEvidence, level: ArrayLike = 0.95) -> Limits:
    """Beta(x + 1/2, n* - x + 1/2) limits, with 0 at p = 0 and 1 at p = 1.

    Shapes: as the evidence.  Units: shares.  Raises: InvalidArgument for a level outside 0-1.
    Source: Brown, Cai & DasGupta (2001) with the n* of docs/methods.md section 3.1.
    Check: tests/golden/oracle.
    """
    n_star = jeffreys_n_star(evidence, level)
    return _jeffreys_low(evidence, n_star, level), _jeffreys_high(evidence, n_star, level)


def jeffreys_low(evidence: ShareEvidence, level: ArrayLike = 0.95) -> FloatArray:
    """The lower limit alone.

    Shapes: as the evidence.  Units: shares.  Raises: InvalidArgument for a level outside 0-1.
    Source: as `jeffreys_interval`.  Check: tests/golden/oracle.
    """
    return _jeffreys_low(evidence, jeffreys_n_star(evidence, level), level)


def jeffreys_high(evidence: ShareEvidence, level: ArrayLike = 0.95) -> FloatArray:
    """The upper limit alone.

    Shapes: as the evidence.  Units: shares.  Raises: InvalidArgument for a level outside 0-1.
    Source: as `jeffreys_interval`.  Check: tests/golden/oracle.
    """
    return _jeffreys_high(evidence, jeffreys_n_star(evidence, level), level)


def kg_n_star(evidence: ShareEvidence, level: ArrayLike = 0.95) -> FloatArray:
    """The effective sample size of the NCHS presentation standards.

    min(n, n_eff (t_{n-1}/t_df)^2), n itself where p is 0 or 1 or no variation was seen.
    Shapes: as the evidence.  Units: people.  Raises: nothing.
    Source: Parker et al., NCHS Series 2 No. 175 (2017).  Check: tests/golden/oracle (`n_eff_nchs`).
    """
    adjusted = evidence.n_effective * t_ratio_squared(evidence, level)
    star = np.where(evidence.degenerate, evidence.n, np.minimum(_relieved(evidence.n, evidence), adjusted))
    return np.where(np.isnan(evidence.variance), np.nan, star)


def kg_interval(evidence: ShareEvidence, level: ArrayLike = 0.95) -> Limits:
    """Korn-Graubard: Clopper-Pearson limits on the NCHS effective sample size.

    Shapes: as the evidence.  Units: shares.  Raises: InvalidArgument for a level outside 0-1.
    Source: Korn & Graubard (1998), form of NCHS Series 2 No. 175.  Check: tests/golden/oracle.
    """
    n_star = kg_n_star(evidence, level)
    return _census(evidence, _clopper_pearson(evidence.p, n_star, _alpha(level)))


def beta_interval(evidence: ShareEvidence, level: ArrayLike = 0.95) -> Limits:
    """R's `svyciprop(method = "beta")`: Korn-Graubard without a cap, NaN where it is undefined.

    Shapes: as the evidence.  Units: shares.  Raises: InvalidArgument for a level outside 0-1.
    Source: R survey 4.1 `svyciprop`.  Check: tests/golden/oracle (`beta`).
    """
    n_star = np.where(evidence.degenerate, np.nan, evidence.n_effective)
    return _clopper_pearson(evidence.p, n_star * t_ratio_squared(evidence, level), _alpha(level))


def wilson_interval(evidence: ShareEvidence, level: ArrayLike = 0.95, *, cap_at_n: bool = False) -> Limits:
    """Wilson score limits with t_df on n_eff = p(1-p)/v (n_Kish where degenerate).

    `cap_at_n` never lets n_eff exceed n.  (Other packages adjust n_eff for df as well: not here.)
    Shapes: as the evidence.  Units: shares.  Raises: InvalidArgument for a level outside 0-1.
    Source: Wilson (1927); oracle convention `wilson_neff`.  Check: tests/golden/oracle.
    """
    n = evidence.n_effective
    n = np.minimum(n, evidence.n) if cap_at_n else n
    t2 = _t(evidence.df, 1 - _alpha(level) / 2) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (evidence.p + t2 / (2 * n)) / (1 + t2 / n)
        half = np.sqrt(t2 * (evidence.p * (1 - evidence.p) / n + t2 / (4 * n * n))) / (1 + t2 / n)
    low = np.where(evidence.p <= 0, 0.0, np.maximum(middle - half, 0.0))
    return _known(n + t2, low, np.where(evidence.p >= 1, 1.0, np.minimum(middle + half, 1.0)))


def logit_interval(evidence: ShareEvidence, level: ArrayLike = 0.95) -> Limits:
    """Wald limits on the log odds, NaN where p is 0 or 1.

    Shapes: as the evidence.  Units: shares.  Raises: InvalidArgument for a level outside 0-1.
    Source: R survey `svyciprop(method = "logit")`.  Check: tests/golden/oracle (1e-5).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.log(evidence.p / (1 - evidence.p))
        half = _half_width(evidence, level) / (evidence.p * (1 - evidence.p))
        low, high = 1 / (1 + np.exp(half - centre)), 1 / (1 + np.exp(-half - centre))
    unknown = np.where((evidence.p <= 0) | (evidence.p >= 1), np.nan, half)
    return _known(unknown, low, high)


def xlogit_interval(evidence: ShareEvidence, level: ArrayLike = 0.95) -> Limits:
    """Log-odds limits, with Korn-Graubard where the variance says nothing.

    Shapes: as the evidence.  Units: shares.  Raises: InvalidArgument for a level outside 0-1.
    Source: R survey `svyciprop(method = "xlogit")`; fallback ours.  Check: tests/golden/oracle.
    """
    low, high = logit_interval(evidence, level)
    kg_low, kg_high = kg_interval(evidence, level)
    fallback = evidence.degenerate
    return np.where(fallback, kg_low, low), np.where(fallback, kg_high, high)


def wald_interval(evidence: ShareEvidence, level: ArrayLike = 0.95) -> Limits:
    """The share plus and minus t_df standard errors; for parity only, it may leave 0-1.

    Shapes: as the evidence.  Units: shares.  Raises: InvalidArgument for a level outside 0-1.
    Source: R survey `svyciprop(method = "mean")`.  Check: tests/golden/oracle (`mean`).
    """
    half = _half_width(evidence, level)
    return evidence.p - half, evidence.p + half


INTERVALS: dict[str, Callable[[ShareEvidence, ArrayLike], Limits]] = {
    "jeffreys": jeffreys_interval,
    "kg": kg_interval,
    "wilson": wilson_interval,
    "logit": logit_interval,
    "xlogit": xlogit_interval,
    "beta": beta_interval,
    "wald": wald_interval,
}


def share_interval(evidence: ShareEvidence, level: ArrayLike = 0.95, *, method: str = "jeffreys") -> Limits:
    """The interval by the method's name.

    Shapes: as the evidence.  Units: shares.  Raises: InvalidArgument for an unknown method or level.
    Source: the methods above.  Check: tests/golden/oracle.
    """
    if method not in INTERVALS:
        raise InvalidArgument(name="method", value=method, wanted="one of " + ", ".join(INTERVALS))
    return INTERVALS[method](evidence, level)


def standin_variance(evidence: ShareEvidence, level: ArrayLike = 0.95) -> FloatArray:
    """The variance to use where one is needed: the design's, or p~(1-p~)/n* where that is 0.

    p~ = (x + 1/2)/(n* + 1), the mean of the Jeffreys posterior.
    Shapes: as the evidence.  Units: squared shares.  Raises: nothing.
    Source: docs/methods.md section 3.1.  Check: tests/unit/analysis/test_intervals.py.
    """
    n_star = jeffreys_n_star(evidence, level)
    centre = (n_star * evidence.p + 0.5) / (n_star + 1)
    return np.where(evidence.variance == 0, centre * (1 - centre) / n_star, evidence.variance)


def uncapped(evidence: ShareEvidence) -> ShareEvidence:
    """The same evidence for an index: n_Kish only where the variance is 0.

    Shapes: as the evidence.  Units: as the evidence.  Raises: nothing.
    Source: docs/methods.md section 3.1.  Check: tests/unit/analysis/test_intervals.py.
    """
    return replace(evidence, capped=False)


def _alpha(level: ArrayLike) -> FloatArray:
    alpha = 1 - as_floats(level)
    if np.any(~((alpha > 0) & (alpha < 1))):
        raise InvalidArgument(name="level", value=level, wanted="a number between 0 and 1, such as 0.95")
    return alpha


def _t(df: FloatArray, probability: FloatArray) -> FloatArray:
    """Student quantiles; tables repeat their degrees of freedom, so each is inverted once."""
    usable = np.where(df >= 1, df, np.nan)
    if probability.size > 1 or usable.size < 64:
        return as_floats(stdtrit(usable, probability))
    distinct, position = np.unique(usable, return_inverse=True)
    return as_floats(stdtrit(distinct, probability))[position].reshape(usable.shape)


def _half_width(evidence: ShareEvidence, level: ArrayLike) -> FloatArray:
    return _t(evidence.df, 1 - _alpha(level) / 2) * np.sqrt(evidence.variance)


def _relieved(n: FloatArray, evidence: ShareEvidence) -> FloatArray:
    with np.errstate(divide="ignore"):
        return n / (1 - evidence.sampled_share)


def _beta_quantile(a: FloatArray, b: FloatArray, probability: FloatArray) -> FloatArray:
    known = (a > 0) & (b > 0) & np.isfinite(a) & np.isfinite(b)
    quantile = betaincinv(np.where(known, a, 1.0), np.where(known, b, 1.0), probability)
    return np.where(known, quantile, np.nan)


def _jeffreys_low(evidence: ShareEvidence, n_star: FloatArray, level: ArrayLike) -> FloatArray:
    limit = _jeffreys_quantile(evidence, n_star, _alpha(level) / 2)
    return np.where((evidence.p <= 0) & ~np.isnan(limit), 0.0, limit)


def _jeffreys_high(evidence: ShareEvidence, n_star: FloatArray, level: ArrayLike) -> FloatArray:
    limit = _jeffreys_quantile(evidence, n_star, 1 - _alpha(level) / 2)
    return np.where((evidence.p >= 1) & ~np.isnan(limit), 1.0, limit)


def _jeffreys_quantile(evidence: ShareEvidence, n_star: FloatArray, probability: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore"):
        a, b = n_star * evidence.p + 0.5, n_star * (1 - evidence.p) + 0.5
    return np.where(evidence.sampled_share >= 1, evidence.p, _beta_quantile(a, b, probability))


def _clopper_pearson(p: FloatArray, n: FloatArray, alpha: FloatArray) -> Limits:
    x, rest = n * p, n * (1 - p)
    low = np.where(p <= 0, 0.0, _beta_quantile(x, rest + 1, alpha / 2))
    high = np.where(p >= 1, 1.0, _beta_quantile(x + 1, rest, 1 - alpha / 2))
    return _known(n, low, high)


def _known(needed: FloatArray, low: FloatArray, high: FloatArray) -> Limits:
    """NaN limits wherever `needed` is NaN: a limit of 0 or 1 must not survive missing evidence."""
    unknown = np.isnan(needed)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def _census(evidence: ShareEvidence, limits: Limits) -> Limits:
    """Where everybody was asked the interval is the point."""
    everybody = evidence.sampled_share >= 1
    return np.where(everybody, evidence.p, limits[0]), np.where(everybody, evidence.p, limits[1])
