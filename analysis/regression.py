"""Design-based regression: the fit of statsmodels, the errors of the survey design."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtrc, stdtr, stdtrit

from analysis.arrays import BoolArray, FloatArray, as_floats, require_length
from analysis.design import SurveyDesign
from analysis.errors import CannotFit
from analysis.model_matrix import ModelMatrix
from analysis.replicates import replicate_covariance, replicate_df
from analysis.variance import degrees_of_freedom, influence_covariance

Family = Literal["logistic", "linear"]
ROUNDS = 100
TOLERANCE = 1e-13
SEPARATED_ABOVE = 30.0  # log odds: beyond it a fitted chance is 0 or 1 to thirteen digits


@dataclass(frozen=True, slots=True)
class TermTest:
    """Wald test that all coefficients of a term are zero.  Units: `df` numerator and denominator."""

    term: str
    statistic: float
    df: tuple[float, float]
    p_value: float


@dataclass(frozen=True, slots=True)
class Regression:
    """A fitted model.

    Shapes: `coefficients` (p,), `covariance` (p, p).  Units: of the linear predictor; `df` residual
    degrees of freedom of the design, units - strata + 1 - p; `n` rows in the fit.
    """

    family: Family
    names: tuple[str, ...]
    coefficients: FloatArray
    covariance: FloatArray
    df: float
    n: int
    terms: tuple[TermTest, ...]

    @property
    def se(self) -> FloatArray:
        """Standard errors, (p,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def p_values(self) -> FloatArray:
        """Two-sided p-values of t tests on `df`, (p,)."""
        return as_floats(2 * stdtr(self.df if self.df >= 1 else np.nan, -np.abs(self.coefficients / self.se)))

    def limits(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """T limits of the coefficients.

        Shapes: (p,) each.  Units: of the linear predictor.  Raises: nothing; NaN without df.
        Source: R survey 4.1 `confint.svyglm`.  Check: tests/golden/oracle (P23, P39).
        """
        half = stdtrit(self.df if self.df >= 1 else np.nan, (1 + level) / 2) * self.se
        return self.coefficients - half, self.coefficients + half


def fit_regression(
    design: SurveyDesign, y: ArrayLike, model: ModelMatrix, *, family: Family = "linear"
) -> Regression:
    """Weighted fit with the sandwich of the design; rows with a missing value stay in the design as zeros.

    Shapes: y (n,), 0 and 1 for logistic; model of (n, p).  Units: as given.
    Raises: CannotFit where columns repeat each other, the answer separates perfectly or y is not 0/1.
    Source: Binder (1983); R survey 4.1 `svyglm`, `svy.varcoef`.  Check: tests/golden/oracle (P23, P39).
    """
    values = as_floats(y)
    require_length(values, design.size, name="y")
    require_length(model.x, design.size, name="model matrix")
    used = ~np.isnan(values) & model.known & (design.weights > 0)
    _require_usable(values[used], model.x[used], family=family)
    coefficients = _fit(values[used], model.x[used], design.weights[used], family=family)
    covariance, df = _sandwich(design, values, model.x, (used, coefficients), family=family)
    free = df + 1 - len(coefficients)
    terms = tuple(
        _term_test(model, index, coefficients, covariance, df=free) for index in range(len(model.terms))
    )
    return Regression(family, model.names, coefficients, covariance, free, int(used.sum()), terms)


def _require_usable(y: FloatArray, x: FloatArray, *, family: Family) -> None:
    if len(y) <= x.shape[1]:
        raise CannotFit(reason=f"{len(y)} complete rows for {x.shape[1]} coefficients")
    if family == "logistic" and np.any((y != 0) & (y != 1)):
        odd = y[(y != 0) & (y != 1)][0]
        raise CannotFit(reason=f"a logistic model needs 0 and 1, the answer holds {odd:g}")
    if np.linalg.matrix_rank(x / np.maximum(np.abs(x).max(axis=0), 1e-300)) < x.shape[1]:
        raise CannotFit(reason="a column is a combination of others; leave one out")


def _fit(y: FloatArray, x: FloatArray, w: FloatArray, *, family: Family) -> FloatArray:
    import warnings

    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    kind = families.Binomial() if family == "logistic" else families.Gaussian()
    with warnings.catch_warnings():
        # separation shows in the coefficients and is named below
        warnings.simplefilter("ignore")
        found = GLM(y, x, family=kind, var_weights=w / w.mean()).fit(
            maxiter=ROUNDS, tol=TOLERANCE, tol_criterion="params"
        )
    coefficients = as_floats(found.params)
    if family == "logistic" and _separated(x @ coefficients):
        raise CannotFit(reason="some answers are predicted perfectly, so a coefficient has no finite value")
    return coefficients


def _separated(predictor: FloatArray) -> bool:
    return bool(not np.all(np.isfinite(predictor)) or np.abs(predictor).max() > SEPARATED_ABOVE)


def _sandwich(
    design: SurveyDesign, y: FloatArray, x: FloatArray, fit: tuple[BoolArray, FloatArray], *, family: Family
) -> tuple[FloatArray, float]:
    used, coefficients = fit
    if design.replicates is not None:
        columns = design.replicates.weights[used].T
        thetas = np.stack([_fit(y[used][w > 0], x[used][w > 0], w[w > 0], family=family) for w in columns])
        return replicate_covariance(design.replicates, thetas, coefficients), replicate_df(
            design.replicates, used
        )
    predictor = x @ coefficients
    mean = 1 / (1 + np.exp(-predictor)) if family == "logistic" else predictor
    slope = mean * (1 - mean) if family == "logistic" else np.ones_like(mean)
    w = np.where(used, design.weights, 0.0)
    bread = np.linalg.inv((x * (w * slope)[:, None]).T @ x)
    score = (w * np.where(used, y - mean, 0.0))[:, None] * x
    member = np.broadcast_to(used[:, None], x.shape)
    covariance = influence_covariance(design, score @ bread, member).value
    df = degrees_of_freedom(design, np.where(used, 0, -1), count=1)
    return covariance, float(df[0])


def _term_test(
    model: ModelMatrix, index: int, coefficients: FloatArray, covariance: FloatArray, *, df: float
) -> TermTest:
    at = np.flatnonzero(np.array(model.term) == index)
    beta, spread = coefficients[at], covariance[np.ix_(at, at)]
    try:
        statistic = float(beta @ np.linalg.solve(spread, beta)) / len(at)
    except np.linalg.LinAlgError:
        statistic = np.nan
    p_value = float(fdtrc(len(at), df, statistic)) if df >= 1 else np.nan
    return TermTest(model.terms[index], statistic, (len(at), df), p_value)
