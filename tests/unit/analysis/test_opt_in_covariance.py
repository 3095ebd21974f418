"""Covariance of estimates that share answers, against totals added up in plain loops."""

import numpy as np
import pytest

from analysis.cells_by_hand import assigned_cells
from analysis.cube import Cube, cube_from_rows
from analysis.errors import InvalidArgument, ShapeMismatch
from analysis.measures import mean_score, satisfied_share
from analysis.opt_in import estimate_opt_in
from analysis.opt_in_covariance import covariance
from analysis.opt_in_design import design_opt_in
from analysis.opt_in_domains import domains_by
from analysis.opt_in_table import Estimates

MEASURES = [satisfied_share("q"), mean_score("q")]
QUARTERS = {
    1: ["2026-01", "2026-02"],
    2: ["2026-03"],
    3: ["2026-04", "2026-05"],
    4: ["2026-06"],
    5: ["2026-07"],
}


def answers(seed: int, months: list[str], per_month: int = 60) -> Cube:
    parts = []
    for month in months:
        own = np.random.default_rng([seed, int(month[5:])])
        n = per_month
        unit = own.choice(["A", "B"], n)
        parts.append(
            cube_from_rows(
                {
                    "unit": unit,
                    "service": own.choice(["s", "t"], n),
                    "submission": ["online"] * n,
                    "date": [f"{month}-{d:02}" for d in own.integers(1, 6, n)],
                },
                {"q": own.choice([0, 2, 4, 5], n)},
            )
        )
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    return whole


def table_of(cube: Cube, by: list[str], keep: bool = True) -> Estimates:
    rows = zip(cube.code("unit"), cube.code("service"), cube.code("date"), strict=True)
    keys = {
        (cube.label("unit")[u], cube.label("service")[s], "online", cube.label("date")[d][:7])
        for u, s, d in rows
    }
    assignment = {key: key[0] + key[1] for key in keys}
    population = {"As": 400.0, "At": 150.0, "Bs": 700.0, "Bt": 90.0}
    design = design_opt_in(cube, assigned_cells(cube, assignment, population))
    return estimate_opt_in(design, MEASURES, domains=domains_by(design, by), keep_influence=keep)


def in_loops(first: Estimates, second: Estimates, pair: tuple[int, int]) -> np.ndarray:
    """Sum over strata of m/(m-1) sum (T1 - mean)(T2 - mean), T looked up by unit and date in dictionaries."""

    def totals(table: Estimates, domain: int) -> dict[tuple[str, str, str], np.ndarray]:
        kept = table.influence
        assert kept is not None
        return {
            table.design.psu_label[psu]: total
            for d, psu, total in zip(kept.domain, kept.psu, kept.total, strict=True)
            if d == domain
        }

    a, b = totals(first, pair[0]), totals(second, pair[1])
    everybody = sorted({*first.design.psu_label, *second.design.psu_label})
    result = np.zeros(len(MEASURES))
    for stratum in sorted({label[:2] for label in everybody}):
        inside = [label for label in everybody if label[:2] == stratum]
        x = np.array([a.get(label, np.zeros(2)) for label in inside])
        y = np.array([b.get(label, np.zeros(2)) for label in inside])
        m = len(inside)
        result += m / (m - 1) * ((x - x.mean(axis=0)) * (y - y.mean(axis=0))).sum(axis=0)
    return result


def window(first: int, last: int) -> Cube:
    return answers(3, [month for quarter in range(first, last + 1) for month in QUARTERS[quarter]])


def test_overlapping_windows_share_the_dates_they_share() -> None:
    early, late = table_of(window(1, 4), ["unit"]), table_of(window(2, 5), ["unit"])
    pairs = [(0, 0), (1, 1), (0, 1)]
    found = covariance(early, late, pairs=pairs)
    for row, pair in enumerate(pairs):
        np.testing.assert_allclose(found[row], in_loops(early, late, pair), rtol=1e-10, atol=1e-18)
    assert (found[:2] > 0).all()
    np.testing.assert_allclose(
        found, covariance(late, early, pairs=[(b, a) for a, b in pairs]), rtol=1e-10, atol=1e-18
    )


def test_a_unit_and_its_province_are_not_independent() -> None:
    cube = window(1, 2)
    units, whole = table_of(cube, ["unit"]), table_of(cube, [])
    found = covariance(units, whole, pairs=[(0, 0), (1, 0)])
    for row in (0, 1):
        np.testing.assert_allclose(found[row], in_loops(units, whole, (row, 0)), rtol=1e-10)
    assert (found > 0).all()


def test_the_covariance_of_an_estimate_with_itself_is_its_variance() -> None:
    table = table_of(window(1, 3), ["unit", "service"])
    found = covariance(table, table, pairs=[(d, d) for d in range(len(table.labels))])
    np.testing.assert_allclose(found, table.variance, rtol=1e-10)


def test_disjoint_periods_have_covariance_zero() -> None:
    early, late = table_of(window(1, 2), ["unit"]), table_of(window(3, 4), ["unit"])
    assert covariance(early, late, pairs=[(0, 0), (1, 1)]).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_tables_without_influence_or_with_other_measures_are_refused() -> None:
    table = table_of(window(1, 1), ["unit"])
    with pytest.raises(InvalidArgument, match="keep_influence=True"):
        covariance(table, table_of(window(1, 1), ["unit"], keep=False), pairs=[(0, 0)])
    design = table.design
    other = estimate_opt_in(design, MEASURES[:1], domains=domains_by(design, []), keep_influence=True)
    with pytest.raises(ShapeMismatch, match="2"):
        covariance(table, other, pairs=[(0, 0)])
