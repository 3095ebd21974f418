"""Strata and PSUs of people who chose to answer, by the dates on which they did."""

import numpy as np
import pytest

from analysis.cells import register, weighting_cells
from analysis.cube import cube_from_rows
from analysis.errors import UnknownName
from analysis.opt_in_design import OptInDesign, design_opt_in, psu_strata
from analysis.opt_in_domains import domains_by


def design_of(dates: dict[str, list[str]]) -> OptInDesign:
    """One answer a date and unit, twenty times over."""
    rows = [(unit, date) for unit, days in dates.items() for date in days for _ in range(20)]
    keys = {
        "unit": [unit for unit, _ in rows],
        "service": ["s"] * len(rows),
        "submission": ["online"] * len(rows),
        "date": [date for _, date in rows],
        "mode": ["kiosk", "receipt"] * (len(rows) // 2),
    }
    pairs = sorted({(unit, date[:7]) for unit, date in rows})
    population = register(
        {
            "unit": [unit for unit, _ in pairs],
            "service": ["s"] * len(pairs),
            "submission": ["online"] * len(pairs),
            "month": [month for _, month in pairs],
        },
        [500.0] * len(pairs),
    )
    cube = cube_from_rows(keys, {"q": [5, 3] * (len(rows) // 2)})
    return design_opt_in(cube, weighting_cells(cube, population, fields={}))


def strata(design: OptInDesign, unit: str) -> list[tuple[set[str], float, bool]]:
    """The dates, size and kind of each stratum of a unit."""
    found = []
    mine = [p for p, label in enumerate(design.psu_label) if label[0] == unit]
    for h in np.unique(design.psu_stratum[mine]):
        dates = {design.psu_label[p][2] for p in mine if design.psu_stratum[p] == h}
        found.append((dates, float(design.stratum_size[h]), bool(design.stratum_element[h])))
    return found


def test_a_stratum_is_a_month_of_a_unit_and_a_psu_a_date() -> None:
    design = design_of({"A": ["2026-01-05", "2026-01-06", "2026-02-02", "2026-02-03", "2026-02-04"]})
    assert strata(design, "A") == [
        ({"2026-01-05", "2026-01-06"}, 2.0, False),
        ({"2026-02-02", "2026-02-03", "2026-02-04"}, 3.0, False),
    ]


def test_a_month_with_one_date_folds_into_the_whole_period_of_its_unit_only() -> None:
    design = design_of(
        {
            "A": ["2026-01-05", "2026-01-06", "2026-02-02"],
            "B": ["2026-01-05", "2026-01-06", "2026-02-02", "2026-02-03"],
        }
    )
    assert strata(design, "A") == [({"2026-01-05", "2026-01-06", "2026-02-02"}, 3.0, False)]
    assert [size for _, size, _ in strata(design, "B")] == [2.0, 2.0]


def test_one_date_in_the_whole_period_makes_people_the_psus() -> None:
    design = design_of({"A": ["2026-01-05"], "B": ["2026-01-05", "2026-01-06"]})
    assert strata(design, "A") == [({"2026-01-05"}, 20.0, True)]
    assert strata(design, "B") == [({"2026-01-05", "2026-01-06"}, 2.0, False)]


def test_strata_are_numbered_in_the_order_of_the_psus() -> None:
    unit, month = np.array([0, 0, 1, 1, 1, 2]), np.array([0, 1, 0, 0, 1, 3])
    stratum, element = psu_strata(unit, month)
    assert stratum.tolist() == [0, 0, 1, 1, 1, 2]
    assert element.tolist() == [False, False, True]
    assert psu_strata(unit, month, everybody=True)[1].tolist() == [True] * 3


def test_a_cell_that_is_exactly_a_stratum_has_leverage_one_and_others_do_not() -> None:
    months = design_of({"A": ["2026-01-05", "2026-01-06", "2026-02-02", "2026-02-03"]})
    assert months.leverage.tolist() == [1.0, 1.0]
    folded = design_of({"A": ["2026-01-05", "2026-01-06", "2026-02-02"]})
    assert folded.leverage == pytest.approx([np.sqrt(40 / 39), np.sqrt(20 / 19)])


def test_domains_cross_keys_and_know_their_dossiers_where_the_register_does() -> None:
    design = design_of({"A": ["2026-01-05", "2026-01-06"], "B": ["2026-02-05", "2026-02-06"]})
    crossed = domains_by(design, ["unit", "month"])
    assert crossed.labels == (("A", "2026-01"), ("B", "2026-02"))
    assert crossed.key_code is not None
    assert domains_by(design, ["unit", "mode"]).key_code is None
    outside = domains_by(design, ["unit"], relabel={"unit": {"B": "south"}})
    assert outside.labels == (("south",),)
    assert set(outside.code.tolist()) == {-1, 0}
    with pytest.raises(UnknownName, match="'age'"):
        domains_by(design, ["age"])
