"""Bring in units, services and volumes from a file: all or nothing, every mistake told with its line."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import insert, update
from sqlmodel import Session, SQLModel, select

from app.core.collation import sort_key
from app.core.errors import Problem
from app.core.tabular import Columns, Row, refused
from app.units.tables import POPULATION_KINDS, SUBMISSIONS, Service, Unit, Volume

KINDS = ("province", "city", "commune", "ward", "special_zone", "other")
UNIT_COLUMNS = Columns(("code", "name", "kind"), ("parent_code", "valid_from", "valid_to"))
SERVICE_COLUMNS = Columns(("code", "name", "field"), ("level",))
VOLUME_COLUMNS = Columns(
    ("unit_code", "month", "finished"), ("service_code", "submission", "on_time", "late", "population_kind")
)
IN_FORCE_ON = date(2025, 7, 1)
CODE_LENGTH = 35
Key = tuple[str, ...]
Values = dict[str, Any]
TableT = TypeVar("TableT", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rows were new, changed, or as before."""

    inserted: int
    updated: int
    unchanged: int


class _Reading:
    """Collects what is wrong while rows are read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []

    def tell(self, row: Row, column: str, message: str, remedy: str, **fields: object) -> None:
        fields = {"value": row.cells.get(column, ""), **fields}
        self.problems.append(Problem(f"{self.name}:{row.place(column)}", message, remedy, fields))

    def text(self, row: Row, column: str, most: int) -> str:
        value = row.cells.get(column, "")
        if not value:
            self.tell(row, column, "{name} is empty", "fill it in", name=column)
        elif len(value) > most:
            self.tell(
                row, column, "{name} is longer than {most} letters", "shorten it", name=column, most=most
            )
        return value

    def one_of(self, row: Row, column: str, known: Sequence[str], *, otherwise: str) -> str:
        value = row.cells.get(column, "") or otherwise
        if value not in known:
            self.tell(row, column, "{value} is not known", "use one of: {known}", known=", ".join(known))
        return value

    def day(self, row: Row, column: str, *, otherwise: date | None) -> date | None:
        value = row.cells.get(column, "")
        try:
            return date.fromisoformat(value) if value else otherwise
        except ValueError:
            self.tell(row, column, "{value} is not a day", "write it as 2026-11-22")
            return otherwise

    def count(self, row: Row, column: str, *, otherwise: int | None = None) -> int:
        value = row.cells.get(column, "")
        if not value and otherwise is not None:
            return otherwise
        if not (value.isascii() and value.isdigit()):
            self.tell(row, column, "{value} is not a whole number", "write digits only, such as 1250")
            return 0
        return int(value)

    def once(self, rows: Iterable[tuple[Row, Key]], column: str) -> None:
        """Tell every key that was already there, and where."""
        first: dict[Key, int] = {}
        for row, key in rows:
            if key in first:
                self.tell(row, column, "this row repeats line {line}", "keep one of the two", line=first[key])
            first.setdefault(key, row.line)

    def finish(self) -> None:
        if self.problems:
            order = sorted(self.problems, key=lambda problem: int(problem.where.split(":")[-2]))
            raise refused(self.name, order)


def import_units(session: Session, rows: Sequence[Row], name: str) -> Imported:
    """Units by code; a parent may stand anywhere in the same file. Columns: `UNIT_COLUMNS`."""
    reading = _Reading(name)
    new = {row.cells["code"]: _unit_values(reading, row) for row in rows}
    reading.once(((row, (row.cells["code"],)) for row in rows), "code")
    stored = {unit.unit_code: unit for unit in session.exec(select(Unit)).all()}
    parents = {code: unit.parent_code for code, unit in stored.items()}
    parents |= {code: values["parent_code"] for code, values in new.items()}
    for row in rows:
        _check_parent(reading, row, parents)
    reading.finish()
    for code, values in new.items():
        values["path"] = _path(code, parents)
    moved = {
        code: unit for code, unit in stored.items() if code not in new and unit.path != _path(code, parents)
    }
    new |= {code: {**unit.model_dump(), "path": _path(code, parents)} for code, unit in moved.items()}
    in_order = sorted(new.values(), key=lambda values: values["path"].count("/"))
    return _store(
        session, Unit, {(v["unit_code"],): v for v in in_order}, {(code,): u for code, u in stored.items()}
    )


def _unit_values(reading: _Reading, row: Row) -> Values:
    name = reading.text(row, "name", 200)
    return {
        "unit_code": _code(reading, row, "code"),
        "name": name,
        "kind": reading.one_of(row, "kind", KINDS, otherwise="other"),
        "parent_code": row.cells.get("parent_code") or None,
        "sort_key": sort_key(name),
        "valid_from_on": reading.day(row, "valid_from", otherwise=IN_FORCE_ON),
        "valid_to_on": reading.day(row, "valid_to", otherwise=None),
    }


def _code(reading: _Reading, row: Row, column: str) -> str:
    code = reading.text(row, column, CODE_LENGTH)
    if code and not code.replace(".", "").replace("-", "").isalnum():
        reading.tell(row, column, "{value} is not a code", "use digits, letters, dots and hyphens only")
    return code


def _check_parent(reading: _Reading, row: Row, parents: Mapping[str, str | None]) -> None:
    parent = row.cells.get("parent_code", "")
    if not parent:
        return
    if parent not in parents:
        reading.tell(
            row, "parent_code", "unit code {value} is not known", "import that unit too, or correct the code"
        )
    elif row.cells["code"] in _above(parent, parents):
        reading.tell(row, "parent_code", "unit {value} is below this unit already", "break the circle")


def _above(code: str | None, parents: Mapping[str, str | None]) -> list[str]:
    """A unit and those above it, itself first; stops where a circle closes."""
    found: list[str] = []
    while code is not None and code not in found:
        found.append(code)
        code = parents.get(code)
    return found


def _path(code: str, parents: Mapping[str, str | None]) -> str:
    return "/" + "/".join(reversed(_above(code, parents))) + "/"


def import_services(session: Session, rows: Sequence[Row], name: str) -> Imported:
    """Services by national code. Columns: `SERVICE_COLUMNS`."""
    reading = _Reading(name)
    new: dict[Key, Values] = {(row.cells["code"],): _service_values(reading, row) for row in rows}
    reading.once(((row, (row.cells["code"],)) for row in rows), "code")
    reading.finish()
    stored: dict[Key, Service] = {
        (service.service_code,): service for service in session.exec(select(Service)).all()
    }
    return _store(session, Service, new, stored)


def _service_values(reading: _Reading, row: Row) -> Values:
    name = reading.text(row, "name", 600)
    return {
        "service_code": _code(reading, row, "code"),
        "name": name,
        "field": reading.text(row, "field", 200),
        "level": row.cells.get("level", "")[:60],
        "sort_key": sort_key(name),
    }


def import_volumes(session: Session, rows: Sequence[Row], name: str) -> Imported:
    """Volumes by unit, service, submission, month and kind of population. Columns: `VOLUME_COLUMNS`."""
    reading = _Reading(name)
    units = set(session.exec(select(Unit.unit_code)).all())
    services = set(session.exec(select(Service.service_code)).all())
    read = [(row, _volume_values(reading, row, units, services)) for row in rows]
    reading.once(((row, _volume_key(values)) for row, values in read), "unit_code")
    reading.finish()
    stored = {_volume_key(volume.model_dump()): volume for volume in session.exec(select(Volume)).all()}
    return _store(session, Volume, {_volume_key(values): values for _, values in read}, stored)


def _volume_key(values: Mapping[str, Any]) -> Key:
    names = ("unit_code", "service_code", "submission", "month", "population_kind")
    return tuple(str(values[name]) for name in names)


def _volume_values(reading: _Reading, row: Row, units: set[str], services: set[str]) -> Values:
    unit, service = row.cells["unit_code"], row.cells.get("service_code", "")
    if unit not in units:
        reading.tell(
            row, "unit_code", "unit code {value} is not known", "import that unit first, or correct the code"
        )
    if service and service not in services:
        remedy = "import that service first, or leave the cell empty"
        reading.tell(row, "service_code", "service code {value} is not known", remedy)
    finished = reading.count(row, "finished")
    on_time, late = reading.count(row, "on_time", otherwise=0), reading.count(row, "late", otherwise=0)
    if on_time + late > finished:
        remedy = "finished counts both; correct one of the three"
        message = "on_time {on_time} and late {late} are more than finished {value}"
        reading.tell(row, "finished", message, remedy, on_time=on_time, late=late)
    return {
        "unit_code": unit,
        "service_code": service,
        "submission": reading.one_of(row, "submission", SUBMISSIONS, otherwise="unknown"),
        "month": _month(reading, row),
        "population_kind": reading.one_of(
            row, "population_kind", POPULATION_KINDS, otherwise=POPULATION_KINDS[0]
        ),
        "finished": finished,
        "on_time": on_time,
        "late": late,
    }


def _month(reading: _Reading, row: Row) -> str:
    value = row.cells["month"][:7]
    try:
        return f"{date.fromisoformat(value + '-01'):%Y-%m}"
    except ValueError:
        reading.tell(row, "month", "{value} is not a month", "write it as 2026-11")
        return value


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
    store: Callable[[Session, Sequence[Row], str], Imported]


UNITS = FileKind(UNIT_COLUMNS, import_units)
SERVICES = FileKind(SERVICE_COLUMNS, import_services)
VOLUMES = FileKind(VOLUME_COLUMNS, import_volumes)
