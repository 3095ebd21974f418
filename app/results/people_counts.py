"""A cube made small for disclosure: people by unit, group and month, item by item. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import FloatArray, IntArray
from analysis.cube import Cube, group_rows, number_groups
from app.results.trees import Answers


@dataclass(frozen=True, slots=True)
class Counts:
    """A cube with days put together into months: what disclosure looks at.

    Shapes: codes (rows,) by key; `answered`, `satisfied`, `asked` (rows, items), people.
    """

    items: tuple[str, ...]
    labels: Mapping[str, Sequence[str]]
    codes: Mapping[str, IntArray]
    answered: FloatArray
    satisfied: FloatArray
    asked: FloatArray

    @classmethod
    def of(cls, cube: Cube, satisfied: Mapping[str, tuple[float, ...]]) -> "Counts":
        """Item by item, so that no second copy of a large cube is made."""
        keys = [name for name in cube.keys if name != "date"]
        labels: dict[str, Sequence[str]] = {name: cube.label(name) for name in keys}
        codes = {name: cube.code(name) for name in keys}
        if "date" in cube.keys:
            codes["month"], labels["month"] = _months(cube)
        group = group_rows(np.column_stack(list(codes.values())), [len(labels[name]) for name in codes])
        first, row = number_groups(group)
        items = tuple(item for item in cube.items if item in satisfied)
        summed = [_of_item(cube, item, satisfied[item], row=row, rows=len(first)) for item in items]
        answered, content, asked = (np.column_stack(part) for part in zip(*summed, strict=True))
        kept = {name: code[first] for name, code in codes.items()}
        return cls(items, labels, kept, answered, content, asked)

    def answers(self, items: Sequence[str], *, outcome: str = "") -> Answers:
        """People by row for these items; of the forms that ended so, or of all."""
        positions = [self.items.index(item) for item in items]
        chosen = np.ones(len(self.answered))
        if outcome:
            ended = np.array([label == outcome for label in self.labels["outcome"]], dtype=np.float64)
            chosen = ended[self.codes["outcome"]]
        parts = (self.answered, self.satisfied, self.asked)
        answered, content, asked = (part[:, positions] * chosen[:, None] for part in parts)
        return Answers(answered, content, asked.sum(axis=1))


def _months(cube: Cube) -> tuple[IntArray, Sequence[str]]:
    months = [day[:7] for day in cube.label("date")]
    distinct = sorted(set(months))
    return np.array([distinct.index(month) for month in months], dtype=np.int64)[cube.code("date")], distinct


def _of_item(
    cube: Cube, item: str, satisfied: Sequence[float], *, row: IntArray, rows: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """People who answered, were satisfied, were asked: (rows,) each."""
    counts = cube.counts[:, cube.item(item)].astype(np.float64)
    levels = counts.shape[1] - 2
    belongs = np.zeros((levels + 2, 3))  # a level's part in those who answered, were satisfied, were asked
    belongs[:levels, 0] = 1.0
    belongs[:levels, 1] = [float(bool(value)) for value in satisfied[:levels]]
    belongs[:, 2] = 1.0
    answered, content, asked = (
        np.asarray(np.bincount(row, column, minlength=rows), dtype=np.float64)
        for column in (counts @ belongs).T
    )
    return answered, content, asked
