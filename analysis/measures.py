"""What is measured: shares, means, levels of one item, and indices over several.

A ratio measure is (sum of values of the answers) / (number of answers), over one item or, pooled, over
several.  A composite is a weighted mean of ratio measures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import BoolArray, FloatArray
from analysis.errors import InvalidArgument

SATISFIED_FROM = 4


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure to estimate.

    Units: `values` what an answer at level 1, 2, ... counts; `weights` one an item for a composite, empty
    for a ratio.  `formula` names the rule in tables: satisfied_share, level_share, mean_score,
    pooled_answers, equal_criteria or weighted_criteria.
    """

    name: str
    formula: str
    items: tuple[str, ...]
    values: tuple[float, ...]
    weights: tuple[float, ...] = ()

    @property
    def is_index(self) -> bool:
        """Whether it stands on several items: no Kish cap then (docs/methods.md section 3.1)."""
        return len(self.items) > 1 or bool(self.weights)

    @property
    def is_share(self) -> bool:
        """Whether an answer counts 0 or 1."""
        return set(self.values) <= {0.0, 1.0}

    @property
    def span(self) -> tuple[float, float]:
        """The lowest and highest value it can take."""
        return (0.0, 1.0) if self.is_share else (min(self.values), max(self.values))


def satisfied_share(item: str, *, satisfied_from: int = SATISFIED_FROM, level_count: int = 5) -> Measure:
    """Share of answers at `satisfied_from` or above.

    Shapes: none.  Units: share.  Raises: InvalidArgument when no level would count.
    Source: satisfied means levels 4 and 5 of 5.  Check: tests/unit/analysis/test_opt_in.py.
    """
    values = _satisfied_values(satisfied_from, level_count)
    return Measure(item, "satisfied_share", (item,), values)


def level_share(item: str, level: int, *, level_count: int = 5) -> Measure:
    """Share of answers at exactly one level.

    Shapes: none.  Units: share.  Raises: InvalidArgument for a level off the scale.
    Source: level distribution.  Check: tests/unit/analysis/test_opt_in.py.
    """
    if not 1 <= level <= level_count:
        raise InvalidArgument(name="level", value=level, wanted=f"a level from 1 to {level_count}")
    values = tuple(float(k == level) for k in range(1, level_count + 1))
    return Measure(f"{item}={level}", "level_share", (item,), values)


def mean_score(item: str, *, level_count: int = 5) -> Measure:
    """Mean level of the answers.

    Shapes: none.  Units: points, 1 to level_count.  Raises: nothing.
    Source: none.  Check: tests/unit/analysis/test_opt_in.py.
    """
    return Measure(item, "mean_score", (item,), tuple(float(k) for k in range(1, level_count + 1)))


def pooled_answers(
    name: str, items: Sequence[str], *, satisfied_from: int = SATISFIED_FROM, level_count: int = 5
) -> Measure:
    """Satisfied answers over answers, all items together: an item answered more often counts more.

    Shapes: none.  Units: share.  Raises: InvalidArgument without items.
    Source: docs/methods.md section 4.  Check: tests/unit/analysis/test_opt_in_indices.py.
    """
    _require_items(items)
    return Measure(name, "pooled_answers", tuple(items), _satisfied_values(satisfied_from, level_count))


def equal_criteria(
    name: str, items: Sequence[str], *, satisfied_from: int = SATISFIED_FROM, level_count: int = 5
) -> Measure:
    """Mean of the criteria's shares, each criterion counting the same; one without answers leaves.

    Shapes: none.  Units: share.  Raises: InvalidArgument without items.
    Source: docs/methods.md section 4.  Check: tests/unit/analysis/test_opt_in_indices.py.
    """
    _require_items(items)
    values = _satisfied_values(satisfied_from, level_count)
    return Measure(name, "equal_criteria", tuple(items), values, (1.0,) * len(items))


