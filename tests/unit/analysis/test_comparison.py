"""Multiplicity: adjusted p-values as R gives them, and arrows that agree with their intervals."""

import numpy as np
import pytest
from scipy.special import ndtr

from analysis.comparison import adjust_within, benjamini_hochberg, change_table, detectable_change, holm
from analysis.differences import difference_of_shares
from analysis.errors import AnalysisError, InvalidArgument
from analysis.intervals import share_evidence

P = [0.012, 0.041, 0.028, 0.0051, 0.21, 0.93, 0.041, 0.0007]
# R 4.2.2: p.adjust(P, "BH") and p.adjust(P, "holm")
R_BH = [0.032, 0.0546666666667, 0.0546666666667, 0.0204, 0.24, 0.93, 0.0546666666667, 0.0056]
R_HOLM = [0.072, 0.164, 0.140, 0.0357, 0.42, 0.93, 0.164, 0.0056]


def test_the_adjusted_p_values_are_those_of_r():
    np.testing.assert_allclose(benjamini_hochberg(P), R_BH, rtol=1e-11)
    np.testing.assert_allclose(holm(P), R_HOLM, rtol=1e-11)


def test_a_missing_p_value_stays_missing_and_is_not_counted():
    with_gap = benjamini_hochberg([*P, np.nan])
    assert np.isnan(with_gap[-1])
    np.testing.assert_allclose(with_gap[:-1], R_BH, rtol=1e-11)


def test_families_are_adjusted_apart():
    adjusted = adjust_within([*P, *P], [0] * 8 + [7] * 8, rule="holm")
    np.testing.assert_allclose(adjusted, [*R_HOLM, *R_HOLM], rtol=1e-11)


def test_no_p_values_are_no_trouble():
    assert benjamini_hochberg([]).size == 0


@pytest.mark.parametrize("rule", ["benjamini_hochberg", "holm", "none"])
def test_an_arrow_never_disagrees_with_the_interval_at_its_stated_level(rule):
    rng = np.random.default_rng(5)
    n = rng.integers(20, 400, size=60)
    before, after = (rng.binomial(n, p) / n for p in (0.85, 0.90))
    first, second = (share_evidence(s, s * (1 - s) / n, n=n, df=n - 1) for s in (after, before))
    plain = difference_of_shares(first, second)
    table = change_table(plain.difference, plain.se, p=plain.p_value, rule=rule)
    again = [
        difference_of_shares(_row(after, n, i), _row(before, n, i), level=float(table.interval_level[i]))
        for i in range(60)
    ]
    assert [int(d.direction) for d in again] == table.arrow.tolist()
    assert 0 < np.count_nonzero(table.arrow) < 60


def _row(share, n, i):
    return share_evidence(share[i], share[i] * (1 - share[i]) / n[i], n=n[i], df=n[i] - 1)


def test_false_discoveries_stay_below_the_rate_where_nothing_changed():
    rng = np.random.default_rng(11)
    found = [np.any(benjamini_hochberg(rng.random(50)) <= 0.05) for _ in range(2000)]
    assert np.mean(found) < 0.065


def test_the_detectable_change_is_found_with_the_stated_power():
    change = detectable_change(0.02, 0.03, power=0.9)
    se = np.hypot(0.02, 0.03)
    assert ndtr(change / se - 1.959963985) == pytest.approx(0.9, abs=1e-6)


def test_two_equal_figures_detect_two_point_eight_times_root_two_errors():
    assert detectable_change(0.01, 0.01) / (np.sqrt(2) * 0.01) == pytest.approx(2.8016, abs=1e-4)


def test_a_row_without_a_p_value_has_no_arrow():
    table = change_table([0.1, 0.2], [0.01, np.nan], p=[0.001, np.nan])
    assert table.arrow.tolist() == [1, 0]


def test_a_fall_points_down():
    assert change_table([-0.1], [0.01], p=[0.001]).arrow.tolist() == [-1]


@pytest.mark.parametrize("rule", ["benjamini_hochberg", "holm", "none"])
def test_a_change_without_an_arrow_is_smaller_than_the_least_that_would_have_got_one(rule):
    rng = np.random.default_rng(7)
    se = rng.uniform(0.005, 0.08, size=200)
    change = rng.normal(0, 2.2 * se)
    table = change_table(change, se, p=2 * ndtr(-np.abs(change) / se), rule=rule)
    larger = np.abs(change) >= table.least_significant
    assert larger.tolist() == (table.arrow != 0).tolist()
    assert 0 < np.count_nonzero(larger) < 200
    assert (table.detectable > table.least_significant).all()


def test_an_unknown_rule_or_impossible_p_is_named():
    with pytest.raises(InvalidArgument, match="bonferroni"):
        adjust_within(P, [0] * 8, rule="bonferroni")
    with pytest.raises(InvalidArgument, match=r"1\.2"):
        holm([0.1, 1.2])
    with pytest.raises(AnalysisError, match="family"):
        adjust_within(P, [0, 1])
