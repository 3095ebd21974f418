"""Cases of our own from R where the 42 are thin; `added/make.R` computes them and says what each is for."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from analysis import run_spec, spec_files

HERE = Path(__file__).parent
CASES = json.loads((HERE / "added" / "added.json").read_text("utf-8"))


def rows_of_file(name: str) -> dict[str, list[str]]:
    lines = [line.split(",") for line in (HERE / name).read_text("utf-8").replace('"', "").splitlines()]
    return {key: [line[at] for line in lines[1:]] for at, key in enumerate(lines[0])}


def picked(answer: Mapping[str, Any], pick: Mapping[str, Any]) -> Mapping[str, Any]:
    if "matrix" in pick:
        return {"covariance": answer["matrices"][pick["matrix"]]["covariance"][pick["row"]]}
    records = answer["tests"] if "test" in pick else answer["rows"]
    return next(r for r in records if all(r[key] == value for key, value in pick.items()))


def figure(record: Mapping[str, Any], field: str) -> Any:
    value: Any = record
    for key in field.split("."):
        value = value[key]
    return value


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']} {case['title']}" for case in CASES])
def test_an_added_case_is_that_of_r(case: Mapping[str, Any]) -> None:
    spec = {"input": case["input"], "design": case["design"], "task": case["task"]}
    side = {name: rows_of_file(name) for name in spec_files(spec)}
    answer = run_spec(spec, rows_of_file(case["input"]), files=side)
    for wanted in case["figures"]:
        found = figure(picked(answer, wanted["pick"]), wanted["field"])
        value = wanted["value"] if isinstance(found, list) else wanted["value"][0]
        expected = value if value is None or isinstance(value, list) and None in value else None
        if expected is None:
            expected = pytest.approx(value, rel=wanted["rel"], abs=1e-12)
        assert found == expected, wanted
