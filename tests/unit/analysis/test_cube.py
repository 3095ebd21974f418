"""The cube counts exactly, and adds up whatever the order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.arrays import side_by_side, sums_by
from analysis.cube import (
    BLANK,
    NO_OPINION,
    NOT_ASKED,
    Cube,
    count_type,
    cube_from_rows,
    encode_labels,
    group_rows,
    merge_cubes,
    number_groups,
)
from analysis.errors import CubeMismatch, InvalidArgument, ShapeMismatch, UnknownName

KEYS = ("unit", "service", "date")
ROW = st.tuples(
    st.sampled_from(["A", "B", "Ă"]),
    st.sampled_from(["s1", "s2"]),
    st.sampled_from(["2026-01-05", "2026-02-01", "2026-01-31"]),
    st.integers(-2, 5),
    st.integers(-2, 5),
)
ROWS = st.lists(ROW, max_size=30)


def cube_of(rows: list[tuple[str, str, str, int, int]]) -> Cube:
    keys = {name: [row[k] for row in rows] for k, name in enumerate(KEYS)}
    return cube_from_rows(keys, {"q1": [row[3] for row in rows], "q2": [row[4] for row in rows]})


def same(left: Cube, right: Cube) -> bool:
    arrays = ("codes", "responses", "counts")
    return left.labels == right.labels and all(
        np.array_equal(getattr(left, a), getattr(right, a)) for a in arrays
    )


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS, ROWS)
def test_adding_cubes_is_counting_all_rows_whatever_the_order(a: list, b: list, c: list) -> None:
    whole = cube_of(a + b + c)
    assert same((cube_of(a) + cube_of(b)) + cube_of(c), whole)
    assert same(cube_of(c) + (cube_of(b) + cube_of(a)), whole)
    assert same(cube_of(a) + cube_of([]), cube_of(a))


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_every_answer_is_counted_where_it_belongs(rows: list) -> None:
    cube = cube_of(rows)
    assert cube.responses.sum() == len(rows)
    for r in range(len(cube.responses)):
        key = tuple(cube.label(name)[cube.code(name)[r]] for name in KEYS)
        here = [row for row in rows if row[:3] == key]
        assert cube.responses[r] == len(here)
        for j in (0, 1):
            answers = [row[3 + j] for row in here]
            assert cube.levels[r, j].tolist() == [answers.count(k) for k in range(1, 6)]
            assert cube.blank[r, j] == answers.count(BLANK)
            assert cube.no_opinion[r, j] == answers.count(NO_OPINION)
            asked = cube.counts[r, j].sum()
            assert cube.responses[r] - asked == answers.count(NOT_ASKED)


@settings(max_examples=30, deadline=None)
@given(ROWS)
def test_selecting_rows_and_the_rest_adds_up_to_the_cube(rows: list) -> None:
    cube = cube_of(rows)
    chosen = np.arange(len(cube.responses)) % 2 == 0
    assert same(cube.select(chosen) + cube.select(~chosen), cube)


def test_an_unknown_service_is_kept_under_the_empty_label_and_dates_become_iso() -> None:
    days = np.array(["2026-03-02", "2026-03-01"], dtype="datetime64[us]")
    cube = cube_from_rows({"unit": ["A", "A"], "service": ["x", None], "date": days}, {"q": [5, 4]})
    assert cube.label("service") == ("", "x")
    assert cube.label("date") == ("2026-03-01", "2026-03-02")


def test_numbers_as_labels_sort_as_text_like_every_engine_gives_them() -> None:
    codes, labels = encode_labels([10, 9, 10])
    assert labels == ("10", "9")
    assert codes.tolist() == [0, 1, 0]
    assert encode_labels(["10", "9", "10"])[1] == labels


def test_an_answer_off_the_scale_is_refused_by_item_and_value() -> None:
    with pytest.raises(InvalidArgument, match="item 'q' is 6"):
        cube_from_rows({"unit": ["A"]}, {"q": [6]})
    with pytest.raises(ShapeMismatch, match="item 'q'"):
        cube_from_rows({"unit": ["A"]}, {"q": [4.5]})
    with pytest.raises(ShapeMismatch, match="item 'q'"):
        cube_from_rows({"unit": ["A", "B"]}, {"q": [4]})


def test_cubes_of_different_questions_are_not_added() -> None:
    with pytest.raises(CubeMismatch, match="items"):
        cube_from_rows({"unit": ["A"]}, {"q": [4]}) + cube_from_rows({"unit": ["A"]}, {"r": [4]})


def test_an_unknown_key_or_item_is_named_with_those_that_exist() -> None:
    cube = cube_from_rows({"unit": ["A"]}, {"q": [4]})
    with pytest.raises(UnknownName, match="'service'; known: unit"):
        cube.code("service")
    with pytest.raises(UnknownName, match="'r'; known: q"):
        cube.item("r")


def test_keys_that_span_too_much_are_refused_before_they_overflow() -> None:
    with pytest.raises(InvalidArgument, match="combinations"):
        group_rows(np.zeros((1, 3), dtype=np.int64), [2**30, 2**30, 2**30])


def test_counts_take_the_smallest_type_that_holds_the_largest_group() -> None:
    for most, kind in ((127, np.int8), (128, np.int16), (2**15, np.int32), (2**31, np.int64)):
        assert count_type(np.array([3, most])) is kind
    assert count_type(np.zeros(0, dtype=np.int64)) is np.int8


def test_groups_that_grow_too_large_for_their_type_are_added_whole() -> None:
    one = cube_from_rows({"unit": ["a"] * 100}, {"q": np.full(100, 5)}, level_count=5)
    assert one.counts.dtype == np.int8
    both = merge_cubes([one, one, one])
    assert both.levels[0, 0].tolist() == [0, 0, 0, 0, 300]


def test_sums_are_taken_by_code() -> None:
    assert sums_by(np.array([0, 2, 2]), [1, 2, 3], count=4).tolist() == [1, 0, 5, 0]


@pytest.mark.parametrize("most", [3, 50, 10**12])
def test_groups_are_numbered_as_numpy_tells_distinct_numbers(most: int) -> None:
    codes = np.random.default_rng(7).integers(0, most, 200)
    _, first, place = np.unique(codes, return_index=True, return_inverse=True)
    found = number_groups(codes)
    assert (found[0] == first).all()
    assert (found[1] == place).all()


def test_no_rows_are_no_groups() -> None:
    assert [len(part) for part in number_groups(np.zeros(0, dtype=np.int64))] == [0, 0]


def test_what_is_computed_side_by_side_stays_in_its_order_and_its_errors_come_through() -> None:
    assert side_by_side(lambda n: n * n, range(40)) == [n * n for n in range(40)]
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda n: 1 // n, [1, 0])
