"""Index formulas with a legal text of their own, and the all-satisfied indicator.

Factor and overall shares (pooled answers, equal criteria, equal factors, given weights) are measures of an
estimate run: see `measures`.  Here is what the law counts in points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import BoolArray, FloatArray, IntArray, as_codes
from analysis.cube import NOT_ASKED
from analysis.errors import InvalidArgument, ShapeMismatch

LEGAL_YEAR = 2018
INDEX_COUNT = 9
LARGEST_POINT = 2
GRADES = ("weak", "average", "fair", "good", "excellent")
GRADE_TENTHS = (60, 90, 120, 150)
DENOMINATORS = ("rated", "all")
THRESHOLDS = ("as_written", "proportional")


@dataclass(frozen=True, slots=True)
class LegalScore:
    """The score of Circular 01/2018/TT-VPCP, Article 15.

    Shapes: `index_score`, `included` (units, 9); the rest (units,).
    Units: points with one decimal; `possible` the most points that the included indices allow; `grade` an
    index into GRADES, -1 where no index has data.
    `denominator` says over which dossiers the mean was taken; `thresholds` how the grades were applied.
    """

    index_score: FloatArray
    included: BoolArray
    total: FloatArray
    possible: FloatArray
    grade: IntArray
    denominator: str
    thresholds: str


def legal_score(
    points: ArrayLike, dossiers: ArrayLike, *, denominator: str, thresholds: str = "as_written"
) -> LegalScore:
    """Mean points a dossier for each of nine indices, rounded to one decimal half up, then summed.

    An index without dossiers is left out.  The Circular does not say how its thresholds (15, 12, 9, 6 of 18)
    move then: `as_written` keeps them, `proportional` scales them to the points that remain possible.  Its
    decree was replaced on 1 July 2025: show the result with the year 2018, not as a grade in force.
    Shapes: points (sum of points), dossiers, both (units, 9) whole numbers.  Units: points; dossiers are the
    rated ones or all, as `denominator` ("rated" or "all") states; an index of the whole unit counts 1.
    Raises: InvalidArgument for an unknown word or for points beyond 0-2 a dossier, ShapeMismatch.
    Source: Circular 01/2018/TT-VPCP, Articles 13-15.  Check: tests/unit/analysis/test_indices.py.
    """
    _require_word("denominator", denominator, DENOMINATORS)
    _require_word("thresholds", thresholds, THRESHOLDS)
    earned = np.atleast_2d(as_codes(points, name="points"))
    counted = np.atleast_2d(as_codes(dossiers, name="dossiers"))
    _require_points(earned, counted)
    included = counted > 0
    tenths = np.where(included, (20 * earned + counted) // np.where(included, 2 * counted, 1), 0)
    total = tenths.sum(axis=1)
    possible = LARGEST_POINT * included.sum(axis=1)
    return LegalScore(
        index_score=np.where(included, tenths / 10, np.nan),
        included=included,
        total=total / 10,
        possible=possible.astype(np.float64),
        grade=_grades(total, possible, scaled=thresholds == "proportional"),
        denominator=denominator,
        thresholds=thresholds,
    )


def all_satisfied_answers(
    answers: Sequence[ArrayLike], *, satisfied_from: int = 4, level_count: int = 5
) -> IntArray:
    """One derived answer a person: the top level when every item is satisfied, the lowest when one is not.

    Only people who answered every item count, the others are "not asked": letting one bad answer decide for
    those with gaps would pull the share down.
    Add the column to the flat table and `satisfied_share` of it is the share of people satisfied with all.
    Shapes: items x (n,) -> (n,).  Units: levels as in the cube.  Raises: InvalidArgument without items.
    Source: none.  Check: tests/unit/analysis/test_indices.py.
    """
    if not answers:
        raise InvalidArgument(name="answers", value=[], wanted="at least one item")
    matrix = np.stack([as_codes(column, name="answers") for column in answers])
    complete = (matrix >= 1).all(axis=0)
    lowest = matrix.min(axis=0)
    return np.where(complete, np.where(lowest >= satisfied_from, level_count, 1), NOT_ASKED).astype(np.int64)


def _grades(total: IntArray, possible: IntArray, *, scaled: bool) -> IntArray:
    """Compared in whole tenths: no grade is lost to a last digit; 18 possible points are the full scale."""
    full = LARGEST_POINT * INDEX_COUNT
    reached, limits = (
        (total * full, [t * possible for t in GRADE_TENTHS]) if scaled else (total, GRADE_TENTHS)
    )
    grade = np.sum([reached >= limit for limit in limits], axis=0)
    return np.where(possible > 0, grade, -1).astype(np.int64)


def _require_points(points: IntArray, dossiers: IntArray) -> None:
    for name, array in (("points", points), ("dossiers", dossiers)):
        if array.ndim != 2 or array.shape[1] != INDEX_COUNT or array.shape != points.shape:
            raise ShapeMismatch(what=name, found=f"shape {array.shape}", wanted=f"(units, {INDEX_COUNT})")
    bad = (points < 0) | (dossiers < 0) | (points > LARGEST_POINT * dossiers)
    if np.any(bad):
        value = f"{int(points[bad][0])} points for {int(dossiers[bad][0])} dossiers"
        raise InvalidArgument(name="points", value=value, wanted="0 to 2 points a dossier")


def _require_word(name: str, value: str, words: tuple[str, ...]) -> None:
    if value not in words:
        raise InvalidArgument(name=name, value=value, wanted="one of " + ", ".join(words))
