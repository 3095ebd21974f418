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
        here = _as_slice(rows)
        answered = self.answered[here]
        selection = self._selection(plan)
        total = np.zeros((len(rows), len(plan.ratios)))
        for values in {ratio.values for ratio in plan.ratios}:
            mine = np.array([ratio.values == values for ratio in plan.ratios])
            total[:, mine] = self.valued[values][here] @ selection[:, mine]
        people = self._index_people(answered, plan)
        return RowSums(total, answered @ selection, people, self._squares(here, plan, total))

    def _selection(self, plan: MeasurePlan) -> FloatArray:
        selection = np.zeros((len(self.items), len(plan.ratios)))
        for m, ratio in enumerate(plan.ratios):
            for item in ratio.items:
                selection[self.items.index(item), m] = 1.0
        return selection

    def _index_people(self, answered: FloatArray, plan: MeasurePlan) -> FloatArray:
        people = np.zeros((len(answered), int(plan.is_index.sum())))
        measures = [
            m for m, index in zip((*plan.ratios, *plan.composites), plan.is_index, strict=True) if index
        ]
        for column, measure in enumerate(measures):
            answered[:, [self.items.index(item) for item in measure.items]].max(axis=1, out=people[:, column])
        return people

    def _squares(self, rows: IntArray | slice, plan: MeasurePlan, total: FloatArray) -> FloatArray:
        """A 0/1 value is its own square."""
        squares = total.copy() if any(not ratio.is_share for ratio in plan.ratios) else total
        for m, ratio in enumerate(plan.ratios):
            if not ratio.is_share:
                positions = [self.items.index(item) for item in ratio.items]
                squares[:, m] = self.valued[_squared(ratio.values)][rows][:, positions].sum(axis=1)
        return squares


@dataclass(frozen=True, slots=True)
class RowSums:
    """Shapes: `total`, `answered`, `squares` (rows, ratios); `index_people` (rows, indices among measures).

    Units: people; `index_people` are those of an index's most-answered item, row by row.
    """

    total: FloatArray
    answered: FloatArray
    index_people: FloatArray
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


def _as_slice(rows: IntArray) -> IntArray | slice:
    """Rows that follow each other as a slice: no copy."""
    together = len(rows) > 0 and rows[-1] - rows[0] + 1 == len(rows) and bool((np.diff(rows) == 1).all())
    return slice(int(rows[0]), int(rows[-1]) + 1) if together else rows


def _squared(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(value**2 for value in values)
