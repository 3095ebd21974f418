"""Rank sets: known critical values, brute force, and coverage in a small seeded simulation."""

import numpy as np
import pytest

from analysis.errors import AnalysisError, InvalidArgument
from analysis.joint_draws import Simulation, highest_level
from analysis.ranks import plain_ranks, rank_changes, rank_sets
from analysis.tiers import peer_tiers

# R: qtukey(0.95, 10, Inf) / sqrt(2)
TUKEY_TEN = 3.1637


def rng():
    return np.random.default_rng(20261122)


def test_well_separated_units_have_exact_ranks():
    sets = rank_sets([0.5, 0.9, 0.7], [1e-6] * 3, rng=rng())
    assert sets.rank.tolist() == sets.best.tolist() == sets.worst.tolist() == [3, 1, 2]


def test_equal_units_cannot_be_told_apart():
    sets = rank_sets([0.8] * 5, [1e-4] * 5, rng=rng(), simultaneous=True)
    assert sets.best.tolist() == [1] * 5
    assert sets.worst.tolist() == [5] * 5
    assert sets.rank.tolist() == [1] * 5


@pytest.mark.parametrize(("standardised", "told_apart"), [(1.8, False), (2.1, True)])
def test_two_units_are_told_apart_at_the_usual_normal_value(standardised, told_apart):
    sets = rank_sets([standardised * np.sqrt(2), 0.0], [1.0, 1.0], rng=rng(), simulation=Simulation(20_000))
    assert (sets.worst[0] == 1) == told_apart


@pytest.mark.parametrize(("times", "told_apart"), [(0.96, False), (1.04, True)])
def test_a_league_of_ten_uses_the_studentised_range(times, told_apart):
    estimate = np.zeros(10)
    estimate[4] = times * TUKEY_TEN * np.sqrt(2)
    sets = rank_sets(estimate, np.ones(10), rng=rng(), simultaneous=True, simulation=Simulation(20_000))
    assert (sets.worst[4] == 1) == told_apart
    assert (sets.best[0] == 2) == told_apart


def test_covariance_between_units_sharpens_their_comparison():
    close, shared = [0.80, 0.83], np.full((2, 2), 0.00095) + np.eye(2) * 0.00005
    assert rank_sets(close, np.diag(shared), rng=rng()).worst.tolist() == [2, 2]
    assert rank_sets(close, shared, rng=rng()).worst.tolist() == [2, 1]


def test_simultaneous_sets_contain_the_marginal_ones():
    estimate = np.linspace(0.7, 0.9, 12)
    alone = rank_sets(estimate, np.full(12, 0.0004), rng=rng())
    league = rank_sets(estimate, np.full(12, 0.0004), rng=rng(), simultaneous=True)
    assert np.all(league.best <= alone.best)
    assert np.all(league.worst >= alone.worst)


def test_step_down_only_narrows_the_single_step_sets_of_brute_force():
    generator = np.random.default_rng(3)
    estimate, se = generator.normal(0, 2, size=8), generator.uniform(0.3, 0.9, size=8)
    sets = rank_sets(estimate, se**2, rng=rng(), simulation=Simulation(4000))
    noise = np.random.default_rng(99).standard_normal((4000, 8)) * se
    for j in range(8):
        best, worst = _single_step(estimate, se, noise, j)
        assert best <= sets.best[j] <= sets.rank[j] <= sets.worst[j] <= worst


def _single_step(estimate, se, noise, j):
    others = [k for k in range(len(se)) if k != j]
    scale = {k: np.hypot(se[j], se[k]) for k in others}
    largest = np.max([np.abs(noise[:, j] - noise[:, k]) / scale[k] for k in others], axis=0)
    # Two sets of draws: a slightly larger value keeps the comparison on the safe side.
    critical = np.quantile(largest, 0.96)
    better = sum((estimate[k] - estimate[j]) / scale[k] > critical for k in others)
    worse = sum((estimate[j] - estimate[k]) / scale[k] > critical for k in others)
    return 1 + better, len(se) - worse


