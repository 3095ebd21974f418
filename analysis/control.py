"""Control charts of a share over days or weeks: what is signal and what is the noise of counting.

Limits are probability limits on the design-effective count, so they stay inside 0-1, are not symmetric near
1, and hold their false-alarm rate with ten answers a day.  Where days differ by more than sampling allows
(Laney's p'), the count is divided by the square of that excess before the limits are taken.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, chdtrc

from analysis.arrays import BoolArray, FloatArray, as_floats, require_length
from analysis.errors import InvalidArgument

Spread = Literal["sampling", "laney", "auto"]
FALSE_ALARM = 0.0027
RUN_LENGTH = 9
_MOVING_RANGE_OF_TWO = 1.128
_OVERDISPERSION = 0.01
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class ControlChart:
    """A share in time with its limits.

    Shapes: arrays (t,).  Units: shares; `sigma_z` 1 where only sampling is at work.
    `outside` a point beyond its limits; `in_run` a point that ends a run of points on one side of the centre.
    """

    share: FloatArray
    centre: float
    low: FloatArray
    high: FloatArray
    outside: BoolArray
    in_run: BoolArray
    sigma_z: float
    spread: Spread


def control_chart(
    share: ArrayLike,
    n_effective: ArrayLike,
    *,
    centre: float | None = None,
    spread: Spread = "auto",
    false_alarm: float = FALSE_ALARM,
) -> ControlChart:
    """The chart with its signals; without a centre the mean of the points, weighted by n_effective
    (with half an answer on each side where it is 0 or 1, so that limits exist).

    `auto` takes Laney's excess where it is above 1 and a chi-square test at 1 % finds the days too
    different for sampling alone.  Days without answers (n_effective 0) have no limits and no signals.
    Shapes: share, n_effective (t,).  Units: shares; answers.
    Raises: InvalidArgument for a share, centre or rate outside 0-1, or an unknown spread; ShapeMismatch.
    Source: Laney (2002), Quality Engineering 14; probability limits, Montgomery (2013) section 7.3.
    Check: tests/unit/analysis/test_control.py (limits from R qbinom).
    """
    values, counts, middle = _checked(share, n_effective, centre, false_alarm)
    seen = counts > 0
    excess = _excess(values[seen], counts[seen], middle, spread)
    low, high = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    low[seen], high[seen] = probability_limits(middle, counts[seen] / excess**2, false_alarm=false_alarm)
    with np.errstate(invalid="ignore"):
        outside = seen & ((values < low) | (values > high))
    return ControlChart(
        share=values,
        centre=middle,
        low=low,
        high=high,
        outside=outside,
        in_run=_runs(np.where(seen, np.sign(values - middle), 0.0)),
        sigma_z=excess,
        spread=spread,
    )


def probability_limits(
    centre: float, n_effective: ArrayLike, *, false_alarm: float = FALSE_ALARM
) -> tuple[FloatArray, FloatArray]:
    """Shares that a stable process leaves with at most `false_alarm`/2 on each side.

    For a whole number of answers these are the binomial's; in between, its distribution is continued by the
    incomplete beta function.  0 or 1 where no count can be alarming on that side.
    Shapes: n_effective (t,).  Units: shares.
    Raises: InvalidArgument for a centre or rate outside 0-1.
    Source: P(X <= x) = I_{1-c}(n-x, x+1); Johnson, Kemp & Kotz (2005) eq. 3.34.
    Check: tests/unit/analysis/test_control.py (R qbinom).
    """
    _require_share("centre", centre)
    _require_share("false_alarm", false_alarm)
    counts = as_floats(n_effective)
    low = _count_at(false_alarm / 2, counts, centre)
    high = counts - _count_at(false_alarm / 2, counts, 1 - centre)
    return np.clip(low / counts, 0.0, 1.0), np.clip(high / counts, 0.0, 1.0)


def laney_sigma(share: ArrayLike, n_effective: ArrayLike, *, centre: float) -> float:
    """How many times more the points move from one to the next than sampling lets them.

    Shapes: share, n_effective (t,), every count above 0.  Units: none; 1 is sampling alone.
    Raises: InvalidArgument for a centre outside 0-1.
    Source: Laney (2002): mean moving range of the z-scores / 1.128.
    Check: tests/unit/analysis/test_control.py
    """
    _require_share("centre", centre)
    z = _z_scores(as_floats(share), as_floats(n_effective), centre)
    return float(np.mean(np.abs(np.diff(z))) / _MOVING_RANGE_OF_TWO) if len(z) > 1 else 1.0


def _excess(share: FloatArray, counts: FloatArray, centre: float, spread: Spread) -> float:
    if spread == "sampling" or len(share) < 3:
        return 1.0
    sigma = max(laney_sigma(share, counts, centre=centre), 1.0)
    if spread == "laney":
        return sigma
    dispersion = float(np.sum(_z_scores(share, counts, centre) ** 2))
    return sigma if chdtrc(len(share) - 1, dispersion) < _OVERDISPERSION else 1.0


def _z_scores(share: FloatArray, counts: FloatArray, centre: float) -> FloatArray:
    return as_floats((share - centre) / np.sqrt(centre * (1 - centre) / counts))


def _count_at(probability: float, n: FloatArray, centre: float) -> FloatArray:
    """The count, between -1 and n, at which the continued binomial distribution reaches the probability."""
    low, high = np.full(n.shape, -1.0), n.copy()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = betainc(n - middle, middle + 1, 1 - centre) < probability
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return as_floats((low + high) / 2)


def _runs(side: FloatArray) -> BoolArray:
    in_run, length, before = np.zeros(len(side), dtype=np.bool_), 0, 0.0
    for place, now in enumerate(side):
        length = length + 1 if now == before and now != 0 else int(now != 0)
        before = float(now)
        in_run[place] = length >= RUN_LENGTH
    return in_run


def _checked(
    share: ArrayLike, n_effective: ArrayLike, centre: float | None, false_alarm: float
) -> tuple[FloatArray, FloatArray, float]:
    values, counts = as_floats(share), as_floats(n_effective)
    require_length(counts, len(values), name="n_effective")
    seen = counts > 0
    if np.any(seen & ~((values >= 0) & (values <= 1))):
        raise InvalidArgument(name="share", value="a value outside 0-1", wanted="shares from 0 to 1")
    if not seen.any():
        raise InvalidArgument(name="n_effective", value="no day with answers", wanted="at least one")
    middle = _mean(values[seen], counts[seen]) if centre is None else centre
    _require_share("centre", middle)
    _require_share("false_alarm", false_alarm)
    return values, counts, middle


def _mean(share: FloatArray, counts: FloatArray) -> float:
    """The weighted mean; half an answer is added on each side where all or none were satisfied."""
    mean = float(np.average(share, weights=counts))
    total = float(counts.sum())
    return mean if 0 < mean < 1 else (total * mean + 0.5) / (total + 1)


def _require_share(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise InvalidArgument(name=name, value=value, wanted="a number between 0 and 1")
