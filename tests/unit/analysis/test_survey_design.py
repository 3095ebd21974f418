"""Designs: what is refused, what zero rows of absent units do, domains, estimators against brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import (
    estimate_survey,
    mean_of,
    share_of,
    survey_covariance,
    survey_design,
    survey_domains,
    total_of,
    without_fpc,
)
from analysis.errors import (
    BadFpc,
    BadWeights,
    InvalidArgument,
    LonelyPsu,
    NotAShare,
    NotNested,
    ShapeMismatch,
)
from analysis.estimators import membership


def brute_force_variance(z: np.ndarray, units: np.ndarray, strata: np.ndarray) -> float:
    """Between-unit variance by the definition, unit by unit."""
    total = 0.0
    for h in np.unique(strata):
        inside = [z[(units == i) & (strata == h)].sum() for i in np.unique(units[strata == h])]
        m = len(inside)
        total += m / (m - 1) * sum((t - sum(inside) / m) ** 2 for t in inside)
    return total


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_variance_of_a_domain_is_the_definition_on_the_full_design(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 80
    strata, units = rng.integers(0, 3, n), rng.integers(0, 4, n)
    units = strata * 10 + units
    for h in range(3):  # two units or more in every stratum
        strata[2 * h : 2 * h + 2], units[2 * h : 2 * h + 2] = h, [10 * h, 10 * h + 1]
    w, y, group = rng.uniform(1, 9, n), rng.integers(0, 2, n).astype(float), rng.integers(0, 5, n)
    y[rng.random(n) < 0.1] = np.nan
    domains = survey_domains({"group": group}, size=n)
    design = survey_design(w, ids=[units], strata=[strata])
    found = estimate_survey(design, share_of(y, domains))
    covariance = survey_covariance(design, [share_of(y, domains)])
    for d, label in enumerate(domains.labels):
        inside = (group == label[0]) & ~np.isnan(y)
        p = np.average(y[inside], weights=w[inside])
        z = np.where(inside, w * (np.nan_to_num(y) - p), 0) / w[inside].sum()
        assert found.estimate[d] == pytest.approx(p)
        assert found.variance[d] == pytest.approx(brute_force_variance(z, units, strata), abs=1e-15)
        assert covariance[d, d] == pytest.approx(found.variance[d], abs=1e-15)


def test_scaling_all_weights_changes_no_share_and_scales_a_total() -> None:
    rng = np.random.default_rng(1)
    w, y = rng.uniform(1, 5, 60), rng.integers(0, 2, 60).astype(float)
    units = np.repeat(np.arange(12), 5)
    one, ten = survey_design(w, ids=[units]), survey_design(10 * w, ids=[units])
    assert estimate_survey(ten, share_of(y)).se[0] == pytest.approx(estimate_survey(one, share_of(y)).se[0])
    assert estimate_survey(ten, total_of(y)).se[0] == pytest.approx(
        10 * estimate_survey(one, total_of(y)).se[0]
    )


def test_a_domain_and_the_rest_add_to_the_whole() -> None:
    rng = np.random.default_rng(2)
    w, y, half = rng.uniform(1, 5, 90), rng.normal(size=90), rng.integers(0, 2, 90)
    design = survey_design(w, ids=[np.repeat(np.arange(15), 6)])
    parts = total_of(y, survey_domains({"half": half}, size=90))
    whole = estimate_survey(design, total_of(y))
    covariance = survey_covariance(design, [parts])
    assert parts.at(w).sum() == pytest.approx(whole.estimate[0])
    assert covariance.sum() == pytest.approx(whole.variance[0])


def test_nothing_cancels_when_nearly_everybody_is_satisfied() -> None:
    n = 4000
    y = np.ones(n)
    y[7] = 0
    design = survey_design(np.full(n, 1e6), ids=[np.arange(n)])
    found = estimate_survey(design, share_of(y))
    p = 1 - 1 / n
    assert found.variance[0] == pytest.approx(p * (1 - p) / (n - 1), rel=1e-12)


def test_everybody_satisfied_has_no_variance_and_a_finite_interval() -> None:
    from analysis import jeffreys_interval

    found = estimate_survey(survey_design(np.ones(20)), share_of(np.ones(20)))
    low, high = jeffreys_interval(found.evidence)
    assert found.variance[0] == 0
    assert 0.8 < low[0] < 0.95
    assert high[0] == 1


def test_a_take_all_group_is_known_exactly() -> None:
    from analysis import jeffreys_interval

    y = np.array([1.0, 0, 1, 1, 1, 1, 0, 1])
    found = estimate_survey(survey_design(np.ones(8), fpc=[np.full(8, 8)]), share_of(y))
    assert [limit[0] for limit in jeffreys_interval(found.evidence)] == [0.75, 0.75]


def test_the_correction_narrows_and_its_relief_narrows_further() -> None:
    from analysis import jeffreys_interval

    y = np.tile([1.0, 1, 1, 0], 20)
    design = survey_design(np.full(80, 1.25), fpc=[np.full(80, 100)])
    widths = [
        float(
            np.diff(jeffreys_interval(estimate_survey(d, share_of(y), fpc_relief=relief).evidence), axis=0)[
                0, 0
            ]
        )
        for d, relief in ((without_fpc(design), False), (design, False), (design, True))
    ]
    assert widths[2] < 0.6 * widths[1] <= widths[0]


def test_a_lonely_unit_stops_the_calculation_unless_a_policy_is_chosen() -> None:
    w, strata, units = np.ones(5), ["a", "a", "a", "a", "b"], [1, 1, 2, 2, 3]
    y = np.array([1.0, 0, 1, 1, 0])
    with pytest.raises(LonelyPsu, match="stratum b"):
        estimate_survey(survey_design(w, ids=[units], strata=[strata]), share_of(y))
    for policy in ("adjust", "certainty", "average", "remove"):
        design = survey_design(w, ids=[units], strata=[strata], lonely=policy)
        assert np.isfinite(estimate_survey(design, share_of(y)).se[0])


def test_a_second_stage_unit_alone_in_a_sampled_cluster_is_lonely_too() -> None:
    units, seconds = [1, 1, 2, 3, 3], [1, 2, 1, 1, 2]
    fpc = [np.full(5, 30), np.full(5, 10)]
    y = np.array([1.0, 0, 1, 1, 0])
    with pytest.raises(LonelyPsu, match="stage 2"):
        estimate_survey(survey_design(np.ones(5), ids=[units, seconds], fpc=fpc), share_of(y))


def test_designs_that_cannot_be_are_refused_with_the_value_named() -> None:
    w = np.ones(4)
    with pytest.raises(BadWeights, match="row 2 is -1"):
        survey_design([1, -1, 1, 1])
    with pytest.raises(BadWeights, match="row 3 is nan"):
        survey_design([1, 1, np.nan, 1])
    with pytest.raises(NotNested, match="nest"):
        survey_design(w, ids=[[1, 2, 1, 2]], strata=[["a", "a", "b", "b"]])
    with pytest.raises(BadFpc, match="3 units for 4 drawn"):
        survey_design(w, fpc=[np.full(4, 3)])
    with pytest.raises(BadFpc, match=r"10.0 and 20.0|20.0 and 10.0"):
        survey_design(w, fpc=[[10, 20, 10, 10]])
    with pytest.raises(BadFpc, match="1 population count"):
        survey_design(w, ids=[[1, 1, 2, 2], [1, 2, 3, 4]], fpc=[np.full(4, 9)])
    with pytest.raises(InvalidArgument, match="lonely is 'guess'"):
        survey_design(w, lonely="guess")  # type: ignore[arg-type]
    with pytest.raises(ShapeMismatch):
        survey_design(w, strata=[[1, 2]])


def test_a_share_of_something_else_than_zero_and_one_is_refused() -> None:
    with pytest.raises(NotAShare, match=r"c1 holds 4.0; .*c1>=4"):
        share_of([1, 4, 0], name="c1")


def test_an_empty_domain_has_no_figure() -> None:
    y, group = np.array([1.0, 0, np.nan]), ["a", "a", "b"]
    found = estimate_survey(survey_design(np.ones(3)), mean_of(y, survey_domains({"g": group}, size=3)))
    assert found.n.tolist() == [2, 0]
    assert np.isnan([found.estimate[1], found.variance[1]]).all()


def test_fractions_are_read_as_population_counts() -> None:
    y = np.array([1.0, 0, 1, 1])
    counts = survey_design(np.ones(4), fpc=[np.full(4, 16)])
    fractions = survey_design(np.ones(4), fpc=[np.full(4, 0.25)])
    assert estimate_survey(counts, share_of(y)).se[0] == estimate_survey(fractions, share_of(y)).se[0]


def test_membership_marks_each_row_in_its_domain() -> None:
    assert membership(np.array([0, -1, 1]), 2).tolist() == [[True, False], [False, False], [False, True]]
