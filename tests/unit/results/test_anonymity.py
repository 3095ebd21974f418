"""Nobody stands alone: every combination that is given away has at least k people, and little is hidden."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.results.exports.anonymity import GONE, Hiding, hide_rare


def released(unit: np.ndarray, columns: np.ndarray, people: np.ndarray, hiding: Hiding) -> Counter[tuple]:
    """People by what is left of their combination, counted one by one."""
    found: Counter[tuple] = Counter()
    for i, count in enumerate(people.tolist()):
        name = GONE if hiding.unit[i] else int(unit[i])
        rest = [GONE if hiding.columns[i, j] else int(columns[i, j]) for j in range(columns.shape[1])]
        found[(name, *rest)] += count
    return found


@st.composite
def combinations(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = draw(
        st.lists(
            st.tuples(*(st.integers(0, n) for n in (4, 3, 2, 5)), st.integers(1, 9)), min_size=1, max_size=60
        )
    )
    unique = {row[:4]: row[4] for row in rows}
    keys = np.array(list(unique), dtype=np.int64)
    return keys[:, 0], keys[:, 1:], np.array(list(unique.values()), dtype=np.int64)


@given(combinations(), st.integers(2, 12))
@settings(max_examples=200, deadline=None)
def test_no_combination_that_is_left_has_fewer_than_k_people(
    found: tuple[np.ndarray, np.ndarray, np.ndarray], k: int
) -> None:
    unit, columns, people = found
    if people.sum() < k:
        with pytest.raises(ValueError, match="fewer people"):
            hide_rare(unit, columns, people, k=k)
        return
    hiding = hide_rare(unit, columns, people, k=k)
    left = released(unit, columns, people, hiding)
    assert min(left.values()) >= k
    assert sum(left.values()) == people.sum()


def test_common_combinations_stay_as_they_are() -> None:
    unit, columns = np.zeros(4, dtype=np.int64), np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    hiding = hide_rare(unit, columns, np.array([9, 8, 7, 6]), k=5)
    assert not hiding.columns.any()
    assert not hiding.unit.any()


def test_the_column_with_most_categories_is_hidden_first() -> None:
    columns = np.array([[0, 0], [0, 1], [0, 2], [1, 3]])
    hiding = hide_rare(np.zeros(4, dtype=np.int64), columns, np.array([3, 3, 9, 9]), k=5)
    assert hiding.columns.tolist() == [[False, True], [False, True], [False, False], [False, False]]


def test_a_unit_with_fewer_than_k_people_loses_its_name_with_company() -> None:
    unit, columns = np.array([0, 1, 2]), np.zeros((3, 1), dtype=np.int64)
    hiding = hide_rare(unit, columns, np.array([2, 6, 40]), k=5)
    assert hiding.unit.tolist() == [True, True, False]
