"""Cells become answers by the map: translated, split, left out."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.collection.import_map import ImportMap
from app.collection.import_rows import FilledRow, wire_of_row

FORMS = {"paper": "abc"}


@pytest.fixture(autouse=True)
def _own_key(home: Path) -> None:
    """Ids are made with the key of a home of their own."""


def a_plan(**items: object) -> ImportMap:
    return ImportMap.model_validate(
        {
            "name": "n",
            "key": ["id"],
            "round": "r",
            "language": "vi",
            "mode": "paper",
            "unit": "1",
            "answered_on": "2026-05-04",
            "values": {"9": "no_opinion", "0": "blank"},
            "items": items,
        }
    )


def answers(plan: ImportMap, **cells: str) -> object:
    return wire_of_row(plan, FilledRow(2, {"id": "1", **cells}), FORMS).answers


@pytest.mark.parametrize(
    ("cell", "answer"),
    [("5", {"q": 5}), ("9", {"q": "no_opinion"}), ("0", {}), ("", {}), ("năm", {"q": "năm"})],
)
def test_a_cell_is_translated_counted_or_blank(cell: str, answer: object) -> None:
    assert answers(a_plan(q="a"), a=cell) == answer


def test_an_items_own_translation_comes_first() -> None:
    assert answers(a_plan(q={"column": "a", "values": {"9": 4, "": 1}}), a="9") == {"q": 4}
    assert answers(a_plan(q={"column": "a", "values": {"9": 4, "": 1}}), a="") == {"q": 1}


def test_a_comment_stays_as_it_was_written() -> None:
    assert answers(a_plan(q={"column": "a", "text": True}), a="9") == {"q": "9"}


def test_several_choices_are_split_and_translated() -> None:
    source = {"column": "a", "separator": "|", "values": {"chờ": "waiting"}}
    assert answers(a_plan(q=source), a="chờ| officer |") == {"q": ["waiting", "officer"]}
    assert answers(a_plan(q=source), a=" ") == {}


@given(keys=st.lists(st.tuples(st.text(), st.text()), min_size=2, max_size=2, unique=True))
def test_different_rows_have_different_ids_and_the_same_row_the_same(keys: list[tuple[str, str]]) -> None:
    plan = a_plan(q="a").model_copy(update={"key": ["id", "wave"]})
    rows = [FilledRow(2, {"id": one.strip(), "wave": two.strip()}) for one, two in keys]
    ids = [wire_of_row(plan, row, FORMS).response_id for row in [*rows, *rows]]
    assert ids[:2] == ids[2:]
    assert (ids[0] == ids[1]) == (rows[0].cells == rows[1].cells)
