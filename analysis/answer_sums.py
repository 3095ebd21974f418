"""Sums of answers by cube row, made once a run and sliced by block: answers, values, squares, people."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import FloatArray, IntArray
from analysis.cube import Cube
from analysis.measures import MeasurePlan


@dataclass(frozen=True, slots=True)
class AnswerSums:
    """Number of answers, and sums of their values, for every cube row and item in use.

    Shapes: `items` names of the columns; `answered`, `valued[values]` (cube rows, items).
    """

    items: tuple[str, ...]
    answered: FloatArray
    valued: dict[tuple[float, ...], FloatArray]

    def of_rows(self, rows: IntArray, plan: MeasurePlan) -> "RowSums":
        """The sums of chosen rows, measure by measure."""
        answered = self.answered[rows]
        selection = self._selection(plan)
        total = np.zeros((len(rows), len(plan.ratios)))
        for values in {ratio.values for ratio in plan.ratios}:
            mine = np.array([ratio.values == values for ratio in plan.ratios])
            total[:, mine] = self.valued[values][rows] @ selection[:, mine]
        return RowSums(
            total, answered @ selection, self._people(answered, plan), self._squares(rows, plan, total)
        )

    def _selection(self, plan: MeasurePlan) -> FloatArray:
        selection = np.zeros((len(self.items), len(plan.ratios)))
        for m, ratio in enumerate(plan.ratios):
            for item in ratio.items:
                selection[self.items.index(item), m] = 1.0
        return selection

    def _people(self, answered: FloatArray, plan: MeasurePlan) -> FloatArray:
        measures = (*plan.ratios, *plan.composites)
        columns = [[self.items.index(item) for item in measure.items] for measure in measures]
        return np.column_stack(
            [answered[:, c].max(axis=1) if len(c) > 1 else answered[:, c[0]] for c in columns]
        )

    def _squares(self, rows: IntArray, plan: MeasurePlan, total: FloatArray) -> FloatArray:
        """A 0/1 value is its own square."""
        squares = total.copy() if any(not ratio.is_share for ratio in plan.ratios) else total
        for m, ratio in enumerate(plan.ratios):
            if not ratio.is_share:
                positions = [self.items.index(item) for item in ratio.items]
                squares[:, m] = self.valued[_squared(ratio.values)][rows][:, positions].sum(axis=1)
        return squares


@dataclass(frozen=True, slots=True)
class RowSums:
    """Shapes: `total`, `answered`, `squares` (rows, ratios); `people` (rows, ratios + composites).

    Units: `people` who answered; with several items, those of the most-answered one, row by row.
    """

    total: FloatArray
    answered: FloatArray
    people: FloatArray
    squares: FloatArray


def answer_sums(cube: Cube, plan: MeasurePlan) -> AnswerSums:
    """Sum the cube's counts once for every set of values in use.

    Shapes: as AnswerSums.  Units: people, and values of the measures.  Raises: UnknownName for an item.
    Source: RECIPE step 5.  Check: tests/golden/opt_in.
    """
    items = tuple(dict.fromkeys(item for ratio in plan.ratios for item in ratio.items))
    positions = [cube.item(item) for item in items]
    wanted = {ratio.values for ratio in plan.ratios}
    wanted |= {_squared(ratio.values) for ratio in plan.ratios if not ratio.is_share}
    every = (1.0,) * cube.level_count
    valued = {values: _weighted_levels(cube, values, positions) for values in wanted}
    return AnswerSums(items, _weighted_levels(cube, every, positions), valued)


def _weighted_levels(cube: Cube, values: tuple[float, ...], positions: list[int]) -> FloatArray:
    """Level by level: a sum along the short last axis would be several times slower."""
    total = np.zeros((len(cube.responses), len(cube.items)))
    for k, value in enumerate(values):
        if value:
            total += cube.counts[:, :, k] if value == 1 else cube.counts[:, :, k] * value
    return total if positions == list(range(len(cube.items))) else total[:, positions]


def _squared(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(value**2 for value in values)
