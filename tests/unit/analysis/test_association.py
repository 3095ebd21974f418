"""Tests of association: with a simple random sample they are the ones everybody knows."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from analysis import associate, survey_design
from analysis.errors import CannotFit


def answers(n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    rows = rng.choice(["no", "yes"], n, p=[0.3, 0.7])
    columns = np.where((rows == "yes") & (rng.random(n) < 0.25), "z", rng.choice(["x", "y", "z"], n))
    return rows, columns


def test_the_statistic_is_pearsons_and_the_first_order_test_is_near_it_without_clusters() -> None:
    rows, columns = answers()
    found = associate(survey_design(np.ones(400)), rows, columns, answered=np.ones(400))
    expected = chi2_contingency(found.totals, correction=False)
    chisq = next(test for test in found.tests if test.name == "Chisq")
    assert chisq.statistic == pytest.approx(expected.statistic)
    assert chisq.p_value == pytest.approx(expected.pvalue, rel=0.05)


def test_repeating_every_answer_within_a_cluster_adds_no_evidence() -> None:
    rows, columns = answers()
    once = associate(survey_design(np.ones(400)), rows, columns, answered=np.ones(400))
    clusters = np.repeat(np.arange(400), 3)
    thrice = associate(
        survey_design(np.ones(1200), ids=[clusters]),
        np.repeat(rows, 3),
        np.repeat(columns, 3),
        answered=np.ones(1200),
    )
    for one, three in zip(once.tests, thrice.tests, strict=True):
        assert three.p_value == pytest.approx(one.p_value, rel=1e-6)


def test_a_table_with_one_row_is_refused() -> None:
    with pytest.raises(CannotFit, match="1 by 2"):
        associate(survey_design(np.ones(4)), ["a"] * 4, ["x", "y", "x", "y"], answered=np.ones(4))
