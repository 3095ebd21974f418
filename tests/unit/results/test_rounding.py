"""Whole columns round as single numbers do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.numbers import rounded
from app.results.rounding import rounded_column


@given(
    st.lists(st.floats(min_value=-1e6, max_value=1e6, allow_nan=False), min_size=1, max_size=30),
    st.integers(min_value=0, max_value=4),
)
def test_a_column_rounds_as_each_of_its_numbers(values: list[float], digits: int) -> None:
    column = rounded_column(np.array(values), digits)
    assert column.tolist() == [float(rounded(value, digits)) for value in values]


@pytest.mark.parametrize(("value", "shown"), [(0.125, 0.13), (2.675, 2.68), (-0.005, -0.01), (84.245, 84.25)])
def test_halves_go_away_from_zero_by_the_number_as_it_is_written(value: float, shown: float) -> None:
    assert rounded_column(np.array([value]), 2).tolist() == [shown]


def test_what_is_no_number_stays_so() -> None:
    assert np.isnan(rounded_column(np.array([np.nan]), 2)).all()
