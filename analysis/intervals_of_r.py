"""Two intervals kept for parity with R `svyciprop`: arcsine and profile likelihood.

Neither has an answer at p = 0 or 1 (NaN there); the intervals of `intervals.py` do.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit, xlogy

from analysis.arrays import FloatArray, as_floats
from analysis.intervals import Limits, ShareEvidence


def asin_interval(evidence: ShareEvidence, level: ArrayLike = 0.95) -> Limits:
    """Wald limits on the arcsine square root scale.

    Shapes: as the evidence.  Units: shares.  Raises: nothing; NaN at p = 0 or 1 or without df.
    Source: R survey 4.1 `svyciprop(method = "asin")`.  Check: tests/golden/oracle.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        half = _t(evidence, level) * np.sqrt(evidence.variance / (4 * evidence.p * (1 - evidence.p)))
    half = np.where(evidence.degenerate, np.nan, half)
    centre = np.arcsin(np.sqrt(evidence.p))
    return np.sin(centre - half) ** 2, np.sin(centre + half) ** 2


def likelihood_interval(evidence: ShareEvidence, level: ArrayLike = 0.95) -> Limits:
    """Shares whose scaled deviance from the estimate stays below t squared times the design effect.

    Shapes: as the evidence.  Units: shares.  Raises: nothing; NaN at p = 0 or 1 or without df.
    Source: Rao & Scott (1984) scaled deviance; R survey 4.1 `confint.svyglm(method = "likelihood")`.
    Check: tests/golden/oracle (1e-3, as R interpolates its profile).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        dispersion = evidence.n / (evidence.n - 1)
        per_person = dispersion * evidence.variance / (evidence.p * (1 - evidence.p))
    allowed = np.where(evidence.degenerate, np.nan, _t(evidence, level) ** 2 * per_person)
    return _reach(evidence.p, allowed, towards=0.0), _reach(evidence.p, allowed, towards=1.0)


def _reach(p: FloatArray, allowed: FloatArray, *, towards: float) -> FloatArray:
    near, far = p.copy(), np.full_like(p, towards)
    for _ in range(80):
        middle = (near + far) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            gap = 2 * (xlogy(p, p / middle) + xlogy(1 - p, (1 - p) / (1 - middle)))
        inside = gap <= allowed
        near, far = np.where(inside, middle, near), np.where(inside, far, middle)
    return np.where(np.isnan(allowed), np.nan, near)


def _t(evidence: ShareEvidence, level: ArrayLike) -> FloatArray:
    usable = np.where(evidence.df >= 1, evidence.df, np.nan)
    return as_floats(stdtrit(usable, (1 + as_floats(level)) / 2))
