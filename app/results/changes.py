"""What changed in the units of an edition since an earlier one: the one place that says so.

Every figure of every unit is judged in one family that is declared here, not by the page that asks: the
overall figure together with that of all units of the same level, every other figure together with the others
of its unit, a value of a second dimension together with the other values in its unit. Families of units hold
all units of the edition, whoever reads. So neither verdict nor interval depends on the page, on what was
chosen there, or on the reader's rights; a row the reader may not see is counted and not shown.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from app.results.comparing import (
    Change,
    Compared,
    Comparison,
    Judged,
    SidesByKey,
    changes_of,
    compared,
    pool,
    sides_by_key,
    why_hidden,
)
from app.results.evidence import sides_of
from app.results.mergers import Match, Successions, matches, successions_between
from app.results.reading import EditionTables, open_edition
from app.rounds.service import get_round

SECOND_FORMULA = "equal_criteria"
OVERALL = "*"
KEPT_FAMILIES = 512

Cell = tuple[str, str]
"""Unit and figure, or unit and value of a second dimension."""


@dataclass(frozen=True, slots=True)
class _Whole:
    """Both editions with all their units, and the old units that stand for each new one."""

    new: EditionTables
    old: EditionTables
    found: Mapping[str, Match]


# Editions never change, and the map of mergers is part of the key: what was judged once is kept.
_families: OrderedDict[tuple[str, str, int, str], Mapping[Cell, Judged]] = OrderedDict()


def changes_since(
    session: Session,
    new: EditionTables,
    old: EditionTables,
    *,
    units: Sequence[str],
    figures: Sequence[str],
) -> Comparison:
    """Units x figures of an edition against an earlier one, as the reader of both tables may see them."""
    shown = [unit for unit in dict.fromkeys(units) if unit in new.units]
    wanted = [figure for figure in figures if _has(old, figure)]
    names = {OVERALL if figure == new.headline else unit for unit in shown for figure in wanted}
    found = _judged(session, new, old, sorted(names))
    base = len(new.lineage(shown[0])) if shown else 0
    rows = [
        compared(new, (unit, figure), _as_seen(found[unit, figure], old), base=base)
        for unit in shown
        for figure in wanted
    ]
    return Comparison(tuple(rows))


def value_changes(
    session: Session, new: EditionTables, old: EditionTables, *, cell: Cell, by: str
) -> Comparison:
    """A unit's figure by service, field, month …: its values in both editions, one family."""
    unit, figure = cell
    if unit not in new.units or not _has(old, figure) or by not in common_dimensions(session, new, old):
        return Comparison(())
    match = _whole(session, new, old).found[unit]
    rows = new.rows(by, unit=unit, figure=figure)
    names = {_value(by, row.place[by]): row.names[by] for row in rows}
    later, earlier = _by_value(new, [unit], figure, by), _by_value(old, match.old_units, figure, by)
    keys = [(unit, value) for value in names]
    judged = _compared_sides(keys, later, earlier, dict.fromkeys([unit], match), families=[0] * len(keys))
    base = len(new.lineage(unit))
    return Comparison(
        tuple(
            compared(new, cell, _as_seen(judged[key], old), base=base, value=(key[1], names[key[1]]))
            for key in keys
        )
    )


def common_dimensions(session: Session, new: EditionTables, old: EditionTables) -> list[str]:
    """What a figure can be told apart by in both editions; months where both rounds asked in them."""
    both = [by for by in new.dimensions if by in old.dimensions]
    later, earlier = (_months_of(session, tables) for tables in (new, old))
    return [by for by in both if by != "month" or later & earlier]


def change_of(found: Comparison, unit: str, figure: str) -> Compared | None:
    """The row of a unit and figure, where there is one."""
    return next((row for row in found.rows if (row.unit, row.figure) == (unit, figure)), None)


def _judged(
    session: Session, new: EditionTables, old: EditionTables, names: Sequence[str]
) -> dict[Cell, Judged]:
    """All cells of these families: the overall one, or those of a unit."""
    between = _between(session, new, old)
    keys = {name: (new.edition.edition_id, old.edition.edition_id, between.digest, name) for name in names}
    made: dict[str, Mapping[Cell, Judged]] = {
        name: _families[key] for name, key in keys.items() if key in _families
    }
    missing = [name for name in names if name not in made]
    if missing:
        made |= _families_of(_whole(session, new, old), missing)
        _families.update((keys[name], made[name]) for name in missing)
        _let_go()
    return {cell: judged for cells in made.values() for cell, judged in cells.items()}


def _let_go() -> None:
    while len(_families) > KEPT_FAMILIES:
        _families.popitem(last=False)


def _between(session: Session, new: EditionTables, old: EditionTables) -> Successions:
    earlier, later = (get_round(session, tables.edition.round_code) for tables in (old, new))
    return successions_between(session, earlier, later)


