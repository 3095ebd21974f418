"""A difference, its interval, its p-value and its arrow are one verdict."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.differences import (
    correlation,
    difference_limits,
    difference_of_shares,
    least_significant_change,
    margin_towards_zero,
)
from analysis.errors import InvalidArgument
from analysis.intervals import ShareEvidence, jeffreys_interval, share_evidence, uncapped


def simple(x: int, n: int, deff: float = 1.0) -> ShareEvidence:
    p = x / n
    return share_evidence([p], [deff * p * (1 - p) / n], n=n, df=n - 1)


SAMPLE = st.integers(5, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=150, deadline=None)
@given(SAMPLE, SAMPLE, st.sampled_from([0.8, 0.9, 0.95, 0.99]), st.floats(-0.5, 0.9))
def test_the_arrow_the_interval_and_the_p_value_never_disagree(
    a: tuple[int, int], b: tuple[int, int], level: float, r: float
) -> None:
    first, second = simple(*a), simple(*b)
    shared = r * np.sqrt(first.variance * second.variance)
    found = difference_of_shares(first, second, covariance=shared, level=level)
    excludes_zero = bool(found.low[0] > 0 or found.high[0] < 0)
    assert excludes_zero == (found.p_value[0] < 1 - level)
    assert found.direction[0] == (np.sign(found.difference[0]) if excludes_zero else 0)
    assert found.low[0] <= found.difference[0] + 1e-12
    assert found.high[0] >= found.difference[0] - 1e-12
    assert 0 < found.p_value[0] <= 1


@settings(max_examples=60, deadline=None)
@given(SAMPLE, SAMPLE)
def test_turning_the_difference_round_turns_everything_round(a: tuple[int, int], b: tuple[int, int]) -> None:
    there, back = difference_of_shares(simple(*a), simple(*b)), difference_of_shares(simple(*b), simple(*a))
    assert there.low[0] == pytest.approx(-back.high[0], abs=1e-12)
    assert there.p_value[0] == pytest.approx(back.p_value[0], rel=1e-5)


def test_the_p_value_is_the_level_at_which_the_interval_touches_zero() -> None:
    for a, b in (((45, 50), (70, 100)), ((30, 30), (50, 60)), ((120, 400), (190, 400))):
        found = difference_of_shares(simple(*a), simple(*b))
        touching = difference_of_shares(simple(*a), simple(*b), level=1 - float(found.p_value[0]))
        assert min(abs(touching.low[0]), abs(touching.high[0])) < 1e-7


def test_without_correlation_it_is_newcombes_square_and_add_on_the_jeffreys_limits() -> None:
    first, second = simple(56, 70), simple(48, 80)
    (l1, u1), (l2, u2) = jeffreys_interval(first), jeffreys_interval(second)
    found = difference_of_shares(first, second)
    low = 0.2 - math.sqrt((0.8 - l1[0]) ** 2 + (u2[0] - 0.6) ** 2)
    high = 0.2 + math.sqrt((u1[0] - 0.8) ** 2 + (0.6 - l2[0]) ** 2)
    assert (found.low[0], found.high[0]) == pytest.approx((low, high), abs=1e-12)


def test_in_large_samples_it_agrees_with_the_normal_test() -> None:
    n = 200_000
    found = difference_of_shares(simple(101_000, n), simple(100_300, n))
    z = found.difference[0] / math.sqrt(2 * 0.25 / n)
    assert found.p_value[0] == pytest.approx(math.erfc(z / math.sqrt(2)), rel=0.02)


def test_everybody_against_97_percent_is_finite_and_no_miracle() -> None:
    found = difference_of_shares(simple(40, 40), simple(97, 100))
    assert np.isfinite([found.low[0], found.high[0], found.se[0]]).all()
    assert found.direction[0] == 0
    assert 0.05 < found.p_value[0] < 1
    assert found.correlation[0] == 0
    far = difference_of_shares(simple(400, 400), simple(200, 400))
    assert far.direction[0] == 1
    assert 0 < far.p_value[0] < 1e-9


def test_sharing_answers_makes_a_difference_more_certain() -> None:
    first, second = simple(80, 100), simple(70, 100)
    alone = difference_of_shares(first, second)
    sharing = difference_of_shares(first, second, covariance=0.7 * np.sqrt(first.variance * second.variance))
    assert sharing.p_value[0] < alone.p_value[0]
    assert sharing.high[0] - sharing.low[0] < alone.high[0] - alone.low[0]


def test_independent_samples_with_the_same_truth_differ_about_5_times_in_100() -> None:
    draws = np.random.default_rng(20261122)
    n = 80
    x, y = draws.binomial(n, 0.9, 4000), draws.binomial(n, 0.9, 4000)
    first, second = (share_evidence(k / n, k / n * (1 - k / n) / n, n=n, df=n - 1) for k in (x, y))
    found = difference_of_shares(first, second)
    assert 0.03 < np.mean(found.p_value < 0.05) < 0.065


def test_correlation_is_zero_without_variance_and_never_beyond_one() -> None:
    first, second = share_evidence([1.0, 0.5], [0.0, 0.01], n=20, df=19), simple(10, 20)
    assert correlation(first, second, covariance=0.5).tolist() == [0.0, 1.0]


def test_a_figure_without_answers_has_no_verdict() -> None:
    nothing = share_evidence([np.nan], [np.nan], n=0, df=0)
    found = difference_of_shares(nothing, simple(10, 20))
    assert np.isnan([found.p_value[0], found.low[0], found.direction[0]]).all()


def test_a_share_is_not_compared_with_an_index_and_a_level_of_95_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="a share and an index"):
        difference_of_shares(simple(10, 20), uncapped(simple(10, 20)))
    with pytest.raises(InvalidArgument, match="level is 95"):
        difference_of_shares(simple(10, 20), simple(10, 20), level=95)
    with pytest.raises(InvalidArgument, match="level is 95"):
        least_significant_change(0.1, 0.1, level=95)


def test_the_least_significant_change_is_196_root_two_standard_errors() -> None:
    assert least_significant_change(0.02, 0.02) == pytest.approx(1.959964 * math.sqrt(2) * 0.02, rel=1e-6)
    assert least_significant_change(0.02, 0.02, covariance=0.0004) == pytest.approx(0, abs=1e-12)


def test_a_difference_is_called_one_exactly_when_it_is_larger_than_its_margin() -> None:
    draws = np.random.default_rng(20261130)
    n = draws.integers(5, 300, size=(2, 500))
    k = draws.binomial(n, draws.uniform(0.4, 1.0, size=(2, 500)))
    first, second = (
        share_evidence(x / m, x / m * (1 - x / m) / m, n=m, df=m - 1) for x, m in zip(k, n, strict=True)
    )
    for level in (0.9, 0.95, 0.999):
        found = difference_of_shares(first, second, level=level)
        larger = np.abs(found.difference) > margin_towards_zero(found.difference, found.low, found.high)
        assert larger.tolist() == (found.direction != 0).tolist()
        assert 0 < np.count_nonzero(larger) < 500


def test_in_large_samples_the_margin_is_the_least_significant_change() -> None:
    n = 100_000
    found = difference_of_shares(simple(80_000, n), simple(80_000, n))
    se = math.sqrt(0.16 / n)
    assert margin_towards_zero(found.difference, found.low, found.high)[0] == pytest.approx(
        least_significant_change(se, se), rel=1e-3
    )


def test_limits_at_a_level_of_their_own_are_those_of_the_whole_difference() -> None:
    first, second, levels = simple(80, 100), simple(70, 100), [0.9, 0.95, 0.999]
    low, high = difference_limits(first, second, covariance=0.0005, level=levels)
    each = [difference_of_shares(first, second, covariance=0.0005, level=level) for level in levels]
    assert low.tolist() == [one.low[0] for one in each]
    assert high.tolist() == [one.high[0] for one in each]
