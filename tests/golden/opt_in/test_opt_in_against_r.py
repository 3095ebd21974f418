"""The opt_in variance with a_c = 1 against R `survey` postStratify (make.R beside)."""

import csv
import json
from pathlib import Path

import pytest

from analysis.cells import Cells
from analysis.cells_by_hand import assigned_cells
from analysis.cube import Cube, cube_from_rows
from analysis.measures import (
    Measure,
    equal_criteria,
    level_share,
    mean_score,
    pooled_answers,
    satisfied_share,
    weighted_criteria,
)
from analysis.opt_in import estimate_opt_in
from analysis.opt_in_covariance import covariance
from analysis.opt_in_design import OptInDesign, design_opt_in
from analysis.opt_in_domains import domains_by
from analysis.opt_in_table import Estimates

HERE = Path(__file__).parent
EXPECTED = json.loads((HERE / "expected.json").read_text())
ROWS = list(csv.DictReader((HERE / "responses.csv").read_text().splitlines()))
REGISTER = {
    row["cell"]: float(row["Freq"])
    for row in csv.DictReader((HERE / "register.csv").read_text().splitlines())
}
ITEMS = ("q1", "q2", "q3")
MEASURES: dict[str, Measure] = {
    **{f"satisfied_share:{item}": satisfied_share(item) for item in ITEMS},
    "mean_score:q1": mean_score("q1"),
    "level_share:q1=3": level_share("q1", 3),
}


@pytest.fixture(scope="module")
def cube() -> Cube:
    columns = {name: [row[name] for row in ROWS] for name in ("unit", "service", "date", "mode", "age")}
    keys = {**columns, "submission": ["counter"] * len(ROWS)}
    return cube_from_rows(keys, {item: [int(row[item]) for row in ROWS] for item in ITEMS})


@pytest.fixture(scope="module")
def cells(cube: Cube) -> Cells:
    """The cells of make.R: the collapsing rule has its own tests."""
    assignment = {(r["unit"], r["service"], "counter", r["date"][:7]): r["cell"] for r in ROWS}
    return assigned_cells(cube, assignment, REGISTER)


@pytest.fixture(scope="module", params=["psu", "element"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def tables(
    design: OptInDesign, measures: list[Measure]
) -> dict[tuple[str, tuple[str, ...]], tuple[Estimates, int]]:
    found = {}
    for by in {row["by"] for row in EXPECTED["shares"]}:
        keys = [] if by == "all" else by.split(",")
        table = estimate_opt_in(design, measures, domains=domains_by(design, keys))
        found |= {(by, label): (table, d) for d, label in enumerate(table.labels)}
    return found


def test_shares_means_and_levels_in_domains_that_cross_cells_equal_post_stratification_in_r(
    cube: Cube, cells: Cells, kind: str
) -> None:
    design = design_opt_in(cube, cells, variance=kind, leverage="none")
    found = tables(design, list(MEASURES.values()))
    names = list(MEASURES)
    wanted = [row for row in EXPECTED["shares"] if row["variance"] == kind]
    assert len(wanted) > 300
    for row in wanted:
        label = () if row["by"] == "all" else tuple(row["domain"].split("|"))
        table, d = found[row["by"], label]
        m = names.index(row["measure"])
        assert table.n[d, m] == row["n"], row
        assert table.estimate[d, m] == pytest.approx(row["estimate"], rel=1e-12, abs=1e-12), row
        assert table.se[d, m] == pytest.approx(row["se"], abs=1e-12), row
        assert table.df[d, m] == row["df"], row
        assert table.sum_weights[d, m] == pytest.approx(row["sum_weights"], rel=1e-12), row


def test_indices_have_the_standard_error_of_r_svyratio_and_svycontrast(cube: Cube, cells: Cells) -> None:
    design = design_opt_in(cube, cells, leverage="none")
    measures = [
        pooled_answers("overall", ITEMS),
        equal_criteria("overall", ITEMS),
        weighted_criteria("overall", {"q1": 0.5, "q2": 0.3, "q3": 0.2}),
    ]
    by_unit = estimate_opt_in(design, measures, domains=domains_by(design, ["unit"]))
    whole = estimate_opt_in(design, measures, domains=domains_by(design, []))
    for row in EXPECTED["indices"]:
        table, d = (whole, 0) if row["unit"] == "all" else (by_unit, by_unit.labels.index((row["unit"],)))
        for m, name in enumerate(("pooled", "equal", "weighted")):
            assert table.estimate[d, m] == pytest.approx(row[name][0], rel=1e-12)
            assert table.se[d, m] == pytest.approx(row[name][1], abs=1e-12)


def test_a_unit_and_the_province_it_belongs_to_have_the_covariance_of_r(cube: Cube, cells: Cells) -> None:
    design = design_opt_in(cube, cells, leverage="none")

    def table(by: list[str]) -> Estimates:
        return estimate_opt_in(
            design, [satisfied_share("q1")], domains=domains_by(design, by), keep_influence=True
        )

    units, modes, whole = table(["unit"]), table(["mode"]), table([])
    with_whole = covariance(units, whole, pairs=[(0, 0), (3, 0)])[:, 0]
    wanted = EXPECTED["covariances"]
    assert with_whole == pytest.approx([wanted["U1_all"], wanted["U4_all"]], rel=1e-10)
    assert covariance(modes, modes, pairs=[(0, 1)])[0, 0] == pytest.approx(wanted["kiosk_receipt"], rel=1e-10)
    assert covariance(units, units, pairs=[(0, 3)])[0, 0] == pytest.approx(0, abs=1e-18)
