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


REGISTER = {"register": "register.csv", "count": "N_h"}


def weighted_to(register: dict[str, list[str]], var: object, data: dict[str, list[str]]) -> dict[str, Any]:
    """The summary of weights post-stratified to a register by these columns."""
    design = {**DESIGN, "poststratify": {"var": var, **REGISTER}}
    spec = {"design": design, "task": {"op": "weights"}}
    return dict(run_spec(spec, data, files={"register.csv": register})["weights"])


def test_a_register_may_say_the_cells_asked_for_in_columns_of_its_own() -> None:
    data, register = columns("answers.csv"), columns("register.csv")
    data["cell"] = [f"{u}/{p}" for u, p in zip(data["unit"], data["period"], strict=True)]
    assert weighted_to(register, "cell", data) == weighted_to(register, ["unit", "period"], data)


@pytest.mark.parametrize(
    ("var", "told"),
    [
        (["unit", "sex"], "the register has no column 'sex'; its cells are by unit, period"),
        (["unit", "perriod"], "there is no column 'perriod'; the file has unit, period, day"),
        ("finer", "the register has no column 'finer'"),
        ("coarser", "the register has no column 'coarser'"),
        ([], "name the column, or columns"),
    ],
)
def test_other_cells_than_the_register_has_are_refused_by_name(var: object, told: str) -> None:
    data = columns("answers.csv")
    data["finer"] = ["/".join(row) for row in zip(data["unit"], data["period"], data["sex"], strict=True)]
    data["coarser"] = [f"the year {period}" for period in data["period"]]
    with pytest.raises(BadSpec, match=f"^design.poststratify.var: {told}"):
        weighted_to(columns("register.csv"), var, data)


def test_a_register_with_a_key_that_the_file_lacks_is_not_read_under_another_name() -> None:
    data, register = columns("answers.csv"), columns("register.csv")
    register["ward"] = register["unit"]
    data["cell"] = [f"{u}/{p}" for u, p in zip(data["unit"], data["period"], strict=True)]
    with pytest.raises(BadSpec, match="no column 'cell'; its cells are by unit, period, ward"):
        weighted_to(register, "cell", data)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"task": {"op": "ranks", "y": "wait", "by": [["unit"]], "seed": -1}}, "task.seed: -1 .* from 0"),
        (
            {"design": {"replicates": {"seed": -3}}, "task": {"op": "weights"}},
            "design.replicates.seed: -3 .* from 0",
        ),
    ],
)
def test_a_seed_below_zero_is_refused_in_words(parts: dict[str, Any], told: str) -> None:
    with pytest.raises(BadSpec, match=told):
        answered({"input": "answers.csv", **parts})


def asked_of(data: dict[str, list[str]], op: str, **task: Any) -> dict[str, Any]:
    return run_spec({"design": DESIGN, "task": {"op": op, "y": "wait", "by": [["unit"]], **task}}, data)


def without_visits() -> dict[str, list[str]]:
    data = columns("answers.csv")
    data["visits"] = ["0" if u == "DongDa" else v for u, v in zip(data["unit"], data["visits"], strict=True)]
    return data


def test_a_ratio_to_nothing_has_no_figure_and_says_why() -> None:
    rows = asked_of(without_visits(), "ratio", denominator="visits", intervals=["wald", "normal"])["rows"]
    row = next(row for row in rows if row["domain"] == "DongDa")
    assert (row["state"], row["reason"], row["n"]) == ("empty", "the denominator is 0", 36)
    assert {row[name] for name in ("estimate", "se", "n_effective", "design_effect")} == {None}
    assert row["intervals"] == {"wald": [None, None], "normal": [None, None]}
    assert all(row["se"] > 0 for row in rows if row["domain"] != "DongDa")


def test_nothing_is_told_of_a_ratio_to_nothing_beside_others() -> None:
    task = {"measure": "ratio", "denominator": "visits"}
    row = asked_of(without_visits(), "difference", pairs=[["BaDinh", "DongDa"]], **task)["rows"][0]
    assert (row["state"], row["se"], row["covariance"], row["se_b"]) == ("empty", None, None, None)
    found = asked_of(without_visits(), "covariance", **task)["matrices"][0]["covariance"]
    assert found[2] == [None, None, None]
    assert found[0][0] > 0
    with pytest.raises(BadSpec, match="domain number 3 .* the denominator is 0"):
        asked_of(without_visits(), "ranks", **task)


def one_lonely_unit() -> dict[str, list[str]]:
    data = columns("answers.csv")
    data["day"] = ["d1" if u == "DongDa" else d for u, d in zip(data["unit"], data["day"], strict=True)]
    return data


@pytest.mark.parametrize(("op", "y"), [("mean", "wait"), ("share", "q1>=4"), ("quantile", "wait")])
def test_a_domain_of_one_lonely_stratum_shows_no_rounding_noise(op: str, y: str) -> None:
    methods = {} if op == "quantile" else {"intervals": ["wald", "normal"]}
    row = asked_of(one_lonely_unit(), op, **{**methods, "y": y})["rows"][2]
    assert (row["domain"], row["state"]) == ("DongDa", "no_variance")
    assert {row[name] for name in ("se", "n_effective", "design_effect")} == {None}
    assert all(limits == [None, None] for limits in row["intervals"].values())


def test_a_domain_in_one_unit_of_many_has_no_effective_sample_size() -> None:
    row = asked("mean", y="wait", by=[["unit", "day"]])["rows"][0]
    assert (row["state"], row["n_effective"], row["design_effect"]) == ("no_variance", None, None)


def test_a_lonely_domain_is_neither_compared_nor_ranked() -> None:
    row = asked_of(one_lonely_unit(), "difference", pairs=[["BaDinh", "DongDa"]])["rows"][0]
    assert (row["state"], row["se"], row["p_value"], row["se_b"]) == ("no_variance", None, None, None)
    with pytest.raises(BadSpec, match="domain number 3 has no variance: no_degrees_of_freedom"):
        asked_of(one_lonely_unit(), "ranks")


def test_a_level_too_high_for_ranks_names_one_that_can_be_asked() -> None:
    with pytest.raises(BadSpec, match=r"task.level: 0\.9999 is too near 1 .* give at most 0\.999$"):
        asked("ranks", y="wait", by=[["unit"]], level=0.9999)
    assert asked("ranks", y="wait", by=[["unit"]], level=0.999)["rows"]


def test_a_file_without_rows_is_refused() -> None:
    with pytest.raises(BadSpec, match="no rows"):
        run_spec({"task": {"op": "weights"}}, {"a": []})