def _whole(session: Session, new: EditionTables, old: EditionTables) -> _Whole:
    opened = [open_edition(session, one.edition, language=one.language) for one in (new, old)]
    wanted = {unit: everything_below(opened[0], unit) for unit in opened[0].units}
    found = matches(_between(session, new, old), wanted, old_units=opened[1].units)
    return _Whole(opened[0], opened[1], found)


def everything_below(tables: EditionTables, unit: str) -> list[str]:
    """The unit and every unit below it."""
    below = [unit]
    for child in tables.children(unit):
        below += everything_below(tables, child)
    return below


def _families_of(whole: _Whole, names: Sequence[str]) -> Mapping[str, Mapping[Cell, Judged]]:
    units = [name for name in names if name != OVERALL]
    made: dict[str, dict[Cell, Judged]] = {unit: {} for unit in units}
    if OVERALL in names:
        made[OVERALL] = _overall(whole)
    for key, judged in _other_figures(whole, units).items():
        made[key[0]][key] = judged
    return made


def _overall(whole: _Whole) -> dict[Cell, Judged]:
    """The overall figure of every unit; those of one level are a family."""
    figure, units = whole.new.headline, whole.new.units
    levels = [len(whole.new.lineage(unit)) for unit in units]
    return _cells(whole, [(unit, figure) for unit in units], families=levels)


def _other_figures(whole: _Whole, units: Sequence[str]) -> dict[Cell, Judged]:
    """A unit's other figures; the second formula of its indices says the same again, so it stands apart."""
    chosen = [one for one in whole.new.figures if one.key != whole.new.headline and _has(whole.old, one.key)]
    keys = [(unit, one.key) for unit in units for one in chosen]
    families = [2 * place + (one.formula == SECOND_FORMULA) for place in range(len(units)) for one in chosen]
    return _cells(whole, keys, families=families)


def _cells(whole: _Whole, keys: Sequence[Cell], *, families: Sequence[int]) -> dict[Cell, Judged]:
    units, figures = {unit for unit, _ in keys}, {figure for _, figure in keys}
    before = {code for unit in units for code in whole.found[unit].old_units}
    later = sides_by_key(whole.new.rows(unit=units, figure=figures))
    earlier = sides_by_key(whole.old.rows(unit=before, figure=figures))
    return _compared_sides(keys, later, earlier, whole.found, families=families)


def _compared_sides(
    keys: Sequence[Cell],
    later: SidesByKey,
    earlier: SidesByKey,
    found: Mapping[str, Match],
    *,
    families: Sequence[int],
) -> dict[Cell, Judged]:
    olds = {key: [(code, key[1]) for code in found[key[0]].old_units] for key in keys}
    pairs = [(later.get(key), pool([earlier[one] for one in olds[key] if one in earlier])) for key in keys]
    changes = changes_of(pairs, families=families)
    return {
        key: Judged(
            match=_as_far_as_answered(found[key[0]], [one in earlier for one in olds[key]]),
            hidden=(*why_hidden("first", later, [key]), *why_hidden("second", earlier, olds[key])),
            change=change,
        )
        for key, change in zip(keys, changes.rows, strict=True)
    }


def _as_far_as_answered(match: Match, answered: Sequence[bool]) -> Match:
    """An old unit nobody answered for leaves the comparison approximate."""
    absent = tuple(name for name, there in zip(match.old_names, answered, strict=False) if not there)
    return replace(match, kind="approximate", missing=match.missing + absent) if absent else match


def _as_seen(judged: Judged, old: EditionTables) -> Judged:
    """Without numbers where an old unit is not the reader's to see."""
    if all(unit in old.units for unit in judged.match.old_units):
        return judged
    return Judged(Match("none"), ("unseen",), Change(judged.change.first, None))


def _has(tables: EditionTables, figure: str) -> bool:
    return any(one.key == figure for one in tables.figures)


def _by_value(tables: EditionTables, units: Sequence[str], figure: str, by: str) -> SidesByKey:
    rows = tables.rows(by, unit=units, figure=figure)
    sides = sides_of(list(rows))
    return {(row.unit, _value(by, row.place[by])): side for row, side in zip(rows, sides, strict=True)}


def _value(by: str, code: str) -> str:
    """What the value is in every year: months are the same where the calendar's are."""
    return code[-2:] if by == "month" else code


def _months_of(session: Session, tables: EditionTables) -> set[int]:
    """Months of the calendar in which a round asked; none where it holds one of them twice."""
    survey = get_round(session, tables.edition.round_code)
    first, last = (12 * day.year + day.month for day in (survey.period_start_on, survey.period_end_on))
    return {month % 12 for month in range(first, last + 1)} if last - first < 12 else set()
