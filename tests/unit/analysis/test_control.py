"""Control limits against R's binomial quantiles, and the false-alarm rate they promise."""

import numpy as np
import pytest

from analysis.control import control_chart, laney_sigma, probability_limits
from analysis.errors import InvalidArgument

SHARES = [0.92, 0.85, 0.97, 0.88, 0.95, 0.79, 0.93, 0.90]
COUNTS = [120, 80, 150, 60, 200, 90, 110, 75]
# R: z <- (p - c)/sqrt(c(1-c)/n); mean(abs(diff(z)))/1.128
R_CENTRE, R_SIGMA_Z = 0.912542372881, 3.12527114846


@pytest.mark.parametrize(
    ("centre", "low", "high"),
    # R 4.2.2: qbinom(c(0.00135, 0.99865), n, centre) for n = 20, 100, 400
    [(0.9, [13, 80, 341], [20, 98, 377]), (0.3, [1, 17, 93], [12, 44, 148])],
)
def test_counts_inside_the_limits_are_those_between_the_binomial_quantiles(centre, low, high):
    n = np.array([20, 100, 400])
    lower, upper = probability_limits(centre, n)
    assert np.ceil(lower * n - 1e-9).tolist() == low
    assert np.floor(upper * n + 1e-9).tolist() == high


def test_limits_stay_between_zero_and_one_and_narrow_with_answers():
    low, high = probability_limits(0.97, np.array([2.0, 7.3, 50.0, 900.0]))
    assert np.all((low >= 0) & (high <= 1) & (low < 0.97) & (high > 0.97))
    assert np.all(np.diff(low) > 0)


def test_false_alarms_are_as_rare_as_promised():
    rng = np.random.default_rng(1)
    n = rng.integers(10, 300, size=40_000)
    chart = control_chart(rng.binomial(n, 0.9) / n, n, centre=0.9, spread="sampling")
    assert chart.outside.mean() <= 0.0027


def test_laney_excess_is_that_of_r():
    assert control_chart(SHARES, COUNTS).centre == pytest.approx(R_CENTRE, abs=1e-12)
    assert laney_sigma(SHARES, COUNTS, centre=R_CENTRE) == pytest.approx(R_SIGMA_Z, abs=1e-9)


def test_days_that_differ_by_more_than_sampling_get_wider_limits():
    plain = control_chart(SHARES, COUNTS, spread="sampling")
    wide = control_chart(SHARES, COUNTS)
    assert wide.sigma_z == pytest.approx(R_SIGMA_Z, abs=1e-9)
    assert np.all(wide.low < plain.low)
    assert plain.outside.any()
    assert not wide.outside.any()


def test_ordinary_days_are_left_alone():
    rng = np.random.default_rng(2)
    chart = control_chart(rng.binomial(80, 0.9, size=60) / 80, np.full(60, 80))
    assert chart.sigma_z == 1


def test_a_collapse_is_a_signal():
    chart = control_chart([0.9] * 20 + [0.5], [60] * 21, centre=0.9)
    assert chart.outside.tolist() == [False] * 20 + [True]


def test_nine_points_on_one_side_are_a_signal():
    chart = control_chart([0.90, 0.88] + [0.93] * 10, [50] * 12, centre=0.91)
    assert chart.in_run.tolist() == [False] * 10 + [True, True]


def test_a_day_without_answers_has_no_limits_and_breaks_a_run():
    chart = control_chart([0.93] * 8 + [np.nan] + [0.93] * 8, [50] * 8 + [0] + [50] * 8, centre=0.91)
    assert np.isnan(chart.low[8])
    assert not chart.outside.any()
    assert not chart.in_run.any()


def test_a_chart_where_everybody_is_satisfied_has_limits():
    chart = control_chart([1.0] * 10, [30] * 10)
    assert np.all(chart.low < 1)
    assert np.all(chart.high == 1)
    assert not chart.outside.any()


def test_unusable_arguments_are_named():
    with pytest.raises(InvalidArgument, match="share"):
        control_chart([1.4], [10])
    with pytest.raises(InvalidArgument, match="no day with answers"):
        control_chart([np.nan], [0])
    with pytest.raises(InvalidArgument, match="centre"):
        control_chart([0.5], [10], centre=1.0)
