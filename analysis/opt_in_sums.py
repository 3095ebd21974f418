"""The sums of docs/methods.md section 3 for a block of domains: from cube rows to linearised PSU totals.

Written as sparse sums over groups, never a loop over domains, and never the expanded square: the
linearised value z is formed first, then squared, so nothing cancels near a share of 1.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.answer_sums import RowSums
from analysis.arrays import BoolArray, FloatArray, IntArray, sums_by
from analysis.opt_in_design import OptInDesign


@dataclass(frozen=True, slots=True)
class BlockSums:
    """What a block of domains gives before its variance is added up.

    Shapes: M ratio measures, C composites; `pair_*` one entry a (domain, cell) with answers, sorted by
    domain; `residual` (pairs, M); `estimate`, `weight`, `second`, `answers` (domains, M); `people*`
    (domains, M + C); `responses` (domains,).
    Units: `weight` sum of weights of the answers; `people` those who answered, `people_weight` the sum of
    their weights, `people_weight2` of the squares; `second` the mean squared value.
    """

    domains: int
    pair_domain: IntArray
    pair_cell: IntArray
    pair_people: FloatArray
    residual: FloatArray
    estimate: FloatArray
    weight: FloatArray
    second: FloatArray
    answers: FloatArray
    responses: FloatArray
    people: FloatArray
    people_weight: FloatArray
    people_weight2: FloatArray


@dataclass(frozen=True, slots=True)
class PsuTotals:
    """Linearised totals T_hi of a block.

    Shapes: `domain`, `psu` (entries,), sorted; `total` (entries, M); `present` (entries, M) whether anybody
    of the domain answered there.
    """

    domain: IntArray
    psu: IntArray
    total: FloatArray
    present: FloatArray


@dataclass(frozen=True, slots=True)
class BlockRows:
    """The cube rows of a block, sorted by domain.  Shapes: `row`, `domain` (rows,)."""

    row: IntArray
    domain: IntArray
    domains: int


def group_sum(codes: IntArray, count: int, *, weights: FloatArray | None = None) -> csr_array:
    """The matrix that sums rows by code: `group_sum(codes, count) @ values`.

    Shapes: codes (n,) -> (count, n).  Units: none.  Raises: nothing.
    Source: none.  Check: tests/unit/analysis/test_opt_in.py.
    """
    order = np.argsort(codes, kind="stable")
    start = np.searchsorted(codes[order], np.arange(count + 1))
    data = np.ones(len(codes)) if weights is None else weights[order]
    return csr_array((data, order, start), shape=(count, len(codes)))


def block_sums(
    design: OptInDesign, rows: BlockRows, row_sums: RowSums, *, is_index: BoolArray
) -> tuple[BlockSums, IntArray]:
    """Point estimates and cell residuals e_c of a block; each row's pair.

    Shapes: as BlockSums; row pairs (rows,).  Units: people, dossiers.
    Raises: nothing.  Source: docs/methods.md section 3.  Check: tests/golden/opt_in.
    """
    cell = design.row_cell[rows.row]
    pairs, row_pair = np.unique(rows.domain * len(design.cells.level) + cell, return_inverse=True)
    pair_domain, pair_cell = np.divmod(pairs, len(design.cells.level))
    to_pair, to_domain = group_sum(row_pair, len(pairs)), group_sum(pair_domain, rows.domains)
    s, a = row_sums.total_by(to_pair), row_sums.answered_by(to_pair)
    g = design.cells.weight[pair_cell][:, None]
    weight = to_domain @ (g * a)
    with np.errstate(invalid="ignore"):
        estimate = (to_domain @ (g * s)) / weight
        squares = row_sums.squares_by(to_pair) if row_sums.squares_differ else s
        second = (to_domain @ (g * squares)) / weight
    centred = s - np.nan_to_num(estimate)[pair_domain] * a
    people = np.empty((len(pairs), len(is_index)))
    people[:, ~is_index] = a[:, ~is_index[: a.shape[1]]]
    people[:, is_index] = to_pair @ row_sums.index_people
    sums = BlockSums(
        domains=rows.domains,
        pair_domain=pair_domain,
        pair_cell=pair_cell,
        pair_people=people,
        residual=centred / design.cells.answers[pair_cell][:, None],
        estimate=estimate,
        weight=weight,
        second=second,
        responses=sums_by(rows.domain, design.cube.responses[rows.row], count=rows.domains),
        answers=to_domain @ a,
        people=to_domain @ people,
        people_weight=to_domain @ (g * people),
        people_weight2=to_domain @ (g * g * people),
    )
    return sums, row_pair


def psu_totals(design: OptInDesign, rows: BlockRows, *, sums: BlockSums, row_sums: RowSums) -> PsuTotals:
    """T_hi = sum_c a_c g_c (S_hic - p A_hic - e_c D_hic) / W over PSUs of strata with PSU variance.

    A PSU enters a domain when it has answers in a cell that the domain touches, in the domain or not.
    Shapes: as PsuTotals.  Units: of the measure.  Raises: nothing.
    Source: docs/methods.md section 3.  Check: tests/golden/opt_in.
    """
    psus = len(design.psu_stratum)
    pair, position = _touched(design, sums)
    psu = design.roster_psu[position]
    keys, entry = np.unique(sums.pair_domain[pair] * psus + psu, return_inverse=True)
    domain, entry_psu = np.divmod(keys, psus)
    scale = design.leverage * design.cells.weight
    pull = scale[sums.pair_cell[pair]] * design.roster_answers[position]
    correction = csr_array((pull, (entry, pair)), shape=(len(keys), len(sums.pair_cell))) @ sums.residual
    row_psu = design.row_psu[rows.row]
    inside = np.flatnonzero(~design.stratum_element[design.psu_stratum[row_psu]])
    row_entry = np.searchsorted(keys, rows.domain[inside] * psus + row_psu[inside])
    to_entry = csr_array(
        (scale[design.row_cell[rows.row[inside]]], (row_entry, inside)), shape=(len(keys), len(rows.row))
    )
    answered, total = row_sums.answered_by(to_entry), row_sums.total_by(to_entry)
    scratch = np.nan_to_num(sums.estimate)[domain]
    scratch *= answered
    total -= scratch
    total -= correction
    np.take(sums.weight, domain, axis=0, out=scratch)
    np.divide(total, scratch, out=total, where=scratch > 0)
    np.greater(answered, 0, out=answered)
    return PsuTotals(domain, entry_psu, total, answered)


def _touched(design: OptInDesign, sums: BlockSums) -> tuple[IntArray, IntArray]:
    """Every (pair, roster entry) of the pair's cell, outside element strata."""
    cell = sums.pair_cell
    by_psu = ~design.stratum_element[design.cell_stratum[cell]]
    length = np.where(by_psu, design.roster_start[cell + 1] - design.roster_start[cell], 0)
    pair = np.repeat(np.arange(len(cell)), length)
    offset = np.arange(len(pair)) - np.repeat(np.cumsum(length) - length, length)
    return pair, design.roster_start[cell][pair] + offset
