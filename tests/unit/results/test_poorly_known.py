"""A figure over units whose dossiers are not on record says so."""

from app.results.population import poorly_known

LINEAGE = {"P": ("P",), **{unit: ("P", unit) for unit in "abcde"}}


def test_four_units_of_five_on_record_are_enough_and_three_are_not() -> None:
    assert poorly_known(LINEAGE, set("abcd")) == frozenset()
    assert poorly_known(LINEAGE, set("abc")) == {"P", ""}


def test_only_the_part_that_is_poorly_known_is_marked() -> None:
    lineage = LINEAGE | {"Q": ("Q",), "f": ("Q", "f")}
    assert poorly_known(lineage, set("abcde")) == {"Q"}


def test_a_unit_by_itself_is_not_marked_here() -> None:
    assert poorly_known({"a": ("a",)}, {"a"}) == frozenset()
    assert "a" not in poorly_known(LINEAGE, set("bcde"))
