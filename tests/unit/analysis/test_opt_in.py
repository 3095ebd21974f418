"""Opt-in estimates against the recipe written out person by person, and the traps it names."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from analysis.cells import register, weighting_cells
from analysis.cells_by_hand import assigned_cells
from analysis.cube import cube_from_rows
from analysis.errors import InvalidArgument, ShapeMismatch, UnknownName
from analysis.measures import Measure, level_share, mean_score, satisfied_share
from analysis.opt_in import estimate_opt_in
from analysis.opt_in_design import OptInDesign, design_opt_in
from analysis.opt_in_domains import Domains, domains_by
from analysis.opt_in_table import VARIANCE_KINDS, Estimates


@dataclass
class People:
    """Row-level data: what the brute-force oracle works on."""

    unit: np.ndarray
    service: np.ndarray
    date: np.ndarray
    mode: np.ndarray
    q: np.ndarray
    cell: np.ndarray
    population: dict[str, float]

    def design(self, **options: str) -> OptInDesign:
        month = [d[:7] for d in self.date]
        keys = {
            "unit": self.unit,
            "service": self.service,
            "submission": ["online"] * len(self.q),
            "date": self.date,
            "mode": self.mode,
        }
        cube = cube_from_rows(keys, {"q": self.q})
        assignment = {
            (u, s, "online", m): c
            for u, s, m, c in zip(
                self.unit.tolist(), self.service.tolist(), month, self.cell.tolist(), strict=True
            )
        }
        return design_opt_in(cube, assigned_cells(cube, assignment, self.population), **options)


def people(seed: int, n: int = 240) -> People:
    draws = np.random.default_rng(seed)
    unit = draws.choice(np.array(["A", "B", "C"]), n, p=[0.5, 0.3, 0.2])
    service = draws.choice(np.array(["s1", "s2", "s3"]), n)
    day = draws.integers(1, 7, n)
    month = draws.choice(np.array(["2026-01", "2026-02"]), n)
    date = np.array([f"{m}-{d:02}" for m, d in zip(month, day, strict=True)])
    good = draws.random(n) < np.where(service == "s3", 0.6, 0.9) - 0.1 * (day == 2)
    q = np.where(good, draws.integers(4, 6, n), draws.integers(1, 4, n))
    q[draws.random(n) < 0.1] = 0
    cell = np.char.add(unit, service)
    population = {name: float(draws.integers(50, 900)) for name in np.unique(cell)}
    return People(unit, service, date, draws.choice(np.array(["kiosk", "receipt"]), n), q, cell, population)


def by_hand(
    data: People, inside: np.ndarray, value: Callable[[np.ndarray], np.ndarray], *, a_c: bool = True
) -> tuple[float, float]:
    """Estimate and variance by docs/methods.md section 3, one person at a time."""
    n_c = {c: int((data.cell == c).sum()) for c in data.population}
    g = np.array([data.population[c] / n_c[c] for c in data.cell])
    a = inside & (data.q >= 1)
    y = np.where(a, value(data.q), 0.0)
    w = (g * a).sum()
    p = (g * a * y).sum() / w
    z = a * (y - p)
    e = {c: z[data.cell == c].sum() / n_c[c] for c in data.population}
    stretch = np.array([np.sqrt(n_c[c] / (n_c[c] - 1)) if a_c else 1.0 for c in data.cell])
    u = stretch * g * (z - np.array([e[c] for c in data.cell])) / w
    variance = 0.0
    stratum = np.array([f"{k}|{d[:7]}" for k, d in zip(data.unit, data.date, strict=True)])
    for h in np.unique(stratum):
        dates = np.unique(data.date[stratum == h])
        totals = np.array([u[(stratum == h) & (data.date == d)].sum() for d in dates])
        variance += len(dates) / (len(dates) - 1) * ((totals - totals.mean()) ** 2).sum()
    return p, variance


GROUPS: dict[str, Callable[[People], np.ndarray]] = {
    "unit": lambda d: d.unit,
    "service": lambda d: d.service,
    "mode": lambda d: d.mode,
}
VALUES: list[tuple[Measure, Callable[[np.ndarray], np.ndarray]]] = [
    (satisfied_share("q"), lambda q: (q >= 4).astype(float)),
    (level_share("q", 2), lambda q: (q == 2).astype(float)),
    (mean_score("q"), lambda q: q.astype(float)),
]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("leverage", ["answers", "none"])
def test_every_domain_equals_the_recipe_worked_person_by_person(seed: int, leverage: str) -> None:
    data = people(seed)
    design = data.design(leverage=leverage)
    for by, group in GROUPS.items():
        table = estimate_opt_in(design, [m for m, _ in VALUES], domains=domains_by(design, [by]))
        for d, (label,) in enumerate(table.labels):
            for m, (_, value) in enumerate(VALUES):
                p, variance = by_hand(data, group(data) == label, value, a_c=leverage == "answers")
                assert table.estimate[d, m] == pytest.approx(p, rel=1e-12)
                assert table.variance[d, m] == pytest.approx(variance, rel=1e-10)


def test_cells_that_are_strata_need_no_leverage() -> None:
    data = people(3)
    data.cell = np.char.add(data.unit, np.array([d[:7] for d in data.date]))
    data.population = {name: 100.0 + 50 * k for k, name in enumerate(np.unique(data.cell))}
    with_it, without = (
        estimate_opt_in(design, [satisfied_share("q")], domains=domains_by(design, []))
        for design in (data.design(), data.design(leverage="none"))
    )
    assert np.array_equal(with_it.variance, without.variance)


def one_unit(draws: np.random.Generator, y: np.ndarray, cell: np.ndarray, dates: np.ndarray) -> Estimates:
    n = len(y)
    data = People(
        unit=np.full(n, "A"),
        service=np.array([f"s{c:02}" for c in cell]),
        date=dates,
        mode=np.full(n, "kiosk"),
        q=np.where(y, 5, 1),
        cell=np.array([f"c{c:02}" for c in cell]),
        population={f"c{c:02}": 40.0 + 13 * c for c in np.unique(cell)},
    )
    design = data.design()
    return estimate_opt_in(design, [satisfied_share("q")], domains=domains_by(design, []))


@pytest.mark.parametrize("per_cell", [2, 3, 5])
def test_with_few_answers_a_cell_the_mean_variance_is_the_true_variance(per_cell: int) -> None:
    draws = np.random.default_rng(per_cell)
    cell = np.repeat(np.arange(40), per_cell)
    share = draws.uniform(0.6, 0.95, 40)[cell]
    dates = np.array([f"2026-01-{d:02}" for d in range(1, 29)])
    estimates, variances = [], []
    for _ in range(400):
        table = one_unit(draws, draws.random(len(cell)) < share, cell, draws.choice(dates, len(cell)))
        estimates.append(table.estimate[0, 0])
        variances.append(table.variance[0, 0])
    weight = 40.0 + 13 * np.arange(40)
    p = share[::per_cell]
    true = ((weight / weight.sum()) ** 2 * p * (1 - p) / per_cell).sum()
    assert np.mean(estimates) == pytest.approx((weight * p).sum() / weight.sum(), abs=0.01)
    assert 0.9 < np.mean(variances) / true < 1.1


def registered(
    rows: dict[str, list[str]], answers: list[int], volumes: dict[tuple[str, str], float]
) -> OptInDesign:
    """A design through the collapsing rule; volumes by (unit, service) in January 2026."""
    n = len(answers)
    keys = {"submission": ["online"] * n, "mode": ["kiosk"] * n, **rows}
    cube = cube_from_rows(keys, {"q": answers})
    months = ["2026-01"] * len(volumes)
    population = register(
        {
            "unit": [unit for unit, _ in volumes],
            "service": [service for _, service in volumes],
            "submission": ["online"] * len(volumes),
            "month": months,
        },
        list(volumes.values()),
    )
    return design_opt_in(cube, weighting_cells(cube, population, fields={}))


def days(n: int) -> list[str]:
    return [f"2026-01-{1 + k % 20:02}" for k in range(n)]


def test_more_answers_than_dossiers_are_kept_marked_and_have_a_positive_variance() -> None:
    answers = [5] * 100 + [2] * 30
    rows = {"unit": ["A"] * 130, "service": ["s"] * 130, "date": days(130)}
    design = registered(rows, answers, {("A", "s"): 100})
    table = estimate_opt_in(design, [satisfied_share("q")], domains=domains_by(design, ["unit"]))
    assert table.over_count.tolist() == [True]
    assert table.n[0, 0] == 130
    assert table.population[0] == 100
    assert table.variance[0, 0] > 0


def test_permuting_modes_changes_no_estimate() -> None:
    data = people(5)
    first = data.design()
    data.mode = np.random.default_rng(1).permutation(data.mode)
    second = data.design()
    for by in ([], ["unit"], ["service"]):
        a, b = (
            estimate_opt_in(d, [m for m, _ in VALUES], domains=domains_by(d, by)) for d in (first, second)
        )
        np.testing.assert_allclose(a.estimate, b.estimate, rtol=1e-13)
        np.testing.assert_allclose(a.variance, b.variance, rtol=1e-10)


def test_a_domain_is_not_the_file_filtered_to_it() -> None:
    data = people(6)
    keep = data.mode == "kiosk"
    design = data.design()
    table = estimate_opt_in(design, [satisfied_share("q")], domains=domains_by(design, ["mode"]))
    filtered = People(
        *(getattr(data, f)[keep] for f in ("unit", "service", "date", "mode", "q", "cell")), data.population
    )
    cut = filtered.design()
    alone = estimate_opt_in(cut, [satisfied_share("q")], domains=domains_by(cut, []))
    assert abs(alone.estimate[0, 0] - table.estimate[table.labels.index(("kiosk",)), 0]) > 1e-4


def test_blanks_only_in_the_worst_service_leave_the_share_to_the_answered_weight() -> None:
    services = ["good"] * 60 + ["bad"] * 60
    answers = [5] * 60 + [1] * 20 + [0] * 40
    design = registered(
        {"unit": ["A"] * 120, "service": services, "date": days(120)},
        answers,
        {("A", "good"): 300, ("A", "bad"): 300},
    )
    table = estimate_opt_in(design, [satisfied_share("q")], domains=domains_by(design, []))
    assert table.estimate[0, 0] == pytest.approx(300 / (300 + 100))
    assert table.sum_weights[0, 0] == pytest.approx(400)
    assert (table.asked[0, 0], table.blank[0, 0], table.n[0, 0]) == (120, 40, 80)


def test_the_province_is_one_run_where_half_the_dossiers_are_half_the_weight() -> None:
    units = ["big"] * 30 + ["small"] * 300
    answers = [5] * 15 + [1] * 15 + [5] * 300
    volumes = {("big", "s"): 1000.0, ("small", "s"): 1000.0, ("silent", "s"): 500.0}
    design = registered({"unit": units, "service": ["s"] * 330, "date": days(330)}, answers, volumes)
    table = estimate_opt_in(design, [satisfied_share("q")], domains=domains_by(design, []))
    assert table.estimate[0, 0] == pytest.approx(0.75)
    assert table.population[0] == 2500
    assert table.covered_share[0] == pytest.approx(0.8)


def test_a_silent_unit_keeps_its_row_without_a_figure() -> None:
    volumes = {("A", "s"): 100.0, ("silent", "s"): 50.0}
    design = registered(
        {"unit": ["A"] * 40, "service": ["s"] * 40, "date": days(40)}, [5] * 30 + [3] * 10, volumes
    )
    table = estimate_opt_in(design, [satisfied_share("q")], domains=domains_by(design, ["unit"]))
    silent = table.labels.index(("silent",))
    assert np.isnan(table.estimate[silent, 0])
    assert np.isnan(table.low[silent, 0])
    assert (table.n[silent, 0], table.population[silent], table.covered_share[silent]) == (0, 50, 0)
    assert VARIANCE_KINDS[table.variance_kind[silent]] == "none"


def test_a_roll_up_to_parents_is_the_same_rows_grouped_otherwise() -> None:
    data = people(7)
    design = data.design()
    parents = {"A": "north", "B": "north"}
    rolled = domains_by(design, ["unit"], relabel={"unit": parents})
    table = estimate_opt_in(design, [satisfied_share("q")], domains=rolled)
    p, variance = by_hand(data, np.isin(data.unit, ["A", "B"]), VALUES[0][1])
    assert table.labels == (("north",),)
    assert table.estimate[0, 0] == pytest.approx(p, rel=1e-12)
    assert table.variance[0, 0] == pytest.approx(variance, rel=1e-10)


def test_everybody_satisfied_gives_a_finite_interval_and_exactly_no_variance() -> None:
    design = registered(
        {"unit": ["A"] * 40, "service": ["s"] * 40, "date": days(40)}, [5] * 40, {("A", "s"): 90}
    )
    table = estimate_opt_in(design, [satisfied_share("q")], domains=domains_by(design, []))
    assert (table.estimate[0, 0], table.variance[0, 0], table.high[0, 0]) == (1.0, 0.0, 1.0)
    assert 0.85 < table.low[0, 0] < 0.97
    assert table.standin_se[0, 0] > 0


def test_a_single_date_gives_variance_between_people_as_if_each_were_a_psu() -> None:
    draws = np.random.default_rng(8)
    n = 150
    service = draws.choice(["a", "b"], n)
    answers = draws.choice([0, 1, 2, 3, 4, 5, 5], n)
    keys = {
        "unit": ["A"] * n,
        "service": service,
        "submission": ["online"] * n,
        "date": ["2026-01-05"] * n,
        "person": np.arange(n),
        "age": draws.choice(["young", "old"], n),
    }
    measures = [m for m, _ in VALUES]
    assignment = {("A", s, "online", "2026-01"): s for s in ("a", "b")}
    fine = cube_from_rows(keys, {"q": answers})
    coarse = cube_from_rows({k: v for k, v in keys.items() if k != "person"}, {"q": answers})
    tables = []
    for cube, psu in ((fine, "person"), (coarse, "date")):
        design = design_opt_in(cube, assigned_cells(cube, assignment, {"a": 300.0, "b": 100.0}), psu=psu)
        tables.append(estimate_opt_in(design, measures, domains=domains_by(design, ["age"])))
    np.testing.assert_allclose(tables[1].variance, tables[0].variance, rtol=1e-11)
    assert np.array_equal(tables[1].df, tables[0].df)
    assert {VARIANCE_KINDS[k] for k in tables[1].variance_kind} == {"element"}


def test_one_thousand_domains_in_blocks_are_the_same_domains_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = people(9)
    design = data.design()
    domains = domains_by(design, ["unit", "service", "mode"])
    whole = estimate_opt_in(design, [m for m, _ in VALUES], domains=domains, keep_influence=True)
    monkeypatch.setattr("analysis.opt_in._BLOCK_VALUES", 50)
    blocks = estimate_opt_in(design, [m for m, _ in VALUES], domains=domains, keep_influence=True)
    np.testing.assert_allclose(blocks.variance, whole.variance, rtol=1e-12)
    assert whole.influence is not None
    assert blocks.influence is not None
    assert np.array_equal(blocks.influence.domain, whole.influence.domain)


def test_multiplying_every_dossier_count_by_seven_changes_nothing_but_the_population() -> None:
    data = people(10)
    first = data.design()
    data.population = {name: 7 * volume for name, volume in data.population.items()}
    second = data.design()
    a, b = (
        estimate_opt_in(d, [m for m, _ in VALUES], domains=domains_by(d, ["unit"])) for d in (first, second)
    )
    np.testing.assert_allclose(a.estimate, b.estimate, rtol=1e-13)
    np.testing.assert_allclose(a.low, b.low, rtol=1e-10)
    np.testing.assert_allclose(7 * a.sum_weights, b.sum_weights, rtol=1e-13)


def test_a_grouping_of_other_rows_an_unknown_item_or_a_level_of_95_is_refused() -> None:
    design = people(11).design()
    domains = domains_by(design, [])
    with pytest.raises(ShapeMismatch, match="domains.code"):
        estimate_opt_in(design, [satisfied_share("q")], domains=Domains(domains.code[1:], domains.labels))
    with pytest.raises(UnknownName, match="'q9'"):
        estimate_opt_in(design, [satisfied_share("q9")], domains=domains)
    with pytest.raises(InvalidArgument, match="95"):
        estimate_opt_in(design, [satisfied_share("q")], domains=domains, level=95)
    with pytest.raises(InvalidArgument, match="'jackknife'"):
        people(11).design(leverage="jackknife")


def test_where_everybody_answers_alike_the_mean_has_an_interval_of_the_people_not_of_rounding() -> None:
    """Of many uneven weights a sum is 5 give or take a last digit, which is no variance."""
    for seed in range(12, 24):
        data = people(seed)
        data.q[:] = 5
        data.population = {name: volume * np.pi for name, volume in data.population.items()}
        design = data.design()
        made = estimate_opt_in(design, [mean_score("q")], domains=domains_by(design, ["unit"]))
        assert (made.estimate == 5).all()
        assert (made.variance == 0).all()
        assert (made.n_effective <= made.n).all()
        assert (made.low < 5).all()
