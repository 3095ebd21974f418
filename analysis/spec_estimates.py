"""The questions of a SPEC about one figure at a time: shares, means, totals, ratios, levels, quantiles."""

from typing import Any

import numpy as np

from analysis.arrays import FloatArray
from analysis.domains import SurveyDomains
from analysis.errors import BadSpec
from analysis.estimators import (
    Statistic,
    mean_of,
    pooled_share_of,
    ratio_of,
    share_of,
    survey_covariance,
    total_of,
)
from analysis.quantiles import QuantileEstimates, QuantileRule, estimate_quantile
from analysis.spec_columns import column_of, numbers_of, shown
from analysis.spec_design import listed
from analysis.spec_rows import (
    OTHER_NAMES,
    Question,
    Row,
    count,
    estimate_rows,
    figure,
    label_of,
    matrix,
    state_of,
)

KINDS = ("share", "mean", "total", "ratio")


def statistic_of(question: Question, kind: str, name: str, domains: SurveyDomains | None) -> Statistic:
    """The statistic of this kind on the column or condition of this name.

    Shapes: (n,) inside.  Units: of the column.  Raises: BadSpec, NotAShare, NotNumeric.
    Source: none.  Check: tests/golden/oracle through `run_spec`.
    """
    y = numbers_of(question.table, name, where="task.y")
    if kind == "share":
        return share_of(y, domains, name=name)
    if kind == "mean":
        return mean_of(y, domains)
    if kind == "total":
        return total_of(y, domains)
    if kind == "ratio":
        below = question.task.get("denominator")
        if not isinstance(below, str):
            raise BadSpec(where="task.denominator", problem="name the column of the denominator")
        return ratio_of(y, numbers_of(question.table, below, where="task.denominator"), domains)
    raise BadSpec(where="task.measure", problem=f"{kind!r} is not one of {', '.join(KINDS)}")


def simple(question: Question) -> dict[str, Any]:
    """Shares, means, totals or ratios: rows for every y, crossing, domain and level.

    Shapes: none.  Units: of the columns.  Raises: BadSpec; the errors of the estimators.
    Source: `estimate_survey`.  Check: tests/golden/oracle through `run_spec`.
    """
    kind = str(question.task["op"])
    rows: list[Row] = []
    for name in question.measured():
        for domains in question.groupings():
            rows += estimate_rows(question, name, statistic_of(question, kind, name, domains), domains)
    if kind == "share" and question.task.get("index"):
        rows += _index_rows(question, str(question.task["index"]))
    return {"rows": rows}


def distribution(question: Question) -> dict[str, Any]:
    """The share at every level of y, with the covariance of the levels in every domain.

    Shapes: none.  Units: shares.  Raises: BadSpec; the errors of the estimators.
    Source: R survey 4.1 `svymean` of a factor.  Check: tests/golden/oracle (P40).
    """
    rows: list[Row] = []
    matrices: list[Row] = []
    for name in question.measured():
        levels = _levels(question, name)
        for domains in question.groupings():
            for category, y in levels.items():
                found = estimate_rows(question, name, share_of(y, domains), domains)
                rows += [{**row, "category": category} for row in found]
            matrices += [
                _level_matrix(question, (name, levels), domains, at=at) for at in range(domains.count)
            ]
    return {"rows": rows, "matrices": matrices}


def quantile(question: Question) -> dict[str, Any]:
    """Quantiles with Woodruff's intervals.

    Shapes: none.  Units: of y.  Raises: BadSpec; InvalidArgument for a rule or probability.
    Source: `estimate_quantile`.  Check: tests/golden/oracle (P18).
    """
    asked = question.task.get(
        "probabilities", question.task.get("probability", question.task.get("quantiles"))
    )
    probabilities = [float(p) for p in listed(asked)] or [0.5]
    rows: list[Row] = []
    for name in question.measured():
        for domains in question.groupings():
            for level in question.levels:
                for probability in probabilities:
                    rows += _quantile_rows(question, name, domains, at=(probability, level))
    return {"rows": rows}


def _index_rows(question: Question, index: str) -> list[Row]:
    names = question.measured()
    items = np.stack([numbers_of(question.table, name, where="task.y") for name in names], axis=1)
    rows: list[Row] = []
    for domains in question.groupings():
        if index == "pooled_answers":
            rows += estimate_rows(question, index, pooled_share_of(items, domains, name="y"), domains)
        elif index == "all_satisfied":
            # a person counts where every item was answered: a missing answer is not a satisfied one
            rows += estimate_rows(question, index, share_of(np.min(items, axis=1), domains), domains)
        else:
            problem = f"{index!r} is not one of pooled_answers, all_satisfied"
            raise BadSpec(where="task.index", problem=problem)
    return rows


def _levels(question: Question, name: str) -> dict[str, FloatArray]:
    column = column_of(question.table, name, where="task.y")
    values = np.asarray(column.categories)
    categories = np.unique(values[column.known]).tolist()
    return {shown(c): np.where(column.known, values == c, np.nan).astype(np.float64) for c in categories}


def _level_matrix(
    question: Question, levels: tuple[str, dict[str, FloatArray]], domains: SurveyDomains, *, at: int
) -> Row:
    inside = SurveyDomains(np.where(domains.code == at, 0, -1), domains.names, (domains.labels[at],))
    statistics = [share_of(y, inside) for y in levels[1].values()]
    estimates = np.concatenate([s.at(question.design.weights) for s in statistics])
    return {
        "y": levels[0],
        "by": list(domains.names),
        "domain": label_of(domains.labels[at]),
        "labels": list(levels[1]),
        "estimate": [figure(p) for p in estimates],
        "covariance": matrix(survey_covariance(question.design, statistics)),
    }


def _quantile_rows(
    question: Question, name: str, domains: SurveyDomains, *, at: tuple[float, float]
) -> list[Row]:
    probability, level = at
    y = numbers_of(question.table, name, where="task.y")
    rule = str(question.task.get("qrule", "math"))
    found: dict[str, QuantileEstimates] = {}
    for method in question.intervals(("woodruff",)):
        through = OTHER_NAMES.get(method, method)
        how = QuantileRule(rule, level, "wald" if through == "woodruff" else through)
        found[method] = estimate_quantile(question.design, y, domains, probability=probability, rule=how)
    first = next(iter(found.values()))
    return [
        _quantile_row({"y": name, "by": list(domains.names)}, found, label_of(label), code)
        | {"probability": probability, "level": level, "se": figure(first.se[code])}
        for code, label in enumerate(domains.labels)
    ]


def _quantile_row(head: Row, found: dict[str, QuantileEstimates], domain: str, at: int) -> Row:
    first = next(iter(found.values()))
    state, reason = state_of(first.share, at)
    # the marks of a share speak of the share at the quantile, not of the quantile
    plain = (state, reason) if state in ("empty", "no_variance") else ("ok", "")
    return {
        **head,
        "domain": domain,
        "n": count(first.share.n[at]),
        "estimate": figure(first.estimate[at]),
        "df": count(first.share.df[at]),
        "n_effective": figure(first.share.n_effective[at]) if state != "no_variance" else None,
        "design_effect": None,
        "sum_weights": figure(first.share.sum_weights[at]),
        "intervals": {m: [figure(q.low[at]), figure(q.high[at])] for m, q in found.items()},
        "state": plain[0],
        "reason": plain[1],
    }
