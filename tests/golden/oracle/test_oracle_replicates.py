"""Replicate weights that come with the file: bootstrap, jackknife, half samples."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

Ask = Callable[..., dict[str, Any]]
TOLERANCE = {"logit": 1e-5, "xlogit": 1e-6, "beta": 1e-6, "mean": 1e-6}


@pytest.mark.parametrize("case", ["P24", "P25", "P26"])
def test_shares_and_intervals_are_those_of_r(ask: Ask, cases: Mapping[str, Any], case: str) -> None:
    expected = cases[case]["expected"]
    task = {"op": "share", "y": ["yes", "comp", "hi"], "by": [[], ["stype"]], "intervals": list(TOLERANCE)}
    rows = ask(case, task)["rows"]
    for name in ("yes", "comp", "hi"):
        whole = next(row for row in rows if row["y"] == name and not row["by"])
        assert whole["df"] == expected["degf"]
        assert whole["estimate"] == pytest.approx(expected[name]["estimate"], rel=1e-9)
        assert whole["se"] == pytest.approx(expected[name]["se"], rel=1e-7)
        for method, limits in expected[name]["ci"].items():
            assert whole["intervals"][method] == pytest.approx(limits, rel=TOLERANCE[method]), method
        domains = {row["domain"]: row for row in rows if row["y"] == name and row["by"]}
        for record in expected[name]["domains"]:
            assert domains[record["stype"]]["estimate"] == pytest.approx(record["estimate"], rel=1e-9)
            assert domains[record["stype"]]["se"] == pytest.approx(record["se"], rel=1e-7)


def test_half_samples_give_the_ratio_of_the_manual(ask: Ask, cases: Mapping[str, Any]) -> None:
    expected = cases["P27"]["expected"]
    ratio = ask("P27", {"op": "ratio", "y": "alive", "denominator": "arrests"})["rows"][0]
    mean = ask("P27", {"op": "mean", "y": "arrests"})["rows"][0]
    assert ratio["estimate"] == pytest.approx(expected["ratio"], rel=1e-9)
    assert ratio["se"] == pytest.approx(expected["ratio_se"], rel=1e-7)
    assert mean["estimate"] == pytest.approx(expected["mean"], rel=1e-9)
    assert mean["se"] == pytest.approx(expected["mean_se"], rel=1e-7)
