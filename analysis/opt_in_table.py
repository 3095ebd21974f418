"""The table of an opt_in run: estimates with everything a reader needs beside them."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.arrays import BoolArray, FloatArray, IntArray, side_by_side, sums_by
from analysis.cells import UNIT_STATES
from analysis.intervals import ShareEvidence, jeffreys_interval, jeffreys_n_star, standin_variance
from analysis.measures import Measure
from analysis.opt_in_design import OptInDesign
from analysis.opt_in_domains import Domains
from analysis.opt_in_sums import group_sum

_ROWS_AT_A_TIME = 8192
NOISE, NOISE_DIGITS = 1e-12, 12  # of the span of a measure: what double precision leaves of equal answers
VARIANCE_KINDS = ("none", "psu", "element", "mixed")


@dataclass(frozen=True, slots=True)
class Influence:
    """Linearised PSU totals T, kept for covariances.

    Shapes: `domain`, `psu` (entries,), sorted by domain then psu; `total` (entries, measures).
    """

    domain: IntArray
    psu: IntArray
    total: FloatArray


@dataclass(frozen=True, slots=True)
class Estimates:
    """A table of estimates.

    Shapes: (domains, measures), except `labels`, `responses`, `population`, `covered_share`, `cell_level`,
    `variance_kind` and the three marks (domains,).
    Units: `estimate`, `low`, `high` in the measure's unit (share 0-1, or points); `n` people who answered,
    `asked` people asked, `blank` and `no_opinion` answers; `sum_weights` W in dossiers; `population` N from
    the register (of the answers' weights where the register cannot know the domain); `covered_share` the
    part of N in units with answers in the domain, NaN where unknown; `cell_level` the coarsest of L0-L4 in
    use; `variance_kind` an index into VARIANCE_KINDS; `df` by R's domain rule.
    A figure without answers is NaN.
    """

    design: OptInDesign
    measures: tuple[Measure, ...]
    labels: tuple[tuple[str, ...], ...]
    level: float
    estimate: FloatArray
    variance: FloatArray
    n: FloatArray
    n_effective: FloatArray
    n_star: FloatArray
    n_kish: FloatArray
    design_effect: FloatArray
    df: FloatArray
    df_satterthwaite: FloatArray
    low: FloatArray
    high: FloatArray
    sum_weights: FloatArray
    asked: FloatArray
    blank: FloatArray
    no_opinion: FloatArray
    responses: FloatArray
    population: FloatArray
    covered_share: FloatArray
    cell_level: IntArray
    variance_kind: IntArray
    over_count: BoolArray
    provisional: BoolArray
    no_population: BoolArray
    influence: Influence | None

    @property
    def se(self) -> FloatArray:
        """Standard error: 0 where no variation was seen; see `standin_se`."""
        return np.asarray(np.sqrt(self.variance), dtype=np.float64)

    @property
    def standin_se(self) -> FloatArray:
        """The standard error to calculate with: p~(1-p~)/n* replaces a variance of 0 (methods, 3.1)."""
        spans = np.array([m.span[1] - m.span[0] for m in self.measures])
        columns = [standin_variance(self.evidence(m), self.level) for m in range(len(self.measures))]
        return np.asarray(np.sqrt(np.column_stack(columns)) * spans, dtype=np.float64)

    def evidence(self, measure: int) -> ShareEvidence:
        """What the interval of one measure rests on, on a scale of 0 to 1.  Shapes: (domains,)."""
        parts = (self.estimate, self.variance, self.n, self.n_kish, self.df)
        return _evidence(self.measures[measure], tuple(part[:, measure] for part in parts))


@dataclass(frozen=True, slots=True)
class MeasureColumns:
    """What the sums give for every asked-for measure.

    Shapes: all (domains, measures).  Units: as the measure; `second` the mean squared value.
    """

    estimate: FloatArray
    second: FloatArray
    variance: FloatArray
    df: FloatArray
    df_satterthwaite: FloatArray
    answers: FloatArray
    people: FloatArray
    people_weight: FloatArray
    people_weight2: FloatArray


@dataclass(frozen=True, slots=True)
class RunParts:
    """What belongs to a run as a whole."""

    design: OptInDesign
    domains: Domains
    measures: tuple[Measure, ...]
    level: float
    influence: Influence | None


def build_table(run: RunParts, columns: MeasureColumns) -> Estimates:
    """Intervals, effective sizes, coverage and marks around the estimates.

    Shapes: as Estimates.  Units: as Estimates.  Raises: InvalidArgument for a level outside 0-1.
    Source: docs/methods.md sections 3 and 3.1.  Check: tests/unit/analysis/test_opt_in.py.
    """
    columns = _without_noise(run.measures, columns)
    variance = np.where(columns.people > 0, columns.variance, np.nan)
    spread = _spread(run.measures, columns)
    n_kish = _divide(columns.people_weight**2, columns.people_weight2)
    n_effective = np.where((variance == 0) | (spread <= 0), n_kish, _divide(spread, variance))
    parts = (columns.estimate, variance, columns.people, n_kish, columns.df)
    rests = [_evidence(m, tuple(part[:, j] for part in parts)) for j, m in enumerate(run.measures)]
    pairs = list(zip(run.measures, rests, strict=True))
    limits = side_by_side(lambda pair: _limits(*pair, level=run.level), pairs)
    blank, no_opinion = _unanswered(run)
    population, covered = _coverage(run)
    cells, cell = run.design.cells, run.design.row_cell
    return Estimates(
        design=run.design,
        measures=run.measures,
        labels=run.domains.labels,
        level=run.level,
        estimate=columns.estimate,
        variance=variance,
        n=columns.people,
        n_effective=np.where(columns.people > 0, n_effective, np.nan),
        n_star=np.column_stack([jeffreys_n_star(e, run.level) for e in rests]),
        n_kish=n_kish,
        design_effect=_divide(variance * (columns.people - 1), spread),
        df=columns.df,
        df_satterthwaite=columns.df_satterthwaite,
        low=np.column_stack([low for low, _ in limits]),
        high=np.column_stack([high for _, high in limits]),
        sum_weights=columns.people_weight,
        asked=columns.answers + blank + no_opinion,
        blank=blank,
        no_opinion=no_opinion,
        responses=_by_domain(run, run.design.cube.responses),
        population=population,
        covered_share=covered,
        cell_level=_largest_by_domain(run, cells.level[cell]),
        variance_kind=_variance_kind(run),
        over_count=_by_domain(run, cells.over_count[cell]) > 0,
        provisional=_with_units_in(run, "provisional"),
        no_population=_with_units_in(run, "no_population"),
        influence=run.influence,
    )


def _without_noise(measures: tuple[Measure, ...], columns: MeasureColumns) -> MeasureColumns:
    """Where everybody answered alike sums may differ by a last digit: that is no variance, and one value."""
    span = np.array([most - least for least, most in (measure.span for measure in measures)])
    alike = columns.variance <= (NOISE * span) ** 2
    return replace(
        columns,
        variance=np.where(alike, 0.0, columns.variance),
        estimate=np.where(alike, np.round(columns.estimate, NOISE_DIGITS), columns.estimate),
    )


def _evidence(measure: Measure, parts: tuple[FloatArray, ...]) -> ShareEvidence:
    """(estimate, variance, n, n_kish, df) of one measure as evidence on a scale of 0 to 1."""
    estimate, variance, n, n_kish, df = parts
    lowest, highest = measure.span
    share = np.clip((estimate - lowest) / (highest - lowest), 0.0, 1.0)
    return ShareEvidence(
        p=share,
        variance=variance / (highest - lowest) ** 2,
        n=n,
        n_kish=n_kish,
        df=df,
        sampled_share=np.zeros(len(n)),
        capped=measure.is_share and not measure.is_index,
    )


def _limits(measure: Measure, evidence: ShareEvidence, *, level: float) -> tuple[FloatArray, FloatArray]:
    lowest, highest = measure.span
    low, high = jeffreys_interval(evidence, level)
    return lowest + (highest - lowest) * low, lowest + (highest - lowest) * high


def _spread(measures: tuple[Measure, ...], columns: MeasureColumns) -> FloatArray:
    """Variance of one answer in the population: p(1-p), or the mean square less the square of the mean."""
    share = np.array([measure.is_share for measure in measures])
    p = columns.estimate
    return np.where(share, p * (1 - p), columns.second - p**2)


def _divide(top: FloatArray, bottom: FloatArray) -> FloatArray:
    quotient: FloatArray = np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)
    return quotient


def _by_domain(run: RunParts, values: FloatArray | IntArray | BoolArray) -> FloatArray:
    inside = run.domains.code >= 0
    return sums_by(run.domains.code[inside], values[inside], count=len(run.domains.labels))


def _with_units_in(run: RunParts, state: str) -> BoolArray:
    """Domains that hold answers of a unit in this state."""
    cells = run.design.cells
    marked = cells.unit_state[cells.cell_unit] == UNIT_STATES.index(state)
    return np.asarray(_by_domain(run, marked[run.design.row_cell]) > 0, dtype=np.bool_)


def _largest_by_domain(run: RunParts, values: IntArray) -> IntArray:
    inside = run.domains.code >= 0
    largest = np.full(len(run.domains.labels), -1, dtype=np.int64)
    np.maximum.at(largest, run.domains.code[inside], values[inside])
    return largest


def _variance_kind(run: RunParts) -> IntArray:
    element = run.design.stratum_element[run.design.psu_stratum[run.design.row_psu]]
    return (_by_domain(run, ~element) > 0) + 2 * (_by_domain(run, element) > 0).astype(np.int64)


def _unanswered(run: RunParts) -> tuple[FloatArray, FloatArray]:
    """Answers left blank and without opinion, over each measure's items."""
    cube = run.design.cube
    positions = [[cube.item(item) for item in measure.items] for measure in run.measures]
    counted = np.zeros((len(run.domains.labels), len(cube.items), 2))
    inside = np.flatnonzero(run.domains.code >= 0)
    for rows in np.array_split(inside, len(inside) // _ROWS_AT_A_TIME + 1):
        found, code = np.unique(run.domains.code[rows], return_inverse=True)
        both = cube.counts[rows, :, -2:].astype(np.float64).reshape(len(rows), -1)
        counted[found] += np.asarray(group_sum(code, len(found)) @ both).reshape(-1, len(cube.items), 2)
    per_measure = np.stack([counted[:, p].sum(axis=1) for p in positions], axis=1)
    return per_measure[:, :, 0], per_measure[:, :, 1]


def _coverage(run: RunParts) -> tuple[FloatArray, FloatArray]:
    """Dossiers in each domain, and the share of them in units with answers from the domain."""
    cells, count = run.design.cells, len(run.domains.labels)
    if run.domains.key_code is None:
        weighted = cells.weight[run.design.row_cell] * run.design.cube.responses
        return _by_domain(run, weighted), np.full(count, np.nan)
    known = run.domains.key_code >= 0
    domain, unit = run.domains.key_code[known], cells.key_unit[known]
    dossiers = cells.key_population[known]
    inside = run.domains.code >= 0
    row_unit = cells.cell_unit[run.design.row_cell[inside]]
    answered = np.unique(run.domains.code[inside] * len(cells.units) + row_unit)
    seen = np.isin(domain * len(cells.units) + unit, answered)
    population = sums_by(domain, dossiers, count=count)
    return population, _divide(sums_by(domain, dossiers * seen, count=count), population)
