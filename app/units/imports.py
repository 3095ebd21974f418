"""Bring in units, services and volumes from a file: all or nothing, every mistake told with its line.

A row of a known key changes what the file says about it; what the file has no column for stays as it was.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import insert, update
from sqlmodel import Session, SQLModel, col, select

from app.core.collation import sort_key
from app.core.tabular import Columns, Row
from app.units.reading import UNREAD, Key, Reading
from app.units.tables import (
    POPULATION_KINDS,
    SERVICE_SORT_LENGTH,
    SUBMISSIONS,
    UNIT_SORT_LENGTH,
    Service,
    Unit,
    Volume,
)

KINDS = ("province", "city", "commune", "ward", "special_zone", "other")
UNIT_COLUMNS = Columns(("code", "name", "kind"), ("parent_code", "valid_from", "valid_to"))
SERVICE_COLUMNS = Columns(("code", "name", "field"), ("level",))
VOLUME_COLUMNS = Columns(
    ("unit_code", "month", "finished"), ("service_code", "submission", "on_time", "late", "population_kind")
)
IN_FORCE_ON = date(2025, 7, 1)
OPTIONAL_UNIT = {"parent_code": "parent_code", "valid_from": "valid_from_on", "valid_to": "valid_to_on"}
OPTIONAL_SERVICE = {"level": "level"}
OPTIONAL_VOLUME = {"on_time": "on_time", "late": "late"}
VOLUME_KEY = ("unit_code", "service_code", "submission", "month", "population_kind")
Values = dict[str, Any]
Rows = list[tuple[Row, Values]]
TableT = TypeVar("TableT", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rows were new, changed, or as before."""

    inserted: int
    updated: int
    unchanged: int


def import_units(session: Session, rows: Iterable[Row], name: str) -> Imported:
    """Units by code; a parent may stand anywhere in the same file. Columns: `UNIT_COLUMNS`."""
    reading = Reading(name)
    read = [(row, _unit_values(reading, row)) for row in rows]
    reading.once(((row, (values["unit_code"],)) for row, values in read), "code")
    stored: dict[Key, Unit] = {(unit.unit_code,): unit for unit in session.exec(select(Unit)).all()}
    _keep(read, stored, ("unit_code",), OPTIONAL_UNIT)
    parents = {unit.unit_code: unit.parent_code for unit in stored.values()}
    parents |= {values["unit_code"]: values["parent_code"] for _, values in read}
    for row, values in read:
        _check_parent(reading, row, values, parents)
        _check_days(reading, row, values)
    reading.finish()
    new: dict[Key, Values] = {(values["unit_code"],): values for _, values in read}
    done = _store(session, Unit, _with_paths(new, parents), stored)
    _move_below(session, stored, new, parents)
    return done


def _unit_values(reading: Reading, row: Row) -> Values:
    name = reading.text(row, "name", 200)
    return {
        "unit_code": reading.code(row, "code"),
        "name": name,
        "kind": reading.one_of(row, "kind", KINDS, otherwise="other"),
        "parent_code": row.cells.get("parent_code") or None,
        "sort_key": sort_key(name)[:UNIT_SORT_LENGTH],
        "valid_from_on": reading.day(row, "valid_from") or IN_FORCE_ON,
        "valid_to_on": reading.day(row, "valid_to"),
    }


def _check_parent(reading: Reading, row: Row, values: Values, parents: Mapping[str, str | None]) -> None:
    parent = values["parent_code"]
    if parent is None:
        return
    if parent not in parents:
        reading.known_code(row, "parent_code", parents, noun="unit")
    elif values["unit_code"] in _above(parent, parents):
        message = "unit {value} is below this unit already"
        reading.tell(row, "parent_code", message, "break the circle", value=parent)


def _check_days(reading: Reading, row: Row, values: Values) -> None:
    last = values["valid_to_on"]
    if last is not None and last < values["valid_from_on"]:
        reading.tell(row, "valid_to", "the last day {value} is before the first", "exchange the two days")


def _above(code: str | None, parents: Mapping[str, str | None]) -> list[str]:
    """A unit and those above it, itself first; stops where a circle closes."""
    found: list[str] = []
    while code is not None and code not in found:
        found.append(code)
        code = parents.get(code)
    return found


def _path(code: str, parents: Mapping[str, str | None]) -> str:
    return "/" + "/".join(reversed(_above(code, parents))) + "/"


def _with_paths(new: Mapping[Key, Values], parents: Mapping[str, str | None]) -> dict[Key, Values]:
    """The new rows with their paths, those above first: a parent must be there before its children."""
    placed = [{**values, "path": _path(values["unit_code"], parents)} for values in new.values()]
    placed.sort(key=lambda values: values["path"].count("/"))
    return {(values["unit_code"],): values for values in placed}


