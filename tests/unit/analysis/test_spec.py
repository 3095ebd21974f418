"""SPEC and answer: every example runs, the schema says what the code does, problems name their place."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from analysis import error_record, run_spec, spec_files, spec_schema
from analysis.errors import AnalysisError, BadSpec
from analysis.spec import OPS, TASK_KEYS
from analysis.spec_design import TOLD, USED

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "analyse"
DEFINITIONS = spec_schema()["$defs"]
DESIGN = {"ids": "day", "strata": "unit", "nest": True, "weights": "w", "lonely": "adjust"}


def columns(name: str) -> dict[str, list[str]]:
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [row[key] for row in rows] for key in rows[0]}


def answered(spec: Mapping[str, Any]) -> dict[str, Any]:
    return run_spec(spec, columns("answers.csv"), files={name: columns(name) for name in spec_files(spec)})


def asked(op: str, *, design: dict[str, Any] | None = None, **task: Any) -> dict[str, Any]:
    return answered(
        {"input": "answers.csv", "design": {**DESIGN, **(design or {})}, "task": {"op": op, **task}}
    )


def example(op: str) -> dict[str, Any]:
    spec: dict[str, Any] = json.loads((EXAMPLES / f"{op}.json").read_text("utf-8"))
    return spec


@pytest.mark.parametrize("op", sorted(OPS))
def test_every_op_has_an_example_whose_answer_has_the_shape_of_the_schema(op: str) -> None:
    spec = example(op)
    assert set(spec) <= set(DEFINITIONS["spec"]["properties"])
    assert set(spec["task"]) <= set(DEFINITIONS["task"]["properties"])
    answer = answered(spec)
    assert set(answer) <= set(DEFINITIONS["answer"]["properties"])
    assert set(DEFINITIONS["answer"]["required"]) <= set(answer)
    assert answer["rows"]
    for row in answer["rows"]:
        assert set(row) <= set(DEFINITIONS["row"]["properties"])
    json.dumps(answer, allow_nan=False)


def test_the_schema_lists_exactly_what_the_code_reads() -> None:
    assert set(DEFINITIONS["task"]["properties"]) == set(TASK_KEYS)
    assert set(DEFINITIONS["task"]["properties"]["op"]["enum"]) == set(OPS)
    assert set(DEFINITIONS["design"]["properties"]) == {*USED, *TOLD}


def test_every_figure_carries_what_is_needed_to_judge_it() -> None:
    row = asked("share", y="q1>=4", by=[["unit"]])["rows"][0]
    promised = "y by domain n estimate se df n_effective design_effect sum_weights intervals state reason"
    assert set(promised.split()) <= set(row)


def test_a_register_file_gives_the_cells_and_the_weights_their_sum() -> None:
    answer = answered(example("weights"))
    counts = [float(value) for value in columns("register.csv")["N_h"]]
    assert answer["weights"]["sum"] == pytest.approx(sum(counts))


def test_rows_outside_a_crossing_keep_their_units_in_the_design() -> None:
    whole = asked("share", y="q1>=4", by=[["unit==DongDa"]])["rows"]
    unit = asked("share", y="q1>=4", by=[["unit"]])["rows"]
    one = next(row for row in whole if row["domain"] == "1")
    assert one["se"] == next(row for row in unit if row["domain"] == "DongDa")["se"]


def test_a_part_against_the_whole_knows_that_it_is_a_part() -> None:
    row = asked("difference", y="q1>=4", by=[["unit"]], pairs=[["*", "DongDa"]])["rows"][0]
    assert row["covariance"] > 0
    assert row["domain"] == "DongDa - *"


def test_a_pair_turned_round_changes_only_the_sign() -> None:
    there = asked("difference", y="wait", by=[["period"]], pairs=[["2025", "2026"]])["rows"][0]
    back = asked("difference", y="wait", by=[["period"]], pairs=[["2026", "2025"]])["rows"][0]
    assert back["estimate"] == -there["estimate"]
    assert back["p_value"] == pytest.approx(there["p_value"])


def test_our_own_replicates_follow_their_seed() -> None:
    design = {"replicates": {"method": "rao_wu", "count": 60, "seed": 4}}
    first, second = (asked("share", y="q1>=4", design=design)["rows"][0]["se"] for _ in range(2))
    assert first == second > 0


def test_ranks_are_the_same_for_the_same_question() -> None:
    assert answered(example("ranks")) == answered(example("ranks"))


def test_several_levels_give_wider_and_wider_intervals() -> None:
    rows = asked("share", y="q1>=4", level=[0.8, 0.95], intervals=["jeffreys", "kg"])["rows"]
    narrow, wide = (row["intervals"]["kg"] for row in rows)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_an_interval_for_shares_is_null_for_a_mean() -> None:
    row = asked("mean", y="wait", intervals=["jeffreys", "wald"])["rows"][0]
    assert row["intervals"]["jeffreys"] == [None, None]
    assert row["intervals"]["wald"][0] < row["estimate"] < row["intervals"]["wald"][1]


PROBLEMS = [
    ({"task": {"op": "guess"}}, "bad_spec", "task.op"),
    ({"task": {"op": "share", "y": "q9>=4"}}, "bad_spec", "task.y"),
    ({"task": {"op": "share", "y": "q1>=4", "wieght": 1}}, "bad_spec", "task.wieght"),
    ({"task": {"op": "share", "y": "q1"}}, "not_a_share", "task"),
    ({"task": {"op": "share", "y": "q1>=4", "by": [["ward"]]}}, "bad_spec", "task.by"),
    ({"task": {"op": "share", "y": "q1>=4", "level": 95}}, "invalid_argument", "task"),
    ({"task": {"op": "share", "y": "q1>=4", "intervals": ["best"]}}, "bad_spec", "task.intervals"),
    ({"task": {"op": "ratio", "y": "wait"}}, "bad_spec", "task.denominator"),
    ({"task": {"op": "ranks", "y": "q1>=4"}}, "bad_spec", "task.by"),
    (
        {"task": {"op": "difference", "y": "wait", "by": [["unit"]], "pairs": [["a", "b"]]}},
        "bad_spec",
        "task.pairs",
    ),
    ({"task": {"op": "regression", "formula": "~ sex"}}, "bad_spec", "task.formula"),
    ({"task": {"op": "association", "y": ["sex"]}}, "bad_spec", "task.tables"),
    ({"design": {"wieghts": "w"}, "task": {"op": "weights"}}, "bad_spec", "design.wieghts"),
    ({"design": {"weights": "sex"}, "task": {"op": "weights"}}, "not_numeric", "design"),
    ({"design": {"strata": "q1"}, "task": {"op": "weights"}}, "bad_spec", "design.strata"),
    ({"design": {"rake": {"sex": {"F": 5}}}, "task": {"op": "weights"}}, "unknown_category", "design"),
    (
        {"design": {"poststratify": {"var": "sex"}}, "task": {"op": "weights"}},
        "bad_spec",
        "design.poststratify.totals",
    ),
    ({"design": {"ids": "day", "strata": "unit"}, "task": {"op": "weights"}}, "not_nested", "design"),
    ({"task": None}, "bad_spec", "task"),
    ({"task": {"op": "share", "y": "q1>=4", "level": "high"}}, "bad_spec", "task.level"),
    ({"task": {"op": "quantile", "y": "wait", "probabilities": ["half"]}}, "bad_spec", "task.probabilities"),
    ({"design": {"trim": 5}, "task": {"op": "weights"}}, "bad_spec", "design.trim"),
    ({"design": {"trim": {"upper": "5"}}, "task": {"op": "weights"}}, "bad_spec", "design.trim.upper"),
    ({"design": {"lonely": "guess"}, "task": {"op": "weights"}}, "bad_spec", "design.lonely"),
    ({"design": {"rake": {"sex": 5}}, "task": {"op": "weights"}}, "bad_spec", "design.rake.sex"),
    (
        {"task": {"op": "difference", "y": "wait", "by": [["unit"]], "pairs": [["a"]]}},
        "bad_spec",
        "task.pairs[0]",
    ),
]


@pytest.mark.parametrize(("spec", "code", "where"), PROBLEMS, ids=[f"{p[1]} at {p[2]}" for p in PROBLEMS])
def test_a_problem_has_a_code_a_place_and_a_remedy(spec: dict[str, Any], code: str, where: str) -> None:
    with pytest.raises(AnalysisError) as caught:
        answered({"input": "answers.csv", **spec})
    error = error_record(caught.value)["error"]
    assert (error["code"], error["where"]) == (code, where)
    assert error["message"]


def test_a_file_without_rows_is_refused() -> None:
    with pytest.raises(BadSpec, match="no rows"):
        run_spec({"task": {"op": "weights"}}, {"a": []})