def test_the_sets_cover_the_true_ranks_at_least_as_often_as_stated():
    generator, units, runs = np.random.default_rng(1), 10, 200
    truth, se = np.linspace(0.80, 0.86, units), 0.01
    hits, joint = np.zeros(units), 0
    for _ in range(runs):
        seen = truth + se * generator.standard_normal(units)
        alone = rank_sets(seen, np.full(units, se**2), rng=generator, simulation=Simulation(400))
        league = rank_sets(
            seen, np.full(units, se**2), rng=generator, simulation=Simulation(400), simultaneous=True
        )
        true = plain_ranks(truth)
        hits += (alone.best <= true) & (true <= alone.worst)
        joint += bool(np.all((league.best <= true) & (true <= league.worst)))
    assert hits.min() / runs >= 0.95
    assert joint / runs >= 0.95


def test_variances_from_few_sampling_units_are_allowed_for():
    generator, units, df, runs = np.random.default_rng(7), 8, 6, 300
    held = {None: 0, df: 0}
    for _ in range(runs):
        seen = generator.standard_normal(units)
        variance = generator.chisquare(df, units) / df
        for given in held:
            sets = rank_sets(
                seen, variance, rng=generator, simultaneous=True, simulation=Simulation(400, df=given)
            )
            held[given] += bool(np.all(sets.best == 1))
    assert held[None] / runs < 0.93
    assert held[df] / runs >= 0.93


def test_changes_in_rank_cover_the_true_change():
    generator, runs = np.random.default_rng(2), 150
    before, after = np.array([0.90, 0.87, 0.84, 0.80, 0.78]), np.array([0.78, 0.87, 0.86, 0.85, 0.90])
    true = plain_ranks(before) - plain_ranks(after)
    hits = np.zeros(5)
    for _ in range(runs):
        seen = np.concatenate([before, after]) + 0.015 * generator.standard_normal(10)
        moved = rank_changes(
            seen[:5], seen[5:], np.full(10, 0.015**2), rng=generator, simulation=Simulation(400)
        )
        hits += (moved.low <= true) & (true <= moved.high)
    assert hits.min() / runs >= 0.95


def test_a_unit_that_clearly_climbed_shows_a_positive_change():
    moved = rank_changes([0.9, 0.8, 0.7], [0.7, 0.8, 0.9], [1e-6] * 6, rng=rng())
    assert moved.change.tolist() == moved.low.tolist() == moved.high.tolist() == [-2, 0, 2]


def test_tiers_name_who_stands_out_from_the_peer_mean():
    tiers = peer_tiers([0.90, 0.80, 0.85, 0.852], [1e-4] * 4, rng=rng())
    assert tiers.tier == ("above", "below", "not_distinguishable", "not_distinguishable")


def test_a_unit_that_is_nearly_the_whole_mean_has_a_small_error_against_it():
    tiers = peer_tiers([0.9, 0.8], [1e-4, 1e-4], weights=[99, 1], rng=rng())
    assert tiers.peer_mean == pytest.approx(0.899)
    assert tiers.se[0] == pytest.approx(0.01 * np.sqrt(0.01**2 + 0.01**2))


def test_wrong_tiers_are_rare_among_equal_units():
    generator = np.random.default_rng(6)
    wrong = [
        set(
            peer_tiers(
                generator.standard_normal(8), np.ones(8), rng=generator, simulation=Simulation(500)
            ).tier
        )
        != {"not_distinguishable"}
        for _ in range(400)
    ]
    assert np.mean(wrong) <= 0.08


def test_the_same_seed_gives_the_same_sets():
    one, two = (rank_sets(np.linspace(0, 3, 9), np.ones(9), rng=rng()) for _ in range(2))
    assert one.best.tolist() == two.best.tolist()
    assert one.worst.tolist() == two.worst.tolist()


@pytest.mark.parametrize("draws", [1, 10, 100, 1000])
def test_the_highest_level_is_one_the_draws_can_keep(draws: int) -> None:
    sets = rank_sets([0.5, 0.7], [1, 1], rng=rng(), level=highest_level(draws), simulation=Simulation(draws))
    assert sets.level >= 1 - 2 / (draws + 1)


def test_unusable_arguments_are_named():
    with pytest.raises(InvalidArgument, match=r"estimate\[1\]"):
        rank_sets([0.8, np.nan], [1, 1], rng=rng())
    with pytest.raises(InvalidArgument, match="at least 19"):
        rank_sets([0.8, 0.7], [1, 1], rng=rng(), simulation=Simulation(10))
    with pytest.raises(InvalidArgument, match="eigenvalues"):
        rank_sets([0.8, 0.7], [[1, 2], [2, 1]], rng=rng())
    with pytest.raises(AnalysisError, match="covariance"):
        rank_sets([0.8, 0.7], np.eye(3), rng=rng())
