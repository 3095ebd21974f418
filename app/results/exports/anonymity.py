"""k-anonymity of responses: values are hidden, the rarest first, until nobody stands alone. Pure.

Combinations of unit and describing columns are looked at: everybody in a combination is treated alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
GONE = -1
MOST_FOLDED = 2**62


@dataclass(frozen=True, slots=True)
class Hiding:
    """What is hidden: `columns` (combinations, describing columns) and `unit` (combinations,)."""

    columns: BoolArray
    unit: BoolArray


def hide_rare(unit: IntArray, columns: IntArray, people: IntArray, *, k: int) -> Hiding:
    """Hide values until every combination that is left has at least `k` people.

    `unit` (combinations,) and `columns` (combinations, columns) are codes from 0; `people` counts each
    combination. Columns are hidden one after the other, the one with most categories first. People who still
    stand apart within their unit take the smallest other group of the unit along; a unit with fewer than `k`
    people loses its name.  Raises: ValueError with fewer than `k` people in all.
    """
    if people.sum() < k:
        raise ValueError("fewer people than k")
    hidden = np.zeros(columns.shape, dtype=np.bool_)
    for column in _most_categories_first(columns):
        small = _group_sizes(unit, np.where(hidden, GONE, columns), people) < k
        hidden[small, column] = True
    nameless = _units_below(unit, people, k=k)
    hidden[nameless] = True
    _take_along(np.where(nameless, GONE, unit), columns, hidden, people=people, k=k)
    return Hiding(hidden, nameless)


def _most_categories_first(columns: IntArray) -> list[int]:
    counts = [len(np.unique(columns[:, i])) for i in range(columns.shape[1])]
    return sorted(range(len(counts)), key=lambda i: -counts[i])


def _group_sizes(unit: IntArray, columns: IntArray, people: IntArray) -> IntArray:
    """People who share everything with each combination."""
    number = _groups(unit, columns)
    return np.bincount(number, people).astype(np.int64)[number]


def _groups(unit: IntArray, columns: IntArray) -> IntArray:
    """A number for each combination; columns are folded into one number, renumbered when it grows large."""
    number = np.unique(unit, return_inverse=True)[1].reshape(-1).astype(np.int64)
    for column in columns.T:
        width = int(column.max(initial=0)) + 2
        if int(number.max(initial=0) + 1) * width > MOST_FOLDED:
            number = np.unique(number, return_inverse=True)[1].reshape(-1).astype(np.int64)
        number = number * width + column + 1
    return np.unique(number, return_inverse=True)[1].reshape(-1)


def _units_below(unit: IntArray, people: IntArray, *, k: int) -> BoolArray:
    """Combinations whose unit loses its name: units below `k`, and the next until they are `k` together."""
    codes, number = np.unique(unit, return_inverse=True)
    size = np.bincount(number.reshape(-1), people)
    nameless = np.zeros(len(codes), dtype=np.bool_)
    nameless[size < k] = True
    for place in np.argsort(size, kind="stable").tolist():
        if not 0 < size[nameless].sum() < k:
            break
        nameless[place] = True
    return np.asarray(nameless[number.reshape(-1)], dtype=np.bool_)


def _take_along(unit: IntArray, columns: IntArray, hidden: BoolArray, *, people: IntArray, k: int) -> None:
    """Where the nameless rest of a unit is below `k`, the unit's smallest other groups join it."""
    rest = np.asarray(hidden.all(axis=1), dtype=np.bool_)
    for place in _sorted_by(unit):
        inside = rest[place]
        if not 0 < people[place[inside]].sum() < k:
            continue
        number = _groups(unit[place], np.where(hidden[place], GONE, columns[place]))
        size = np.bincount(number, people[place])
        for group in np.argsort(size, kind="stable"):
            hidden[place[number == group]] = True
            if people[place[hidden[place].all(axis=1)]].sum() >= k:
                break


def _sorted_by(unit: IntArray) -> Sequence[Any]:
    order = np.argsort(unit, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(unit[order])) + 1)
