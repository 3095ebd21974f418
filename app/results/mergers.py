"""Which units of an earlier round a unit of a later one is compared with, across a merger of units.

The map of successions says which old unit went where, whole or in part. A round that was recorded under the
units of today needs no map. A match is `exact` when every old unit went whole into the new one and all of
them are there, `approximate` when a part went elsewhere or one is missing, `same` when nothing changed.

Codes alone do not tell under which units a round was recorded: most new units keep the code of one of those
they were formed from. The units are those of then where a code that was given up has a row, or where the
round was set up before the merger; one set up afterwards, for a period before it, names the units of today.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlmodel import Session, select

from app.rounds.service import Round
from app.units.tables import UnitSuccession

Kind = Literal["same", "exact", "approximate", "none"]


@dataclass(frozen=True, slots=True)
class Match:
    """The old units that stand for a unit; `missing` are those of them without a row."""

    kind: Kind
    old_units: tuple[str, ...] = ()
    old_names: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Successions:
    """The map as it was between two rounds: heirs and main heir of every old unit, old units by heir.

    `awaited`: units that were still to be formed when the earlier round was set up; `digest` tells two maps
    apart.
    """

    heirs: Mapping[str, frozenset[str]]
    main_heir: Mapping[str, str]
    parts: frozenset[str]
    forerunners: Mapping[str, frozenset[str]]
    names: Mapping[str, str]
    awaited: frozenset[str] = frozenset()
    digest: int = 0


def successions_between(session: Session, earlier: Round, later: Round) -> Successions:
    """What took effect after the earlier round's first day and not after the later round's last day."""
    statement = select(UnitSuccession).where(
        UnitSuccession.effective_on > earlier.period_start_on,
        UnitSuccession.effective_on <= later.period_end_on,
    )
    return _map_of(session.exec(statement).all(), set_up_on=earlier.created_at.date())


def _map_of(rows: Sequence[UnitSuccession], *, set_up_on: date) -> Successions:
    heirs, forerunners = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for row in rows:
        heirs[row.old_code].add(row.new_code)
        forerunners[row.new_code].add(row.old_code)
    return Successions(
        heirs=_frozen(heirs),
        main_heir={row.old_code: row.new_code for row in rows if row.is_default},
        parts=frozenset(row.old_code for row in rows if row.kind == "part"),
        forerunners=_frozen(forerunners),
        names={row.old_code: row.old_name for row in rows},
        awaited=frozenset(row.new_code for row in rows if row.effective_on > set_up_on),
        digest=hash(frozenset((row.old_code, row.new_code, row.kind, row.is_default) for row in rows)),
    )


def matches(
    found: Successions, wanted: Mapping[str, Collection[str]], *, old_units: Collection[str]
) -> dict[str, Match]:
    """Unit -> its match, for units given with everything below them (themselves included). Pure."""
    present = set(old_units)
    given_up = found.heirs.keys() - found.forerunners.keys()
    is_of_then = bool(present & given_up)
    return {
        unit: _match(found, unit, set(below), present)
        if is_of_then or found.awaited & set(below)
        else _unchanged(unit, present)
        for unit, below in wanted.items()
    }


def _unchanged(unit: str, present: Collection[str]) -> Match:
    return Match("same", (unit,)) if unit in present else Match("none")


def _match(found: Successions, unit: str, below: set[str], present: set[str]) -> Match:
    before = {old for new in below for old in found.forerunners.get(new, ())}
    if not before:
        return _unchanged(unit, present)
    whole = {old for old in before if found.heirs[old] <= below and not _is_partly_lost(found, old)}
    split = before - whole
    taken = whole | {old for old in split if found.main_heir.get(old) in below} or split
    here, missing = taken & present, taken - present
    if not here:
        return Match("none", missing=_named(found, missing))
    if taken == {unit} and not split:
        return Match("same", (unit,))
    kind: Kind = "approximate" if split or missing else "exact"
    return Match(kind, tuple(sorted(here)), _named(found, here), _named(found, missing))


def _is_partly_lost(found: Successions, old: str) -> bool:
    """Whether the map itself says that some of it went where no row leads."""
    return old in found.parts and len(found.heirs[old]) == 1


def _named(found: Successions, codes: Collection[str]) -> tuple[str, ...]:
    return tuple(found.names.get(code, code) for code in sorted(codes))


def _frozen(sets: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {code: frozenset(members) for code, members in sets.items()}
