"""Linear contrasts of estimates: differences, means of criteria, anything that adds with coefficients."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from analysis.arrays import FloatArray, as_floats, require_length
from analysis.errors import InvalidArgument


@dataclass(frozen=True, slots=True)
class Contrasts:
    """Contrasts with their t tests.

    Shapes: all (c,).  Units: of the estimates; `p_value` two-sided.
    """

    estimate: FloatArray
    variance: FloatArray
    df: FloatArray
    statistic: FloatArray
    p_value: FloatArray

    @property
    def se(self) -> FloatArray:
        """Standard errors, (c,)."""
        return np.sqrt(self.variance)

    def limits(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """T limits at a level.

        Shapes: (c,) each.  Units: of the estimates.  Raises: InvalidArgument for a level outside 0-1.
        Source: Student's t on the design's degrees of freedom.  Check: tests/golden/oracle (P34, P35).
        """
        if not 0 < level < 1:
            raise InvalidArgument(name="level", value=level, wanted="a number between 0 and 1, such as 0.95")
        half = stdtrit(np.where(self.df >= 1, self.df, np.nan), (1 + level) / 2) * self.se
        return self.estimate - half, self.estimate + half


def linear_contrasts(
    estimate: ArrayLike, covariance: ArrayLike, *, coefficients: ArrayLike, df: ArrayLike
) -> Contrasts:
    """Sums of estimates times coefficients, with the variance that their covariance gives.

    A variance that rounding left below zero is zero.
    Shapes: estimate (k,), covariance (k, k), coefficients (c, k), df (c,) or one number -> (c,).
    Units: of the estimates.  Raises: ShapeMismatch.
    Source: R survey 4.1 `svycontrast`.  Check: tests/golden/oracle (P19, P20, P34, P35).
    """
    values, matrix = as_floats(estimate), as_floats(covariance)
    table = np.atleast_2d(as_floats(coefficients))
    require_length(matrix, len(values), name="covariance")
    require_length(table.T, len(values), name="coefficients")
    used = table != 0
    # a domain without an estimate spoils only the contrasts that use it
    contrast = np.where(used, table * np.where(used, values, 0.0), 0.0).sum(axis=1)
    variance = np.array([_quadratic(row, matrix) for row in table])
    free = np.broadcast_to(as_floats(df), contrast.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = contrast / np.sqrt(variance)
        p_value = 2 * stdtr(np.where(free >= 1, free, np.nan), -np.abs(statistic))
    return Contrasts(contrast, variance, free, statistic, as_floats(p_value))


def _quadratic(row: FloatArray, matrix: FloatArray) -> float:
    used = np.flatnonzero(row)
    return max(float(row[used] @ matrix[np.ix_(used, used)] @ row[used]), 0.0)
