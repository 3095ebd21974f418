"""Quantiles: inverse of the distribution function also at its first step, domains, intervals read back."""

import numpy as np
import pytest

from analysis import QuantileRule, estimate_quantile, survey_design, survey_domains
from analysis.errors import InvalidArgument


def test_one_value_that_carries_most_of_the_weight_is_the_median() -> None:
    design = survey_design([10, 1, 1, 1])
    assert estimate_quantile(design, [1, 2, 3, 4], probability=0.5).estimate[0] == 1
    assert estimate_quantile(design, [1, 2, 3, 4], probability=0.9).estimate[0] == 3


@pytest.mark.parametrize(
    ("rule", "method"),
    [
        ("hf1", "inverted_cdf"),
        ("hf2", "averaged_inverted_cdf"),
        ("hf4", "interpolated_inverted_cdf"),
        ("hf5", "hazen"),
        ("hf6", "weibull"),
        ("hf7", "linear"),
        ("hf8", "median_unbiased"),
        ("hf9", "normal_unbiased"),
    ],
)
def test_with_equal_weights_the_rules_are_those_of_hyndman_and_fan(rule: str, method: str) -> None:
    y = np.random.default_rng(3).normal(size=41)
    for p in (0.05, 0.25, 0.5, 0.77, 0.95):
        found = estimate_quantile(survey_design(np.ones(41)), y, probability=p, rule=QuantileRule(rule))
        assert found.estimate[0] == pytest.approx(np.quantile(y, p, method=method))


def test_an_interval_that_leaves_the_data_is_not_given() -> None:
    found = estimate_quantile(survey_design(np.ones(4)), [1, 2, 3, 4], probability=0.7)
    assert np.isnan(found.high[0])
    assert np.isnan(found.se[0])
    inside = estimate_quantile(
        survey_design(np.ones(40)), np.arange(40), probability=0.95, rule=QuantileRule(interval="jeffreys")
    )
    assert inside.low[0] < inside.estimate[0] < inside.high[0] <= 39


def test_domains_and_missing_answers() -> None:
    y, group = np.array([1, 2, np.nan, 10, 20, 30]), ["a", "a", "a", "b", "b", "b"]
    domains = survey_domains({"g": group}, size=6)
    found = estimate_quantile(survey_design(np.ones(6)), y, domains, probability=0.5)
    assert found.estimate.tolist() == [1, 20]
    assert found.share.n.tolist() == [2, 3]


def test_unknown_rules_and_probabilities_are_named() -> None:
    design = survey_design(np.ones(3))
    with pytest.raises(InvalidArgument, match="qrule is 'median'"):
        estimate_quantile(design, [1, 2, 3], probability=0.5, rule=QuantileRule("median"))
    with pytest.raises(InvalidArgument, match="probability is 50"):
        estimate_quantile(design, [1, 2, 3], probability=50)
