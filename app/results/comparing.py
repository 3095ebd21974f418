"""Is it a difference? Pairs of sides, and two sets of units of one round: points, interval, p, arrow.

The interval, the p-value and the arrow follow from one rule (MOVER of the two published intervals). Over a
family of differences false discoveries are held at 5 % (Benjamini and Hochberg), and the intervals printed
are those that agree with the arrows. Rounds are independent cross-sections and units separate strata; a unit
inside another shares its answers with it, which is taken into account. Where either side is hidden there is
no difference, so none can reveal it. Two rounds are compared in `changes`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analysis.comparison import ChangeTable, change_table, detectable_beyond
from analysis.differences import difference_limits, difference_of_shares, margin_towards_zero
from analysis.intervals import ShareEvidence
from app.core.errors import Invalid
from app.results.evidence import Side, evidence_of, pooled, sides_of
from app.results.mergers import Match
from app.results.reading import EditionTables, Estimate

ERROR_RATE = 0.05

SidesByKey = Mapping[tuple[str, str], Side | None]
Pair = tuple[Side | None, Side | None]


@dataclass(frozen=True, slots=True)
class Change:
    """First minus second, in points; None where a side is missing. `arrow` is 0 where nothing can be told.

    `level` (0-1) is that of the interval, `judged` how many differences were judged together. `least` is the
    smallest change that would have been called one, `detectable` the true change that would be found four
    times in five.
    """

    first: Side | None
    second: Side | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    judged: int = 0
    p: float | None = None
    p_adjusted: float | None = None
    arrow: int = 0
    least: float | None = None
    detectable: float | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """A table of changes; `levels` are those of its intervals (0-1), lowest first."""

    rows: tuple[Change, ...]

    @property
    def tests(self) -> int:
        return sum(row.difference is not None for row in self.rows)

    @property
    def found(self) -> int:
        return sum(row.arrow != 0 for row in self.rows)

    @property
    def levels(self) -> tuple[float, ...]:
        return tuple(sorted({row.level for row in self.rows if row.level is not None}))


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of one difference.

    `hidden` says what keeps it from being shown: nothing or any of first, second (not published),
    absent_first, absent_second (no such row), unseen (the earlier units are not the reader's to see).
    """

    match: Match
    hidden: tuple[str, ...]
    change: Change


@dataclass(frozen=True, slots=True)
class Compared:
    """One row of a comparison; `value` is that of a second dimension, sets of units have no unit."""

    unit: str
    unit_name: str
    depth: int
    figure: str
    figure_name: str
    kind: str
    formula: str
    match: Match
    hidden: tuple[str, ...]
    change: Change
    value: str = ""
    value_name: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rows in display order."""

    rows: tuple[Compared, ...]

    @property
    def changes(self) -> Changes:
        return Changes(tuple(row.change for row in self.rows))


def changes_of(
    pairs: Sequence[Pair],
    *,
    covariances: Sequence[float] | None = None,
    families: Sequence[int] | None = None,
) -> Changes:
    """Every pair as a change; a family is the whole table, or each code. `covariances` in percent²."""
    shared = np.zeros(len(pairs)) if covariances is None else np.asarray(covariances) / 1e4
    places = [i for i, (first, second) in enumerate(pairs) if first is not None and second is not None]
    rows = [Change(first, second) for first, second in pairs]
    if not places:
        return Changes(tuple(rows))
    codes = [0] * len(places) if families is None else [families[i] for i in places]
    plain = _differences(pairs, places, shared)
    table = change_table(
        [plain[i]["difference"] for i in places],
        [plain[i]["se"] for i in places],
        p=[plain[i]["p_value"] for i in places],
        family=codes,
        error_rate=ERROR_RATE,
    )
    judged = Counter(codes)
    limits = _limits(pairs, dict(zip(places, table.interval_level.tolist(), strict=True)), shared)
    for row, i in enumerate(places):
        rows[i] = _change(pairs[i], limits[i], table, row, judged=judged[codes[row]])
    return Changes(tuple(rows))


def compare_sets(
    tables: EditionTables, first: Sequence[str], second: Sequence[str], *, figures: Sequence[str]
) -> Comparison:
    """Two sets of units of one round, figure by figure; units inside another of their set count once.

    Raises: Invalid when a side is empty or both are the same.
    """
    sides = sides_to_compare(tables, first, second)
    known = sides_by_key(tables.rows(unit=[*sides[0], *sides[1]], figure=list(figures)))
    pairs, covariances, hidden = [], [], []
    for figure in figures:
        keys = [[(unit, figure) for unit in side] for side in sides]
        members = [[known.get(key) for key in side] for side in keys]
        pair = (pool(members[0]), pool(members[1]))
        pairs.append(pair)
        covariances.append(_covariance(tables, sides, members) if None not in pair else 0.0)
        hidden.append((*why_hidden("first", known, keys[0]), *why_hidden("second", known, keys[1])))
    changes = changes_of(pairs, covariances=covariances)
    rows = [
        compared(tables, (sides[0][0], figure), Judged(Match("same"), why, change))
        for figure, why, change in zip(figures, hidden, changes.rows, strict=True)
    ]
    return Comparison(tuple(replace(row, unit="", unit_name="", depth=0) for row in rows))


def sides_to_compare(
    tables: EditionTables, first: Sequence[str], second: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The units of both sides that count. Raises: Invalid when a side is empty or both are the same."""
    sides = (_outermost(tables, first), _outermost(tables, second))
    _require_two(sides)
    return sides


