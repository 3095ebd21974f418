"""Our own Rao-Wu replicates: unbiased, as wide as linearisation, the same for the same seed."""

import numpy as np
import pytest

from analysis import estimate_survey, rao_wu_replicates, share_of, survey_design, total_of, with_replicates
from analysis.errors import BadWeights, InvalidArgument, LonelyPsu, ShapeMismatch


def drawn(seed: int = 3, *, count: int = 1500, fpc: bool = False):
    rng = np.random.default_rng(9)
    strata = np.repeat([0, 1, 2], 60)
    units = strata * 100 + rng.integers(0, 12, 180)
    w, y = rng.uniform(1, 6, 180), (rng.random(180) < 0.7).astype(float)
    population = [np.array([20.0, 30, 16])[strata]] if fpc else []
    design = survey_design(w, ids=[units], strata=[strata], fpc=population)
    return design, rao_wu_replicates(design, count=count, rng=np.random.default_rng(seed)), y


def test_the_mean_replicate_weight_is_the_weight() -> None:
    design, replicated, _ = drawn()
    assert replicated.replicates.weights.mean(axis=1) == pytest.approx(design.weights, rel=0.15)
    assert replicated.replicates.weights.mean(axis=1).sum() == pytest.approx(design.weights.sum(), rel=0.01)


@pytest.mark.parametrize("fpc", [False, True])
def test_their_spread_is_that_of_linearisation(fpc: bool) -> None:
    design, replicated, y = drawn(fpc=fpc)
    for statistic in (share_of(y), total_of(y)):
        linear, spread = estimate_survey(design, statistic), estimate_survey(replicated, statistic)
        assert spread.estimate[0] == linear.estimate[0]
        assert spread.se[0] == pytest.approx(linear.se[0], rel=0.08)


def test_the_same_seed_gives_the_same_replicates() -> None:
    first, second, other = (drawn(seed, count=50)[1].replicates.weights for seed in (4, 4, 5))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_a_take_all_stratum_does_not_move() -> None:
    strata = np.repeat([0, 1], 5)
    design = survey_design(np.ones(10), strata=[strata], fpc=[np.where(strata == 0, 5, 50)])
    weights = rao_wu_replicates(design, count=30, rng=np.random.default_rng(1)).replicates.weights
    assert np.all(weights[:5] == 1)
    assert weights[5:].std() > 0


def test_what_cannot_be_replicated_is_refused() -> None:
    lonely = survey_design(np.ones(3), strata=[["a", "a", "b"]])
    rng = np.random.default_rng(1)
    with pytest.raises(LonelyPsu, match="stratum b"):
        rao_wu_replicates(lonely, count=30, rng=rng)
    with pytest.raises(InvalidArgument, match="count is 5"):
        rao_wu_replicates(lonely, count=5, rng=rng)
    with pytest.raises(ShapeMismatch):
        with_replicates(lonely, np.ones((3, 1)), scale=1)
    with pytest.raises(BadWeights, match="row 2"):
        with_replicates(lonely, np.array([[1, 1], [1, -2], [1, 1]]), scale=1)
