"""Is there an association in a two-way table?  Rao-Scott and Wald tests of a survey design."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, fdtrc, ndtr

from analysis.arrays import FloatArray, as_floats
from analysis.design import Labels, SurveyDesign, codes_of
from analysis.domains import SurveyDomains
from analysis.errors import CannotFit
from analysis.estimators import mean_of, survey_covariance, total_of
from analysis.replicates import replicate_df


@dataclass(frozen=True, slots=True)
class AssociationTest:
    """One test.  Units: `df` numerator and denominator degrees of freedom (inf for a chi-square)."""

    name: str
    statistic: float
    df: tuple[float, float]
    p_value: float


@dataclass(frozen=True, slots=True)
class Association:
    """A weighted table and its tests.

    Shapes: `totals` (rows, columns).  Units: population units; `n` rows with both answers.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    totals: FloatArray
    n: int
    tests: tuple[AssociationTest, ...]


def associate(design: SurveyDesign, rows: Labels, columns: Labels, *, answered: ArrayLike) -> Association:
    """Tests of independence of rows and columns.

    `F` is the Rao-Scott second-order test, `Chisq` the first-order one, `saddlepoint` the distribution
    of the quadratic form, `Wald` and `adjWald` the tests on the interactions.
    Shapes: rows, columns, answered (n,).  Units: none.
    Raises: CannotFit where either has fewer than two categories; LonelyPsu under the policy "error".
    Source: Rao & Scott (1984); Koch, Freeman & Freeman (1975); R survey 4.1 `svychisq`.
    Check: tests/golden/oracle (P21, P22, P39).
    """
    known = np.asarray(answered, dtype=np.bool_) & (design.weights != 0)
    (row_code, row_labels), (column_code, column_labels) = (
        codes_of([np.asarray(v)[known]], int(known.sum())) for v in (rows, columns)
    )
    r, c = len(row_labels), len(column_labels)
    if min(r, c) < 2:
        raise CannotFit(reason=f"a table of {r} by {c} has nothing to associate; both need two categories")
    cell = np.full(design.size, -1)
    cell[known] = row_code + r * column_code  # rows vary fastest, as in R
    domains = SurveyDomains(cell, (), ((),) * (r * c))
    totals = total_of(np.ones(design.size), domains).at(design.weights)
    totals = np.nan_to_num(totals)
    nu = _df(design, known)
    tests = (*_rao_scott(design, cell, totals, shape=(r, c), nu=nu), *_wald(design, domains, (r, c), nu=nu))
    return Association(
        tuple(str(label[0]) for label in row_labels),
        tuple(str(label[0]) for label in column_labels),
        totals.reshape(c, r).T,
        int(known.sum()),
        tests,
    )


def _df(design: SurveyDesign, known: np.ndarray) -> float:
    """Degrees of freedom of the whole design: missing answers do not take units out of it."""
    if design.replicates is not None:
        return replicate_df(design.replicates, np.ones_like(known))
    first = design.stages[0]
    return float(len(first.stratum_of_unit) - len(first.sampled))


def _rao_scott(
    design: SurveyDesign, cell: np.ndarray, totals: FloatArray, *, shape: tuple[int, int], nu: float
) -> list[AssociationTest]:
    n, p = int(np.sum(cell >= 0)), totals / totals.sum()
    indicators = [mean_of(np.where(cell >= 0, cell == k, np.nan)) for k in range(len(p))]
    covariance = survey_covariance(design, indicators)
    contrast = _interaction_contrasts(*shape)
    inverse = np.diag(np.where(p == 0, 0.0, 1 / np.where(p == 0, 1.0, p)))
    plain = contrast.T @ (inverse / n) @ contrast
    delta = np.linalg.solve(plain, contrast.T @ inverse @ covariance @ inverse @ contrast)
    trace, k = float(np.trace(delta)), delta.shape[0]
    d0 = trace**2 / float(np.trace(delta @ delta))
    x2 = _pearson(p, n, shape)
    roots = np.real(np.linalg.eigvals(delta))
    return [
        AssociationTest("F", x2 / trace, (d0, d0 * nu), float(fdtrc(d0, d0 * nu, x2 / trace))),
        AssociationTest("Chisq", x2, (k, np.inf), float(chdtrc(k, x2 / (trace / k)))),
        AssociationTest("saddlepoint", x2, (d0, d0 * nu), _quadratic_form_tail(x2, roots, d0 * nu)),
    ]


