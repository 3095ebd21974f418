"""The questions of a SPEC about the file as a whole: association, regression, weights."""

from typing import Any

import numpy as np

from analysis.association import Association, associate
from analysis.calibration import weight_summary
from analysis.errors import BadSpec
from analysis.model_matrix import Formula, formula_matrix, parse_formula
from analysis.regression import Regression, fit_regression
from analysis.spec_columns import column_of, numbers_of
from analysis.spec_design import listed, model_columns
from analysis.spec_rows import Question, Row, count, figure, matrix

FAMILIES = {
    "logistic": "logistic",
    "binomial": "logistic",
    "quasibinomial": "logistic",
    "linear": "linear",
    "gaussian": "linear",
}


def associations(question: Question) -> dict[str, Any]:
    """Two-way tables with tests: a row for every cell, and the tests beside.

    Tables come from `tables`, else y crossed with by, else the two columns of y.
    Shapes: none.  Units: population units.  Raises: BadSpec; CannotFit for a table without two categories.
    Source: `analysis.association`.  Check: tests/golden/oracle (P21, P22, P39).
    """
    rows: list[Row] = []
    tests: list[Row] = []
    for first, second in _tables(question):
        columns = [column_of(question.table, name, where="task.y") for name in (first, second)]
        known = columns[0].known & columns[1].known
        found = associate(question.design, columns[0].text, columns[1].text, answered=known)
        rows += _cells(found, first, second)
        tests += [
            {
                "rows": first,
                "columns": second,
                "n": found.n,
                "test": test.name,
                "statistic": figure(test.statistic),
                "df": [figure(df) for df in test.df],
                "p_value": figure(test.p_value),
            }
            for test in found.tests
        ]
    return {"rows": rows, "tests": tests}


def regressions(question: Question) -> dict[str, Any]:
    """Linear or logistic models: a row for every coefficient, with the covariance and the tests of terms.

    Shapes: none.  Units: of the linear predictor.  Raises: BadSpec; CannotFit.
    Source: `analysis.regression`.  Check: tests/golden/oracle (P23, P39).
    """
    rows: list[Row] = []
    matrices: list[Row] = []
    tests: list[Row] = []
    for text in _formulas(question):
        formula = parse_formula(text)
        y = numbers_of(question.table, formula.response, where="task.formula")
        model = formula_matrix(formula, model_columns(question.table))
        family = _family(question, y)
        found = fit_regression(question.design, y, model, family=family)  # type: ignore[arg-type]
        rows += _coefficients(question, text, formula, found)
        head = {"formula": text, "family": family}
        labels = list(found.names)
        matrices.append({**head, "labels": labels, "covariance": matrix(found.covariance)})
        tests += [
            {
                **head,
                "test": "Wald",
                "term": test.term,
                "statistic": figure(test.statistic),
                "df": [figure(df) for df in test.df],
                "p_value": figure(test.p_value),
            }
            for test in found.terms
        ]
    return {"rows": rows, "matrices": matrices, "tests": tests}


def weights(question: Question) -> dict[str, Any]:
    """The final weights: a row for every row of the file, and a summary.

    Shapes: none.  Units: population units.  Raises: nothing of its own.
    Source: `weight_summary`.  Check: tests/golden/oracle (P09-P15, P37, P38).
    """
    final, base = question.design.weights, question.base
    summary = weight_summary(question.design, base)
    rows = [
        {
            "row": at + 1,
            "base_weight": figure(base[at]),
            "weight": figure(final[at]),
            "ratio": figure(final[at] / base[at]) if base[at] else None,
        }
        for at in range(len(final))
    ]
    told = {
        "rows": summary.rows,
        "sum": summary.total,
        "min": summary.smallest,
        "max": summary.largest,
        "sumsq": summary.sum_of_squares,
        "kish_effect": summary.kish_effect,
        "n_effective": summary.n_effective,
        "smallest_ratio": summary.smallest_ratio,
        "largest_ratio": summary.largest_ratio,
        "first10": [figure(w) for w in final[:10]],
    }
    return {"rows": rows, "weights": told}


def _tables(question: Question) -> list[tuple[str, str]]:
    given = listed(question.task.get("tables"))
    if not given and question.task.get("formula"):
        given = [list(parse_formula(str(question.task["formula"])).variables)]
    if not given and question.task.get("by"):
        across = [name for crossing in listed(question.task["by"]) for name in listed(crossing)]
        given = [[name, other] for name in question.measured() for other in across]
    found = [_table(one) for one in given or [question.measured()]]
    if any(len(pair) != 2 for pair in found):
        raise BadSpec(where="task.tables", problem="a table needs two columns, [rows, columns]")
    return [(str(pair[0]), str(pair[1])) for pair in found]


def _table(one: object) -> list[str]:
    return [part.strip() for part in one.split(" x ")] if isinstance(one, str) else listed(one)


def _cells(found: Association, first: str, second: str) -> list[Row]:
    return [
        {
            "y": first,
            "by": [first, second],
            "domain": f"{row}|{column}",
            "estimate": figure(found.totals[i, j]),
            "sum_weights": figure(found.totals[i, j]),
            "state": "ok",
            "reason": "",
        }
        for j, column in enumerate(found.columns)
        for i, row in enumerate(found.rows)
    ]


def _formulas(question: Question) -> list[str]:
    given = [str(text) for text in listed(question.task.get("formula", question.task.get("formulas")))]
    for text in given:
        if not parse_formula(text).response:
            raise BadSpec(
                where="task.formula", problem=f"{text!r} has no answer on its left; write 'y ~ a + b'"
            )
    if not given:
        raise BadSpec(where="task.formula", problem="give a formula such as 'sat1 ~ sat2 + sex'")
    return given


def _family(question: Question, y: np.ndarray) -> str:
    asked = question.task.get("family", question.task.get("model"))
    if asked is None:
        return "logistic" if np.all(np.isin(y[~np.isnan(y)], (0.0, 1.0))) else "linear"
    if str(asked) not in FAMILIES:
        raise BadSpec(where="task.family", problem=f"{asked!r} is not one of {', '.join(FAMILIES)}")
    return FAMILIES[str(asked)]


def _coefficients(question: Question, text: str, formula: Formula, found: Regression) -> list[Row]:
    p_values, se = found.p_values, found.se
    rows: list[Row] = []
    for level in question.levels:
        low, high = found.limits(level)
        rows += [
            {
                "y": formula.response,
                "formula": text,
                "family": found.family,
                "by": [],
                "domain": "",
                "term": name,
                "n": found.n,
                "estimate": figure(found.coefficients[at]),
                "se": figure(se[at]),
                "df": count(found.df),
                "t": figure(found.coefficients[at] / se[at]) if se[at] > 0 else None,
                "p_value": figure(p_values[at]),
                "level": level,
                "intervals": {"wald": [figure(low[at]), figure(high[at])]},
                "state": "ok" if found.df >= 1 else "no_variance",
                "reason": "" if found.df >= 1 else "no_degrees_of_freedom",
            }
            for at, name in enumerate(found.names)
        ]
    return rows
