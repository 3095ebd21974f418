"""The rows of an answer: one figure each, with all that a reader needs to judge it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtri, stdtrit

from analysis.arrays import BoolArray, FloatArray
from analysis.design import SurveyDesign, codes_of
from analysis.domains import SurveyDomains, whole_file
from analysis.errors import BadSpec, InvalidArgument
from analysis.estimators import DesignEstimates, Statistic, estimate_survey, replicate_logit_limits
from analysis.intervals import INTERVALS, Limits
from analysis.intervals_of_r import asin_interval, likelihood_interval
from analysis.reliability import nchs_marks
from analysis.spec_columns import Column, Table, column_of, is_condition, numbers_of, shown, table_of
from analysis.spec_design import listed
from analysis.variance import TAKE_ALL

OTHER_NAMES = {
    "mean": "wald",
    "t": "wald",
    "jeffreys_kish": "jeffreys",
    "kg_nchs": "kg",
    "korn_graubard": "kg",
    "wilson_neff": "wilson",
}
SHARE_INTERVALS = {**INTERVALS, "asin": asin_interval, "likelihood": likelihood_interval}
PLAIN_INTERVALS = ("wald", "normal")
KNOWN_INTERVALS = (*SHARE_INTERVALS, "normal", "woodruff", "mover", *OTHER_NAMES)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A SPEC made ready: the design, the file and the task.

    Shapes: `base` (n,), the weights before any weighting to totals.
    """

    design: SurveyDesign
    base: FloatArray
    table: Table
    task: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Rows of the file."""
        return self.design.size

    @property
    def levels(self) -> list[float]:
        """The confidence levels asked for."""
        levels = [float(level) for level in listed(self.task.get("level", 0.95))]
        for level in levels:
            if not 0 < level < 1:
                raise InvalidArgument(
                    name="level", value=level, wanted="a number between 0 and 1, such as 0.95"
                )
        return levels

    def intervals(self, default: tuple[str, ...]) -> list[str]:
        """The interval methods asked for.

        Shapes: none.  Units: none.  Raises: BadSpec for an unknown method.  Source: none.
        Check: tests/unit/analysis/test_spec.py
        """
        named = [str(name) for name in listed(self.task.get("intervals"))] or list(default)
        for name in named:
            if name not in KNOWN_INTERVALS:
                known = ", ".join(KNOWN_INTERVALS)
                raise BadSpec(where="task.intervals", problem=f"unknown method {name!r}; known: {known}")
        return named

    def measured(self) -> list[str]:
        """The names under y.

        Shapes: none.  Units: none.  Raises: BadSpec where there are none.  Source: none.
        Check: tests/unit/analysis/test_spec.py
        """
        names = [str(name) for name in listed(self.task.get("y"))]
        if not names:
            raise BadSpec(where="task.y", problem="name one column or more, or conditions such as 'c1>=4'")
        return names

    def groupings(self) -> list[SurveyDomains]:
        """The domains of every crossing under by; without by, the whole file.

        Shapes: codes (n,).  Units: none.  Raises: BadSpec for unknown columns.  Source: none.
        Check: tests/unit/analysis/test_spec.py
        """
        asked = self.task.get("by")
        crossings = [listed(crossing) for crossing in listed(asked)] if asked else [[]]
        return [domains_by(self.table, [str(name) for name in names], self.size) for names in crossings]


def domains_by(table: Table, names: list[str], size: int) -> SurveyDomains:
    """Domains of the crossed columns; rows where one of them is empty belong to none.

    Shapes: codes (n,).  Units: none.  Raises: BadSpec for unknown columns.  Source: none.
    Check: tests/unit/analysis/test_spec.py
    """
    if not names:
        return whole_file(size)
    columns = [_grouping_column(table, name) for name in names]
    known = np.all([column.known for column in columns], axis=0)
    return _known_domains(columns, np.asarray(known), size)


def label_of(label: tuple[object, ...]) -> str:
    """A domain as one text, its categories joined by |; empty for the whole file.

    Shapes: none.  Units: none.  Raises: nothing.  Source: none.
    Check: tests/unit/analysis/test_spec.py
    """
    return "|".join(shown(part) for part in label)


def estimate_rows(question: Question, name: str, statistic: Statistic, domains: SurveyDomains) -> list[Row]:
    """A row for every domain and level.

    Shapes: none.  Units: of the statistic.  Raises: BadSpec; the errors of the estimators.
    Source: none.  Check: tests/golden/oracle through `run_spec`.
    """
    relief = bool(question.task.get("fpc_relief", False))
    found = figures_of(question, statistic, fpc_relief=relief)
    default = ("jeffreys",) if statistic.kind == "share" else ("wald",)
    methods = question.intervals(default)
    rows = []
    for level in question.levels:
        limits = {m: interval_of(question, found, statistic, method=m, level=level) for m in methods}
        rows += list(
            _rows(found, {"y": name, "by": list(domains.names)}, domains, limits=limits, level=level)
        )
    return rows


def interval_of(
    question: Question, found: DesignEstimates, statistic: Statistic, *, method: str, level: float
) -> Limits:
    """Limits by the method's name; NaN where a method for shares meets another statistic.

    Shapes: (count,) each.  Units: of the statistic.  Raises: nothing.
    Source: the methods named.  Check: tests/golden/oracle through `run_spec`.
    """
    name = OTHER_NAMES.get(method, method)
    if name in PLAIN_INTERVALS:
        return _plain(found, level, normal=name == "normal")
    if found.kind != "share" or name not in SHARE_INTERVALS:
        return np.full_like(found.estimate, np.nan), np.full_like(found.estimate, np.nan)
    if name == "logit" and question.design.replicates is not None:
        return replicate_logit_limits(question.design.replicates, statistic, found, level=level)
    return SHARE_INTERVALS[name](found.evidence, level)


def figure(value: object) -> float | int | None:
    """A number for JSON: None for NaN and infinity, whole numbers as they are.

    Shapes: none.  Units: unchanged.  Raises: nothing.  Source: none.
    Check: tests/unit/analysis/test_spec.py
    """
    number = float(value)  # type: ignore[arg-type]
    return number if np.isfinite(number) else None


def count(value: object) -> int | float | None:
    """A count for JSON, without a decimal point where it is whole.

    Shapes: none.  Units: unchanged.  Raises: nothing.  Source: none.
    Check: tests/unit/analysis/test_spec.py
    """
    number = figure(value)
    return int(number) if number is not None and float(number).is_integer() else number


def matrix(values: FloatArray) -> list[list[float | int | None]]:
    """A matrix for JSON.

    Shapes: (r, c).  Units: unchanged.  Raises: nothing.  Source: none.
    Check: tests/unit/analysis/test_spec.py
    """
    return [[figure(value) for value in row] for row in values]


def state_of(found: DesignEstimates, at: int) -> tuple[str, str]:
    """A figure's state with the reasons: ok, review, no_variance or empty, which has no estimate.

    Shapes: none.  Units: none.  Raises: nothing.
    Source: docs/methods.md section 13 for review.  Check: tests/unit/analysis/test_spec.py
    """
    if not found.n[at] > 0:
        return "empty", "nobody in this domain answered"
    if not np.isfinite(found.estimate[at]):
        return "empty", "the denominator is 0"
    if at in found.lonely:
        stage, label = found.lonely[at]
        where = f"stratum {label!r} has one sampling unit at stage {stage}"
        return "no_variance", f"lonely_psu: {where}; choose lonely: adjust, certainty, average or remove"
    if not found.df[at] >= 1:
        return "no_variance", "no_degrees_of_freedom: sampling units do not outnumber strata"
    if not np.isfinite(found.variance[at]):
        return "no_variance", "the variance does not exist here"
    reasons = nchs_marks(found.evidence).reasons(at) if found.kind == "share" else _plain_reasons(found, at)
    return ("review", ", ".join(reasons)) if reasons else ("ok", "")


def figures_of(question: Question, statistic: Statistic, *, fpc_relief: bool = False) -> DesignEstimates:
    """The estimates, without a variance where a lonely stratum leaves its domain no degree of freedom.

    What a policy such as adjust adds up there is zero or rounding noise; `lonely: error` shows none either.
    Shapes: (count,) each.  Units: of the statistic.  Raises: the errors of `estimate_survey`.
    Source: `state_of` no_variance.  Check: tests/unit/analysis/test_spec.py
    """
    found = estimate_survey(question.design, statistic, fpc_relief=fpc_relief)
    if question.design.replicates is not None:
        return found
    first = question.design.stages[0]
    alone = (first.sampled == 1) & (first.unsampled_share >= TAKE_ALL)
    lost = ~(found.df >= 1) & (statistic.sums(alone[first.stratum].astype(np.float64)) > 0)
    return replace(found, variance=np.where(lost, np.nan, found.variance))


def _plain_reasons(found: DesignEstimates, at: int) -> tuple[str, ...]:
    rules: tuple[tuple[str, bool], ...] = (
        ("n_below_30", bool(found.n[at] < 30)),
        ("df_below_8", bool(found.df[at] < 8)),
    )
    return tuple(name for name, holds in rules if holds)


def _rows(
    found: DesignEstimates,
    head: Row,
    domains: SurveyDomains,
    *,
    limits: Mapping[str, Limits],
    level: float,
) -> Iterator[Row]:
    effective = found.n_effective
    for at, label in enumerate(domains.labels):
        state, reason = state_of(found, at)
        supported = state != "no_variance"  # an effect of a variance without degrees of freedom says nothing
        yield {
            **head,
            "domain": label_of(label),
            "n": count(found.n[at]),
            "estimate": figure(found.estimate[at]),
            "se": figure(found.se[at]),
            "df": count(found.df[at]),
            "n_effective": figure(effective[at]) if supported else None,
            "n_kish": figure(found.n_kish[at]),
            "design_effect": figure(found.design_effect[at]) if supported else None,
            "sum_weights": figure(found.sum_weights[at]),
            "level": level,
            "intervals": {m: [figure(low[at]), figure(high[at])] for m, (low, high) in limits.items()},
            "state": state,
            "reason": reason,
        }


def _plain(found: DesignEstimates, level: float, *, normal: bool) -> Limits:
    tail = (1 + level) / 2
    t = ndtri(tail) if normal else stdtrit(np.where(found.df >= 1, found.df, np.nan), tail)
    return found.estimate - t * found.se, found.estimate + t * found.se


def _grouping_column(table: Table, name: str) -> Column:
    """A column, or a condition whose domains are 0 and 1."""
    if name in table or not is_condition(name):
        return column_of(table, name, where="task.by")
    held = numbers_of(table, name, where="task.by")
    return table_of({name: held})[name]


def _known_domains(columns: list[Column], known: BoolArray, size: int) -> SurveyDomains:
    rows = np.flatnonzero(known)
    code = np.full(size, -1)
    code[rows], labels = codes_of([np.asarray(column.categories)[rows] for column in columns], len(rows))
    return SurveyDomains(code, tuple(column.name for column in columns), labels if rows.size else ())
