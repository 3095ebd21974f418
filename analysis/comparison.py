"""Many differences at once: which changes count once the size of the table is taken into account.

The p-values come from the difference's own interval (`differences`); nothing here makes its own.
A table of official changes uses Benjamini-Hochberg, a short list named in advance uses Holm.  Each row
also carries the confidence level at which its interval excludes zero exactly when its arrow is drawn,
so that an arrow can never disagree with the interval printed beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from analysis.arrays import BoolArray, FloatArray, IntArray, as_codes, as_floats, require_length
from analysis.differences import least_significant_change
from analysis.errors import InvalidArgument

Rule = Literal["benjamini_hochberg", "holm", "none"]


@dataclass(frozen=True, slots=True)
class ChangeTable:
    """Changes with their multiplicity control, one row a change.

    Shapes: every array is (n,).  Units: `change`, `se`, `least_significant` and `detectable` as given;
    `p` and `p_adjusted` probabilities; `arrow` +1 up, -1 down, 0 no change shown; `interval_level` the
    confidence level whose interval agrees with the arrow (0.95 means 95 %), at which `least_significant`
    and `detectable` are taken too.
    """

    change: FloatArray
    se: FloatArray
    p: FloatArray
    p_adjusted: FloatArray
    arrow: IntArray
    interval_level: FloatArray
    least_significant: FloatArray
    detectable: FloatArray
    rule: Rule
    error_rate: float


def benjamini_hochberg(p: ArrayLike) -> FloatArray:
    """Adjusted p-values that keep the false discovery rate of a table; NaN stays NaN and is not counted.

    Shapes: any, treated as one family.  Units: probabilities.
    Raises: InvalidArgument when a p-value lies outside 0-1.
    Source: Benjamini & Hochberg (1995); equals R `p.adjust(p, "BH")`.
    Check: tests/unit/analysis/test_comparison.py (figures from R).
    """
    return _over_known(p, _step_up)


def holm(p: ArrayLike) -> FloatArray:
    """Adjusted p-values that keep the chance of even one false change in a short, declared list.

    Shapes: any, treated as one family.  Units: probabilities.
    Raises: InvalidArgument when a p-value lies outside 0-1.
    Source: Holm (1979); equals R `p.adjust(p, "holm")`.
    Check: tests/unit/analysis/test_comparison.py (figures from R).
    """
    return _over_known(p, _step_down)


def adjust_within(p: ArrayLike, family: ArrayLike, *, rule: Rule = "benjamini_hochberg") -> FloatArray:
    """Adjusted p-values, each family (say, one criterion over all units) on its own.

    Shapes: p and family (n,).  Units: probabilities, codes.
    Raises: InvalidArgument for an unknown rule or a p-value outside 0-1; ShapeMismatch.
    Source: as `benjamini_hochberg` and `holm`.  Check: tests/unit/analysis/test_comparison.py
    """
    values, codes = as_floats(p), as_codes(family, name="family")
    require_length(codes, len(values), name="family")
    adjust = _rule(rule)
    adjusted = np.full(values.shape, np.nan)
    for code in np.unique(codes):
        adjusted[codes == code] = adjust(values[codes == code])
    return adjusted


def agreeing_level(p: ArrayLike, family: ArrayLike, *, rule: Rule, error_rate: float) -> FloatArray:
    """The confidence level whose interval excludes zero exactly for the changes that the rule finds.

    For Benjamini-Hochberg 1 - R q/m with R findings among m (at least 1 in place of R), the
    false-coverage level; for Holm 1 - alpha/(m - R), where R findings have been set aside.
    Shapes: p and family (n,).  Units: levels 0-1.
    Raises: InvalidArgument for an unknown rule; ShapeMismatch.
    Source: Benjamini & Yekutieli (2005); Holm (1979).  Check: tests/unit/analysis/test_comparison.py
    """
    values, codes = as_floats(p), as_codes(family, name="family")
    found = adjust_within(values, codes, rule=rule) <= error_rate
    level = np.full(values.shape, np.nan)
    for code in np.unique(codes):
        rows = (codes == code) & ~np.isnan(values)
        level[rows] = 1 - error_rate * _share_of_error(rule, int(found[rows].sum()), int(rows.sum()))
    return level


def detectable_change(
    first_se: ArrayLike,
    second_se: ArrayLike,
    *,
    covariance: ArrayLike = 0.0,
    level: ArrayLike = 0.95,
    power: float = 0.8,
) -> FloatArray:
    """The true change that the comparison of two figures would find with probability `power`.

    For two equally precise, independent figures (1.96 + 0.84) x sqrt(2) x se.
    Shapes: broadcast, `level` too.  Units: as the errors.
    Raises: InvalidArgument for a level or power outside 0-1.
    Source: Cochran (1977) section 4.4; Fleiss, Levin & Paik (2003) ch. 4.
    Check: tests/unit/analysis/test_comparison.py
    """
    least = least_significant_change(first_se, second_se, covariance=covariance, level=level)
    return detectable_beyond(least, level=level, power=power)


def detectable_beyond(least: ArrayLike, *, level: ArrayLike = 0.95, power: float = 0.8) -> FloatArray:
    """The true change found with probability `power`, where `least` is the smallest one called a change.

    Shapes: broadcast.  Units: as `least`.
    Raises: InvalidArgument for a power outside 0-1.
    Source: as `detectable_change`.  Check: tests/unit/analysis/test_comparison.py
    """
    _require_share("power", power)
    return as_floats(as_floats(least) * (1 + ndtri(power) / ndtri((1 + as_floats(level)) / 2)))


def change_table(
    change: ArrayLike,
    se: ArrayLike,
    *,
    p: ArrayLike,
    family: ArrayLike | None = None,
    rule: Rule = "benjamini_hochberg",
    error_rate: float = 0.05,
) -> ChangeTable:
    """Changes with raw and adjusted p-values, arrows, and what the table could have found at all.

    Shapes: change, se (of the change), p, family (n,); without families the table is one.
    Units: as given.  A missing p leaves the row without an arrow and outside the count.
    Raises: InvalidArgument for a rule or rate out of range; ShapeMismatch.
    Source: docs/methods.md section 6; the rules above.  Check: tests/unit/analysis/test_comparison.py
    """
    _require_share("error_rate", error_rate)
    values, raw, errors = as_floats(change), as_floats(p), as_floats(se)
    codes = np.zeros(len(values), dtype=np.int64) if family is None else as_codes(family, name="family")
    require_length(raw, len(values), name="p")
    require_length(errors, len(values), name="se")
    adjusted = adjust_within(raw, codes, rule=rule)
    level = agreeing_level(raw, codes, rule=rule, error_rate=error_rate)
    return ChangeTable(
        change=values,
        se=errors,
        p=raw,
        p_adjusted=adjusted,
        arrow=_arrows(values, adjusted <= error_rate),
        interval_level=level,
        least_significant=least_significant_change(errors, 0.0, level=level),
        detectable=detectable_change(errors, 0.0, level=level),
        rule=rule,
        error_rate=error_rate,
    )


def _arrows(change: FloatArray, found: BoolArray) -> IntArray:
    return np.where(found, np.sign(np.nan_to_num(change)), 0).astype(np.int64)


def _share_of_error(rule: Rule, found: int, tests: int) -> float:
    if rule == "none" or not tests:
        return 1.0
    if rule == "holm":
        return 1 / max(tests - found, 1)
    return max(found, 1) / tests


def _rule(rule: Rule) -> Callable[[FloatArray], FloatArray]:
    rules: dict[str, Callable[[FloatArray], FloatArray]] = {
        "benjamini_hochberg": benjamini_hochberg,
        "holm": holm,
        "none": lambda p: _over_known(p, lambda known: known),
    }
    if rule not in rules:
        raise InvalidArgument(name="rule", value=rule, wanted="one of " + ", ".join(rules))
    return rules[rule]


def _over_known(p: ArrayLike, adjust: Callable[[FloatArray], FloatArray]) -> FloatArray:
    values = as_floats(p)
    outside = (values < 0) | (values > 1)
    if np.any(outside):
        raise InvalidArgument(
            name="p", value=float(values[outside].flat[0]), wanted="a probability from 0 to 1"
        )
    known = ~np.isnan(values)
    adjusted = np.full(values.shape, np.nan)
    adjusted[known] = adjust(values[known])
    return adjusted


def _step_up(p: FloatArray) -> FloatArray:
    order = np.argsort(p)[::-1]
    ranks = np.arange(len(p), 0, -1)
    return _restore(np.minimum.accumulate(p[order] * len(p) / ranks), order)


def _step_down(p: FloatArray) -> FloatArray:
    order = np.argsort(p)
    return _restore(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), order)


def _restore(sorted_values: FloatArray, order: IntArray) -> FloatArray:
    restored = np.empty_like(sorted_values)
    restored[order] = np.minimum(sorted_values, 1.0)
    return restored


def _require_share(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise InvalidArgument(name=name, value=value, wanted="a number between 0 and 1, such as 0.95")
