"""Shares by domain: every design of the oracle, every interval, through `run_spec`."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

INTERVALS = [
    "logit",
    "likelihood",
    "asin",
    "beta",
    "mean",
    "xlogit",
    "wilson_neff",
    "jeffreys_kish",
    "kg_nchs",
]
Ask = Callable[..., dict[str, Any]]
Same = Callable[..., None]

# case, crossing asked, where the records lie: y -> list of records, or one record
BY_DOMAIN = [
    ("P16", ["stype", "awards"], lambda e, y: e["stype_awards"][y], ["yes", "comp"]),
    ("P16", ["dname"], lambda e, y: e["dname"][y], ["yes", "comp"]),
    ("P30", ["dom"], lambda e, _: e["by_dom"], ["sat"]),
    ("P31", ["unit"], lambda e, y: e[y], ["sat1", "sat2", "sat3", "sat4", "sat5", "sat6"]),
    ("P32", ["unit", "service", "period"], lambda e, y: e[y], ["sat1", "sat2", "sat3"]),
    ("P33", ["service"], lambda e, y: e[y]["service"], ["sat1", "sat2"]),
    ("P33", ["sex"], lambda e, y: e[y]["sex"], ["sat1", "sat2"]),
    ("P33", ["age"], lambda e, y: e[y]["age"], ["sat1", "sat2"]),
    ("P33", ["mode"], lambda e, y: e[y]["mode"], ["sat1", "sat2"]),
    ("P33", ["unit", "period"], lambda e, y: e[y]["unit_period"], ["sat1", "sat2"]),
]
WHOLE = [
    *((f"P0{n}", lambda e, y: e["proportions"][y], ["yes", "comp", "hi"]) for n in range(1, 9)),
    ("P30", lambda e, _: e["overall"], ["sat"]),
    ("P33", lambda e, y: e[y]["overall"], ["sat1", "sat2"]),
    ("P42", lambda e, _: e, ["qn8==1"]),
]


def share(y: list[str], *by: list[str], level: float = 0.95) -> dict[str, Any]:
    return {"op": "share", "y": y, "by": list(by), "level": level, "intervals": INTERVALS}


@pytest.mark.parametrize(("case", "records", "y"), WHOLE, ids=[c[0] for c in WHOLE])
def test_a_share_of_the_whole_file_is_that_of_r(
    ask: Ask, cases: Mapping[str, Any], same_share: Same, case: str, records: Any, y: list[str]
) -> None:
    rows = ask(case, share(y))["rows"]
    assert [row["y"] for row in rows] == y
    for row in rows:
        same_share(row, records(cases[case]["expected"], row["y"]))


@pytest.mark.parametrize(
    ("case", "by", "records", "y"), BY_DOMAIN, ids=[f"{c[0]}-{'-'.join(c[1])}" for c in BY_DOMAIN]
)
def test_a_share_of_a_domain_keeps_the_full_design_as_r_does(
    ask: Ask, cases: Mapping[str, Any], same_share: Same, case: str, by: list[str], records: Any, y: list[str]
) -> None:
    rows = ask(case, share(y, by))["rows"]
    for name in y:
        found = {row["domain"]: row for row in rows if row["y"] == name}
        expected = {str(record["domain"]): record for record in records(cases[case]["expected"], name)}
        assert set(found) == set(expected)
        for domain, record in expected.items():
            same_share(found[domain], record)


@pytest.mark.parametrize("level", ["0.80", "0.90", "0.95", "0.99"])
def test_every_interval_follows_the_level(
    ask: Ask, cases: Mapping[str, Any], same_share: Same, level: str
) -> None:
    for row in ask("P17", share(["yes", "comp", "hi"], level=float(level)))["rows"]:
        same_share(row, cases["P17"]["expected"][row["y"]][level])


def test_a_domain_nobody_answered_in_has_no_figure_and_says_why(ask: Ask) -> None:
    rows = ask("P42", {"op": "share", "y": ["qn8==1"], "by": [["qn8"]]})["rows"]
    assert {row["domain"] for row in rows} == {"1", "2"}
    only_missing = ask("P31", {"op": "share", "y": ["sat1"], "by": [["c1"]]})["rows"]
    assert all(row["n"] > 0 for row in only_missing)


def test_means_totals_and_ratios_are_those_of_r(ask: Ask, cases: Mapping[str, Any]) -> None:
    for case in [f"P0{n}" for n in range(1, 9)]:
        other = cases[case]["expected"]["other"]
        asked = {
            "mean_api00": ({"op": "mean", "y": ["api00"]}, "mean"),
            "total_enroll": ({"op": "total", "y": ["enroll"]}, "total"),
            "ratio": ({"op": "ratio", "y": ["api00"], "denominator": "api99"}, "ratio"),
        }
        for name, (task, key) in asked.items():
            if name not in other or not isinstance(other[name].get("se"), float):
                continue
            row = ask(case, {**task, "intervals": ["wald", "normal"]})["rows"][0]
            assert row["estimate"] == pytest.approx(other[name][key], rel=1e-9), (case, name)
            assert row["se"] == pytest.approx(other[name]["se"], rel=1e-7), (case, name)
            if "ci_t" in other[name]:
                assert row["intervals"]["wald"] == pytest.approx(other[name]["ci_t"], rel=1e-7)
                assert row["intervals"]["normal"] == pytest.approx(other[name]["ci_normal"], rel=1e-7)


def test_the_fpc_example_of_the_stata_manual(ask: Ask, cases: Mapping[str, Any]) -> None:
    for name, design in (("nofpc", {"fpc": None}), ("fpc", {})):
        expected = cases["P41"]["expected"][name]
        mean = ask("P41", {"op": "mean", "y": ["x"]}, design=design)["rows"][0]
        total = ask("P41", {"op": "total", "y": ["x"]}, design=design)["rows"][0]
        assert mean["se"] == pytest.approx(expected["mean"]["se"], rel=1e-7)
        assert mean["df"] == expected["mean"]["df"]
        assert total["estimate"] == pytest.approx(expected["total"]["total"], rel=1e-9)
        assert total["intervals"]["wald"] == pytest.approx(expected["total"]["ci_t"], rel=1e-7)


def test_quantiles_and_woodruff_limits_are_those_of_r(ask: Ask, cases: Mapping[str, Any]) -> None:
    expected = cases["P18"]["expected"]
    task = {"op": "quantile", "y": "api00", "probabilities": [record["q"] for record in expected]}
    for row, record in zip(ask("P18", task)["rows"], expected, strict=True):
        assert row["probability"] == record["q"]
        assert row["estimate"] == record["quantile"]
        assert row["intervals"]["woodruff"] == [record["ci.2.5"], record["ci.97.5"]]
        assert row["se"] == pytest.approx(record["se"], rel=1e-7)
