"""A question in JSON, an answer in JSON: the library for any file an analyst has.

`run_spec` takes the SPEC and columns already read; it opens no file.  The shape of both is written in
`spec_schema.json`, with an example of every op under docs/examples/analyse.
"""

import json
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any, TypeVar

from numpy.typing import ArrayLike

from analysis.errors import AnalysisError, BadSpec
from analysis.spec_check import check_part
from analysis.spec_columns import table_of
from analysis.spec_design import design_of, side_files
from analysis.spec_estimates import distribution, quantile, simple
from analysis.spec_models import associations, regressions, weights
from analysis.spec_relations import covariance, difference, ranks
from analysis.spec_rows import Question

OPS: dict[str, Callable[[Question], dict[str, Any]]] = {
    "share": simple,
    "mean": simple,
    "total": simple,
    "ratio": simple,
    "distribution": distribution,
    "quantile": quantile,
    "difference": difference,
    "covariance": covariance,
    "ranks": ranks,
    "association": associations,
    "regression": regressions,
    "weights": weights,
}
TASK_KEYS = (
    "op",
    "y",
    "by",
    "pairs",
    "level",
    "intervals",
    "denominator",
    "formula",
    "formulas",
    "family",
    "model",
    "tables",
    "probabilities",
    "probability",
    "quantiles",
    "qrule",
    "measure",
    "adjust",
    "index",
    "joint",
    "fpc_relief",
    "simultaneous",
    "seed",
)
Columns = Mapping[str, ArrayLike]
T = TypeVar("T")


def run_spec(
    spec: Mapping[str, Any], columns: Columns, *, files: Mapping[str, Columns] | None = None
) -> dict[str, Any]:
    """Answer a SPEC: `rows` and `notes`, with `matrices`, `tests` or `weights` where the op has them.

    `columns` are those of `input`, text or numbers; `files` holds the columns of every other file that
    `spec_files` names, under the name written in the SPEC.
    Shapes: columns (n,) each.  Units: estimates in the units of the columns, shares 0-1.
    Raises: BadSpec for what cannot be understood; every AnalysisError of the calculation.
    Source: the estimators named by op.  Check: tests/golden/oracle through this function.
    """
    task, design = _part(spec, "task"), _part(spec, "design")
    op = task.get("op")
    if op not in OPS:
        raise BadSpec(where="task.op", problem=f"{op!r} is not one of {', '.join(OPS)}")
    unknown = [key for key in task if key not in TASK_KEYS]
    if unknown:
        raise BadSpec(where=f"task.{unknown[0]}", problem=f"unknown key; known: {', '.join(TASK_KEYS)}")
    for name, part in (("design", design), ("task", task)):
        check_part(part, name, definitions=spec_schema()["$defs"])
    table = table_of(columns)
    if not table or not len(next(iter(table.values())).text):
        raise BadSpec(where="input", problem="the file has no rows")
    side = {name: table_of(side) for name, side in (files or {}).items()}
    built, base = _located("design", lambda: design_of(design, table, side))
    question = Question(built, base, table, task)
    answer = _located("task", lambda: OPS[str(op)](question))
    return {**answer, "notes": _notes(design, question)}


def spec_files(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The files besides `input` that a SPEC needs, as written in it.

    Shapes: none.  Units: none.  Raises: BadSpec where `design` is not an object.
    Source: none.  Check: tests/unit/analysis/test_spec.py
    """
    return side_files(_part(spec, "design"))


def error_record(error: AnalysisError) -> dict[str, dict[str, str]]:
    """A problem as the answer: `{"error": {"code", "message", "where"}}`.

    Shapes: none.  Units: none.  Raises: nothing.  Source: none.
    Check: tests/unit/analysis/test_spec.py
    """
    where = str(error.fields.get("where", "spec"))
    return {"error": {"code": error.code, "message": str(error), "where": where}}


def spec_schema() -> dict[str, Any]:
    """The JSON Schema of SPEC and answer, under `$defs` `spec` and `answer`.

    Shapes: none.  Units: none.  Raises: nothing.  Source: analysis/spec_schema.json.
    Check: tests/unit/analysis/test_spec.py
    """
    text = resources.files("analysis").joinpath("spec_schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _part(spec: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = spec.get(name, {} if name == "design" else None)
    if not isinstance(part, Mapping):
        raise BadSpec(where=name, problem=f"{name} is {part!r}; give an object")
    return {key: value for key, value in part.items() if value is not None}


def _located(where: str, act: Callable[[], T]) -> T:
    try:
        return act()
    except AnalysisError as error:
        error.fields.setdefault("where", where)
        raise


def _notes(design: Mapping[str, Any], question: Question) -> list[str]:
    """What a reader must know that no row says."""
    notes = [f"lonely sampling units: {design.get('lonely') or 'error'}"]
    if question.design.replicates is not None:
        count = question.design.replicates.weights.shape[1]
        notes = [f"variance from {count} replicate weights; degrees of freedom from their rank"]
    elif design.get("fpc"):
        notes.append("finite-population correction in use: figures speak of this population only")
    if design.get("rake") and design.get("rake_variance", "r") == "r":
        notes.append(
            "variance of raking by the rule of R survey (rake_variance: greg for the textbook residual)"
        )
    stages = [name for name in ("poststratify", "rake", "calibrate", "trim") if design.get(name)]
    if stages:
        notes.append("weighting: " + ", then ".join(stages))
    return notes
