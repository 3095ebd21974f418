"""Weighting to totals: the totals hold, the bounds hold, what contradicts itself is named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import (
    CalibrationRule,
    calibrate,
    estimate_survey,
    margin,
    post_stratify,
    rake,
    rao_wu_replicates,
    share_of,
    survey_design,
    total_of,
    trim_weights,
    weight_summary,
)
from analysis.errors import (
    CalibrationFailed,
    EmptyMargin,
    InvalidArgument,
    MarginsDisagree,
    TrimImpossible,
    UnknownCategory,
)

N = 240
RNG = np.random.default_rng(5)
SEX = RNG.choice(["F", "M"], N)
AGE = RNG.choice(["a", "b", "c"], N)
W = RNG.uniform(1, 8, N)
Y = (RNG.random(N) < 0.8).astype(float)
DESIGN = survey_design(W, ids=[np.repeat(np.arange(40), 6)])


def sex(f: float = 600, m: float = 500):
    return margin("sex", [SEX], {("F",): f, ("M",): m})


def age(a: float = 300, b: float = 400, c: float = 400):
    return margin("age", [AGE], {("a",): a, ("b",): b, ("c",): c})


def test_post_stratified_weights_add_to_the_cells_which_then_have_no_error() -> None:
    weighted = post_stratify(DESIGN, sex())
    found = estimate_survey(weighted, total_of((SEX == "F").astype(float)))
    assert found.estimate[0] == pytest.approx(600)
    assert found.se[0] == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("variance", ["greg", "r"])
def test_raked_weights_add_to_every_margin_which_then_has_no_error(variance: str) -> None:
    weighted = rake(DESIGN, [sex(), age()], variance=variance)  # type: ignore[arg-type]
    for value, total in (("a", 300), ("b", 400), ("c", 400)):
        found = estimate_survey(weighted, total_of((value == AGE).astype(float)))
        assert found.estimate[0] == pytest.approx(total)
        # ten passes of R leave a trace; the textbook residual does not
        assert found.se[0] < (1e-8 if variance == "greg" else 0.05)


def test_raking_is_calibration_with_the_raking_distance() -> None:
    raked = rake(DESIGN, [sex(), age()])
    x = np.column_stack([np.ones(N), SEX == "M", AGE == "b", AGE == "c"]).astype(float)
    found = calibrate(DESIGN, x, totals=[1100, 500, 400, 400], rule=CalibrationRule("raking"))
    assert found.weights == pytest.approx(raked.weights, rel=1e-8)
    assert estimate_survey(found, share_of(Y)).se[0] == pytest.approx(
        estimate_survey(raked, share_of(Y)).se[0], rel=1e-8
    )


@given(f=st.floats(0.75, 1.3), a=st.floats(0.8, 1.25), method=st.sampled_from(["linear", "raking", "logit"]))
@settings(max_examples=40, deadline=None)
def test_totals_and_bounds_hold_together(f: float, a: float, method: str) -> None:
    x = np.column_stack([np.ones(N), SEX == "F", AGE == "a"]).astype(float)
    totals = (x.T @ W) * [1, f, a]
    rule = CalibrationRule(method, (0.4, 2.2))  # type: ignore[arg-type]
    weighted = calibrate(DESIGN, x, totals=totals, rule=rule)
    ratio = weighted.weights / W
    assert x.T @ weighted.weights == pytest.approx(totals, rel=1e-9)
    assert ratio.min() >= 0.4 - 1e-12
    assert ratio.max() <= 2.2 + 1e-12


def test_each_replicate_is_weighted_again() -> None:
    replicated = rao_wu_replicates(DESIGN, count=60, rng=np.random.default_rng(1))
    weighted = rake(replicated, [sex(), age()])
    sums = (weighted.replicates.weights * (SEX == "F")[:, None]).sum(axis=0)
    assert sums == pytest.approx(np.full(60, 600.0))
    linear = estimate_survey(rake(DESIGN, [sex(), age()]), share_of(Y)).se[0]
    assert estimate_survey(weighted, share_of(Y)).se[0] == pytest.approx(linear, rel=0.35)


def test_margins_that_contradict_each_other_are_named() -> None:
    with pytest.raises(MarginsDisagree, match="margin sex adds to 1100 and margin age to 1200"):
        rake(DESIGN, [sex(), age(c=500)])


def test_a_category_without_respondents_or_without_a_total_is_named() -> None:
    with pytest.raises(EmptyMargin, match="'X' of sex, which has a population of 50"):
        margin("sex", [SEX], {("F",): 600, ("M",): 500, ("X",): 50})
    with pytest.raises(UnknownCategory, match="'M' of sex"):
        margin("sex", [SEX], {("F",): 600})


def test_totals_out_of_reach_are_named() -> None:
    x = np.column_stack([np.ones(N), SEX == "F"]).astype(float)
    rule = CalibrationRule("linear", (0.9, 1.1))
    with pytest.raises(CalibrationFailed, match="linear did not reach"):
        calibrate(DESIGN, x, totals=[W.sum(), 3 * W.sum()], rule=rule)
    with pytest.raises(InvalidArgument, match="bounds"):
        calibrate(DESIGN, x, totals=[1, 1], rule=CalibrationRule("linear", (1.2, 2)))
    with pytest.raises(InvalidArgument, match="two finite numbers"):
        calibrate(DESIGN, x, totals=[1, 1], rule=CalibrationRule("logit"))


def test_trimming_keeps_the_sum_and_when_strict_the_bounds() -> None:
    trimmed = trim_weights(DESIGN, lower=2, upper=6, strict=True)
    assert trimmed.weights.sum() == pytest.approx(W.sum())
    assert trimmed.weights.min() >= 2
    assert trimmed.weights.max() <= 6
    with pytest.raises(TrimImpossible, match="widen the bounds"):
        trim_weights(DESIGN, upper=1.5)


def test_equal_weights_lose_nothing_to_weighting() -> None:
    summary = weight_summary(survey_design(np.full(10, 3.0)), np.full(10, 1.5))
    assert summary.kish_effect == pytest.approx(1)
    assert summary.n_effective == pytest.approx(10)
    assert summary.largest_ratio == 2
