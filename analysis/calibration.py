"""Calibration of weights to population totals of any columns: linear, raking and bounded distances.

The bounds hold for g, the final over the base weight, and are enforced, not only checked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import FloatArray, as_floats, require_length
from analysis.design import SurveyDesign
from analysis.errors import CalibrationFailed, InvalidArgument, TrimImpossible

Method = Literal["linear", "raking", "logit"]
Bounds = tuple[float, float]
_RESCALE_ABOVE = 20.0


@dataclass(frozen=True, slots=True)
class RegressionOut:
    """Removes the regression of the residuals on the calibration columns, weighted by the base weight.

    Shapes: `basis` (n, p) orthonormal columns spanning x sqrt(d); `scale` (n,) g sqrt(d).
    """

    basis: FloatArray
    scale: FloatArray

    def residual(self, influence: FloatArray) -> FloatArray:
        """The influence less what the totals explain.

        Shapes: (n, k) -> (n, k).  Units: unchanged.  Raises: nothing.
        Source: Deville & Särndal (1992) section 3; R survey 4.1 `svyrecvar`.
        Check: tests/golden/oracle (P11-P15).
        """
        usable = self.scale != 0
        plain = np.where(usable[:, None], influence / np.where(usable, self.scale, 1.0)[:, None], 0.0)
        left = plain - self.basis @ (self.basis.T @ plain)
        return np.where(usable[:, None], left * self.scale[:, None], influence)


@dataclass(frozen=True, slots=True)
class CalibrationRule:
    """How far weights may move and by which distance.

    Units: `bounds` on final over base weight; `tolerance` relative to 1 + the total.
    """

    method: Method = "linear"
    bounds: Bounds = (-np.inf, np.inf)
    tolerance: float = 1e-11
    rounds: int = 200


@dataclass(frozen=True, slots=True)
class WeightSummary:
    """What weighting did.

    Units: `kish_effect` n sum w^2 / (sum w)^2; `n_effective` (sum w)^2 / sum w^2; `largest_ratio` and
    `smallest_ratio` final over base weight.
    """

    rows: int
    total: float
    smallest: float
    largest: float
    sum_of_squares: float
    kish_effect: float
    n_effective: float
    smallest_ratio: float
    largest_ratio: float


def calibrate(
    design: SurveyDesign,
    x: ArrayLike,
    *,
    totals: ArrayLike,
    rule: CalibrationRule | None = None,
    names: Sequence[str] = (),
) -> SurveyDesign:
    """Weights as close as possible to the base weights that give the population totals of the columns.

    Shapes: x (n, p), totals (p,).  Units: population totals.
    Raises: CalibrationFailed where bounds and totals cannot both hold; InvalidArgument; ShapeMismatch.
    Source: Deville & Särndal (1992); R survey 4.1 `calibrate`, `grake`.
    Check: tests/golden/oracle (P11-P14).
    """
    how, columns, wanted = rule or CalibrationRule(), as_floats(x), as_floats(totals)
    require_length(columns, design.size, name="calibration columns")
    require_length(wanted, columns.shape[1], name="totals")
    _checked(how)
    labels = tuple(names) or tuple(f"column {k + 1}" for k in range(len(wanted)))
    base = design.weights
    final = _calibrated(base, columns, wanted, how=how, names=labels)
    half = np.sqrt(np.maximum(base, 0.0))
    ratio = np.where(base > 0, final / np.where(base > 0, base, 1.0), 0.0)
    out = RegressionOut(_basis(columns * half[:, None]), ratio * half)
    weighted = replace(design, weights=final, adjustments=(*design.adjustments, out))
    if design.replicates is None:
        return weighted
    replicated = [_calibrated(w, columns, wanted, how=how, names=labels) for w in design.replicates.weights.T]
    return replace(weighted, replicates=replace(design.replicates, weights=np.stack(replicated, axis=1)))


def trim_weights(
    design: SurveyDesign, *, lower: float = -np.inf, upper: float = np.inf, strict: bool = False
) -> SurveyDesign:
    """Weights cut to bounds, what was cut shared out equally over the rows inside them.

    Sharing out may push a weight over a bound; `strict` goes on until none is.  Replicates are trimmed by
    the same bounds.  The adjustment left by calibration stays as it was.
    Shapes: as the design.  Units: population units.
    Raises: TrimImpossible where the bounds cannot hold the sum; InvalidArgument where lower > upper.
    Source: Potter (1990); R survey 4.1 `trimWeights`.  Check: tests/golden/oracle (P15).
    """
    if not lower <= upper:
        raise InvalidArgument(name="trim", value=(lower, upper), wanted="lower not above upper")
    used = design.weights != 0
    trimmed = replace(design, weights=_trimmed(design.weights, used, (lower, upper), strict=strict))
    if design.replicates is None:
        return trimmed
    columns = [_trimmed(w, w != 0, (lower, upper), strict=False) for w in design.replicates.weights.T]
    return replace(trimmed, replicates=replace(design.replicates, weights=np.stack(columns, axis=1)))


def weight_summary(design: SurveyDesign, base: ArrayLike) -> WeightSummary:
    """The weights in figures, against the base weights they came from.

    Shapes: base (n,).  Units: population units.  Raises: ShapeMismatch.
    Source: Kish (1965) section 11.7.  Check: tests/golden/oracle (P09-P15).
    """
    before = as_floats(base)
    require_length(before, design.size, name="base weights")
    w = design.weights[design.weights != 0]
    ratio = w / before[design.weights != 0]
    squares = float(w @ w)
    total = float(w.sum())
    return WeightSummary(
        rows=len(w),
        total=total,
        smallest=float(w.min()),
        largest=float(w.max()),
        sum_of_squares=squares,
        kish_effect=len(w) * squares / total**2,
        n_effective=total**2 / squares,
        smallest_ratio=float(ratio.min()),
        largest_ratio=float(ratio.max()),
    )


def _checked(rule: CalibrationRule) -> None:
    if rule.method not in ("linear", "raking", "logit"):
        raise InvalidArgument(name="calfun", value=rule.method, wanted="linear, raking or logit")
    low, high = rule.bounds
    if not low < 1 < high:
        raise InvalidArgument(
            name="bounds", value=rule.bounds, wanted="a lower bound below 1 and an upper above"
        )
    if rule.method == "logit" and not np.all(np.isfinite(rule.bounds)):
        raise InvalidArgument(name="bounds", value=rule.bounds, wanted="two finite numbers for logit")


def _basis(columns: FloatArray) -> FloatArray:
    """Orthonormal columns of the same span; columns that repeat others fall away."""
    left, size, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, size > size[0] * 1e-10])


def _calibrated(
    base: FloatArray, x: FloatArray, totals: FloatArray, *, how: CalibrationRule, names: Sequence[str]
) -> FloatArray:
    ratios = totals / np.where(x.T @ base == 0, np.nan, x.T @ base)
    scale = float(np.nanmean(ratios)) if np.nanmin(ratios) > _RESCALE_ABOVE else 1.0
    weights = base * scale
    value, slope = _DISTANCES[how.method]
    eta = np.zeros(len(totals))
    for _ in range(how.rounds):
        u = x @ eta
        gap = totals - x.T @ (weights * value(u, how.bounds))
        if np.all(np.abs(gap) <= how.tolerance * (1 + np.abs(totals))):
            return np.asarray(weights * value(u, how.bounds))
        information = (x * (weights * slope(u, how.bounds))[:, None]).T @ x
        eta = _stepped(
            eta, np.linalg.pinv(information, rcond=1e-13) @ gap, lambda e: value(x @ e, how.bounds)
        )
    relative = np.abs(gap) / (1 + np.abs(totals))
    worst = int(relative.argmax())
    raise CalibrationFailed(method=how.method, rounds=how.rounds, gap=relative[worst], total=names[worst])


def _stepped(eta: FloatArray, step: FloatArray, value: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """The full Newton step, halved while weights overflow."""
    with np.errstate(over="ignore", invalid="ignore"):
        while not np.all(np.isfinite(value(eta + step))):
            step = step / 2
    return eta + step


def _linear(u: FloatArray, bounds: Bounds) -> FloatArray:
    return np.clip(1 + u, *bounds)


def _linear_slope(u: FloatArray, bounds: Bounds) -> FloatArray:
    return as_floats((1 + u > bounds[0]) & (1 + u < bounds[1]))


def _exponential(u: FloatArray, bounds: Bounds) -> FloatArray:
    return np.clip(np.exp(u), *bounds)


def _exponential_slope(u: FloatArray, bounds: Bounds) -> FloatArray:
    inside = (np.exp(u) > bounds[0]) & (np.exp(u) < bounds[1])
    return np.where(inside, np.exp(u), 0.0)


def _logit(u: FloatArray, bounds: Bounds) -> FloatArray:
    low, high = bounds
    e = np.exp(np.clip(u * (high - low) / ((high - 1) * (1 - low)), -700, 700))
    return as_floats((low * (high - 1) + high * (1 - low) * e) / (high - 1 + (1 - low) * e))


def _logit_slope(u: FloatArray, bounds: Bounds) -> FloatArray:
    low, high = bounds
    g = _logit(u, bounds)
    return as_floats((g - low) * (high - g) / ((high - 1) * (1 - low)))


_Curve = Callable[[FloatArray, Bounds], FloatArray]
_DISTANCES: dict[str, tuple[_Curve, _Curve]] = {
    "linear": (_linear, _linear_slope),
    "raking": (_exponential, _exponential_slope),
    "logit": (_logit, _logit_slope),
}


def _trimmed(weights: FloatArray, used: np.ndarray, bounds: Bounds, *, strict: bool) -> FloatArray:
    low, high = bounds
    rows, total = int(used.sum()), float(weights[used].sum())
    if rows * low > total * (1 + 1e-12) or rows * high < total * (1 - 1e-12):
        raise TrimImpossible(rows=rows, lower=low, upper=high, total=total)
    current = weights
    for _ in range(1000):
        outside = used & ((current < low) | (current > high))
        inside = used & ~outside
        if not outside.any():
            return current
        if not inside.any():
            raise TrimImpossible(rows=rows, lower=low, upper=high, total=total)
        cut = np.where(outside, np.clip(current, low, high), current)
        current = np.where(inside, cut + (current - cut).sum() / inside.sum(), cut)
        if not strict:
            return current
    raise TrimImpossible(rows=rows, lower=low, upper=high, total=total)
