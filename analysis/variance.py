"""Variance of a sum over sampling units, stage by stage, on the full design.

Two roads with one result.  `domain_variances` takes one value a row and its domain, and never builds a
matrix of rows by domains; `influence_covariance` takes a column for every estimate and gives covariances.
Sums are centred in a second pass, so nothing cancels when everybody is satisfied.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.arrays import BoolArray, FloatArray, IntArray, sums_by
from analysis.design import Stage, SurveyDesign
from analysis.errors import LonelyPsu

TAKE_ALL = 1e-7


@dataclass(frozen=True, slots=True)
class Spread:
    """Variances with the lonely strata that stood in their way.

    Shapes: `value` (k,) variances or (k, k) covariances, NaN where a lonely stratum forbids one;
    `lonely` maps a column to the first such stratum's stage and label.
    """

    value: FloatArray
    lonely: dict[int, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class _Scaled:
    """One stage's strata: the multiplier of squared deviations and which strata are lonely."""

    stage: Stage
    number: int
    multiplier: FloatArray
    alone: BoolArray


def domain_variances(design: SurveyDesign, values: FloatArray, domain: IntArray, *, count: int) -> Spread:
    """Variance of the sum of `values` over each domain; a row belongs to one domain, or to none (-1).

    Shapes: values, domain (n,) -> value (count,).  Units: squared units of the values.
    Raises: LonelyPsu under the policy "error".
    Source: R survey 4.1 `onestrat`, `multistage`; Särndal, Swensson & Wretman (1992) section 4.3.
    Check: tests/golden/oracle.
    """
    if design.adjustments:
        return _dense_variances(design, values, domain, count=count)
    inside = np.flatnonzero(domain >= 0)
    variance, lonely = np.zeros(count), {}
    for scaled in _stages(design):
        part, alone = _sparse_stage(design, scaled, (values[inside], domain[inside], inside), count=count)
        variance += part
        lonely.update({c: where for c, where in alone.items() if c not in lonely})
    return _settled(design, variance, lonely)


def influence_covariance(design: SurveyDesign, influence: FloatArray, member: BoolArray) -> Spread:
    """Covariance matrix of the column sums of weighted influence values.

    Shapes: influence (n, k), zero outside a column's domain; member (n, k), the rows of each column's
    domain -> value (k, k).  Units: squared units of the columns.
    Raises: LonelyPsu under the policy "error".
    Source: R survey 4.1 `svyrecvar`; Deville (1999) for influence functions.
    Check: tests/golden/oracle (P19, P20, P34-P36, P40).
    """
    columns = np.ascontiguousarray(influence, dtype=np.float64)
    for adjustment in design.adjustments:
        columns = adjustment.residual(columns)
    everybody = np.ones_like(member) if design.adjustments else member
    covariance, lonely = np.zeros((columns.shape[1],) * 2), {}
    for scaled in _stages(design):
        part, alone = _dense_stage(design, scaled, columns, everybody)
        covariance += part
        lonely.update({c: where for c, where in alone.items() if c not in lonely})
    return _settled(design, covariance, lonely)


def degrees_of_freedom(design: SurveyDesign, domain: IntArray, *, count: int) -> FloatArray:
    """Sampling units minus strata, counted over the rows in each domain that carry weight.

    Shapes: domain (n,), -1 outside -> (count,).  Units: degrees of freedom.  Raises: nothing.
    Source: R survey 4.1 `degf`; Korn & Graubard (1999) section 5.2.  Check: tests/golden/oracle.
    """
    first = design.stages[0]
    inside = (domain >= 0) & (design.weights != 0)
    units = _distinct(domain[inside], first.unit[inside], count=count)
    return units - _distinct(domain[inside], first.stratum[inside], count=count)