def overlap(tables: EditionTables, first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether some unit of one side is, or stands inside, one of the other."""
    return any(_inside(tables, a, b) or _inside(tables, b, a) for a in first for b in second)


def _differences(pairs: Sequence[Pair], places: Sequence[int], shared: Any) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = {}
    for here, first, second in _of_one_kind(pairs, places):
        made = difference_of_shares(first, second, covariance=shared[here], level=1 - ERROR_RATE)
        columns = (made.difference.tolist(), made.se.tolist(), made.p_value.tolist())
        for i, *numbers in zip(here, *columns, strict=True):
            found[i] = dict(zip(("difference", "se", "p_value"), numbers, strict=True))
    return found


def _limits(
    pairs: Sequence[Pair], levels: Mapping[int, float], shared: Any
) -> dict[int, tuple[float, float]]:
    """Of every pair, at the level that agrees with its arrow."""
    found: dict[int, tuple[float, float]] = {}
    for here, first, second in _of_one_kind(pairs, list(levels)):
        low, high = difference_limits(first, second, covariance=shared[here], level=[levels[i] for i in here])
        found |= zip(here, zip(low.tolist(), high.tolist(), strict=True), strict=True)
    return found


def _of_one_kind(
    pairs: Sequence[Pair], places: Sequence[int]
) -> Iterator[tuple[list[int], ShareEvidence, ShareEvidence]]:
    """Shares and indices apart, as evidence."""
    for capped in (True, False):
        here = [i for i in places if _first(pairs[i]).capped is capped]
        if here:
            firsts, seconds = [_first(pairs[i]) for i in here], [_first(pairs[i][::-1]) for i in here]
            yield here, evidence_of(firsts), evidence_of(seconds)


def _first(pair: Pair) -> Side:
    if pair[0] is None:
        raise RuntimeError("only pairs with two sides are compared")
    return pair[0]


def _change(pair: Pair, limits: tuple[float, float], table: ChangeTable, row: int, *, judged: int) -> Change:
    level, difference = float(table.interval_level[row]), float(table.change[row])
    least = float(margin_towards_zero(difference, *limits))
    return Change(
        *pair,
        difference=100 * difference,
        low=100 * limits[0],
        high=100 * limits[1],
        level=level,
        judged=judged,
        p=float(table.p[row]),
        p_adjusted=float(table.p_adjusted[row]),
        arrow=int(table.arrow[row]),
        least=100 * least,
        detectable=100 * float(detectable_beyond(least, level=level)),
    )


def pool(members: Sequence[Side | None]) -> Side | None:
    """Several units as one side; nothing where one of them is hidden."""
    known = [side for side in members if side is not None]
    return pooled(known) if known and len(known) == len(members) else None


def why_hidden(side: str, sides: SidesByKey, keys: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """What keeps a side of these rows from being shown."""
    there = [sides[key] for key in keys if key in sides]
    if not there:
        return (f"absent_{side}",)
    return () if all(there) else (side,)


def _outermost(tables: EditionTables, units: Sequence[str]) -> list[str]:
    unique = list(dict.fromkeys(units))
    return [u for u in unique if not any(o != u and _inside(tables, u, o) for o in unique)]


def _inside(tables: EditionTables, unit: str, other: str) -> bool:
    return other == "" or other in tables.lineage(unit)


def _require_two(sides: Sequence[Sequence[str]]) -> None:
    if not sides[0] or not sides[1]:
        raise Invalid(
            "a side of the comparison has no unit", where="units", remedy="choose units on both sides"
        )
    if set(sides[0]) == set(sides[1]):
        raise Invalid(
            "both sides are the same units", where="units", remedy="choose other units on one of the sides"
        )


def _covariance(
    tables: EditionTables, sides: Sequence[Sequence[str]], members: Sequence[Sequence[Side | None]]
) -> float:
    """Between two pools of which units may stand inside one another: the shared part's own variance."""
    totals = [sum(side.weight for side in group if side) for group in members]
    shared = 0.0
    for a, x in zip(sides[0], members[0], strict=True):
        for b, y in zip(sides[1], members[1], strict=True):
            if x is None or y is None:
                continue
            inner = x if _inside(tables, a, b) else y if _inside(tables, b, a) else None
            if inner is not None:
                shared += inner.weight**2 * inner.se**2 / (totals[0] * totals[1])
    return shared


def compared(
    tables: EditionTables,
    key: tuple[str, str],
    judged: Judged,
    *,
    base: int = 1,
    value: tuple[str, str] = ("", ""),
) -> Compared:
    """A row as people read it: (unit, figure), code and name of a value; depth counts from `base`."""
    unit, figure = key
    choice = next(one for one in tables.figures if one.key == figure)
    return Compared(
        unit=unit,
        unit_name=tables.unit_name(unit),
        depth=max(len(tables.lineage(unit)) - base, 0),
        figure=figure,
        figure_name=choice.name,
        kind=choice.kind,
        formula=choice.formula,
        match=judged.match,
        hidden=judged.hidden,
        change=judged.change,
        value=value[0],
        value_name=value[1],
    )


def sides_by_key(rows: Sequence[Estimate]) -> dict[tuple[str, str], Side | None]:
    """Every row that exists by unit and figure; None where it is hidden."""
    sides = sides_of(list(rows))
    return {(row.unit, row.figure): side for row, side in zip(rows, sides, strict=True)}


SORTS: dict[str, Callable[[Compared], Any]] = {
    "difference": lambda row: (row.change.difference is None, row.change.difference or 0.0),
    "p": lambda row: (row.change.p is None, row.change.p or 0.0),
    "first": lambda row: (row.change.first is None, -(row.change.first.estimate if row.change.first else 0)),
}


def sorted_rows(rows: Sequence[Compared], by: str) -> list[Compared]:
    """In the asked-for order; rows without a difference last; the display order for anything else."""
    return sorted(rows, key=SORTS[by]) if by in SORTS else list(rows)
