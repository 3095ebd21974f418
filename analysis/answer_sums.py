"""Sums of answers by cube row, made once a run and sliced by block: answers, values, squares, people."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.arrays import FloatArray, IntArray
from analysis.cube import Cube
from analysis.measures import MeasurePlan

_ROWS_AT_A_TIME = 1024


@dataclass(frozen=True, slots=True)
class AnswerSums:
    """Number of answers, and sums of their values, for every cube row and item in use.

    Shapes: `items` names of the columns; `answered`, `valued[values]` (cube rows, items).
    """

    items: tuple[str, ...]
    answered: FloatArray
    valued: dict[tuple[float, ...], FloatArray]

    def of_rows(self, rows: IntArray, plan: MeasurePlan) -> "RowSums":
        """The sums of chosen rows."""
        here = _as_slice(rows)
        answered = self.answered[here]
        return RowSums(
            answered=answered,
            valued={values: sums[here] for values, sums in self.valued.items()},
            index_people=self._index_people(answered, plan),
            selection=self._selection(plan),
            values=tuple(ratio.values for ratio in plan.ratios),
        )

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
            most = people[:, column]
            for position in (self.items.index(item) for item in measure.items):
                np.maximum(most, answered[:, position], out=most)
        return people


@dataclass(frozen=True, slots=True)
class RowSums:
    """The sums of chosen rows by item; they become sums by measure once they are gathered, which is cheaper.

    Shapes: `answered`, `valued[values]` (rows, items); `index_people` (rows, indices among measures);
    `selection` (items, ratios) which items a ratio stands on; `values` one tuple a ratio.
    Units: people; `index_people` are those of an index's most-answered item, row by row.
    """

    answered: FloatArray
    valued: dict[tuple[float, ...], FloatArray]
    index_people: FloatArray
    selection: FloatArray
    values: tuple[tuple[float, ...], ...]

    def answered_by(self, gather: csr_array) -> FloatArray:
        """Answers of every group and ratio.  Shapes: gather (groups, rows) -> (groups, ratios)."""
        return np.asarray(gather @ self.answered) @ self.selection

    def total_by(self, gather: csr_array) -> FloatArray:
        """Sums of values.  Shapes: gather (groups, rows) -> (groups, ratios)."""
        return self._gathered(gather, self.values)

    def squares_by(self, gather: csr_array) -> FloatArray:
        """Sums of squared values; a 0/1 value is its own square.  Shapes: as `total_by`."""
        return self._gathered(gather, tuple(_squared(values) for values in self.values))

    @property
    def squares_differ(self) -> bool:
        """Whether some value is not its own square."""
        return any(_squared(values) != values for values in self.values)

    def _gathered(self, gather: csr_array, wanted: tuple[tuple[float, ...], ...]) -> FloatArray:
        result = np.empty((gather.shape[0], len(wanted)))
        for values in dict.fromkeys(wanted):
            mine = np.flatnonzero([other == values for other in wanted])
            part = np.asarray(gather @ self.valued[values]) @ self.selection[:, mine]
            if len(mine) == len(wanted):
                return part
            result[:, mine] = part
        return result


def answer_sums(cube: Cube, plan: MeasurePlan) -> AnswerSums:
    """Sum the cube's counts once for every set of values in use.

    Shapes: as AnswerSums.  Units: people, and values of the measures.  Raises: UnknownName for an item.
    Source: docs/methods.md section 3.  Check: tests/golden/opt_in.
    """
    items = tuple(dict.fromkeys(item for ratio in plan.ratios for item in ratio.items))
    positions = [cube.item(item) for item in items]
    wanted = {ratio.values for ratio in plan.ratios}
    wanted |= {_squared(ratio.values) for ratio in plan.ratios if not ratio.is_share}
    every = (1.0,) * cube.level_count
    wanted.add(every)
    valued = _weighted_levels(cube, sorted(wanted), positions)
    return AnswerSums(items, valued[every], valued)


def _weighted_levels(
    cube: Cube, wanted: list[tuple[float, ...]], positions: list[int]
) -> dict[tuple[float, ...], FloatArray]:
    """Level by level, and few enough rows at a time to stay in the cache: several times faster."""
    totals = {values: np.zeros((len(cube.responses), len(positions))) for values in wanted}
    everything = positions == list(range(len(cube.items)))
    for start in range(0, len(cube.responses), _ROWS_AT_A_TIME):
        here = slice(start, start + _ROWS_AT_A_TIME)
        counts = cube.counts[here] if everything else cube.counts[here][:, positions]
        for values, total in totals.items():
            for k, value in enumerate(values):
                if value:
                    total[here] += counts[:, :, k] if value == 1 else counts[:, :, k] * value
    return totals


def _as_slice(rows: IntArray) -> IntArray | slice:
    """Rows that follow each other as a slice: no copy."""
    together = len(rows) > 0 and rows[-1] - rows[0] + 1 == len(rows) and bool((np.diff(rows) == 1).all())
    return slice(int(rows[0]), int(rows[-1]) + 1) if together else rows


def _squared(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(value**2 for value in values)