def _distinct(domain: IntArray, code: IntArray, *, count: int) -> FloatArray:
    if not code.size:
        return np.zeros(count)
    # runs of equal pairs are dropped before sorting: files often come sorted by unit
    keys = domain * (code.max() + 1) + code
    pairs = np.unique(keys[np.append(True, keys[1:] != keys[:-1])])
    return np.bincount(pairs // (code.max() + 1), minlength=count).astype(np.float64)


def _stages(design: SurveyDesign) -> Iterator[_Scaled]:
    """Each stage with its multiplier (1-f) m/(m-1), later stages weighted by the shares drawn before."""
    drawn_before = np.ones(1)
    row_before = np.zeros(design.size, dtype=np.int64)
    for number, stage in enumerate(design.stages, start=1):
        weight = np.zeros(len(stage.sampled))
        weight[stage.stratum] = drawn_before[row_before]
        open_share = stage.unsampled_share
        m = stage.sampled
        spread = np.where(m > 1, m / np.maximum(m - 1, 1), 1.0)
        multiplier = np.where(open_share < TAKE_ALL, 0.0, open_share * spread * weight)
        yield _Scaled(stage, number, multiplier, (m == 1) & (multiplier > 0))
        drawn_before = weight * m / stage.population
        row_before = stage.stratum


def _dense_variances(design: SurveyDesign, values: FloatArray, domain: IntArray, *, count: int) -> Spread:
    """Diagonal by blocks of columns, so that a matrix of rows by domains never exists whole."""
    block = max(1, 4_000_000 // max(design.size, 1))
    variance, lonely = np.zeros(count), {}
    for start in range(0, count, block):
        member = domain[:, None] == np.arange(start, min(start + block, count))
        columns = np.where(member, values[:, None], 0.0)
        spread = influence_covariance(design, columns, member)
        variance[start : start + block] = np.diag(spread.value)
        lonely.update({start + c: where for c, where in spread.lonely.items()})
    return Spread(variance, lonely)


def _sparse_stage(
    design: SurveyDesign, scaled: _Scaled, entries: tuple[FloatArray, IntArray, IntArray], *, count: int
) -> tuple[FloatArray, dict[int, tuple[int, str]]]:
    values, domain, rows = entries
    stage, units, groups = scaled.stage, len(scaled.stage.stratum_of_unit), len(scaled.stage.sampled)
    keys, at = np.unique(domain * units + stage.unit[rows], return_inverse=True)
    totals = sums_by(at.reshape(-1), values, count=len(keys))
    column, stratum = keys // units, stage.stratum_of_unit[keys % units]
    pairs, of_key = np.unique(column * groups + stratum, return_inverse=True)
    of_key = of_key.reshape(-1)
    pair_column, pair_stratum = pairs // groups, pairs % groups
    present = np.bincount(of_key, minlength=len(pairs)).astype(np.float64)
    m = stage.sampled[pair_stratum]
    centre = sums_by(of_key, totals, count=len(pairs)) / m
    centre = np.where(_uncentred(design, scaled.alone[pair_stratum], present == 1), 0.0, centre)
    squares = sums_by(of_key, (totals - centre[of_key]) ** 2, count=len(pairs)) + (m - present) * centre**2
    lone_here = (present == 1) & (scaled.multiplier[pair_stratum] > 0)
    unknown = _unknown(design, scaled.alone[pair_stratum], lone_here)
    squares = np.where(unknown | _dropped(design, scaled.alone[pair_stratum]), 0.0, squares)
    part = sums_by(pair_column, squares * scaled.multiplier[pair_stratum], count=count)
    part *= _average_factor(pair_column, unknown, count=count)
    return part, _lonely(design, scaled, pair_column, pair_stratum)


def _dense_stage(
    design: SurveyDesign, scaled: _Scaled, columns: FloatArray, member: BoolArray
) -> tuple[FloatArray, dict[int, tuple[int, str]]]:
    stage, k = scaled.stage, columns.shape[1]
    units, groups = len(stage.stratum_of_unit), len(stage.sampled)
    totals = _by_column(stage.unit, columns, count=units)
    here = _by_column(stage.unit, member, count=units) > 0
    present = _by_column(stage.stratum_of_unit, here, count=groups)
    alone = np.broadcast_to(scaled.alone[:, None], present.shape)
    centre = _by_column(stage.stratum_of_unit, totals, count=groups) / stage.sampled[:, None]
    centre = np.where(_uncentred(design, alone, present == 1), 0.0, centre)
    lone_here = (present == 1) & (scaled.multiplier[:, None] > 0)
    unknown = _unknown(design, alone, lone_here) & (present > 0)
    weight = np.where(unknown | _dropped(design, alone), 0.0, np.sqrt(scaled.multiplier)[:, None])
    deviation = (totals - centre[stage.stratum_of_unit]) * weight[stage.stratum_of_unit]
    column, stratum = np.nonzero(present.T > 0)
    factor = np.sqrt(_average_factor(column, unknown[stratum, column], count=k))
    return deviation.T @ deviation * np.outer(factor, factor), _lonely(design, scaled, column, stratum)


def _by_column(codes: IntArray, columns: FloatArray | BoolArray, *, count: int) -> FloatArray:
    return np.stack([sums_by(codes, column, count=count) for column in columns.T], axis=1)


def _uncentred(design: SurveyDesign, alone: BoolArray, one_unit: BoolArray) -> BoolArray:
    """Where the policy measures a lone unit from zero, not from itself."""
    if design.lonely != "adjust":
        return np.zeros_like(alone)
    return np.asarray(alone | (one_unit & design.lone_in_domain), dtype=np.bool_)


def _unknown(design: SurveyDesign, alone: BoolArray, lone_in_domain: BoolArray) -> BoolArray:
    """Strata that get the average of the others."""
    if design.lonely != "average":
        return np.zeros_like(alone)
    return np.asarray(alone | (lone_in_domain & design.lone_in_domain), dtype=np.bool_)


def _dropped(design: SurveyDesign, alone: BoolArray) -> BoolArray:
    return alone & (design.lonely in ("certainty", "remove"))


def _average_factor(column: IntArray, unknown: BoolArray, *, count: int) -> FloatArray:
    strata = np.bincount(column, minlength=count)
    known = np.bincount(column, ~unknown, minlength=count)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(strata > 0, np.where(known > 0, strata / known, np.nan), 1.0)


def _lonely(
    design: SurveyDesign, scaled: _Scaled, column: IntArray, stratum: IntArray
) -> dict[int, tuple[int, str]]:
    if design.lonely not in ("error", "mark"):
        return {}
    found: dict[int, tuple[int, str]] = {}
    labels = scaled.stage.labels
    for at in np.flatnonzero(scaled.alone[stratum]):
        code = int(stratum[at])
        found.setdefault(int(column[at]), (scaled.number, labels[code] if labels else f"number {code + 1}"))
    return found


def _settled(design: SurveyDesign, value: FloatArray, lonely: dict[int, tuple[int, str]]) -> Spread:
    if lonely and design.lonely == "error":
        stage, label = next(iter(lonely.values()))
        raise LonelyPsu(strata=label, stage=stage)
    for column in lonely:
        value[column] = np.nan
        if value.ndim == 2:
            value[:, column] = np.nan
    return Spread(value, lonely)