def _move_below(
    session: Session, stored: Mapping[Key, Unit], new: Mapping[Key, Values], parents: Mapping[str, str | None]
) -> None:
    """Units the file does not name follow a unit above them that it moved."""
    others = {key[0]: unit.path for key, unit in stored.items() if key not in new}
    moved = [
        {"unit_code": code, "path": _path(code, parents)}
        for code, path in others.items()
        if path != _path(code, parents)
    ]
    if moved:
        session.execute(update(Unit), moved)
        session.expire_all()


def import_services(session: Session, rows: Iterable[Row], name: str) -> Imported:
    """Services by national code. Columns: `SERVICE_COLUMNS`."""
    reading = Reading(name)
    read = [(row, _service_values(reading, row)) for row in rows]
    reading.once(((row, (values["service_code"],)) for row, values in read), "code")
    reading.finish()
    known = session.exec(select(Service)).all()
    stored: dict[Key, Service] = {(service.service_code,): service for service in known}
    _keep(read, stored, ("service_code",), OPTIONAL_SERVICE)
    return _store(session, Service, {(values["service_code"],): values for _, values in read}, stored)


def _service_values(reading: Reading, row: Row) -> Values:
    name = reading.text(row, "name", 600)
    return {
        "service_code": reading.code(row, "code"),
        "name": name,
        "field": reading.text(row, "field", 200),
        "level": reading.text(row, "level", 60, required=False),
        "sort_key": sort_key(name)[:SERVICE_SORT_LENGTH],
    }


def import_volumes(session: Session, rows: Iterable[Row], name: str) -> Imported:
    """Volumes by unit, service, submission, month and kind of population. Columns: `VOLUME_COLUMNS`."""
    reading = Reading(name)
    units = set(session.exec(select(Unit.unit_code)).all())
    services = {"", *session.exec(select(Service.service_code)).all()}
    read = [(row, _volume_values(reading, row, units, services)) for row in rows]
    reading.once(((row, _key(values, VOLUME_KEY)) for row, values in read), "unit_code")
    months = {values["month"] for _, values in read}
    found = session.exec(select(Volume).where(col(Volume.month).in_(months))).all()
    stored = {_key(volume.model_dump(), VOLUME_KEY): volume for volume in found}
    _keep(read, stored, VOLUME_KEY, OPTIONAL_VOLUME)
    for row, values in read:
        _check_counts(reading, row, values)
    reading.finish()
    return _store(session, Volume, {_key(values, VOLUME_KEY): values for _, values in read}, stored)


def _volume_values(reading: Reading, row: Row, units: set[str], services: set[str]) -> Values:
    population = reading.one_of(row, "population_kind", POPULATION_KINDS, otherwise=POPULATION_KINDS[0])
    return {
        "unit_code": reading.known_code(row, "unit_code", units, noun="unit"),
        "service_code": reading.known_code(row, "service_code", services, noun="service"),
        "submission": reading.one_of(row, "submission", SUBMISSIONS, otherwise="unknown"),
        "month": reading.month(row, "month"),
        "population_kind": population,
        "finished": reading.count(row, "finished"),
        "on_time": reading.count(row, "on_time", required=False),
        "late": reading.count(row, "late", required=False),
    }


def _check_counts(reading: Reading, row: Row, values: Values) -> None:
    on_time, late, finished = (values[name] for name in ("on_time", "late", "finished"))
    if UNREAD not in (on_time, late, finished) and on_time + late > finished:
        message = "on_time {on_time} and late {late} are more than finished {value}"
        remedy = "finished counts both; correct one of the three"
        reading.tell(row, "finished", message, remedy, on_time=on_time, late=late)


def _key(values: Mapping[str, Any], names: Iterable[str]) -> Key:
    return tuple(str(values[name]) for name in names)


def _keep(
    read: Rows, stored: Mapping[Key, SQLModel], key: tuple[str, ...], optional: Mapping[str, str]
) -> None:
    """What the file has no column for stays as it is stored."""
    absent = [name for column, name in optional.items() if read and column not in read[0][0].cells]
    for _, values in read:
        known = stored.get(_key(values, key))
        if known is not None:
            values.update({name: getattr(known, name) for name in absent})


def _store(
    session: Session, table: type[TableT], new: Mapping[Key, Values], stored: Mapping[Key, TableT]
) -> Imported:
    """Insert what is new, change what differs, leave the rest."""
    inserts = [values for key, values in new.items() if key not in stored]
    updates = [v for key, v in new.items() if key in stored and stored[key].model_dump(include=set(v)) != v]
    if inserts:
        session.execute(insert(table), inserts)
    if updates:
        session.execute(update(table), updates)
    session.flush()
    session.expire_all()
    return Imported(len(inserts), len(updates), len(new) - len(inserts) - len(updates))


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file: its columns and the rule that stores it."""

    columns: Columns
    store: Callable[[Session, Iterable[Row], str], Imported]


UNITS = FileKind(UNIT_COLUMNS, import_units)
SERVICES = FileKind(SERVICE_COLUMNS, import_services)
VOLUMES = FileKind(VOLUME_COLUMNS, import_volumes)
