"""The worked example of docs/methods.md against R: same counts, and the figures that R gets from them."""

import csv
import json
from pathlib import Path

import pytest

import analysis

HERE = Path(__file__).parent
EXPECTED = {name: float(value) for name, value in json.loads((HERE / "expected.json").read_text()).items()}


def rows_of(name: str) -> list[dict[str, str]]:
    with open(HERE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def estimates(leverage: str) -> analysis.Estimates:
    counts, dossiers = rows_of("counts.csv"), rows_of("register.csv")
    people = [row for row in counts for _ in range(int(row["answers"]))]
    keys = {name: [row[name] for row in people] for name in ("service", "date")}
    keys |= {"unit": ["X"] * len(people), "submission": [""] * len(people)}
    answers = [5 if k < int(row["satisfied"]) else 1 for row in counts for k in range(int(row["answers"]))]
    cube = analysis.cube_from_rows(keys, {"q": answers})
    size = len(dossiers)
    register = analysis.register(
        {
            "unit": ["X"] * size,
            "service": [row["service"] for row in dossiers],
            "submission": [""] * size,
            "month": ["2026-07"] * size,
        },
        [float(row["dossiers"]) for row in dossiers],
    )
    cells = analysis.weighting_cells(cube, register, fields={})
    design = analysis.design_opt_in(cube, cells, leverage=leverage)
    domains = analysis.domains_by(design, ["unit"])
    return analysis.estimate_opt_in(design, [analysis.satisfied_share("q")], domains=domains)


@pytest.mark.parametrize("name", ["estimate", "se", "n_effective", "n_kish", "n_star", "low", "high", "df"])
def test_the_worked_example_is_what_r_computes(name: str) -> None:
    assert getattr(estimates("answers"), name)[0, 0] == pytest.approx(EXPECTED[name], rel=1e-9)


def test_without_leverage_the_worked_example_is_what_r_survey_computes() -> None:
    found = estimates("none")
    assert found.estimate[0, 0] == pytest.approx(EXPECTED["survey_estimate"], rel=1e-12)
    assert found.se[0, 0] == pytest.approx(EXPECTED["survey_se"], rel=1e-12)


def test_the_document_shows_these_counts() -> None:
    document = (HERE.parents[2] / "docs" / "methods.md").read_text(encoding="utf-8")
    for row in rows_of("counts.csv"):
        assert f"| {' | '.join(row.values())} |" in document
