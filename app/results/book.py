"""The names and the order of what figures are about: units in their tree, services, fields."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlmodel import Session, select

from app.accounts.actors import is_within
from app.core.collation import sort_key
from app.results.demographics import UNKNOWN, Grouped
from app.rounds.tables import MODES
from app.units.tables import SUBMISSIONS, Service, Unit

_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Book:
    """What the codes of a run stand for; `lineage` is every unit's way down from the top of the round."""

    units: Mapping[str, Unit]
    lineage: Mapping[str, tuple[str, ...]]
    services: Mapping[str, Service]
    people: Mapping[str, Grouped] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        return max((len(line) for line in self.lineage.values()), default=0)

    @property
    def tops(self) -> set[str]:
        return {line[0] for line in self.lineage.values()}

    def field_of(self, service: str) -> str:
        return self.services[service].field if service in self.services else ""

    def parent_of(self, unit: str) -> str:
        line = self.lineage.get(unit, ())
        return line[-2] if len(line) > 1 else ""

    def order(self, dimension: str, label: str) -> tuple[object, ...]:
        """How a label sorts within its dimension: Vietnamese names in Vietnamese order, the unknown last."""
        if dimension == "unit":
            return tuple((self.units[u].sort_key, u) for u in self.lineage.get(label, ()))
        if dimension == "service":
            known = self.services.get(label)
            return (known.sort_key if known else _LAST, label)
        if dimension == "field":
            return (sort_key(label) if label else _LAST, label)
        if dimension in self.people:
            return (label == UNKNOWN, list(self.people[dimension].texts).index(label) if label else 0)
        return (_position(dimension, label), label)


def open_book(session: Session, units: Collection[str], people: Mapping[str, Grouped]) -> Book:
    """The book of the units that take part in a round, and of the groups of people its forms tell apart."""
    found = {unit.unit_code: unit for unit in session.exec(select(Unit)) if unit.unit_code in units}
    services = {service.service_code: service for service in session.exec(select(Service))}
    return Book(found, {code: _lineage(code, found) for code in found}, services, people)


def narrowed(book: Book, within: Sequence[str]) -> Book:
    """The book of the units that may be seen."""
    visible = {
        code: unit for code, unit in book.units.items() if any(is_within(unit.path, path) for path in within)
    }
    return replace(book, units=visible, lineage={code: _lineage(code, visible) for code in visible})


def _lineage(code: str, visible: Mapping[str, Unit]) -> tuple[str, ...]:
    line: list[str] = []
    step: str | None = code
    while step is not None and step in visible:
        line.insert(0, step)
        step = visible[step].parent_code
    return tuple(line)


def _position(dimension: str, label: str) -> int:
    known: Sequence[str] = {"submission": SUBMISSIONS, "mode": MODES}.get(dimension, ())
    return known.index(label) if label in known else len(known)
