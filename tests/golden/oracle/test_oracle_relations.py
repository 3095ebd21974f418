"""Differences, covariances, tests of association, regression: figures set beside each other."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

Ask = Callable[..., dict[str, Any]]


def same_difference(row: Mapping[str, Any], record: Mapping[str, Any]) -> None:
    assert row["pair"] is not None
    for ours, theirs in (("estimate", "diff"), ("estimate_a", "est1"), ("estimate_b", "est2")):
        assert row[ours] == pytest.approx(record[theirs], rel=1e-9, abs=1e-12)
    for ours, theirs in (("se", "se_diff"), ("se_a", "se1"), ("se_b", "se2")):
        assert row[ours] == pytest.approx(record[theirs], rel=1e-7, abs=1e-12)
    assert row["covariance"] == pytest.approx(record["cov12"], rel=1e-7, abs=1e-14)
    if "df" in record:
        assert row["df"] == record["df"]
        assert row["t"] == pytest.approx(record["t"], rel=1e-6)
        assert row["p_value"] == pytest.approx(record["p_value"], rel=1e-6)
        assert row["intervals"]["wald"] == pytest.approx(record["ci_t"], rel=1e-6, abs=1e-10)


@pytest.mark.parametrize(("case", "by"), [("P19", "stype"), ("P20", "awards")], ids=["P19", "P20"])
def test_differences_of_domains_carry_their_covariance(
    ask: Ask, cases: Mapping[str, Any], case: str, by: str
) -> None:
    for name, records in cases[case]["expected"].items():
        # P20 repeats one pair of school types of `hi` under every name
        records = [r for r in records if case == "P19" or set(r["levels"]) == {"No", "Yes"}]
        pairs = [record["levels"] for record in records]
        rows = ask(case, {"op": "difference", "y": name, "by": [[by]], "pairs": pairs})["rows"]
        for row, record in zip(rows, records, strict=True):
            assert row["pair"] == record["levels"]
            same_difference(row, record)


def test_a_difference_of_school_types_in_their_own_strata(ask: Ask, cases: Mapping[str, Any]) -> None:
    record = cases["P20"]["expected"]["hi"][1]
    task = {"op": "difference", "y": "hi", "by": [["stype"]], "pairs": [record["levels"]]}
    same_difference(ask("P20", task)["rows"][0], record)


@pytest.mark.parametrize("case", ["P34", "P35"])
def test_changes_between_periods_are_those_of_r(ask: Ask, cases: Mapping[str, Any], case: str) -> None:
    expected = cases[case]["expected"]
    names, pairs = list(expected["overall"]), [["2024", "2025"]]
    whole = ask(case, {"op": "difference", "y": names, "by": [["period"]], "pairs": pairs})["rows"]
    for row in whole:
        same_difference(row, expected["overall"][row["y"]])
    units = ask(case, {"op": "difference", "y": "sat1", "by": [["unit", "period"]], "pairs": pairs})["rows"]
    for row, record in zip(units, expected["unit"], strict=True):
        assert row["pair"] == [f"{record['unit']}|2024", f"{record['unit']}|2025"]
        same_difference(row, record)


def test_the_covariance_of_units_is_that_of_r(ask: Ask, cases: Mapping[str, Any]) -> None:
    expected = cases["P36"]["expected"]
    found = ask("P36", {"op": "covariance", "y": "sat1", "by": [["unit"]]})["matrices"][0]
    assert found["labels"] == expected["units"]
    assert found["estimate"] == pytest.approx(expected["estimate"], rel=1e-9)
    for ours, theirs in zip(found["covariance"], expected["vcov"], strict=True):
        assert ours == pytest.approx(theirs, rel=1e-7, abs=1e-15)


ASSOCIATIONS = [
    ("P21", "schwide_stype", ["sch.wide", "stype"]),
    ("P21", "awards_stype", ["awards", "stype"]),
    ("P22", "schwide_awards", ["sch.wide", "awards"]),
    ("P39", "chisq_mode", ["sat1", "mode"]),
    ("P39", "chisq_age", ["sat2", "age"]),
]


@pytest.mark.parametrize(("case", "name", "table"), ASSOCIATIONS, ids=[a[1] for a in ASSOCIATIONS])
def test_tests_of_association_are_those_of_r(
    ask: Ask, cases: Mapping[str, Any], case: str, name: str, table: list[str]
) -> None:
    tests = ask(case, {"op": "association", "tables": [table]})["tests"]
    expected = cases[case]["expected"][name]
    for test in tests:
        record = expected[test["test"]]
        # the lower limit of the saddlepoint's root search is R's, to 1e-4
        tolerance = 1e-4 if test["test"] == "saddlepoint" else 1e-6
        assert test["statistic"] == pytest.approx(record["statistic"], rel=1e-6)
        assert test["p_value"] == pytest.approx(record["p_value"], rel=tolerance, abs=1e-12)
        parameter = record["parameter"]
        if isinstance(parameter, list) and parameter:
            assert test["df"] == pytest.approx(parameter, rel=1e-6)


def test_the_weighted_table_is_that_of_r(ask: Ask, cases: Mapping[str, Any]) -> None:
    rows = ask("P21", {"op": "association", "y": ["awards", "stype"]})["rows"]
    found = {row["domain"]: row["estimate"] for row in rows}
    for record in cases["P21"]["expected"]["table"]:
        assert found[f"{record['awards']}|{record['stype']}"] == pytest.approx(record["Freq"], rel=1e-9)


MODELS = [
    ("P23", "logistic1", "elig~ell+meals+mobility", "logistic"),
    ("P23", "logistic2", "hi~stype+meals", "logistic"),
    ("P23", "linear", "api00~ell+meals+mobility", "linear"),
    ("P39", "logistic", "sat1~sat2+sat3+sat4+sat5+sat6+sex+age", "binomial"),
]


@pytest.mark.parametrize(("case", "name", "formula", "family"), MODELS, ids=[m[0] + m[1] for m in MODELS])
def test_regressions_are_those_of_r(
    ask: Ask, cases: Mapping[str, Any], case: str, name: str, formula: str, family: str
) -> None:
    expected = cases[case]["expected"][name]
    answer = ask(case, {"op": "regression", "formula": formula, "family": family})
    assert [row["term"] for row in answer["rows"]] == list(expected["coef"])
    for row in answer["rows"]:
        assert row["estimate"] == pytest.approx(expected["coef"][row["term"]], rel=1e-6)
        assert row["se"] == pytest.approx(expected["se"][row["term"]], rel=1e-5)
        assert row["t"] == pytest.approx(expected["t"][row["term"]], rel=1e-5)
        assert row["p_value"] == pytest.approx(expected["p"][row["term"]], rel=1e-4, abs=1e-12)
        assert row["df"] == expected["df_resid"]
    for row, limits in zip(answer["rows"], expected["ci"], strict=True):
        assert row["intervals"]["wald"] == pytest.approx(limits, rel=1e-4, abs=1e-5)
    for ours, theirs in zip(answer["matrices"][0]["covariance"], expected["vcov"], strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4, abs=1e-9)
    wald = next(t for t in answer["tests"] if t["term"] == expected["waldtest"]["term"])
    assert wald["statistic"] == pytest.approx(expected["waldtest"]["F"], rel=1e-4)
    assert wald["df"] == [expected["waldtest"]["df"], expected["waldtest"]["ddf"]]
