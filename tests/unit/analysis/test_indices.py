"""The score of Circular 01/2018 by hand, and the derived "satisfied with everything"."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cube import BLANK, NO_OPINION, NOT_ASKED
from analysis.errors import InvalidArgument, ShapeMismatch
from analysis.indices import GRADES, all_satisfied_answers, legal_score


def score(points: list[int], dossiers: list[int], **options: str) -> tuple[float, str]:
    found = legal_score([points], [dossiers], denominator="rated", **options)
    return float(found.total[0]), GRADES[found.grade[0]]


def test_each_index_is_rounded_to_one_decimal_before_the_sum() -> None:
    # 5/3 = 1.666... -> 1.7, nine times 15.3; unrounded the sum would be exactly 15
    assert score([5] * 9, [3] * 9) == (15.3, "excellent")


def test_a_half_is_rounded_up_even_where_binary_fractions_would_not() -> None:
    found = legal_score([[1, 3, 9, 29, 0, 0, 0, 0, 0]], [[20, 20, 20, 20, 1, 1, 1, 1, 1]], denominator="all")
    assert found.index_score[0, :4].tolist() == [0.1, 0.2, 0.5, 1.5]


@pytest.mark.parametrize(
    ("twos", "ones", "grade"),
    [
        (9, 0, "excellent"),
        (6, 3, "excellent"),
        (5, 4, "good"),
        (3, 6, "good"),
        (2, 7, "fair"),
        (0, 9, "fair"),
        (0, 6, "average"),
        (0, 5, "weak"),
    ],
)
def test_the_grades_of_article_15(twos: int, ones: int, grade: str) -> None:
    points = [2] * twos + [1] * ones + [0] * (9 - twos - ones)
    assert score(points, [1] * 9)[1] == grade


def test_an_index_without_dossiers_is_left_out_and_the_reader_chooses_what_thresholds_mean() -> None:
    points, dossiers = [2] * 7 + [0, 0], [1] * 7 + [0, 0]
    assert score(points, dossiers) == (14.0, "good")
    assert score(points, dossiers, thresholds="proportional") == (14.0, "excellent")
    found = legal_score([points], [dossiers], denominator="rated")
    assert found.possible[0] == 14
    assert np.isnan(found.index_score[0, 7:]).all()


def test_a_unit_without_any_data_has_no_grade() -> None:
    found = legal_score([[0] * 9], [[0] * 9], denominator="all", thresholds="proportional")
    assert (found.total[0], found.grade[0]) == (0.0, -1)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, 2 * n), st.just(n))),
        min_size=9,
        max_size=9,
    )
)
def test_more_points_never_give_a_lower_grade(pairs: list[tuple[int, int]]) -> None:
    points, dossiers = [p for p, _ in pairs], [n for _, n in pairs]
    more = [min(p + 1, 2 * n) for p, n in pairs]
    before = legal_score([points], [dossiers], denominator="rated")
    after = legal_score([more], [dossiers], denominator="rated")
    assert after.grade[0] >= before.grade[0]
    assert after.total[0] >= before.total[0]


def test_points_beyond_two_a_dossier_or_an_unnamed_denominator_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="3 points for 1 dossiers"):
        legal_score([[3] + [0] * 8], [[1] * 9], denominator="rated")
    with pytest.raises(InvalidArgument, match="denominator is 'some'"):
        legal_score([[0] * 9], [[1] * 9], denominator="some")
    with pytest.raises(InvalidArgument, match="thresholds is 'mine'"):
        legal_score([[0] * 9], [[1] * 9], denominator="all", thresholds="mine")
    with pytest.raises(ShapeMismatch, match="9"):
        legal_score([[0] * 8], [[1] * 8], denominator="all")


def test_satisfied_with_everything_is_asked_only_of_those_who_answered_everything() -> None:
    answers = [[5, 4, 5, 5, 1, 5], [4, 3, BLANK, NO_OPINION, BLANK, NOT_ASKED]]
    assert all_satisfied_answers(answers).tolist() == [5, 1, NOT_ASKED, NOT_ASKED, NOT_ASKED, NOT_ASKED]
    with pytest.raises(InvalidArgument):
        all_satisfied_answers([])
