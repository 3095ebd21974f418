"""Regression: the fit of weighted least squares, errors of the design, what cannot be fitted."""

import numpy as np
import pytest

from analysis import estimate_survey, fit_regression, formula_matrix, parse_formula, ratio_of, survey_design
from analysis.errors import CannotFit

RNG = np.random.default_rng(12)
N = 150
COLUMNS = {
    "x": RNG.normal(size=N),
    "sex": RNG.choice(["F", "M"], N),
    "w": RNG.uniform(1, 4, N),
}
Y = 2 + 0.5 * COLUMNS["x"] + RNG.normal(size=N)
DESIGN = survey_design(COLUMNS["w"], ids=[np.repeat(np.arange(30), 5)])


def test_coefficients_are_those_of_weighted_least_squares() -> None:
    found = fit_regression(DESIGN, Y, formula_matrix(parse_formula("y ~ x + sex"), COLUMNS))
    x = np.column_stack([np.ones(N), COLUMNS["x"], COLUMNS["sex"] == "M"])
    root = np.sqrt(COLUMNS["w"])
    assert found.coefficients == pytest.approx(np.linalg.lstsq(x * root[:, None], Y * root, rcond=None)[0])
    assert found.names == ("(Intercept)", "x", "sexM")
    assert found.df == 30 - 1 + 1 - 3


def test_a_model_of_a_constant_is_the_mean_with_its_error() -> None:
    found = fit_regression(DESIGN, Y, formula_matrix(parse_formula("y ~ 1"), COLUMNS))
    mean = estimate_survey(DESIGN, ratio_of(Y, np.ones(N)))
    assert found.coefficients[0] == pytest.approx(mean.estimate[0])
    assert found.se[0] == pytest.approx(mean.se[0])


def test_missing_values_leave_the_fit_and_stay_in_the_design() -> None:
    y = Y.copy()
    y[:5] = np.nan  # a whole unit
    found = fit_regression(DESIGN, y, formula_matrix(parse_formula("y ~ x"), COLUMNS))
    assert found.n == N - 5
    assert found.df == 29 - 1 + 1 - 2


def test_what_the_data_do_not_determine_is_named() -> None:
    twice = {**COLUMNS, "again": COLUMNS["x"] * 2}
    with pytest.raises(CannotFit, match="combination"):
        fit_regression(DESIGN, Y, formula_matrix(parse_formula("y ~ x + again"), twice))
    sign = (COLUMNS["x"] > 0).astype(float)
    with pytest.raises(CannotFit, match="predicted perfectly"):
        fit_regression(DESIGN, sign, formula_matrix(parse_formula("y ~ x"), COLUMNS), family="logistic")
    with pytest.raises(CannotFit, match="needs 0 and 1"):
        fit_regression(DESIGN, Y, formula_matrix(parse_formula("y ~ x"), COLUMNS), family="logistic")
