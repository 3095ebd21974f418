"""Is it a difference? Two rounds, or two sets of units in one round: points, interval, p, what could be seen.

The interval, the p-value and the arrow follow from one rule (MOVER of the two published intervals). Over a
whole table false discoveries are held at 5 % (Benjamini and Hochberg), and the intervals printed are those
that agree with the arrows. Rounds are independent cross-sections and units separate strata; a unit inside
another shares its answers with it, which is taken into account. Where either side is hidden there is no
difference, so none can reveal it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analysis.comparison import change_table
from analysis.differences import Differences, difference_of_shares
from app.core.errors import Invalid
from app.results.evidence import Side, evidence_of, pooled, sides_of
from app.results.mergers import Match
from app.results.reading import EditionTables, Estimate

ERROR_RATE = 0.05

_SidesByKey = Mapping[tuple[str, str], Side | None]


@dataclass(frozen=True, slots=True)
class Change:
    """First minus second, in points; None where a side is missing. `arrow` is 0 where nothing can be told.

    `least` is the smallest change that would have been called one, `detectable` the true change that would
    be found four times in five.
    """

    first: Side | None
    second: Side | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    arrow: int = 0
    least: float | None = None
    detectable: float | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """A table of changes: how many were tested, how many found, the level its intervals have (0-1)."""

    rows: tuple[Change, ...]
    tests: int
    level: float

    @property
    def found(self) -> int:
        return sum(row.arrow != 0 for row in self.rows)


@dataclass(frozen=True, slots=True)
class Compared:
    """One row of a comparison; `hidden` says which side keeps the difference from being shown.

    `hidden` is "" or any of first, second (not published), absent_first, absent_second (no such row).
    """

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


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rows in display order, with the table's own facts."""

    rows: tuple[Compared, ...]
    changes: Changes


def changes_of(
    pairs: Sequence[tuple[Side | None, Side | None]], *, covariances: Sequence[float] | None = None
) -> Changes:
    """Every pair as a change, the table as one family. `covariances` in squared percent."""
    shared = np.zeros(len(pairs)) if covariances is None else np.asarray(covariances) / 1e4
    places = [i for i, (first, second) in enumerate(pairs) if first is not None and second is not None]
    if not places:
        return Changes(tuple(Change(first, second) for first, second in pairs), 0, 1 - ERROR_RATE)
    at = _differences(pairs, places, shared, level=1 - ERROR_RATE)
    table = change_table(
        [at[i]["difference"] for i in places],
        [at[i]["se"] for i in places],
        p=[at[i]["p_value"] for i in places],
        error_rate=ERROR_RATE,
    )
    level = float(table.interval_level[0])
    limits = _differences(pairs, places, shared, level=level)
    rows = [Change(first, second) for first, second in pairs]
    for row, i in enumerate(places):
        first, second = pairs[i]
        rows[i] = Change(
            first,
            second,
            difference=100 * at[i]["difference"],
            low=100 * limits[i]["low"],
            high=100 * limits[i]["high"],
            p=at[i]["p_value"],
            p_adjusted=float(table.p_adjusted[row]),
            arrow=int(table.arrow[row]),
            least=100 * float(table.least_significant[row]),
            detectable=100 * float(table.detectable[row]),
        )
    return Changes(tuple(rows), len(places), level)


def compare_rounds(
    new: EditionTables,
    old: EditionTables,
    *,
    units: Sequence[str],
    figures: Sequence[str],
    found: Mapping[str, Match],
) -> Comparison:
    """Units x figures of a later round against the units that stand for them in an earlier one."""
    later = _sides_by_key(new.rows(unit=list(units), figure=list(figures)))
    before = {code for unit in units for code in found[unit].old_units}
    earlier = _sides_by_key(old.rows(unit=sorted(before), figure=list(figures)))
    keys = [(unit, figure) for unit in units for figure in figures]
    firsts = [later.get(key) for key in keys]
    seconds = [_old_side(earlier, found[unit], figure) for unit, figure in keys]
    changes = changes_of(list(zip(firsts, seconds, strict=True)))
    base = len(new.lineage(units[0])) if units else 0
    rows = []
    for (unit, figure), change in zip(keys, changes.rows, strict=True):
        old_keys = [(code, figure) for code in found[unit].old_units]
        hidden = (*_why("first", later, [(unit, figure)]), *_why("second", earlier, old_keys))
        match = _as_far_as_answered(found[unit], [key in earlier for key in old_keys])
        rows.append(_row(new, (unit, figure), match, hidden, change, base=base))
    return Comparison(tuple(rows), changes)


