"""Intervals of shares, against closed forms, scipy and the rule of docs/methods.md section 3.1."""

import math

import numpy as np
import pytest
from scipy.special import betainc, stdtrit

from analysis.errors import InvalidArgument
from analysis.intervals import (
    INTERVALS,
    jeffreys_high,
    jeffreys_interval,
    jeffreys_low,
    jeffreys_n_star,
    kg_interval,
    kg_n_star,
    share_evidence,
    share_interval,
    standin_variance,
    uncapped,
    wilson_interval,
    xlogit_interval,
)


def test_with_equal_weights_and_full_df_jeffreys_is_the_textbook_beta_interval() -> None:
    n, x = 50, 42
    p = x / n
    low, high = jeffreys_interval(share_evidence(p, p * (1 - p) / n, n=n, df=n - 1))
    assert betainc(x + 0.5, n - x + 0.5, float(low)) == pytest.approx(0.025, abs=1e-12)
    assert betainc(x + 0.5, n - x + 0.5, float(high)) == pytest.approx(0.975, abs=1e-12)


def test_clopper_pearson_limits_for_a_simple_sample_are_the_binomial_tails() -> None:
    n, x = 40, 33
    p = x / n
    low, high = (float(v) for v in kg_interval(share_evidence(p, p * (1 - p) / n, n=n, df=n - 1)))
    upper_tail = sum(math.comb(n, k) * low**k * (1 - low) ** (n - k) for k in range(x, n + 1))
    lower_tail = sum(math.comb(n, k) * high**k * (1 - high) ** (n - k) for k in range(x + 1))
    assert (upper_tail, lower_tail) == pytest.approx((0.025, 0.025), abs=1e-10)


@pytest.mark.parametrize("method", ["jeffreys", "kg", "wilson", "xlogit"])
@pytest.mark.parametrize("p", [0.0, 1.0])
def test_when_everybody_agrees_the_interval_is_finite_and_ends_at_the_share(method: str, p: float) -> None:
    low, high = share_interval(share_evidence(p, 0.0, n=20, df=19), method=method)
    assert (low if p == 0 else high) == p
    assert 0.05 < high - low < 0.25


@pytest.mark.parametrize("method", sorted(INTERVALS))
def test_without_degrees_of_freedom_no_method_invents_a_limit_inside_zero_to_one(method: str) -> None:
    low, high = share_interval(share_evidence(0.5, 0.02, n=3, df=0), method=method)
    assert np.isnan(low)
    assert np.isnan(high)


@pytest.mark.parametrize("method", sorted(INTERVALS))
def test_no_answers_means_no_interval(method: str) -> None:
    low, high = share_interval(share_evidence(np.nan, np.nan, n=0, df=0), method=method)
    assert np.isnan(low)
    assert np.isnan(high)


def test_a_higher_level_never_gives_a_narrower_interval() -> None:
    evidence = share_evidence([0.3, 0.8, 0.97, 1.0], [0.004, 0.002, 0.0005, 0.0], n=60, df=12)
    for method in INTERVALS:
        before = (np.full(4, np.inf), np.full(4, -np.inf))
        for level in (0.8, 0.9, 0.95, 0.99):
            low, high = share_interval(evidence, level, method=method)
            inside = ~np.isnan(low)
            assert np.all(low[inside] <= before[0][inside] + 1e-12), (method, level)
            assert np.all(high[inside] >= before[1][inside] - 1e-12), (method, level)
            before = (low, high)


def test_the_kish_cap_holds_for_a_share_and_not_for_an_index() -> None:
    evidence = share_evidence(0.9, 0.0001, n=100, df=30, n_kish=80)
    ratio = (stdtrit(99, 0.975) / stdtrit(30, 0.975)) ** 2
    assert jeffreys_n_star(evidence) == pytest.approx(80 * ratio)
    assert jeffreys_n_star(uncapped(evidence)) == pytest.approx(0.9 * 0.1 / 0.0001 * ratio)


def test_an_index_without_variance_falls_back_on_kish() -> None:
    evidence = uncapped(share_evidence(1.0, 0.0, n=100, df=99, n_kish=80))
    assert jeffreys_n_star(evidence) == pytest.approx(80)


