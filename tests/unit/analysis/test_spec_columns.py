"""Columns of a file: numbers, categories, what is missing, conditions."""

import numpy as np
import pytest

from analysis.errors import BadSpec, NotNumeric
from analysis.spec_columns import is_condition, numbers_of, shown, table_of

TABLE = table_of(
    {
        "c1": ["5", "4", "", "NA", " 2 "],
        "unit": ["U1", "U2", "", "U1", "U2"],
        "award": ["TRUE", "FALSE", "", "TRUE", "FALSE"],
        "odd name>3": ["1", "0", "1", "0", "1"],
    }
)


def numbers(name: str) -> list[float | None]:
    return [None if np.isnan(x) else x for x in numbers_of(TABLE, name, where="task.y").tolist()]


def test_empty_fields_and_na_are_missing_never_zero() -> None:
    assert numbers("c1") == [5, 4, None, None, 2]
    assert numbers("c1>=4") == [1, 1, None, None, 0]


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ("c1 == 5", [1, 0, None, None, 0]),
        ("c1!=5", [0, 1, None, None, 1]),
        ("c1<4", [0, 0, None, None, 1]),
        ("unit==U1", [1, 0, None, 1, 0]),
        ("unit != 'U1'", [0, 1, None, 0, 1]),
        ("award", [1, 0, None, 1, 0]),
        ("odd name>3", [1, 0, 1, 0, 1]),
    ],
)
def test_conditions_are_one_where_they_hold(condition: str, held: list[float | None]) -> None:
    assert numbers(condition) == held


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(BadSpec, match=r"task.y: there is no column 'c9'; the file has c1, unit"):
        numbers("c9>=4")


def test_text_where_numbers_are_needed_names_value_and_row() -> None:
    with pytest.raises(NotNumeric, match="unit holds 'U1' in row 1"):
        numbers("unit")
    with pytest.raises(NotNumeric):
        numbers("unit>=3")


def test_the_value_at_fault_is_named_not_the_first_of_the_column() -> None:
    table = table_of({"w": ["20.4", "TRUE", "", "1,5", "x"], "flag": ["1", "0", "TRUE", "", "1"]})
    with pytest.raises(NotNumeric, match=r"w holds '1,5' in row 4; write the number with a point: 1\.5"):
        numbers_of(table, "w", where="design.weights")
    with pytest.raises(NotNumeric, match=r"w holds '1,5' in row 4"):
        numbers_of(table, "w>=4", where="task.y")
    with pytest.raises(NotNumeric, match="flag holds 'TRUE' in row 3; give numbers"):
        numbers_of(table, "flag", where="task.y")


@pytest.mark.parametrize("sign", [">=", "=="])
def test_a_condition_of_numbers_against_text_names_the_text(sign: str) -> None:
    with pytest.raises(BadSpec, match=f"task.y: c1{sign}x compares numbers with 'x'; write a number"):
        numbers_of(TABLE, f"c1{sign}x", where="task.y")
    with pytest.raises(BadSpec, match=r"'3,5'; write the number with a point: 3\.5"):
        numbers_of(TABLE, f"c1{sign}3,5", where="task.y")


def test_a_condition_on_an_empty_column_is_missing_everywhere() -> None:
    assert np.isnan(numbers_of(table_of({"a": ["", "NA"]}), "a>=x", where="task.y")).all()


def test_whole_numbers_are_written_without_a_point() -> None:
    assert [shown(2024.0), shown(1.5), shown(" a ")] == ["2024", "1.5", "a"]
    assert table_of({"p": np.array([2024.0, np.nan])})["p"].text.tolist() == ["2024", ""]


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(BadSpec, match="different lengths"):
        table_of({"a": [1, 2], "b": [1]})


def test_what_reads_as_a_condition() -> None:
    assert is_condition("c1>=4")
    assert not is_condition("c1")
