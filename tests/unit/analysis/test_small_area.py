"""Modelled shares: against brute-force integration, and coverage in a small seeded simulation."""

import numpy as np
import pytest
from scipy.special import betainc, betaln, expit, logit

from analysis.errors import AnalysisError, InvalidArgument
from analysis.small_area import Benchmark, small_area_shares


def brute_force(x, n):
    """Posterior on a fine even grid of (mu, rho): mass and beta parameters, by plain sums."""
    middle = (np.arange(600) + 0.5) / 600
    mu, rho = (g.ravel() for g in np.meshgrid(middle, middle))
    a, b = mu * (1 - rho) / rho, (1 - mu) * (1 - rho) / rho
    log_mass = 3 * np.log1p(-rho) + sum(
        betaln(a + s, b + m - s) - betaln(a, b) for s, m in zip(x, n, strict=True)
    )
    mass = np.exp(log_mass - log_mass.max())
    return mass / mass.sum(), a, b


def test_estimates_and_limits_agree_with_brute_force_integration():
    n, x = np.array([8.0, 20.0, 12.5, 40.0]), np.array([8.0, 15.0, 9.25, 37.0])
    areas = small_area_shares(x / n, n)
    mass, a, b = brute_force(x, n)
    for i in range(4):
        centre = (a + x[i]) / (a + b + n[i])
        assert areas.estimate[i] == pytest.approx(mass @ centre, abs=5e-4)
        spread = mass @ (centre * (1 - centre) / (a + b + n[i] + 1)) + mass @ (centre - mass @ centre) ** 2
        assert areas.se[i] == pytest.approx(np.sqrt(spread), rel=0.01)
        below = [mass @ betainc(a + x[i], b + n[i] - x[i], limit[i]) for limit in (areas.low, areas.high)]
        assert below == pytest.approx([0.025, 0.975], abs=1.5e-3)


@pytest.mark.parametrize("mean_n", [8, 20])
def test_the_intervals_cover_the_true_shares(mean_n):
    rng, covered = np.random.default_rng(20261122), []
    for _ in range(12):
        n = np.maximum(rng.poisson(mean_n, 60), 1)
        truth = expit(logit(0.9) + 0.6 * rng.standard_normal(60))
        areas = small_area_shares(rng.binomial(n, truth) / n, n)
        covered.append(np.mean((areas.low <= truth) & (truth <= areas.high)))
    assert np.mean(covered) >= 0.92


def test_shrinking_halves_the_error_of_areas_with_few_answers():
    rng = np.random.default_rng(4)
    n, truth = np.full(60, 8), expit(logit(0.9) + 0.6 * rng.standard_normal(60))
    direct = rng.binomial(n, truth) / n
    areas = small_area_shares(direct, n)
    assert np.mean((areas.estimate - truth) ** 2) < 0.5 * np.mean((direct - truth) ** 2)


def test_an_area_with_many_answers_keeps_its_own_figure():
    areas = small_area_shares([0.70, 0.9, 0.92, 0.88], [5000, 30, 30, 30])
    assert areas.estimate[0] == pytest.approx(0.70, abs=0.002)
    assert areas.own_weight[0] > 0.98
    assert areas.own_weight[1] < areas.own_weight[0]


def test_an_area_without_answers_is_predicted_and_says_so():
    areas = small_area_shares([np.nan, 0.9, 0.8, 0.85], [0, 50, 50, 50])
    assert np.isnan(areas.direct[0])
    assert areas.own_weight[0] == 0
    assert 0.7 < areas.estimate[0] < 0.95
    assert areas.high[0] - areas.low[0] > areas.high[1] - areas.low[1]


def test_areas_where_everybody_is_satisfied_have_room_below():
    areas = small_area_shares([1.0] * 6, [10] * 6)
    assert np.all(areas.low < 0.98)
    assert np.all(areas.low > 0.7)
    assert np.all(areas.high <= 1)


def test_the_result_is_always_labelled_modelled():
    assert small_area_shares([0.9, 0.8], [10, 20]).basis == "modelled"


def test_a_benchmark_makes_the_areas_add_up_to_the_direct_total():
    population = np.array([100.0, 300.0, 600.0])
    free = small_area_shares([0.9, 0.8, 0.6], [12, 15, 20])
    held = small_area_shares([0.9, 0.8, 0.6], [12, 15, 20], benchmark=Benchmark(population, 0.80))
    assert population @ held.estimate / population.sum() == pytest.approx(0.80, abs=1e-9)
    assert held.benchmark_shift > 0
    assert np.all(held.low > free.low)
    assert np.all((held.low < held.estimate) & (held.estimate < held.high))


def test_thousands_of_areas_resolve_a_narrow_posterior():
    rng = np.random.default_rng(8)
    truth = rng.beta(0.9 * 30, 0.1 * 30, size=800)
    areas = small_area_shares(rng.binomial(15, truth) / 15, np.full(800, 15))
    assert areas.mean == pytest.approx(0.9, abs=0.01)
    assert areas.correlation == pytest.approx(1 / 31, abs=0.01)


def test_unusable_arguments_are_named():
    with pytest.raises(InvalidArgument, match="two areas"):
        small_area_shares([0.9, np.nan], [10, 0])
    with pytest.raises(InvalidArgument, match="share"):
        small_area_shares([0.9, 1.5], [10, 10])
    with pytest.raises(InvalidArgument, match=r"benchmark\.total"):
        small_area_shares([0.9, 0.8], [9, 9], benchmark=Benchmark(np.ones(2), 1.2))
    with pytest.raises(AnalysisError, match="share"):
        small_area_shares([0.9], [10, 10])
