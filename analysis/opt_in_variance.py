"""Variance of a block of domains: between PSUs where a stratum has several, between people elsewhere."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import FloatArray, IntArray
from analysis.measures import Measure, MeasurePlan
from analysis.opt_in_design import OptInDesign
from analysis.opt_in_sums import BlockRows, BlockSums, PsuTotals, group_sum


@dataclass(frozen=True, slots=True)
class StratumVariance:
    """The contribution of every (domain, stratum).

    Shapes: `domain`, `freedom` (groups,), `freedom` = m_h - 1; `variance`, `present` (groups, measures), the
    latter the number of PSUs (people) with answers from the domain.
    """

    domain: IntArray
    freedom: FloatArray
    variance: FloatArray
    present: FloatArray


@dataclass(frozen=True, slots=True)
class BlockVariance:
    """Shapes: all (domains, measures).  Units: squared units of the measure; `df` by R's domain rule."""

    variance: FloatArray
    df: FloatArray
    df_satterthwaite: FloatArray


def mix_totals(plan: MeasurePlan, totals: PsuTotals, *, weight: FloatArray) -> PsuTotals:
    """The same totals with the composites' columns added.

    Shapes: weight (domains, ratios) -> (entries, ratios + composites).  Units: of the measure.
    Raises: nothing.  Source: docs/methods.md section 4, linear in T.
    Check: tests/unit/analysis/test_opt_in_indices.py.
    """
    if not plan.composites:
        return totals
    shares = np.nan_to_num(plan.shares_of_mix(weight))
    total, present = [totals.total], [totals.present]
    for column in range(len(plan.composites)):
        part = shares[:, :, column][totals.domain]
        total.append((totals.total * part).sum(axis=1, keepdims=True))
        present.append((totals.present * (part > 0)).max(axis=1, keepdims=True, initial=0.0))
    return PsuTotals(totals.domain, totals.psu, np.hstack(total), np.hstack(present))


def between_psu_variance(design: OptInDesign, totals: PsuTotals) -> StratumVariance:
    """m_h/(m_h-1) sum_i (T_hi - mean)^2 by domain and stratum; an absent PSU counts as zero.

    Shapes: totals (entries, measures) -> StratumVariance.  Units: squared units of the measure.
    Raises: nothing.  Source: docs/methods.md section 3; R survey `onestrat`.  Check: tests/golden/opt_in.
    """
    stratum = design.psu_stratum[totals.psu]
    change = (np.diff(totals.domain, prepend=-1) != 0) | (np.diff(stratum, prepend=-1) != 0)
    start = np.flatnonzero(change)
    if not len(start):
        return StratumVariance(totals.domain, np.zeros(0), totals.total, totals.present)
    group = np.cumsum(change) - 1
    size = design.stratum_size[stratum[start]][:, None]
    seen = np.diff(start, append=len(stratum))[:, None]
    gather = group_sum(group, len(start))
    mean = (gather @ totals.total) / size
    centred = mean[group]
    np.subtract(totals.total, centred, out=centred)
    np.square(centred, out=centred)
    spread = gather @ centred + (size - seen) * mean**2
    present = gather @ totals.present
    return StratumVariance(totals.domain[start], size[:, 0] - 1, spread * size / (size - 1), present)


