"""`sipas analyse`: any CSV, a question in JSON, an answer in JSON; problems in one shape, exit code 2."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis import run_spec, spec_files
from app.cli import cli

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples" / "analyse"
ORACLE = ROOT / "tests" / "golden" / "oracle"
OPS = sorted(path.stem for path in EXAMPLES.glob("*.json"))


def columns(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def analyse(*arguments: str | Path) -> tuple[int, dict]:
    result = CliRunner().invoke(cli, ["analyse", *map(str, arguments)], catch_exceptions=False)
    return result.exit_code, json.loads(result.stdout)


def spec(folder: Path, **parts: object) -> Path:
    path = folder / "spec.json"
    path.write_text(json.dumps(parts), encoding="utf-8")
    return path


@pytest.mark.parametrize("op", OPS)
def test_every_op_has_an_example_that_runs_and_answers_as_the_library_does(op: str, tmp_path: Path) -> None:
    asked = json.loads((EXAMPLES / f"{op}.json").read_text(encoding="utf-8"))
    assert asked["task"]["op"] == op
    files = {name: columns(EXAMPLES / name) for name in spec_files(asked)}
    expected = run_spec(asked, columns(EXAMPLES / asked["input"]), files=files)
    code, answer = analyse(EXAMPLES / f"{op}.json", "--out", tmp_path / "rows.csv")
    assert code == 0
    assert len(answer["rows"]) == len(expected["rows"]) > 0
    for found, wanted in zip(answer["rows"], expected["rows"], strict=True):
        assert set(found) == set(wanted)
        for name in {"estimate", "se", "weight"} & {name for name in wanted if wanted[name] is not None}:
            assert found[name] == pytest.approx(wanted[name], rel=1e-12)
    with (tmp_path / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(answer["rows"])


def test_a_published_case_of_r_comes_out_of_the_command(tmp_path: Path) -> None:
    case = json.loads((ORACLE / "expected" / "P06_clus1_fpc.json").read_text(encoding="utf-8"))
    (tmp_path / "inputs").symlink_to(ORACLE / "inputs")
    task = {"op": "share", "y": ["yes"], "intervals": ["beta", "kg"]}
    code, answer = analyse(spec(tmp_path, input=case["input"], design=case["design"], task=task))
    record = case["expected"]["proportions"]["yes"]
    assert code == 0
    assert answer["rows"][0]["estimate"] == pytest.approx(record["estimate"], rel=1e-9)
    assert answer["rows"][0]["se"] == pytest.approx(record["se"], rel=1e-7)
    assert answer["rows"][0]["intervals"]["beta"] == pytest.approx(record["ci"]["beta"], rel=1e-6)


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ({"input": "missing.csv", "task": {"op": "mean", "y": ["x"]}}, "input"),
        ({"input": "data.csv", "task": {"op": "magic", "y": ["x"]}}, "task"),
        ({"input": "data.csv", "task": {"op": "mean", "y": ["nothing"]}}, "task"),
        (
            {"input": "data.csv", "design": {"strata": "nothing"}, "task": {"op": "mean", "y": ["x"]}},
            "design",
        ),
        ({"input": "latin.csv", "task": {"op": "mean", "y": ["x"]}}, "input"),
        ({"input": "data.csv", "task": {"op": "mean", "y": ["x"]}, "extra": 1}, "extra"),
    ],
)
def test_a_problem_is_told_in_one_shape_and_ends_with_2(tmp_path: Path, parts: dict, where: str) -> None:
    (tmp_path / "data.csv").write_text("x,h\n1,a\n2,b\n", encoding="utf-8")
    (tmp_path / "latin.csv").write_bytes("x,tên\n1,được\n".encode("utf-16"))
    code, answer = analyse(spec(tmp_path, **parts))
    assert code == 2
    assert set(answer) == {"error"}
    assert set(answer["error"]) == {"code", "message", "where"}
    assert answer["error"]["where"].startswith(where)


@pytest.mark.parametrize(("header", "name"), [("x,h,x", "'x'"), ("h,,", "''")])
def test_a_name_over_two_columns_is_told_with_both_places(tmp_path: Path, header: str, name: str) -> None:
    (tmp_path / "data.csv").write_text(f"{header}\n1,2,3\n4,5,6\n", encoding="utf-8")
    code, answer = analyse(spec(tmp_path, input="data.csv", task={"op": "mean", "y": ["h"]}))
    places = "1 and 3" if name == "'x'" else "2 and 3"
    assert code == 2
    assert answer["error"]["where"] == "input"
    assert answer["error"]["message"] == f"data.csv: the name {name} stands over columns {places}; rename one"


def test_a_spec_that_is_not_json_names_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text('{"input": "data.csv",\n oops}', encoding="utf-8")
    code, answer = analyse(path)
    assert code == 2
    assert "line 2" in answer["error"]["message"]
