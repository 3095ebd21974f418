"""Sample sizes against published tables, allocations against brute force, draws against their promise."""

from itertools import product

import numpy as np
import pytest

from analysis.errors import AnalysisError, InvalidArgument
from analysis.planning import (
    SampleTarget,
    margin_of_sample,
    neyman_allocation,
    power_allocation,
    sample_size,
    slovin_size,
    stratified_systematic_draw,
)

# Krejcie & Morgan (1970), table 1: population and sample size (rounded to the nearest there).
KREJCIE_MORGAN = {10: 10, 100: 80, 500: 217, 1000: 278, 5000: 357, 10_000: 370, 75_000: 382}


@pytest.mark.parametrize(("population", "published"), KREJCIE_MORGAN.items())
def test_sample_sizes_are_those_of_the_published_table(population, published):
    answers = sample_size(SampleTarget(0.05, population=population)).answers
    assert published <= answers <= published + 1


def test_an_unknown_population_needs_the_textbook_385():
    size = sample_size(SampleTarget(0.05))
    assert (size.answers, size.slovin) == (385, None)


def test_clusters_and_silence_raise_the_number_to_ask():
    size = sample_size(SampleTarget(0.05, design_effect=1.5, response_rate=0.6))
    assert size.answers == 577
    assert size.to_ask == 962


def test_a_small_office_cannot_reach_the_margin_when_few_answer():
    size = sample_size(SampleTarget(0.03, population=200, response_rate=0.4))
    assert not size.attainable
    assert size.to_ask == 200


def test_the_office_rule_stands_beside_the_computed_size():
    assert slovin_size(0.05, 1000) == 286
    assert sample_size(SampleTarget(0.05, population=1000)).slovin == 286


@pytest.mark.parametrize("population", [300.0, 1e4, float("inf")])
def test_the_planned_sample_delivers_the_margin(population):
    target = SampleTarget(0.04, share=0.85, population=population, design_effect=1.3)
    answers = sample_size(target).answers
    assert margin_of_sample(answers, target) <= 0.04 < margin_of_sample(answers - 1, target)


def test_asking_everybody_leaves_no_margin():
    assert margin_of_sample(50, SampleTarget(0.05, population=50)) == 0


def test_neyman_is_the_best_of_all_whole_number_allocations():
    population, sd, total = np.array([50, 30, 4, 16]), np.array([0.2, 0.5, 0.5, 0.3]), 20

    def variance(n):
        return float(np.sum((population * sd) ** 2 * (1 / np.array(n) - 1 / population)))

    ranges = [range(2, min(total, size) + 1) for size in population]
    best = min((n for n in product(*ranges) if sum(n) == total), key=variance)
    found = neyman_allocation(total, population, sd)
    assert found.sum() == total
    assert variance(found) == pytest.approx(variance(best), rel=1e-12)


def test_a_stratum_that_would_need_more_than_it_has_is_taken_whole():
    assert neyman_allocation(30, [1000, 5], [0.1, 50.0]).tolist() == [25, 5]


def test_power_allocation_lies_between_equal_and_proportional():
    population, cv = [10_000, 400, 100], [0.3, 0.3, 0.3]
    shares = [power_allocation(300, population, cv, power=a) for a in (0.0, 0.5, 1.0)]
    assert shares[0].tolist() == [100, 100, 100]
    np.testing.assert_allclose(shares[1], 300 * np.array([100, 20, 10]) / 130, atol=1)
    assert shares[0][2] > shares[1][2] > shares[2][2]
    assert all(n.sum() == 300 for n in shares)


def test_an_impossible_total_is_named():
    with pytest.raises(InvalidArgument, match="total is 100; give 4 to 30"):
        neyman_allocation(100, [10, 20], [1, 1])


def test_a_draw_takes_the_wanted_number_from_every_stratum():
    strata = np.repeat([0, 1, 2], [100, 37, 5])
    draw = stratified_systematic_draw(strata, [10, 7, 5], rng=np.random.default_rng(1))
    assert np.bincount(strata[draw.rows]).tolist() == [10, 7, 5]
    assert len(set(draw.rows.tolist())) == 22
    np.testing.assert_allclose(np.bincount(strata[draw.rows], draw.weight), [100, 37, 5])


def test_the_seed_repeats_the_draw():
    strata = np.repeat([0, 1], [60, 60])
    one, two = (stratified_systematic_draw(strata, [6, 9], rng=np.random.default_rng(9)) for _ in range(2))
    assert one.rows.tolist() == two.rows.tolist()


def test_everybody_is_equally_likely_to_be_drawn():
    rng, seen = np.random.default_rng(12), np.zeros(23)
    for _ in range(4000):
        seen[stratified_systematic_draw(np.zeros(23), [5], rng=rng).rows] += 1
    assert np.abs(seen / 4000 - 5 / 23).max() < 0.03


def test_an_ordered_list_is_sampled_evenly_along_it():
    order = np.random.default_rng(3).permutation(1000)
    draw = stratified_systematic_draw(np.zeros(1000), [10], rng=np.random.default_rng(4), order=order)
    assert np.all(np.diff(np.sort(order[draw.rows])) == 100)


def test_a_stratum_too_small_for_its_sample_is_named():
    with pytest.raises(InvalidArgument, match=r"sizes\[1\] is 9; give 0 to the 5"):
        stratified_systematic_draw([0] * 8 + [1] * 5, [2, 9], rng=np.random.default_rng(1))


def test_an_empty_stratum_may_ask_for_nobody():
    draw = stratified_systematic_draw([0, 0, 2], [1, 0, 1], rng=np.random.default_rng(1))
    assert len(draw.rows) == 2


@pytest.mark.parametrize(
    ("target", "word"),
    [
        (SampleTarget(0.0), "margin"),
        (SampleTarget(0.05, response_rate=0), "response_rate"),
        (SampleTarget(0.05, design_effect=-1), "design_effect"),
        (SampleTarget(0.05, population=0), "population"),
    ],
)
def test_a_setting_out_of_range_is_named(target, word):
    with pytest.raises(AnalysisError, match=word):
        sample_size(target)
