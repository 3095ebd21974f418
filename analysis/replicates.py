"""Replicate weights: the spread of re-weighted estimates as a variance, and our own Rao-Wu replicates."""

import numpy as np

from analysis.arrays import BoolArray, FloatArray
from analysis.design import Replicates, SurveyDesign, with_replicates
from analysis.errors import InvalidArgument, LonelyPsu

RANK_TOLERANCE = 1e-5


def replicate_covariance(replicates: Replicates, thetas: FloatArray, estimate: FloatArray) -> FloatArray:
    """Covariance of estimates from their values under every replicate weight.

    A replicate in which an estimate does not exist (its domain drew nobody) is left out for all columns.
    Shapes: thetas (r, k), estimate (k,) -> (k, k).  Units: squared units of the estimates.
    Raises: nothing; NaN where no replicate has a value.
    Source: R survey 4.1 `svrVar`; Wolter (2007).  Check: tests/golden/oracle (P24-P27).
    """
    whole = np.all(np.isfinite(thetas), axis=1)
    kept, rscales = thetas[whole], replicates.rscales[whole]
    if not np.any(rscales > 0):
        return np.full((thetas.shape[1],) * 2, np.nan)
    centre = estimate if replicates.mse else kept[rscales > 0].mean(axis=0)
    deviation = (kept - centre) * np.sqrt(rscales)[:, None]
    return np.asarray(deviation.T @ deviation * replicates.scale)


def replicate_variance(replicates: Replicates, thetas: FloatArray, estimate: FloatArray) -> FloatArray:
    """The variances alone, each column by itself: a lost replicate costs only the columns it is lost for.

    Shapes: thetas (r, k), estimate (k,) -> (k,).  Units: squared units.  Raises: nothing.
    Source: R survey 4.1 `svrVar`.  Check: tests/golden/oracle (P24-P27).
    """
    columns = [
        replicate_covariance(replicates, thetas[:, [k]], estimate[[k]])[0, 0] for k in range(len(estimate))
    ]
    return np.asarray(columns, dtype=np.float64)


def replicate_df(replicates: Replicates, inside: BoolArray) -> float:
    """Rank of the replicate weights of the rows in a domain, less one.

    Shapes: inside (n,).  Units: degrees of freedom.  Raises: nothing.
    Source: R survey 4.1 `degf.svyrep.design`.  Check: tests/golden/oracle (P24-P26).
    """
    weights = replicates.weights[inside]
    if not weights.size:
        return 0.0
    gram = weights.T @ weights if weights.shape[0] > weights.shape[1] else weights @ weights.T
    roots = np.linalg.eigvalsh(gram)
    return float(np.sum(roots > roots[-1] * RANK_TOLERANCE**2) - 1)


def rao_wu_replicates(design: SurveyDesign, *, count: int, rng: np.random.Generator) -> SurveyDesign:
    """The design with rescaled-bootstrap replicates: m-1 of the m units of every stratum, with replacement.

    The finite-population correction of the first stage shrinks each replicate towards the base weight.
    Shapes: as the design.  Units: none.
    Raises: InvalidArgument for fewer than 20 replicates or weights already tied to totals;
    LonelyPsu unless the policy is certainty or remove.
    Source: Rao & Wu (1988); Rao, Wu & Yue (1992); R survey `subbootweights`.
    Check: tests/unit/analysis/test_replicates.py (mean and variance against linearisation).
    """
    if count < 20:
        raise InvalidArgument(name="count", value=count, wanted="20 replicates or more, usually 200 to 500")
    if design.adjustments:
        raise InvalidArgument(
            name="design", value="weights tied to totals", wanted="replicates first, then the weighting"
        )
    stage = design.stages[0]
    factors = np.ones((len(stage.stratum_of_unit), count))
    for code, m in enumerate(stage.sampled.astype(int)):
        kept = np.sqrt(stage.unsampled_share[code])
        if m > 1:
            drawn = rng.multinomial(m - 1, np.full(m, 1 / m), size=count).T
            factors[stage.stratum_of_unit == code] = 1 + kept * (drawn * (m / (m - 1)) - 1)
        elif kept > 0 and design.lonely not in ("certainty", "remove"):
            raise LonelyPsu(strata=stage.labels[code], stage=1)
    weights = design.weights[:, None] * factors[stage.unit]
    return with_replicates(design, weights, scale=1 / (count - 1))