def test_a_finite_population_correction_relieves_the_cap_and_a_census_is_a_point() -> None:
    f = 0.75
    relieved = share_evidence(0.9, 0.9 * 0.1 / 300 * (1 - f), n=300, df=299, sampled_share=f)
    assert jeffreys_n_star(relieved) == pytest.approx(300 / (1 - f))
    low, high = jeffreys_interval(share_evidence(0.9, 0.0, n=40, df=39, sampled_share=1.0))
    assert (float(low), float(high)) == (0.9, 0.9)


def test_nchs_effective_size_is_capped_at_n_and_discounted_for_few_psus() -> None:
    assert kg_n_star(share_evidence(0.5, 0.25 / 500, n=100, df=99)) == pytest.approx(100)
    few = kg_n_star(share_evidence(0.5, 0.25 / 80, n=100, df=4))
    assert few == pytest.approx(80 * (stdtrit(99, 0.975) / stdtrit(4, 0.975)) ** 2)
    assert kg_n_star(share_evidence(1.0, 0.0, n=100, df=0)) == pytest.approx(100)


def test_wilson_solves_its_score_equation() -> None:
    p, v, df = 0.93, 0.0008, 17
    evidence = share_evidence(p, v, n=100, df=df)
    n = p * (1 - p) / v
    for limit in wilson_interval(evidence):
        score = abs(p - float(limit)) / math.sqrt(float(limit) * (1 - float(limit)) / n)
        assert score == pytest.approx(stdtrit(df, 0.975), rel=1e-10)
    capped = wilson_interval(share_evidence(p, v / 9, n=100, df=df), cap_at_n=True)
    assert capped[1] - capped[0] > wilson_interval(share_evidence(p, v / 9, n=100, df=df))[1] - capped[0]


def test_log_odds_limits_fall_back_to_korn_graubard_where_nobody_differs() -> None:
    evidence = share_evidence([0.8, 1.0], [0.002, 0.0], n=50, df=20)
    low, _ = xlogit_interval(evidence)
    centre, half = math.log(4), stdtrit(20, 0.975) * math.sqrt(0.002) / 0.16
    assert low[0] == pytest.approx(1 / (1 + math.exp(half - centre)))
    assert low[1] == kg_interval(evidence)[0][1]


def test_a_variance_of_zero_gets_a_stand_in_wherever_one_is_needed() -> None:
    evidence = share_evidence([1.0, 0.8], [0.0, 0.003], n=50, df=49)
    stood = standin_variance(evidence)
    centre = 50.5 / 51
    assert stood[0] == pytest.approx(centre * (1 - centre) / 50)
    assert stood[1] == 0.003


def test_one_limit_alone_is_the_limit_of_the_pair() -> None:
    evidence = share_evidence([0.0, 0.4, 1.0], [0.0, 0.01, 0.0], n=25, df=10)
    low, high = jeffreys_interval(evidence, 0.9)
    assert np.array_equal(low, jeffreys_low(evidence, 0.9))
    assert np.array_equal(high, jeffreys_high(evidence, 0.9))


def test_jeffreys_covers_a_share_of_98_percent_at_least_94_times_in_100() -> None:
    draws = np.random.default_rng(20261122)
    for n, p in ((20, 0.95), (20, 0.98), (50, 0.95), (100, 0.98)):
        weights = draws.lognormal(0, 0.55, (2000, n))
        y = draws.random((2000, n)) < p
        total = weights.sum(axis=1)
        estimate = (weights * y).sum(axis=1) / total
        z = weights * (y - estimate[:, None]) / total[:, None]
        evidence = share_evidence(
            estimate,
            n / (n - 1) * (z**2).sum(axis=1),
            n=n,
            df=n - 1,
            n_kish=total**2 / (weights**2).sum(axis=1),
        )
        low, high = jeffreys_interval(evidence)
        assert np.mean((low <= p) & (p <= high)) >= 0.94, (n, p)


def test_a_share_beyond_one_or_a_level_of_95_is_refused_by_value() -> None:
    with pytest.raises(InvalidArgument, match=r"p is 96\.5"):
        share_evidence(96.5, 0.1, n=10, df=9)
    with pytest.raises(InvalidArgument, match="level is 95"):
        jeffreys_interval(share_evidence(0.5, 0.01, n=10, df=9), 95)
    with pytest.raises(InvalidArgument, match="'agresti'"):
        share_interval(share_evidence(0.5, 0.01, n=10, df=9), method="agresti")