def between_people_variance(
    design: OptInDesign, rows: BlockRows, *, sums: BlockSums, row_pair: IntArray, plan: MeasurePlan
) -> StratumVariance:
    """Element variance by domain and stratum, from answers by level within each cell.

    sum_i T_i^2 = (a_c g_c / W)^2 [sum_k n_k (v_k - p - e)^2 + (D - A) e^2]: exact for one item.  For several
    items of the same people it is the upper bound of perfect correlation, since the cube does not hold
    who gave which answers together.
    Shapes: as StratumVariance.  Units: squared units of the measure.  Raises: nothing.
    Source: docs/methods.md section 3 (element variance); Cauchy-Schwarz for several items.
    Check: tests/golden/resident_survey.
    """
    stratum = design.cell_stratum[sums.pair_cell]
    pairs = np.flatnonzero(design.stratum_element[stratum])
    width = len(plan.ratios) + len(plan.composites)
    if not len(pairs):
        return StratumVariance(
            np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros((0, width)), np.zeros((0, width))
        )
    levels = _levels_by_pair(design, rows, row_pair=row_pair, pairs=pairs)
    squares = np.column_stack(
        [_squares(design, levels, measure=m, sums=_at(sums, pairs, j)) for j, m in enumerate(plan.ratios)]
    )
    cell, domain = sums.pair_cell[pairs], sums.pair_domain[pairs]
    scale = (design.leverage * design.cells.weight)[cell][:, None]
    weight = sums.weight[domain]
    squares *= np.divide(scale, weight, out=np.zeros_like(weight), where=weight > 0) ** 2
    keys, group = np.unique(domain * len(design.stratum_size) + stratum[pairs], return_inverse=True)
    gather = group_sum(group, len(keys))
    group_domain, group_stratum = np.divmod(keys, len(design.stratum_size))
    freedom = design.stratum_size[group_stratum] - 1
    factor = np.where(freedom > 0, (freedom + 1) / np.maximum(freedom, 1), 1.0)[:, None]
    variance, present = (gather @ squares) * factor, gather @ sums.pair_people[pairs]
    return _with_composites(
        plan, StratumVariance(group_domain, freedom, variance, present), weight=sums.weight
    )


def add_strata(parts: tuple[StratumVariance, ...], domains: int) -> BlockVariance:
    """Variance and degrees of freedom of every domain from its strata.

    Shapes: as BlockVariance.  Units: squared units of the measure.  Raises: nothing.
    Source: docs/methods.md section 3; df is PSUs less strata in the domain's answers, as R's `degf(subset)`.
    Check: tests/golden/opt_in.
    """
    domain = np.concatenate([part.domain for part in parts])
    variance = np.vstack([part.variance for part in parts])
    present = np.vstack([part.present for part in parts])
    freedom = np.maximum(np.concatenate([part.freedom for part in parts]), 1)[:, None]
    gather = group_sum(domain, domains)
    whole = gather @ variance
    pieces = gather @ (variance**2 / freedom)
    satterthwaite = np.divide(whole**2, pieces, out=np.full_like(whole, np.nan), where=pieces > 0)
    return BlockVariance(whole, gather @ (present - (present > 0)), satterthwaite)


def _at(sums: BlockSums, pairs: IntArray, column: int) -> tuple[FloatArray, IntArray]:
    return np.nan_to_num(sums.estimate[:, column])[sums.pair_domain[pairs]], sums.pair_cell[pairs]


def _levels_by_pair(
    design: OptInDesign, rows: BlockRows, *, row_pair: IntArray, pairs: IntArray
) -> FloatArray:
    """Answers by level of the chosen pairs: (pairs, items, levels)."""
    here = np.flatnonzero(np.isin(row_pair, pairs))
    counts = design.cube.levels[rows.row[here]].astype(np.float64)
    gather = group_sum(np.searchsorted(pairs, row_pair[here]), len(pairs))
    return np.asarray(gather @ counts.reshape(len(here), -1)).reshape(len(pairs), *counts.shape[1:])


def _squares(
    design: OptInDesign, levels: FloatArray, *, measure: Measure, sums: tuple[FloatArray, IntArray]
) -> FloatArray:
    """Sum over people of (value - p - e)^2, bounded over several items: (pairs,)."""
    p, people = sums[0], design.cells.answers[sums[1]]
    values = np.asarray(measure.values)
    root = np.zeros(len(p))
    for j in (design.cube.item(item) for item in measure.items):
        n = levels[:, j]
        answered = n.sum(axis=1)
        e = (n @ values - p * answered) / people
        inside = (n * (values - (p + e)[:, None]) ** 2).sum(axis=1)
        root += np.sqrt(inside + (people - answered) * e**2)
    return root**2


def _with_composites(plan: MeasurePlan, part: StratumVariance, *, weight: FloatArray) -> StratumVariance:
    """Composites' variances, bounded by perfect correlation between criteria."""
    shares = np.nan_to_num(plan.shares_of_mix(weight))
    variance = [part.variance]
    for column in range(len(plan.composites)):
        mine = shares[:, :, column][part.domain]
        variance.append((np.sqrt(part.variance) * mine).sum(axis=1, keepdims=True) ** 2)
    return StratumVariance(part.domain, part.freedom, np.hstack(variance), part.present)
