"""The coverage simulation at a tenth of its size: tests/load/coverage.py prints the whole table."""

import numpy as np
import pytest
from load.coverage import (
    PUBLISHED_WIDTH,
    Cell,
    grid,
    rank_coverage,
    simulate,
    small_area_coverage,
)

RUNS = 1000
NOISE = 3 * float(np.sqrt(0.95 * 0.05 / RUNS))


@pytest.mark.parametrize("kind", ["weighted", "clustered"])
@pytest.mark.parametrize(("p", "n"), [(0.80, 100), (0.95, 50), (0.98, 20)])
def test_the_default_interval_holds_its_level_and_is_no_wider_than_published(
    kind: str, p: float, n: int
) -> None:
    held = simulate(Cell(kind, p, n), RUNS)
    published = dict(zip([(c.p, c.n) for c in grid(kind)], PUBLISHED_WIDTH[kind], strict=True))
    assert held.coverage >= 0.943 - NOISE
    assert 100 * held.width <= 1.02 * published[p, n] * 1.02


@pytest.mark.parametrize("p", [0.80, 0.98])
def test_the_default_interval_holds_its_level_on_weighting_cells_of_two_to_five_answers(p: float) -> None:
    assert simulate(Cell("thin", p, 50), RUNS).coverage >= 0.943 - NOISE


@pytest.mark.parametrize("answers", [2, 5])
def test_the_variance_is_right_on_average_with_two_to_five_answers_a_cell(answers: int) -> None:
    assert 0.9 - 0.06 <= simulate(Cell("thin", 0.80, 50, answers), RUNS).ratio <= 1.1 + 0.06


@pytest.mark.parametrize(("population", "n", "p"), [(100, 50, 0.95), (400, 200, 0.98), (400, 300, 0.90)])
def test_a_finite_population_narrows_the_interval_and_it_still_holds(
    population: int, n: int, p: float
) -> None:
    held = simulate(Cell("fpc", p, n, population), RUNS)
    assert held.coverage >= 0.925 - NOISE
    assert held.width < 0.8 * simulate(Cell("weighted", p, n), 200).width


def test_modelled_intervals_of_small_areas_hold_where_plugged_in_ones_cover_seventy_percent() -> None:
    coverage, width = small_area_coverage(8, 8)
    assert coverage >= 0.89
    assert width < 0.25


@pytest.mark.parametrize("simultaneous", [False, True])
def test_rank_sets_hold_at_least_their_level(simultaneous: bool) -> None:
    held = rank_coverage(12, 0.03, 100, simultaneous=simultaneous)
    assert (held.joint if simultaneous else held.worst) >= 0.95
    assert held.width < 12


def test_the_same_seed_gives_the_same_figures() -> None:
    cell = Cell("clustered", 0.95, 20)
    assert simulate(cell, 100) == simulate(cell, 100)
