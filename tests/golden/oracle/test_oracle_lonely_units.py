"""Strata with one sampling unit under every policy, with and without correction."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

Ask = Callable[..., dict[str, Any]]
Same = Callable[..., None]
POLICIES = ["certainty", "remove", "adjust", "average"]


def asked(policy: str, *, in_domain: bool) -> dict[str, Any]:
    return {"lonely": policy, "adjust_domain_lonely": in_domain}


def name(policy: str, *, in_domain: bool) -> str:
    return policy + ("+adjust.domain.lonely" if in_domain else "")


@pytest.mark.parametrize("in_domain", [False, True])
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("case", ["P28", "P29"])
def test_every_policy_gives_the_variance_of_r(
    ask: Ask, cases: Mapping[str, Any], same_share: Same, case: str, policy: str, in_domain: bool
) -> None:
    design = asked(policy, in_domain=in_domain)
    expected = cases[case]["expected"][name(policy, in_domain=in_domain)]
    methods = ["kg_nchs", "jeffreys_kish", "wilson_neff", "mean"]
    task = {"op": "share", "y": "sat", "by": [[], ["dom"]], "intervals": methods}
    rows = {row["domain"]: row for row in ask(case, task, design=design)["rows"]}
    same_share(rows[""], {**expected["overall"], "ci": only(expected["overall"], methods)})
    for record in expected["by_dom"]:
        row, theirs = rows[record["domain"]], record["se"]
        assert row["df"] == record["df"]
        assert row["se"] == (None if theirs is None else pytest.approx(theirs, rel=1e-7, abs=1e-12))
    total = ask(case, {"op": "total", "y": "sat"}, design=design)["rows"][0]
    assert total["se"] == pytest.approx(expected["total"]["se"], rel=1e-7)


def only(record: Mapping[str, Any], methods: list[str]) -> dict[str, Any]:
    return {method: limits for method, limits in record["ci"].items() if method in methods}


@pytest.mark.parametrize("policy", ["error", "fail", None])
@pytest.mark.parametrize("case", ["P28", "P29"])
def test_without_a_policy_a_lonely_unit_leaves_no_variance_and_is_named(
    ask: Ask, case: str, policy: str | None
) -> None:
    task = {"op": "share", "y": "sat", "by": [[], ["dom"]]}
    rows = {row["domain"]: row for row in ask(case, task, design={"lonely": policy})["rows"]}
    for domain in ("", "a", "b"):
        assert rows[domain]["se"] is None
        assert rows[domain]["intervals"]["jeffreys"] == [None, None]
        assert rows[domain]["state"] == "no_variance"
        assert "stratum '2'" in rows[domain]["reason"]
    assert rows["c"]["se"] == 0  # it has no answer in the lonely stratum
