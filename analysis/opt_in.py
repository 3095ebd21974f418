"""Estimates for people who chose to answer, weighted to finished dossiers (docs/methods.md sections 3 and 4).

`estimate_opt_in` takes a design (cube, cells, strata), measures and domains, and returns arrays: a whole
table is one call, whatever the number of domains.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.answer_sums import AnswerSums, answer_sums
from analysis.arrays import FloatArray, require_length
from analysis.errors import InvalidArgument
from analysis.measures import Measure, MeasurePlan, plan_measures
from analysis.opt_in_design import OptInDesign
from analysis.opt_in_domains import Domains
from analysis.opt_in_sums import BlockRows, BlockSums, PsuTotals, block_sums, psu_totals
from analysis.opt_in_table import Estimates, Influence, MeasureColumns, RunParts, build_table
from analysis.opt_in_variance import (
    BlockVariance,
    add_strata,
    between_people_variance,
    between_psu_variance,
    mix_totals,
)

_BLOCK_VALUES = 4_000_000


def estimate_opt_in(
    design: OptInDesign,
    measures: Sequence[Measure],
    *,
    domains: Domains,
    level: float = 0.95,
    keep_influence: bool = False,
) -> Estimates:
    """Estimate every measure in every domain.

    `keep_influence` keeps the PSU totals that `covariance` needs.
    Shapes: (domains, measures).  Units: as Estimates.
    Raises: UnknownName for an item the cube lacks, ShapeMismatch for a grouping of other rows,
    InvalidArgument for a level outside 0-1.
    Source: docs/methods.md sections 3 and 4.  Check: tests/golden/opt_in, tests/golden/resident_survey.
    """
    if not 0 < level < 1:
        raise InvalidArgument(name="level", value=level, wanted="a number between 0 and 1, such as 0.95")
    require_length(domains.code, len(design.row_cell), name="domains.code")
    plan = plan_measures(measures)
    answers = answer_sums(design.cube, plan)
    results = [
        _estimate_block(design, rows, plan, answers=answers) for rows in _blocks(design, domains, plan)
    ]
    influence = _influence(results, plan) if keep_influence else None
    run = RunParts(design, domains, tuple(measures), level, influence)
    return build_table(run, _columns(results, plan))


@dataclass(frozen=True, slots=True)
class _BlockResult:
    """One block of domains, numbered from `offset`."""

    offset: int
    sums: BlockSums
    variance: BlockVariance
    totals: PsuTotals


def _estimate_block(
    design: OptInDesign, rows: tuple[int, BlockRows], plan: MeasurePlan, *, answers: AnswerSums
) -> _BlockResult:
    offset, block = rows
    row_sums = answers.of_rows(block.row, plan)
    sums, row_pair = block_sums(design, block, row_sums, is_index=plan.is_index)
    totals = psu_totals(design, block, sums=sums, row_sums=row_sums)
    totals = mix_totals(plan, totals, weight=sums.weight)
    people = between_people_variance(design, block, sums=sums, row_pair=row_pair, plan=plan)
    variance = add_strata((between_psu_variance(design, totals), people), block.domains)
    return _BlockResult(offset, sums, variance, totals)


def _blocks(design: OptInDesign, domains: Domains, plan: MeasurePlan) -> Iterator[tuple[int, BlockRows]]:
    """Runs of neighbouring domains whose arrays stay small."""
    row = np.flatnonzero(domains.code >= 0)
    row = row[np.argsort(domains.code[row], kind="stable")]
    code, count = domains.code[row], len(domains.labels)
    pairs = np.unique(code * len(design.cells.level) + design.row_cell[row])
    domain, cell = np.divmod(pairs, len(design.cells.level))
    work = np.bincount(code, minlength=count).astype(np.float64)
    np.add.at(work, domain, design.roster_start[cell + 1] - design.roster_start[cell])
    block = (np.cumsum(work) * (len(plan.ratios) + len(plan.composites)) // _BLOCK_VALUES).astype(np.int64)
    edges = [0, *(np.flatnonzero(np.diff(block)) + 1).tolist(), count]
    for start, stop in zip(edges[:-1], edges[1:], strict=True):
        here = slice(*np.searchsorted(code, [start, stop]))
        yield start, BlockRows(row[here], code[here] - start, stop - start)


def _columns(results: Sequence[_BlockResult], plan: MeasurePlan) -> MeasureColumns:
    """The blocks one under the other, in the order of the asked-for measures."""
    output = list(plan.output)
    estimate = [_with_composites(plan, r.sums) for r in results]
    second = [np.hstack([r.sums.second, _nothing(r, plan)]) for r in results]
    return MeasureColumns(
        estimate=np.vstack(estimate)[:, output],
        second=np.vstack(second)[:, output],
        variance=np.vstack([r.variance.variance for r in results])[:, output],
        df=np.vstack([r.variance.df for r in results])[:, output],
        df_satterthwaite=np.vstack([r.variance.df_satterthwaite for r in results])[:, output],
        answers=np.vstack([_answers(plan, r.sums) for r in results])[:, output],
        people=np.vstack([r.sums.people for r in results])[:, output],
        people_weight=np.vstack([r.sums.people_weight for r in results])[:, output],
        people_weight2=np.vstack([r.sums.people_weight2 for r in results])[:, output],
    )


def _with_composites(plan: MeasurePlan, sums: BlockSums) -> FloatArray:
    shares = plan.shares_of_mix(sums.weight)
    mixed = (np.nan_to_num(sums.estimate)[:, :, None] * shares).sum(axis=1)
    return np.hstack([sums.estimate, mixed])


def _answers(plan: MeasurePlan, sums: BlockSums) -> FloatArray:
    return np.hstack([sums.answers, sums.answers @ (plan.mix > 0)])


def _nothing(result: _BlockResult, plan: MeasurePlan) -> FloatArray:
    return np.full((result.sums.domains, len(plan.composites)), np.nan)


def _influence(results: Sequence[_BlockResult], plan: MeasurePlan) -> Influence:
    return Influence(
        domain=np.concatenate([r.totals.domain + r.offset for r in results]),
        psu=np.concatenate([r.totals.psu for r in results]),
        total=np.vstack([r.totals.total for r in results])[:, list(plan.output)],
    )
