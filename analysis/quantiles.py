"""Quantiles of a survey design with Woodruff intervals: the interval of a share, read back on the scale of y.

Where one value alone carries more than the share asked for, that value is the quantile.  (R survey 4.1
takes the second value there; ours is the inverse of the distribution function also at its first step.)
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from analysis.arrays import FloatArray, as_floats, sums_by
from analysis.design import SurveyDesign
from analysis.domains import SurveyDomains, whole_file
from analysis.errors import InvalidArgument
from analysis.estimators import DesignEstimates, estimate_survey, share_of
from analysis.intervals import share_interval


@dataclass(frozen=True, slots=True)
class QuantileRule:
    """How a quantile is read: rule by name, level, and the share interval that is read back.

    Units: level a share.  `interval` is one of the methods for shares; "wald" is R's default.
    """

    name: str = "math"
    level: float = 0.95
    interval: str = "wald"


@dataclass(frozen=True, slots=True)
class QuantileEstimates:
    """One quantile over domains.

    Shapes: all (count,).  Units: of y.  `low` or `high` is NaN where the share's interval leaves 0-1, and
    then `se`, half the interval over t, is NaN too.  `share` is the evidence at the quantile.
    """

    probability: float
    estimate: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    share: DesignEstimates


def estimate_quantile(
    design: SurveyDesign,
    y: ArrayLike,
    domains: SurveyDomains | None = None,
    *,
    probability: float,
    rule: QuantileRule | None = None,
) -> QuantileEstimates:
    """The quantile in every domain, with Woodruff's interval.

    Shapes: y (n,), NaN where not answered -> (count,).  Units: of y; probability and level shares.
    Raises: InvalidArgument for an unknown rule, interval, level or probability; LonelyPsu.
    Source: Woodruff (1952); Francisco & Fuller (1991); R survey 4.1 `svyquantile`.
    Check: tests/golden/oracle (P18).
    """
    values = as_floats(y)
    inside = (domains or whole_file(len(values))).within(~np.isnan(values))
    how = rule or QuantileRule()
    _checked(probability, how)
    read, level = QUANTILE_RULES[how.name], how.level
    rows = [np.flatnonzero((inside.code == code) & (design.weights != 0)) for code in range(inside.count)]
    steps = [_Steps.of(values[r], design.weights[r]) for r in rows]
    estimate = np.array([read(s, probability) if len(s.x) else np.nan for s in steps])
    below = np.where(inside.code >= 0, values <= np.append(estimate, np.nan)[inside.code], np.nan)
    share = estimate_survey(design, share_of(below, inside))
    low_share, high_share = share_interval(share.evidence, level, method=how.interval)
    low = _read_back(steps, low_share, read)
    high = _read_back(steps, high_share, read)
    se = (high - low) / (2 * stdtrit(np.where(share.df >= 1, share.df, np.nan), (1 + level) / 2))
    return QuantileEstimates(probability, estimate, as_floats(se), low, high, share)


@dataclass(frozen=True, slots=True)
class _Steps:
    """Sorted values with the weight up to and including each."""

    x: FloatArray
    w: FloatArray
    upto: FloatArray

    @staticmethod
    def of(x: FloatArray, w: FloatArray) -> "_Steps":
        order = np.argsort(x, kind="stable")
        # long double, as R sums: a step must be hit exactly where the share falls on it
        upto = np.cumsum(w[order].astype(np.longdouble)).astype(np.float64)
        return _Steps(x[order], w[order], upto)

    @property
    def total(self) -> float:
        return float(self.w.astype(np.longdouble).sum())


def _inverse(on_step: float) -> Callable[[_Steps, float], float]:
    """Inverse of the distribution function; on a step, `on_step` of the way to the next value."""

    def rule(steps: _Steps, p: float) -> float:
        before = int(np.searchsorted(steps.upto, p * steps.total, side="right")) - 1
        after = min(before + 1, len(steps.x) - 1)
        if before >= 0 and p - steps.upto[before] / steps.total == 0:
            return float(steps.x[before] * (1 - on_step) + steps.x[after] * on_step)
        return float(steps.x[after])

    return rule


def _nearest_even(steps: _Steps, p: float) -> float:
    x, at = np.unique(steps.x, return_inverse=True)
    merged = _Steps.of(x, sums_by(at.reshape(-1), steps.w, count=len(x)))
    before = int(np.searchsorted(merged.upto, p * merged.total, side="right")) - 1
    on_step = before >= 0 and p - merged.upto[before] / merged.total == 0
    if on_step and (before + 1) % 2 == 0:
        return float(x[before])
    return float(x[min(before + 1, len(x) - 1)])


def _linear_in_weight(steps: _Steps, p: float) -> float:
    return float(np.interp(p, steps.upto / steps.total, steps.x))


def _interpolated(position: Callable[[_Steps], FloatArray]) -> Callable[[_Steps, float], float]:
    def rule(steps: _Steps, p: float) -> float:
        return float(np.interp(p, position(steps), steps.x))

    return rule


def _before(steps: _Steps) -> FloatArray:
    return np.concatenate([[0.0], steps.upto[:-1]])


QUANTILE_RULES: dict[str, Callable[[_Steps, float], float]] = {
    "math": _inverse(0.0),
    "school": _inverse(0.5),
    "hf1": _inverse(0.0),
    "hf2": _inverse(0.5),
    "hf3": _nearest_even,
    "hf4": _linear_in_weight,
    "hf5": _interpolated(lambda s: (s.upto - s.w / 2) / s.upto[-1]),
    "hf6": _interpolated(lambda s: s.upto / (s.upto[-1] + s.w[-1])),
    "hf7": _interpolated(lambda s: _before(s) / (s.upto[-2] if len(s.x) > 1 else 1.0)),
    "hf8": _interpolated(lambda s: (_before(s) / 3 + s.upto * 2 / 3) / (s.upto[-1] + s.w[-1] / 3)),
    "hf9": _interpolated(lambda s: (_before(s) * 3 / 8 + s.upto * 5 / 8) / (s.upto[-1] + s.w[-1] / 4)),
}


def _read_back(steps: list[_Steps], shares: FloatArray, rule: Callable[[_Steps, float], float]) -> FloatArray:
    inside = (shares >= 0) & (shares <= 1)
    limits = [rule(s, float(p)) if ok else np.nan for s, p, ok in zip(steps, shares, inside, strict=True)]
    return np.array(limits, dtype=np.float64)


def _checked(probability: float, rule: QuantileRule) -> None:
    if rule.name not in QUANTILE_RULES:
        raise InvalidArgument(name="qrule", value=rule.name, wanted="one of " + ", ".join(QUANTILE_RULES))
    for name, value in (("probability", probability), ("level", rule.level)):
        if not 0 < value < 1:
            raise InvalidArgument(name=name, value=value, wanted="a number between 0 and 1")
