"""Contrasts of estimates: shared error falls away, a missing estimate spoils only what uses it."""

import numpy as np
import pytest
from scipy.stats import t as student

from analysis import linear_contrasts
from analysis.errors import InvalidArgument, ShapeMismatch


def test_shared_error_falls_out_of_a_difference() -> None:
    found = linear_contrasts([0.8, 0.7], [[0.02, 0.02], [0.02, 0.02]], coefficients=[[1, -1]], df=12)
    assert found.estimate[0] == pytest.approx(0.1)
    assert found.variance[0] == 0


def test_p_values_and_limits_are_students() -> None:
    found = linear_contrasts([3.0, 1.0], np.diag([0.5, 0.3]), coefficients=[[1, -1], [0.5, 0.5]], df=[7, 9])
    assert found.p_value == pytest.approx(2 * student.sf(np.abs(found.statistic), [7, 9]))
    low, high = found.limits(0.9)
    half = student.ppf(0.95, [7, 9]) * found.se
    assert low == pytest.approx(found.estimate - half)
    assert high == pytest.approx(found.estimate + half)


def test_a_missing_estimate_spoils_only_the_contrasts_that_use_it() -> None:
    covariance = np.diag([1.0, 1.0, np.nan])
    found = linear_contrasts([1, 2, np.nan], covariance, coefficients=[[1, -1, 0], [0, 1, -1]], df=5)
    assert found.estimate[0] == -1
    assert np.isnan(found.estimate[1])


def test_shapes_and_levels_are_checked() -> None:
    with pytest.raises(ShapeMismatch):
        linear_contrasts([1, 2], np.eye(3), coefficients=[[1, -1]], df=5)
    with pytest.raises(InvalidArgument, match="level is 95"):
        linear_contrasts([1, 2], np.eye(2), coefficients=[[1, -1]], df=5).limits(95)