def _pearson(p: FloatArray, n: int, shape: tuple[int, int]) -> float:
    table = p.reshape(shape[1], shape[0]).T
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    return float(n * ((table - expected) ** 2 / expected).sum())


def _interaction_contrasts(r: int, c: int) -> FloatArray:
    """Interaction columns of the saturated model, free of the main effects."""
    rows, columns = np.tile(np.arange(r), c), np.repeat(np.arange(c), r)
    row_dummies = as_floats(rows[:, None] == np.arange(1, r))
    column_dummies = as_floats(columns[:, None] == np.arange(1, c))
    main = np.hstack([np.ones((r * c, 1)), row_dummies, column_dummies])
    both = (row_dummies[:, :, None] * column_dummies[:, None, :]).reshape(r * c, -1)
    return as_floats(both - main @ np.linalg.lstsq(main, both, rcond=None)[0])


def _quadratic_form_tail(x: float, roots: FloatArray, ddf: float) -> float:
    """P(sum of roots times chi-squares > x/ddf times a chi-square on ddf), by saddlepoint; Kuonen (1999).

    The chi-square below has the whole part of ddf, as R repeats each root a whole number of times.
    """
    shape = (roots.mean() ** 2) * len(roots) / (roots**2).mean()
    scale = (roots**2).mean() / roots.mean()
    satterthwaite = float(fdtrc(shape, ddf, x / shape / scale))
    a, df = np.append(roots, -x / ddf), np.append(np.ones(len(roots)), np.floor(ddf + 1e-6))
    a = a / a.max()
    low, high = 0.99999 / (2 * a.min()), 0.99999 / (2 * a.max())
    for _ in range(200):
        z = (low + high) / 2
        low, high = (low, z) if float((df * a / (1 - 2 * z * a)).sum()) > 0 else (z, high)
    if abs(z) < 1e-4:
        return satterthwaite
    cumulant = -float((df * np.log1p(-2 * z * a)).sum()) / 2
    w = np.sign(z) * np.sqrt(-2 * cumulant)
    v = z * np.sqrt(2 * float((df * a**2 / (1 - 2 * z * a) ** 2).sum()))
    return float(ndtr(-(w + np.log(v / w) / w)))


def _wald(
    design: SurveyDesign, domains: SurveyDomains, shape: tuple[int, int], *, nu: float
) -> list[AssociationTest]:
    """Wald tests that every cell total equals the product of its margins over the grand total."""
    cells = total_of(np.ones(design.size), domains)
    totals, covariance = np.nan_to_num(cells.at(design.weights)), survey_covariance(design, [cells])
    r, c = shape
    rows = np.tile(np.eye(r), c)
    columns = np.repeat(np.eye(c), r, axis=1)
    row_totals, column_totals, everything = rows @ totals, columns @ totals, totals.sum()
    expected = np.outer(column_totals, row_totals).reshape(-1) / everything
    jacobian = (
        np.eye(r * c)
        - (
            (rows.T @ rows) * (columns.T @ column_totals)[:, None]
            + (columns.T @ columns) * (rows.T @ row_totals)[:, None]
            - expected[:, None]
        )
        / everything
    )
    kept = np.arange(r * c).reshape(c, r)[1:, 1:].reshape(-1)
    gap, spread = (totals - expected)[kept], (jacobian @ covariance @ jacobian.T)[np.ix_(kept, kept)]
    try:
        statistic = float(gap @ np.linalg.solve(spread, gap))
    except np.linalg.LinAlgError:
        statistic = np.nan
    k, left = len(kept), nu - len(kept) + 1
    adjusted = statistic * left / (k * nu)
    return [
        AssociationTest("Wald", statistic / k, (k, nu), float(fdtrc(k, nu, statistic / k))),
        AssociationTest(
            "adjWald", adjusted, (k, left), float(fdtrc(k, left, adjusted)) if left > 0 else np.nan
        ),
    ]
