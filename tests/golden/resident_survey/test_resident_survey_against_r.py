"""A real survey of 2,017 residents through the opt_in run, against R `survey` (make.R beside)."""

import csv
import json
from pathlib import Path

import pytest

from analysis.cells import register, weighting_cells
from analysis.cube import cube_from_rows
from analysis.measures import satisfied_share
from analysis.opt_in import estimate_opt_in
from analysis.opt_in_design import design_opt_in
from analysis.opt_in_domains import domains_by
from analysis.opt_in_table import VARIANCE_KINDS, Estimates

HERE = Path(__file__).parent
EXPECTED = json.loads((HERE / "expected.json").read_text())
RESPONSES = list(csv.DictReader((HERE / "responses.csv").read_text().splitlines()))
ITEMS = [row["item"] for row in csv.DictReader((HERE / "items.csv").read_text().splitlines())]
RESIDENTS = {**{str(d): 84682 for d in range(1, 6)}, "6": 84680}
MEASURES = [satisfied_share(item) for item in ITEMS]


def wave_tables(wave: str, by: list[str], psu: str, variance: str) -> Estimates:
    rows = [row for row in RESPONSES if row["wave"] == wave]
    keys = {
        "unit": [row["district"] for row in rows],
        "service": [""] * len(rows),
        "submission": [""] * len(rows),
        "date": [f"{wave}-01"] * len(rows),
        "mode": [row["mode"] for row in rows],
        "response": [row["response_no"] for row in rows],
    }
    answers = {item: [int(row[item] or 0) for row in rows] for item in ITEMS}
    answers = {item: [-1 if a == 9 else a for a in column] for item, column in answers.items()}
    cube = cube_from_rows({k: v for k, v in keys.items() if k != "response" or psu == "response"}, answers)
    population = register(
        {"unit": list(RESIDENTS), "service": [""] * 6, "submission": [""] * 6, "month": [wave] * 6},
        list(RESIDENTS.values()),
    )
    design = design_opt_in(cube, weighting_cells(cube, population, fields={}), psu=psu, variance=variance)
    return estimate_opt_in(design, MEASURES, domains=domains_by(design, by))


@pytest.mark.parametrize(
    ("psu", "variance"),
    [("date", "psu"), ("date", "element"), ("response", "psu")],
    ids=["folded to people", "element design", "each response a psu"],
)
@pytest.mark.parametrize("wave", ["2021-09", "2022-03"])
def test_every_district_and_item_equals_r(wave: str, psu: str, variance: str) -> None:
    districts = wave_tables(wave, ["unit"], psu, variance)
    city = wave_tables(wave, [], psu, variance)
    wanted = [row for row in EXPECTED if row["wave"] == wave]
    assert len(wanted) == 24 * 7
    for row in wanted:
        table = city if row["district"] == "all" else districts
        d = 0 if row["district"] == "all" else table.labels.index((row["district"],))
        m = ITEMS.index(row["item"])
        assert table.n[d, m] == row["n"]
        assert table.estimate[d, m] == pytest.approx(row["estimate"], abs=1e-9)
        assert table.se[d, m] == pytest.approx(row["se"], abs=1e-7)
        assert table.df[d, m] == row["df"]


def test_a_wave_with_one_date_says_that_its_variance_is_between_people() -> None:
    table = wave_tables("2021-09", ["unit"], "date", "psu")
    assert {VARIANCE_KINDS[k] for k in table.variance_kind} == {"element"}
    assert table.population.tolist() == [84682.0] * 5 + [84680.0]
    assert table.covered_share.tolist() == [1.0] * 6