def compare_sets(
    tables: EditionTables, first: Sequence[str], second: Sequence[str], *, figures: Sequence[str]
) -> Comparison:
    """Two sets of units of one round, figure by figure; units inside another of their set count once.

    Raises: Invalid when a side is empty or both are the same.
    """
    sides = [_outermost(tables, units) for units in (first, second)]
    _require_two(sides)
    known = _sides_by_key(tables.rows(unit=[*sides[0], *sides[1]], figure=list(figures)))
    pairs, covariances, hidden = [], [], []
    for figure in figures:
        keys = [[(unit, figure) for unit in side] for side in sides]
        members = [[known.get(key) for key in side] for side in keys]
        pair = (_pool(members[0]), _pool(members[1]))
        pairs.append(pair)
        covariances.append(_covariance(tables, sides, members) if None not in pair else 0.0)
        hidden.append((*_why("first", known, keys[0]), *_why("second", known, keys[1])))
    changes = changes_of(pairs, covariances=covariances)
    return Comparison(
        tuple(
            _row(tables, (sides[0][0], figure), Match("same"), why, change)
            for figure, why, change in zip(figures, hidden, changes.rows, strict=True)
        ),
        changes,
    )


def overlap(tables: EditionTables, first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether some unit of one side is, or stands inside, one of the other."""
    return any(_inside(tables, a, b) or _inside(tables, b, a) for a in first for b in second)


def _differences(
    pairs: Sequence[tuple[Side | None, Side | None]], places: Sequence[int], shared: Any, *, level: float
) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = {}
    for capped in (True, False):
        here = [i for i in places if _first(pairs[i]).capped is capped]
        if here:
            made = difference_of_shares(
                evidence_of([_first(pairs[i]) for i in here]),
                evidence_of([_first(pairs[i][::-1]) for i in here]),
                covariance=shared[here],
                level=level,
            )
            found |= {i: _at(made, place) for place, i in enumerate(here)}
    return found


def _first(pair: tuple[Side | None, Side | None]) -> Side:
    if pair[0] is None:
        raise RuntimeError("only pairs with two sides are compared")
    return pair[0]


def _at(made: Differences, place: int) -> dict[str, float]:
    names = ("difference", "se", "low", "high", "p_value")
    return {name: float(getattr(made, name)[place]) for name in names}


def _old_side(sides: _SidesByKey, match: Match, figure: str) -> Side | None:
    """The old units together; nothing where one of them is hidden."""
    return _pool([sides[code, figure] for code in match.old_units if (code, figure) in sides])


def _as_far_as_answered(match: Match, answered: Sequence[bool]) -> Match:
    """An old unit nobody answered for leaves the comparison approximate."""
    absent = tuple(name for name, there in zip(match.old_names, answered, strict=False) if not there)
    return replace(match, kind="approximate", missing=match.missing + absent) if absent else match


def _pool(members: Sequence[Side | None]) -> Side | None:
    known = [side for side in members if side is not None]
    return pooled(known) if known and len(known) == len(members) else None


def _why(side: str, sides: _SidesByKey, keys: Sequence[tuple[str, str]]) -> tuple[str, ...]:
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


def _row(
    tables: EditionTables,
    key: tuple[str, str],
    match: Match,
    hidden: tuple[str, ...],
    change: Change,
    *,
    base: int = 1,
) -> Compared:
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
        match=match,
        hidden=hidden,
        change=change,
    )


def _sides_by_key(rows: Sequence[Estimate]) -> dict[tuple[str, str], Side | None]:
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
