"""Importance shares: orders of entry by brute force, statsmodels for the fit, coverage of the bootstrap."""

from itertools import permutations

import numpy as np
import pytest

from analysis.drivers import Clusters, driver_shares, johnson_parts, priority_table, shapley_parts
from analysis.errors import InvalidArgument, TooFewPsus


def rng():
    return np.random.default_rng(20261122)


def survey(n=1200, k=4, *, psus=60, seed=1):
    """Correlated criteria on a 1-5 scale; the first two carry the overall judgement."""
    generator = np.random.default_rng(seed)
    mood = generator.normal(size=n)
    x = np.clip(np.round(4 + mood[:, None] * 0.6 + generator.normal(size=(n, k))), 1, 5)
    y = np.clip(np.round(0.6 * x[:, 0] + 0.3 * x[:, 1] + generator.normal(size=n) * 0.5), 1, 5)
    psu = generator.integers(0, psus, size=n)
    return x, y, generator.uniform(0.5, 3, size=n), Clusters(strata=psu % 3, psu=psu)


def correlations(x, y, w):
    matrix = np.cov(np.column_stack([x, y]).T, aweights=w)
    scale = np.sqrt(np.diag(matrix))
    matrix = matrix / scale / scale[:, None]
    return matrix[:-1, :-1], matrix[:-1, -1]


def r_squared(x, y, w, chosen):
    root = np.sqrt(w)
    design = np.column_stack([np.ones(len(y)), x[:, chosen]])
    beta = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
    mean = np.average(y, weights=w)
    return 1 - np.sum(w * (y - design @ beta) ** 2) / np.sum(w * (y - mean) ** 2)


def test_shapley_parts_are_the_mean_gain_over_all_orders_of_entry():
    x, y, w, _ = survey()
    gains = np.zeros(4)
    orders = list(permutations(range(4)))
    for order in orders:
        for place, item in enumerate(order):
            gains[item] += r_squared(x, y, w, list(order[: place + 1])) - r_squared(
                x, y, w, list(order[:place])
            )
    np.testing.assert_allclose(shapley_parts(*correlations(x, y, w)), gains / len(orders), atol=1e-8)


def test_both_methods_share_out_the_r_squared_of_statsmodels():
    from statsmodels.regression.linear_model import WLS

    x, y, w, clusters = survey(k=12)
    fit = WLS(y, np.column_stack([np.ones(len(y)), x]), weights=w).fit()
    many = driver_shares(x, y, weights=w, clusters=clusters, rng=rng())
    few = driver_shares(x[:, :5], y, weights=w, clusters=clusters, rng=rng())
    assert (many.method, few.method) == ("johnson", "shapley")
    assert many.r_squared == pytest.approx(fit.rsquared, abs=1e-8)
    assert few.importance.sum() == pytest.approx(1)
    assert many.importance.sum() == pytest.approx(1)


def test_for_two_criteria_johnson_and_shapley_agree():
    matrix, vector = np.array([[1, 0.55], [0.55, 1]]), np.array([0.6, 0.35])
    np.testing.assert_allclose(johnson_parts(matrix, vector), shapley_parts(matrix, vector), atol=1e-9)


def test_uncorrelated_criteria_get_their_squared_correlation():
    vector = np.array([0.5, 0.3, 0.1])
    np.testing.assert_allclose(shapley_parts(np.eye(3), vector), vector**2, atol=1e-9)
    np.testing.assert_allclose(johnson_parts(np.eye(3), vector), vector**2, atol=1e-12)


def test_identical_criteria_share_equally():
    x, y, w, clusters = survey()
    twins = driver_shares(x[:, [0, 0, 1]], y, weights=w, clusters=clusters, rng=rng())
    assert twins.importance[0] == pytest.approx(twins.importance[1], abs=1e-6)


def test_scaling_the_weights_changes_nothing():
    x, y, w, clusters = survey()
    one, seven = (driver_shares(x, y, weights=w * s, clusters=clusters, rng=rng()) for s in (1, 7))
    np.testing.assert_allclose(one.importance, seven.importance, rtol=1e-9)
    np.testing.assert_allclose(one.low, seven.low, rtol=1e-9)


def test_a_blank_answer_leaves_the_fit_and_not_the_design():
    x, y, w, clusters = survey()
    holes = x.copy()
    holes[::7, 2] = np.nan
    kept = ~np.isnan(holes[:, 2])
    shares = driver_shares(holes, y, weights=w, clusters=clusters, rng=rng())
    assert shares.n == kept.sum()
    assert shares.r_squared == pytest.approx(r_squared(x[kept], y[kept], w[kept], [0, 1, 2, 3]), abs=1e-8)


def test_a_criterion_that_never_varies_has_no_importance():
    x, y, w, clusters = survey()
    x[:, 3] = 5
    shares = driver_shares(x, y, weights=w, clusters=clusters, rng=rng())
    assert np.isnan(shares.importance[3])
    assert np.nansum(shares.importance) == pytest.approx(1)


def test_the_main_driver_is_found_and_its_interval_holds_the_estimate():
    x, y, w, clusters = survey()
    shares = driver_shares(x, y, weights=w, clusters=clusters, rng=rng())
    assert np.argmax(shares.importance) == 0
    assert np.all((shares.low <= shares.importance) & (shares.importance <= shares.high))


def test_the_intervals_cover_the_true_shares():
    truth_x, truth_y, _, _ = survey(n=200_000, seed=99)
    parts = shapley_parts(*correlations(truth_x, truth_y, np.ones(200_000)))
    truth, hits, runs = parts / parts.sum(), np.zeros(4), 40
    for seed in range(runs):
        x, y, w, clusters = survey(n=600, seed=seed)
        shares = driver_shares(x, y, weights=w, clusters=clusters, rng=np.random.default_rng(seed))
        hits += (shares.low <= truth) & (truth <= shares.high)
    assert hits.sum() / (4 * runs) >= 0.88


def test_the_priority_table_says_what_to_improve_first():
    x, y, w, clusters = survey()
    drivers = driver_shares(x, y, weights=w, clusters=clusters, rng=rng())
    performance = np.array([0.70, 0.95, 0.72, 0.94])
    table = priority_table(drivers, performance, low=performance - 0.02, high=performance + 0.02)
    assert table.quadrant[0] == "improve_first"
    assert table.quadrant[2] == "low_priority"
    assert table.quadrant[3] == "possible_overkill"
    assert table.clear[0]
    unsure = priority_table(
        drivers, performance, low=performance - 0.3, high=np.minimum(performance + 0.3, 1)
    )
    assert not unsure.clear.any()


def test_a_stratum_with_one_sampling_unit_is_named():
    x, y, w, _ = survey(n=90)
    lonely = Clusters(strata=np.repeat([0, 4], [80, 10]), psu=np.repeat([0, 1, 2], [40, 40, 10]))
    with pytest.raises(TooFewPsus, match="stratum 4 has 1"):
        driver_shares(x, y, weights=w, clusters=lonely, rng=rng())


def test_an_overall_judgement_that_never_varies_is_named():
    x, y, w, clusters = survey()
    with pytest.raises(InvalidArgument, match="overall"):
        driver_shares(x, np.full_like(y, 5), weights=w, clusters=clusters, rng=rng())
