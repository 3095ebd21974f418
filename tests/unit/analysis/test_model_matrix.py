"""Formulas and their columns, as R reads them."""

import numpy as np
import pytest

from analysis import formula_matrix, parse_formula
from analysis.errors import CannotFit, UnknownName

COLUMNS = {
    "age": np.array([20.0, 30, 40, np.nan]),
    "sex": np.array(["F", "M", "F", "M"]),
    "mode": np.array(["a", "b", "c", ""]),
}


def test_stars_are_main_effects_and_interactions_in_order_of_size() -> None:
    formula = parse_formula("y ~ sex*mode + age")
    assert formula.response == "y"
    assert formula.terms == (("sex",), ("mode",), ("age",), ("sex", "mode"))


def test_text_is_coded_against_its_first_category_and_numbers_enter_as_they_are() -> None:
    found = formula_matrix(parse_formula("~ sex + age"), COLUMNS)
    assert found.names == ("(Intercept)", "sexM", "age")
    assert found.x[:3].tolist() == [[1, 0, 20], [1, 1, 30], [1, 0, 40]]
    assert found.known.tolist() == [True, True, True, False]


def test_without_a_constant_the_first_category_has_its_own_column() -> None:
    assert formula_matrix(parse_formula("~ sex + mode - 1"), COLUMNS).names == (
        "sexF",
        "sexM",
        "modeb",
        "modec",
    )


def test_interactions_let_the_first_variable_vary_fastest() -> None:
    names = formula_matrix(parse_formula("~ sex*mode"), COLUMNS).names
    assert names == ("(Intercept)", "sexM", "modeb", "modec", "sexM:modeb", "sexM:modec")
    alone = formula_matrix(parse_formula("~ sex:mode"), COLUMNS).names
    assert alone[1:] == ("sexF:modea", "sexM:modea", "sexF:modeb", "sexM:modeb", "sexF:modec", "sexM:modec")


@pytest.mark.parametrize("text", ["y", "y ~", "y ~ log(x)", "y ~ a b", "y ~ a**b"])
def test_what_is_not_a_formula_is_refused(text: str) -> None:
    with pytest.raises(CannotFit):
        parse_formula(text)


def test_an_unknown_column_is_named_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="'income'; known: age, mode, sex"):
        formula_matrix(parse_formula("~ income"), COLUMNS)
