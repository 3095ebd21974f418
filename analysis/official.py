"""Scores that rules prescribe, computed as written, each with its source and year.

None of these is the ministry's own index: points computed from our figures are hypothetical ("giả định"),
and the grades of Circular 01/2018 are kept as a legal formula of their year, their decree having been
replaced on 1 July 2025.  The nine-index score itself is `indices.legal_score`; here is
the probability of each grade.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import FloatArray, as_floats
from analysis.errors import InvalidArgument, ShapeMismatch
from analysis.indices import GRADE_TENTHS, GRADES, LARGEST_POINT

PAR_INDEX_POINTS_OF_SIPAS = 10.0
DECISION_766_FULL_SHARE = 0.90


@dataclass(frozen=True, slots=True)
class PortalSatisfaction:
    """Satisfaction in handling dossiers as Decision 766 defines it: from the portal, not from a survey.

    Units: `share` 0-1; `points` of the maximum given.
    """

    share: float
    points: float


def grade_probabilities(
    scores: ArrayLike,
    covariance: ArrayLike,
    *,
    rng: np.random.Generator,
    unit_points: float = 0.0,
    draws: int = 20_000,
) -> dict[str, float]:
    """How probable each grade of Circular 01/2018 is, given the sampling error of the rated indices.

    Every draw is rounded as the circular rounds (each index to one decimal, half up) and then summed, so a
    score that sits on a floor is shown as the coin toss it is.  The probabilities are
    ours, not the circular's.
    Shapes: scores (k,) mean points of the indices rated per dossier; covariance (k, k) or (k,) variances.
    Units: points 0-2 an index; `unit_points` the sum of the indices fixed for the unit (5, 6, 8, 9).
    Raises: InvalidArgument for points outside 0-2; ShapeMismatch.
    Source: Circular 01/2018/TT-VPCP, articles 13-15; normal approximation of the means.
    Check: tests/unit/analysis/test_official.py
    """
    means, matrix = _points(scores, covariance)
    drawn = _normal_draws(means, matrix, rng, draws)
    tenths = (_tenths(np.clip(drawn, 0.0, LARGEST_POINT)).sum(axis=1) + _tenths(unit_points)).astype(np.int64)
    grade = np.searchsorted(GRADE_TENTHS, tenths, side="right")
    shares = np.bincount(grade, minlength=len(GRADES)) / draws
    return dict(zip(GRADES, shares.tolist(), strict=True))


def portal_satisfaction(
    overdue_share: float, disliked_share: float, *, maximum_points: float
) -> PortalSatisfaction:
    """Item 5.4 of Decision 766: 100 % less overdue dossiers and dossiers with a petition or a dislike.

    Full points from 90 %, in proportion below.
    Shapes: none.  Units: shares 0-1 of dossiers; points.
    Raises: InvalidArgument for a share outside 0-1 or a maximum that is not positive.
    Source: Decision 766/QD-TTg of 23 June 2022, item 5.4 (third-party transcription, October 2026).
    Check: tests/unit/analysis/test_official.py
    """
    for name, share in (("overdue_share", overdue_share), ("disliked_share", disliked_share)):
        _require(name, share, 0 <= share <= 1, "a share from 0 to 1")
    _require("maximum_points", maximum_points, maximum_points > 0, "points above 0")
    share = max(1 - overdue_share - disliked_share, 0.0)
    return PortalSatisfaction(share, maximum_points * min(share / DECISION_766_FULL_SHARE, 1.0))


def par_index_points(satisfied_share: ArrayLike) -> FloatArray:
    """The PAR INDEX points that a satisfaction share would bring: hypothetical unless it is the ministry's.

    Linear, so limits of an interval go through it as they are, and a standard error is multiplied by 10.
    Shapes: any.  Units: share 0-1 in, points 0-10 out.
    Raises: InvalidArgument for a share outside 0-1.
    Source: SIPAS gives 10 of the 100 points of PAR INDEX; Binh Duong 2020: 88.2 % gave 8.82 points.
    Check: tests/unit/analysis/test_official.py
    """
    share = as_floats(satisfied_share)
    for value in share[(share < 0) | (share > 1)].ravel()[:1]:
        _require("satisfied_share", float(value), False, "a share from 0 to 1")
    return as_floats(share * PAR_INDEX_POINTS_OF_SIPAS)


def _tenths(points: ArrayLike) -> FloatArray:
    """Whole tenths, halves up; the tolerance only undoes binary representation."""
    return as_floats(np.floor(as_floats(points) * 10 + 0.5 + 1e-9))


def _normal_draws(means: FloatArray, matrix: FloatArray, rng: np.random.Generator, draws: int) -> FloatArray:
    values, vectors = np.linalg.eigh(matrix)
    noise = rng.standard_normal((draws, len(means))) * np.sqrt(np.maximum(values, 0.0))
    return as_floats(means + noise @ vectors.T)


def _points(scores: ArrayLike, covariance: ArrayLike) -> tuple[FloatArray, FloatArray]:
    means, given = as_floats(scores), as_floats(covariance)
    matrix = np.diag(given) if given.ndim == 1 else given
    if matrix.shape != (len(means), len(means)):
        raise ShapeMismatch(what="covariance", found=f"shape {given.shape}", wanted=f"{len(means)} indices")
    for value in means[~((means >= 0) & (means <= LARGEST_POINT))][:1]:
        _require("scores", float(value), False, "points from 0 to 2")
    return means, matrix


def _require(name: str, value: float, holds: bool, wanted: str) -> None:
    if not holds:
        raise InvalidArgument(name=name, value=value, wanted=wanted)