def weighted_criteria(
    name: str, weights: Mapping[str, float], *, satisfied_from: int = SATISFIED_FROM, level_count: int = 5
) -> Measure:
    """Weighted mean of the criteria's shares; weights are rescaled over the criteria with answers.

    Shapes: none.  Units: share.  Raises: InvalidArgument without items or for a weight that is not positive.
    Source: docs/methods.md section 4.  Check: tests/unit/analysis/test_opt_in_indices.py.
    """
    _require_items(list(weights))
    for item, weight in weights.items():
        if not weight > 0:
            raise InvalidArgument(name=f"weight of {item}", value=weight, wanted="a positive number")
    values = _satisfied_values(satisfied_from, level_count)
    return Measure(name, "weighted_criteria", tuple(weights), values, tuple(weights.values()))


def equal_factors(
    name: str,
    factors: Mapping[str, Sequence[str]],
    *,
    satisfied_from: int = SATISFIED_FROM,
    level_count: int = 5,
) -> Measure:
    """Mean of factors, each the mean of its criteria's shares.

    Shapes: none.  Units: share.  Raises: InvalidArgument for a factor without items.
    Source: docs/methods.md section 4.  Check: tests/unit/analysis/test_opt_in_indices.py.
    """
    weights: dict[str, float] = {}
    for items in factors.values():
        _require_items(items)
        for item in items:
            weights[item] = weights.get(item, 0.0) + 1 / (len(items) * len(factors))
    _require_items(list(weights))
    values = _satisfied_values(satisfied_from, level_count)
    return Measure(name, "equal_factors", tuple(weights), values, tuple(weights.values()))


@dataclass(frozen=True, slots=True)
class MeasurePlan:
    """Ratio measures to sum, and how composites are made of them.

    Shapes: `mix` (ratios, composites), the composites' weights; `output` (measures,) the column of each
    asked-for measure among ratios followed by composites.
    """

    ratios: tuple[Measure, ...]
    composites: tuple[Measure, ...]
    mix: FloatArray
    output: tuple[int, ...]

    @property
    def is_index(self) -> BoolArray:
        """Which of ratios followed by composites stand on several items."""
        return np.array([measure.is_index for measure in (*self.ratios, *self.composites)])

    def shares_of_mix(self, weight: FloatArray) -> FloatArray:
        """Each composite's weights in each domain, over the criteria that have answers there.

        Shapes: weight (domains, ratios) -> (domains, ratios, composites).
        """
        raw = (weight > 0)[:, :, None] * self.mix
        whole = raw.sum(axis=1, keepdims=True)
        shares: FloatArray = np.divide(raw, whole, out=np.full_like(raw, np.nan), where=whole > 0)
        return shares


def plan_measures(measures: Sequence[Measure]) -> MeasurePlan:
    """Split measures into ratio measures and composites of them.

    Shapes: as MeasurePlan.  Units: none.  Raises: InvalidArgument when there is nothing to measure.
    Source: docs/methods.md section 4.  Check: tests/unit/analysis/test_opt_in_indices.py.
    """
    _require_items(measures)
    composites = [m for m in measures if m.weights]
    parts = [_part(m, item) for m in composites for item in m.items]
    ratios = list(dict.fromkeys([m for m in measures if not m.weights] + parts))
    mix = np.zeros((len(ratios), len(composites)))
    for column, composite in enumerate(composites):
        for item, weight in zip(composite.items, composite.weights, strict=True):
            mix[ratios.index(_part(composite, item)), column] += weight
    everything = [*ratios, *composites]
    return MeasurePlan(tuple(ratios), tuple(composites), mix, tuple(everything.index(m) for m in measures))


def _part(composite: Measure, item: str) -> Measure:
    return Measure(item, "satisfied_share", (item,), composite.values)


def _satisfied_values(satisfied_from: int, level_count: int) -> tuple[float, ...]:
    if not 1 < satisfied_from <= level_count:
        raise InvalidArgument(
            name="satisfied_from", value=satisfied_from, wanted=f"a level from 2 to {level_count}"
        )
    return tuple(float(k >= satisfied_from) for k in range(1, level_count + 1))


def _require_items(items: Sequence[object]) -> None:
    if not items:
        raise InvalidArgument(name="items", value=list(items), wanted="at least one item or measure")
