"""What is marked, what is hidden, and why: every reason by its own example."""

import numpy as np
import pytest

from analysis.cells import register, weighting_cells
from analysis.cube import cube_from_rows
from analysis.errors import InvalidArgument
from analysis.intervals import share_evidence
from analysis.measures import mean_score, satisfied_share
from analysis.opt_in import estimate_opt_in
from analysis.opt_in_design import design_opt_in
from analysis.opt_in_domains import domains_by
from analysis.opt_in_table import Estimates
from analysis.reliability import complement_unreliable, disclosure_marks, nchs_marks, review_marks


def simple(p: float, n: int, df: int | None = None) -> tuple[str, ...]:
    return nchs_marks(share_evidence([p], [p * (1 - p) / n], n=n, df=df or n - 1)).reasons(0)


def test_a_share_from_many_people_is_ok() -> None:
    assert simple(0.8, 400) == ()


def test_each_nchs_rule_speaks_for_itself() -> None:
    assert simple(0.5, 29) == ("n_below_30", "n_effective_below_30", "interval_0.30_wide")
    assert simple(0.5, 46) == ("interval_0.30_wide",)
    assert simple(0.5, 48) == ()
    assert simple(0.04, 100) == ("relative_width_above_130_pct",)
    assert simple(0.01, 900) == ()
    assert simple(0.8, 400, df=7)[-1] == "df_below_8"
    assert simple(1.0, 400) == ("share_0_or_1",)


def test_clustered_answers_count_by_their_effective_number() -> None:
    clustered = share_evidence([0.9], [0.09 / 29], n=400, df=100)
    assert nchs_marks(clustered).reasons(0) == ("n_effective_below_30",)


def test_a_share_near_one_can_hide_an_unreliable_complement() -> None:
    evidence = share_evidence([0.96, 0.5], [0.96 * 0.04 / 100, 0.25 / 100], n=100, df=99)
    assert nchs_marks(evidence).reasons(0) == ()
    assert complement_unreliable(evidence).tolist() == [True, False]


@pytest.mark.parametrize(
    ("respondents", "dissenters", "reasons"),
    [
        (4, 0, ("fewer_than_5_respondents",)),
        (5, 0, ()),
        (6, 1, ()),
        (5, 1, ("fewer_than_5_not_dissenting",)),
        (30, 26, ("fewer_than_5_not_dissenting",)),
        (30, 25, ()),
        (0, 0, ("fewer_than_5_respondents",)),
    ],
)
def test_few_people_or_few_who_do_not_dissent_are_hidden(
    respondents: int, dissenters: int, reasons: tuple[str, ...]
) -> None:
    assert disclosure_marks([respondents], [dissenters]).reasons(0) == reasons


def test_more_dissenters_than_people_is_an_error() -> None:
    with pytest.raises(InvalidArgument, match="dissenters is 6"):
        disclosure_marks([5], [6])
    with pytest.raises(InvalidArgument, match="fewest is 0"):
        disclosure_marks([5], [1], fewest=0)


def table(
    volumes: dict[str, float], answers: list[int], *, provisional: bool = False, dates: int = 25
) -> Estimates:
    n = len(answers)
    keys = {
        "unit": ["A"] * n,
        "service": ["s"] * n,
        "submission": ["online"] * n,
        "date": [f"2026-01-{1 + k % dates:02}" for k in range(n)],
    }
    units = list(volumes)
    population = register(
        {
            "unit": units,
            "service": ["s"] * len(units),
            "submission": ["online"] * len(units),
            "month": ["2026-01"] * len(units),
        },
        list(volumes.values()),
        provisional=[provisional] * len(units),
    )
    cube = cube_from_rows(keys, {"q": answers})
    design = design_opt_in(cube, weighting_cells(cube, population, fields={}))
    return estimate_opt_in(design, [satisfied_share("q"), mean_score("q")], domains=domains_by(design, []))


MIXED = [5, 4, 2, 5, 4, 3, 5, 4] * 25


def test_a_sound_province_has_nothing_to_review() -> None:
    marks = review_marks(table({"A": 900.0}, MIXED))
    assert marks.reasons(0, 0) == ()
    assert not marks.any.any()


def test_blanks_coverage_over_count_and_a_provisional_register_ask_for_review() -> None:
    assert "blank_above_20_pct" in review_marks(table({"A": 900.0}, [*MIXED, *[0] * 60])).reasons(0, 0)
    assert "coverage_below_80_pct" in review_marks(table({"A": 900.0, "B": 400.0}, MIXED)).reasons(0, 0)
    assert review_marks(table({"A": 150.0}, MIXED)).reasons(0, 0) == ("over_count",)
    assert review_marks(table({"A": 900.0}, MIXED, provisional=True)).reasons(0, 0) == ("provisional",)
    assert review_marks(table({"A": 0.0}, MIXED)).reasons(0, 0) == ("no_population",)


def test_few_dates_ask_for_review_and_a_mean_score_is_not_judged_as_a_share() -> None:
    marks = review_marks(table({"A": 900.0}, MIXED, dates=5))
    assert marks.reasons(0, 0) == ("df_below_8",)
    everybody = review_marks(table({"A": 900.0}, [5] * 200))
    assert everybody.reasons(0, 0) == ("share_0_or_1",)
    assert everybody.reasons(0, 1) == ()
    assert everybody.flags.shape[1:] == (1, 2)
    assert np.array_equal(everybody.any, np.array([[True, False]]))
