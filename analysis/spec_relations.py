"""The questions of a SPEC that set figures beside each other: differences, covariances, ranks."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from analysis.arrays import FloatArray
from analysis.contrasts import Contrasts, linear_contrasts
from analysis.differences import Differences, difference_of_shares
from analysis.domains import SurveyDomains, whole_file
from analysis.errors import BadSpec
from analysis.estimators import DesignEstimates, Statistic, estimate_survey, survey_covariance
from analysis.intervals import standin_variance
from analysis.replicates import replicate_df
from analysis.spec_columns import numbers_of
from analysis.spec_design import listed
from analysis.spec_estimates import statistic_of
from analysis.spec_rows import (
    OTHER_NAMES,
    Question,
    Row,
    count,
    estimate_rows,
    figure,
    figures_of,
    label_of,
    matrix,
    state_of,
)
from analysis.variance import degrees_of_freedom

WHOLE = "*"
MOST_PAIRS = 500
Pair = Mapping[str, float]


def difference(question: Question) -> dict[str, Any]:
    """Differences and contrasts of domains, second minus first, with their covariance.

    A pair names domains, or categories of the last column of a crossing, taken within each combination of
    the others; "*" is the whole file.  A mapping of domains to coefficients is any other contrast.
    Shapes: none.  Units: of y.  Raises: BadSpec for domains that are not there.
    Source: influence functions on the full design; MOVER for shares.
    Check: tests/golden/oracle (P19, P20, P34, P35).
    """
    rows: list[Row] = []
    for name in question.measured():
        kind = _measure(question, name)
        for domains in question.groupings():
            for pair in _pairs(question, domains):
                rows += _difference_rows(question, (kind, name), domains, pair)
    return {"rows": _adjusted(question, rows)}


def covariance(question: Question) -> dict[str, Any]:
    """Estimates with the covariance matrix of their domains; without by, of the measures.

    Shapes: none.  Units: of y.  Raises: BadSpec; the errors of the estimators.
    Source: `survey_covariance`.  Check: tests/golden/oracle (P36).
    """
    rows: list[Row] = []
    matrices: list[Row] = []
    names = question.measured()
    for domains in question.groupings():
        statistics = [statistic_of(question, _measure(question, name), name, domains) for name in names]
        for name, statistic in zip(names, statistics, strict=True):
            rows += estimate_rows(question, name, statistic, domains)
        head = {"by": list(domains.names)}
        if not domains.names or question.task.get("joint"):
            labels = [f"{n}|{label_of(d)}".rstrip("|") for n in names for d in domains.labels]
            matrices.append({"y": names, **head, **_block(question, statistics, labels)})
        else:
            labels = [label_of(label) for label in domains.labels]
            pairs = zip(names, statistics, strict=True)
            matrices += [{"y": name, **head, **_block(question, [s], labels)} for name, s in pairs]
    return {"rows": rows, "matrices": matrices}


def ranks(question: Question) -> dict[str, Any]:
    """Domains by rank, 1 the highest, with the sets that hold their true ranks.

    Shapes: none.  Units: ranks.
    Raises: BadSpec without by, for a domain without a variance, or a level too near 1 to simulate.
    Source: `analysis.ranks.rank_sets`; seeded, so that the same SPEC gives the same sets.
    Check: tests/unit/analysis/test_spec.py
    """
    from analysis.ranks import rank_sets
    from analysis.tiers import peer_tiers

    if not question.task.get("by"):
        raise BadSpec(where="task.by", problem="ranks need domains; name the columns that make them")
    rows: list[Row] = []
    level, together = _rank_level(question), bool(question.task.get("simultaneous", False))
    for name in question.measured():
        for domains in question.groupings():
            statistic = statistic_of(question, _measure(question, name), name, domains)
            found = estimate_survey(question.design, statistic)
            spread = _rankable(question, statistic, found, level)
            seed = int(question.task.get("seed", 1))
            sets = rank_sets(
                found.estimate, spread, rng=np.random.default_rng(seed), level=level, simultaneous=together
            )
            tiers = peer_tiers(found.estimate, spread, rng=np.random.default_rng(seed), level=level)
            figures = estimate_rows(replace_level(question, level), name, statistic, domains)
            rows += [
                {
                    **row,
                    "rank": int(sets.rank[at]),
                    "rank_best": int(sets.best[at]),
                    "rank_worst": int(sets.worst[at]),
                    "tier": tiers.tier[at],
                }
                for at, row in enumerate(figures)
            ]
    return {"rows": rows}


def replace_level(question: Question, level: float) -> Question:
    """The same question at one level.

    Shapes: none.  Units: none.  Raises: nothing.  Source: none.
    Check: tests/unit/analysis/test_spec.py
    """
    return replace(question, task={**question.task, "level": level})


def _rank_level(question: Question) -> float:
    """The first level asked for, where the draws of `analysis.joint_draws` can keep it."""
    from analysis.joint_draws import highest_level

    level, highest = question.levels[0], highest_level()
    if level > highest:
        problem = f"{level} is too near 1 for ranks, which are simulated; give at most {highest}"
        raise BadSpec(where="task.level", problem=problem)
    return level


def _measure(question: Question, name: str) -> str:
    """What is compared: as asked, else a share where y holds only 0 and 1, else a mean."""
    asked = question.task.get("measure")
    if asked:
        return str(asked)
    y = numbers_of(question.table, name, where="task.y")
    return "share" if np.all(np.isin(y[~np.isnan(y)], (0.0, 1.0))) else "mean"


def _block(question: Question, statistics: list[Statistic], labels: list[str]) -> Row:
    estimates = np.concatenate([s.at(question.design.weights) for s in statistics])
    return {
        "labels": labels,
        "estimate": [figure(value) for value in estimates],
        "covariance": matrix(survey_covariance(question.design, statistics)),
    }


def _rankable(question: Question, statistic: Statistic, found: DesignEstimates, level: float) -> FloatArray:
    """The covariance, with the stand-in variance where everybody was satisfied."""
    spread = survey_covariance(question.design, [statistic])
    if found.kind == "share":
        np.fill_diagonal(spread, standin_variance(found.evidence, level))
    known = np.isfinite(np.diag(spread)) & np.isfinite(found.estimate) & (found.df >= 1)
    lost = np.flatnonzero(~known)
    if lost.size:
        reason = state_of(found, int(lost[0]))[1]
        raise BadSpec(where="task.by", problem=f"domain number {lost[0] + 1} has no variance: {reason}")
    return spread


def _pairs(question: Question, domains: SurveyDomains) -> list[Pair]:
    labels = [label_of(label) for label in domains.labels]
    asked = listed(question.task.get("pairs"))
    if not asked:
        every = list(combinations(labels, 2))
        if not every or len(every) > MOST_PAIRS:
            problem = f"{len(labels)} domains make {len(every)} pairs; name the pairs you want"
            raise BadSpec(where="task.pairs", problem=problem)
        asked = [list(pair) for pair in every]
    return [pair for one in asked for pair in _resolved(one, domains, labels)]


def _resolved(asked: object, domains: SurveyDomains, labels: list[str]) -> list[Pair]:
    wanted = asked if isinstance(asked, Mapping) else _second_minus_first(asked)
    plain = {_as_label(name): float(coefficient) for name, coefficient in wanted.items()}
    if all(name == WHOLE or name in labels for name in plain):
        return [plain]
    parents = dict.fromkeys(label_of(label[:-1]) for label in domains.labels if len(label) > 1)
    within = [{f"{parent}|{name}": c for name, c in plain.items()} for parent in parents]
    found = [pair for pair in within if all(name in labels for name in pair)]
    if not found:
        unknown = next(name for name in plain if name != WHOLE and name not in labels)
        shown = ", ".join(labels[:20])
        raise BadSpec(where="task.pairs", problem=f"there is no domain {unknown!r}; there are {shown}")
    return list(found)


def _second_minus_first(asked: object) -> dict[object, float]:
    pair = listed(asked)
    if len(pair) != 2:
        raise BadSpec(where="task.pairs", problem=f"{asked!r} is not a pair [first, second] or a mapping")
    if _as_label(pair[0]) == _as_label(pair[1]):
        raise BadSpec(where="task.pairs", problem=f"{asked!r} compares a domain with itself")
    return {_hashable(pair[0]): -1.0, _hashable(pair[1]): 1.0}


def _hashable(name: object) -> object:
    return tuple(name) if isinstance(name, list) else name


def _as_label(name: object) -> str:
    return label_of(tuple(name) if isinstance(name, list | tuple) else (name,))


def _difference_rows(
    question: Question, measure: tuple[str, str], domains: SurveyDomains, pair: Pair
) -> list[Row]:
    statistics = [_one_domain(question, measure, domains, name) for name in pair]
    figures = [figures_of(question, statistic) for statistic in statistics]
    spread = survey_covariance(question.design, statistics)
    lost = np.isnan([found.variance[0] for found in figures])
    spread[lost[:, None] | lost] = np.nan
    estimates = np.array([found.estimate[0] for found in figures])
    union = np.where(np.any([s.domain >= 0 for s in statistics], axis=0), 0, -1)
    contrast = linear_contrasts(
        estimates, spread, coefficients=[list(pair.values())], df=_df(question, union)
    )
    head = _difference_head((measure[1], domains), pair, figures, union)
    return [
        {**head, **_contrast_part(question, contrast, (figures, spread), pair, level=level)}
        for level in question.levels
    ]


def _one_domain(question: Question, measure: tuple[str, str], domains: SurveyDomains, name: str) -> Statistic:
    if name == WHOLE:
        return statistic_of(question, *measure, whole_file(question.size))
    at = [label_of(label) for label in domains.labels].index(name)
    inside = SurveyDomains(np.where(domains.code == at, 0, -1), domains.names, (domains.labels[at],))
    return statistic_of(question, *measure, inside)


def _df(question: Question, union: np.ndarray) -> float:
    if question.design.replicates is not None:
        return replicate_df(question.design.replicates, union == 0)
    return float(degrees_of_freedom(question.design, union, count=1)[0])


def _difference_head(
    what: tuple[str, SurveyDomains], pair: Pair, figures: list[DesignEstimates], union: np.ndarray
) -> Row:
    names = list(pair)
    states = [state_of(found, 0) for found in figures]
    worst = next((state for state in states if state[0] in ("empty", "no_variance")), ("ok", ""))
    plain = len(names) == 2 and tuple(pair.values()) == (-1.0, 1.0)
    head: Row = {
        "y": what[0],
        "by": list(what[1].names),
        "domain": f"{names[1]} - {names[0]}" if plain else " ".join(f"{c:+g}*{n}" for n, c in pair.items()),
        "pair": names if plain else None,
        "coefficients": dict(pair),
        "n": int(np.sum(union == 0)),
        "n_effective": None,
        "design_effect": None,
        "sum_weights": figure(sum(float(found.sum_weights[0]) for found in figures)),
        "state": worst[0],
        "reason": worst[1],
    }
    for letter, found in zip("abcdefghijklmnopqrstuvwxyz", figures, strict=False):
        head[f"estimate_{letter}"] = figure(found.estimate[0])
        head[f"se_{letter}"] = figure(found.se[0])
        head[f"n_{letter}"] = count(found.n[0])
    return head


def _contrast_part(
    question: Question,
    contrast: Contrasts,
    found: tuple[list[DesignEstimates], FloatArray],
    pair: Pair,
    *,
    level: float,
) -> Row:
    figures, spread = found
    shares = tuple(pair.values()) == (-1.0, 1.0) and all(f.kind == "share" for f in figures)
    mover = _mover(figures, spread, level) if shares else None
    low, high = contrast.limits(level)
    limits: dict[str, list[float | int | None]] = {}
    for method in question.intervals(("wald", "mover") if shares else ("wald",)):
        if OTHER_NAMES.get(method, method) == "wald":
            limits[method] = [figure(low[0]), figure(high[0])]
        elif method == "mover" and mover is not None:
            limits[method] = [figure(mover.low[0]), figure(mover.high[0])]
        else:
            limits[method] = [None, None]
    return {
        "estimate": figure(contrast.estimate[0]),
        "se": figure(contrast.se[0]),
        "df": count(contrast.df[0]),
        "covariance": figure(spread[0, 1]) if len(figures) == 2 else None,
        "t": figure(contrast.statistic[0]),
        "p_value": figure(contrast.p_value[0]),
        "p_value_mover": figure(mover.p_value[0]) if mover is not None else None,
        "level": level,
        "intervals": limits,
    }


def _mover(figures: list[DesignEstimates], spread: FloatArray, level: float) -> Differences:
    first, second = figures
    return difference_of_shares(second.evidence, first.evidence, covariance=spread[0, 1], level=level)


def _adjusted(question: Question, rows: list[Row]) -> list[Row]:
    """With `adjust`, p-values adjusted over all rows of the answer."""
    rule = question.task.get("adjust")
    if not rule:
        return rows
    from analysis.comparison import benjamini_hochberg, holm

    rules = {"holm": holm, "benjamini_hochberg": benjamini_hochberg, "bh": benjamini_hochberg}
    if rule not in rules:
        raise BadSpec(where="task.adjust", problem=f"{rule!r} is not one of {', '.join(rules)}")
    p = rules[rule](np.array([np.nan if row["p_value"] is None else row["p_value"] for row in rows]))
    return [{**row, "p_adjusted": figure(value)} for row, value in zip(rows, p, strict=True)]
