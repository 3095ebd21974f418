"""Ranges of sequence numbers, held against plain sets."""

from hypothesis import given
from hypothesis import strategies as st

from app.kiosks.ranges import Ranges, both, count, holds, minus, union

NUMBERS = st.sets(st.integers(1, 40))


def as_ranges(numbers: set[int]) -> Ranges:
    return union((number, number) for number in numbers)


def as_set(ranges: Ranges) -> set[int]:
    return {number for first, last in ranges for number in range(first, last + 1)}


@given(NUMBERS, NUMBERS)
def test_ranges_are_sets_of_numbers(one: set[int], other: set[int]) -> None:
    mine, yours = as_ranges(one), as_ranges(other)
    assert as_set(union(mine, yours)) == one | other
    assert as_set(minus(mine, yours)) == one - other
    assert as_set(both(mine, yours)) == one & other
    assert count(mine) == len(one)
    assert all(holds(mine, number) == (number in one) for number in range(1, 42))


@given(NUMBERS)
def test_ranges_are_as_few_as_can_be(numbers: set[int]) -> None:
    ranges = as_ranges(numbers)
    assert all(ends + 1 < begins for (_, ends), (begins, _) in zip(ranges, ranges[1:], strict=False))


def test_a_range_that_ends_before_it_begins_is_empty() -> None:
    assert union(((5, 4),), ((1, 2),)) == ((1, 2),)
