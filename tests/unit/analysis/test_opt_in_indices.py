"""Indices over several criteria: whose precision is whose."""

from collections.abc import Callable

import numpy as np
import pytest

from analysis.cells_by_hand import assigned_cells
from analysis.cube import cube_from_rows
from analysis.errors import InvalidArgument
from analysis.measures import (
    Measure,
    equal_criteria,
    equal_factors,
    plan_measures,
    pooled_answers,
    satisfied_share,
    weighted_criteria,
)
from analysis.opt_in import estimate_opt_in
from analysis.opt_in_design import design_opt_in
from analysis.opt_in_domains import domains_by
from analysis.opt_in_table import Estimates

ITEMS = [f"q{k:02}" for k in range(16)]


def table_of(answers: dict[str, np.ndarray], measures: list[Measure], *, dates: int = 25) -> Estimates:
    n = len(next(iter(answers.values())))
    draws = np.random.default_rng(5)
    keys = {
        "unit": ["A"] * n,
        "service": draws.choice(["s", "t"], n),
        "submission": ["online"] * n,
        "date": [f"2026-01-{d:02}" for d in draws.integers(1, dates + 1, n)],
    }
    cube = cube_from_rows(keys, answers)
    assignment = {("A", s, "online", "2026-01"): s for s in ("s", "t")}
    design = design_opt_in(cube, assigned_cells(cube, assignment, {"s": 900.0, "t": 300.0}))
    return estimate_opt_in(design, measures, domains=domains_by(design, []))


def random_answers(seed: int, n: int = 300, blank: float = 0.0) -> np.ndarray:
    draws = np.random.default_rng(seed)
    given = np.where(draws.random(n) < 0.85, 5, 2)
    return np.where(draws.random(n) < blank, 0, given)


def test_sixteen_identical_answers_are_as_certain_as_one() -> None:
    same = random_answers(1)
    table = table_of(
        {item: same for item in ITEMS},
        [satisfied_share("q00"), pooled_answers("all", ITEMS), equal_criteria("all", ITEMS)],
    )
    assert table.estimate[0] == pytest.approx([table.estimate[0, 0]] * 3, rel=1e-12)
    assert table.se[0] == pytest.approx([table.se[0, 0]] * 3, rel=1e-12)
    assert table.n[0].tolist() == [300, 300, 300]
    if table.n_effective[0, 0] < table.n_kish[0, 0]:
        assert table.low[0] == pytest.approx([table.low[0, 0]] * 3, rel=1e-9)
    else:
        assert table.low[0, 1] >= table.low[0, 0]


def test_independent_answers_make_an_index_much_more_certain_than_one_item() -> None:
    answers = {item: random_answers(k) for k, item in enumerate(ITEMS)}
    table = table_of(
        answers, [satisfied_share("q00"), pooled_answers("all", ITEMS), equal_criteria("all", ITEMS)]
    )
    width = table.high - table.low
    assert (width[0, 1:] < 0.4 * width[0, 0]).all()


def test_pooling_counts_answers_and_equal_criteria_count_criteria() -> None:
    answers = {"a": np.repeat([5, 1], 150), "b": np.where(np.arange(300) % 3 == 0, 5, 0)}
    shares = [satisfied_share("a"), satisfied_share("b")]
    table = table_of(
        answers,
        [
            *shares,
            pooled_answers("f", ["a", "b"]),
            equal_criteria("f", ["a", "b"]),
            weighted_criteria("f", {"a": 3, "b": 1}),
        ],
    )
    a, b = table.estimate[0, :2]
    w = table.sum_weights[0, :2]
    assert table.estimate[0, 2] == pytest.approx((a * w[0] + b * w[1]) / w.sum())
    assert table.estimate[0, 3] == pytest.approx((a + b) / 2)
    assert table.estimate[0, 4] == pytest.approx((3 * a + b) / 4)


def test_a_criterion_nobody_answered_leaves_the_index_and_is_not_a_zero() -> None:
    answers = {"a": random_answers(1), "b": np.zeros(300, dtype=int)}
    table = table_of(answers, [satisfied_share("a"), equal_criteria("f", ["a", "b"]), satisfied_share("b")])
    assert table.estimate[0, 1] == pytest.approx(table.estimate[0, 0])
    assert table.se[0, 1] == pytest.approx(table.se[0, 0])
    assert np.isnan(table.estimate[0, 2])
    assert table.n[0, 2] == 0


def test_equal_factors_weigh_factors_alike_however_many_criteria_they_have() -> None:
    answers = {item: random_answers(k) for k, item in enumerate(["a", "b", "c"])}
    table = table_of(
        answers, [*(satisfied_share(i) for i in "abc"), equal_factors("all", {"x": ["a"], "y": ["b", "c"]})]
    )
    a, b, c = table.estimate[0, :3]
    assert table.estimate[0, 3] == pytest.approx((a + (b + c) / 2) / 2)


def test_on_a_single_date_an_index_gets_the_safe_upper_bound_of_its_variance() -> None:
    answers = {item: random_answers(k, blank=0.1) for k, item in enumerate(["a", "b"])}
    measures = [
        satisfied_share("a"),
        satisfied_share("b"),
        pooled_answers("f", ["a", "b"]),
        equal_criteria("f", ["a", "b"]),
    ]
    table = table_of(answers, measures, dates=1)
    assert table.se[0, 3] == pytest.approx((table.se[0, 0] + table.se[0, 1]) / 2, rel=1e-12)
    same = random_answers(4)
    identical = table_of({"a": same, "b": same}, measures, dates=1)
    assert identical.se[0] == pytest.approx([identical.se[0, 0]] * 4, rel=1e-12)


def test_a_plan_sums_each_part_once() -> None:
    plan = plan_measures(
        [satisfied_share("a"), equal_criteria("f", ["a", "b"]), pooled_answers("f", ["a", "b"])]
    )
    assert [ratio.formula for ratio in plan.ratios] == [
        "satisfied_share",
        "pooled_answers",
        "satisfied_share",
    ]
    assert plan.output == (0, 3, 1)
    assert plan.mix[:, 0].tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    "make",
    [
        lambda: pooled_answers("f", []),
        lambda: weighted_criteria("f", {"a": -1.0}),
        lambda: equal_factors("f", {"x": []}),
        lambda: plan_measures([]),
        lambda: satisfied_share("a", satisfied_from=1),
    ],
)
def test_an_index_of_nothing_or_with_a_negative_weight_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidArgument):
        make()
