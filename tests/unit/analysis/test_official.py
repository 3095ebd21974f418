"""Scores that rules prescribe: figures from the published examples."""

import numpy as np
import pytest
from scipy.special import ndtr

from analysis.errors import AnalysisError, InvalidArgument
from analysis.official import grade_probabilities, par_index_points, portal_satisfaction


def rng():
    return np.random.default_rng(20261122)


def test_binh_duong_2020_gets_its_published_points():
    assert par_index_points(0.882) == pytest.approx(8.82)
    assert 55.48 + float(par_index_points(0.882)) + 20.27 + 2.36 == pytest.approx(86.93)


def test_a_share_above_one_is_refused():
    with pytest.raises(InvalidArgument, match=r"88\.2"):
        par_index_points([0.8, 88.2])


def test_ninety_percent_on_the_portal_is_worth_all_points():
    assert portal_satisfaction(0.06, 0.02, maximum_points=4).points == 4
    assert portal_satisfaction(0.0, 0.10, maximum_points=4).points == 4


def test_below_ninety_percent_the_points_fall_in_proportion():
    result = portal_satisfaction(0.20, 0.08, maximum_points=4)
    assert result.share == pytest.approx(0.72)
    assert result.points == pytest.approx(3.2)


def test_a_share_cannot_fall_below_zero():
    assert portal_satisfaction(0.7, 0.6, maximum_points=4).points == 0


def test_percent_in_place_of_a_share_is_refused():
    with pytest.raises(InvalidArgument, match="overdue_share is 12"):
        portal_satisfaction(12, 0.1, maximum_points=4)


def test_a_score_known_exactly_has_one_grade():
    grades = grade_probabilities([1.8, 1.7, 1.9, 1.6, 1.9], np.zeros(5), rng=rng(), unit_points=6.5)
    assert grades == {"weak": 0, "average": 0, "fair": 0, "good": 0, "excellent": 1}


def test_a_score_exactly_on_a_floor_reaches_the_grade():
    assert grade_probabilities([1.5] * 5, np.zeros(5), rng=rng(), unit_points=7.5)["excellent"] == 1
    assert grade_probabilities([1.4, *[1.5] * 4], np.zeros(5), rng=rng(), unit_points=7.5)["good"] == 1


def test_a_score_near_a_floor_is_shown_as_uncertain():
    # One index at 1.00 with se 0.1 and 14.0 fixed: excellent when it rounds to 1.0 or more, so from 0.95.
    grades = grade_probabilities([1.0], [0.01], rng=rng(), unit_points=14.0, draws=100_000)
    assert grades["excellent"] == pytest.approx(ndtr(0.5), abs=0.005)
    assert grades["good"] == pytest.approx(1 - ndtr(0.5), abs=0.005)


def test_correlated_indices_make_the_grade_less_certain():
    apart = grade_probabilities([1.5] * 5, np.eye(5) * 0.01, rng=rng(), unit_points=8.0)
    together = grade_probabilities([1.5] * 5, np.full((5, 5), 0.01), rng=rng(), unit_points=8.0)
    assert together["excellent"] < apart["excellent"] < 1


def test_the_grades_add_to_one():
    grades = grade_probabilities([1.2, 1.0, 1.4], [0.2, 0.2, 0.2], rng=rng(), unit_points=6)
    assert sum(grades.values()) == pytest.approx(1)


def test_points_above_two_and_a_wrong_covariance_are_named():
    with pytest.raises(InvalidArgument, match=r"2\.4"):
        grade_probabilities([2.4], [0.1], rng=rng())
    with pytest.raises(AnalysisError, match="covariance"):
        grade_probabilities([1.4, 1.5], [0.1], rng=rng())
