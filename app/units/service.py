"""The register as other rooms ask for it: units in their tree, services, volumes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import distinct, false, or_
from sqlmodel import Session, col, func, select

from app.core.collation import fold
from app.core.errors import NotFound
from app.units.reading import CODE_LENGTH, with_zeros
from app.units.tables import POPULATION_KINDS as POPULATION_KINDS
from app.units.tables import SUBMISSIONS as SUBMISSIONS
from app.units.tables import Service as Service
from app.units.tables import Unit as Unit
from app.units.tables import UnitSuccession
from app.units.tables import Volume as Volume


def get_unit(session: Session, unit_code: str) -> Unit:
    """The unit of that official code."""
    found = session.get(Unit, unit_code)
    if found is None:
        raise _unknown_unit(session, unit_code)
    return found


def _unknown_unit(session: Session, unit_code: str) -> NotFound:
    """Names the code whose zeros a spreadsheet, or a hurried hand, has lost."""
    if not unit_code:
        return NotFound("no unit is named", where="unit", remedy="look its code up in the list of units")
    whole = known_units(session, with_zeros(unit_code)) if len(unit_code) <= CODE_LENGTH else ()
    if whole:
        remedy = "write {right}, with its zeros"
        return NotFound(
            "unit {unit} is not known", where="unit", remedy=remedy, unit=unit_code, right=whole[0].unit_code
        )
    remedy = "look its code up in the list of units; new units are imported there"
    return NotFound("unit {unit} is not known", where="unit", remedy=remedy, unit=unit_code)


def known_units(session: Session, unit_codes: Iterable[str]) -> Sequence[Unit]:
    """The units of those codes that exist."""
    return session.exec(select(Unit).where(col(Unit.unit_code).in_(set(unit_codes)))).all()


def list_units(
    session: Session, *, search: str = "", below: str = "/", limit: int | None = None
) -> Sequence[Unit]:
    """Units at or below a path in Vietnamese order; a search ignores marks and case, and matches codes."""
    statement = (
        select(Unit).where(col(Unit.path).startswith(below, autoescape=True)).order_by(col(Unit.sort_key))
    )
    found = session.exec(statement if search else statement.limit(limit)).all()
    if not search:
        return found
    wanted = fold(search)
    return [unit for unit in found if wanted in fold(unit.name) or wanted == unit.unit_code][:limit]


def subtree(session: Session, unit_code: str) -> Sequence[Unit]:
    """A unit and everything below it, in Vietnamese order."""
    return list_units(session, below=get_unit(session, unit_code).path)


def is_below(unit_path: str, ancestor_path: str) -> bool:
    """Whether a unit is at or below another; `/` is above everything."""
    return unit_path.startswith(ancestor_path)


def successors_of(session: Session, old_code: str) -> Sequence[UnitSuccession]:
    """Where an old unit went, the main heir first."""
    return session.exec(
        select(UnitSuccession)
        .where(UnitSuccession.old_code == old_code)
        .order_by(col(UnitSuccession.is_default).desc(), col(UnitSuccession.new_code))
    ).all()


def find_service(session: Session, service_code: str) -> Service | None:
    """The service of that national code, or None."""
    return session.get(Service, service_code)


def get_service(session: Session, service_code: str) -> Service:
    """The service of that national code."""
    found = find_service(session, service_code)
    if found is None:
        raise NotFound(
            "service {service} is not known",
            where="service",
            remedy="look its code up in the list of services; new ones are imported there",
            service=service_code,
        )
    return found


def list_services(session: Session, *, search: str = "", limit: int | None = None) -> Sequence[Service]:
    """Services in Vietnamese order; a search ignores marks and case, and matches codes."""
    statement = select(Service).order_by(col(Service.sort_key))
    found = session.exec(statement if search else statement.limit(limit)).all()
    if not search:
        return found
    wanted = fold(search)
    return [s for s in found if wanted in fold(s.name) or s.service_code.startswith(wanted)][:limit]


def frequent_services(session: Session, unit_code: str, *, limit: int = 12) -> list[Service]:
    """The services a unit finishes most dossiers of, most frequent first."""
    counts: dict[str, int] = {}
    for row in session.exec(select(Volume).where(Volume.unit_code == unit_code)).all():
        if row.service_code:
            counts[row.service_code] = counts.get(row.service_code, 0) + row.finished
    ranked = sorted(counts, key=lambda code: (-counts[code], code))[:limit]
    known = {
        s.service_code: s for s in session.exec(select(Service).where(col(Service.service_code).in_(ranked)))
    }
    return [known[code] for code in ranked if code in known]


def volumes_of(
    session: Session, unit_codes: Iterable[str], months: Iterable[str], population_kind: str
) -> Sequence[Volume]:
    """The register's rows of these units and months ("YYYY-MM")."""
    wanted = set(unit_codes)
    rows = session.exec(
        select(Volume)
        .where(col(Volume.month).in_(list(months)), Volume.population_kind == population_kind)
        .order_by(col(Volume.unit_code), col(Volume.month), col(Volume.service_code), col(Volume.submission))
    ).all()
    return [row for row in rows if row.unit_code in wanted]


class Finished(NamedTuple):
    """A register row's place and its dossiers finished."""

    unit_code: str
    month: str
    service_code: str
    submission: str
    finished: int


def finished_of(
    session: Session, unit_codes: Collection[str], months: Iterable[str], population_kind: str
) -> list[Finished]:
    """As `volumes_of`, for counting: a province's register has many thousand rows."""
    columns = tuple(col(getattr(Volume, name)) for name in Finished._fields)
    rows = session.connection().execute(
        select(*columns)
        .where(col(Volume.month).in_(list(months)), Volume.population_kind == population_kind)
        .order_by(*columns[:4])
    )
    return [Finished(*row) for row in rows if row.unit_code in unit_codes]


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """What is loaded for a month: how many units have figures, and how many dossiers they finished."""

    month: str
    units: int
    finished: int


def volume_months(session: Session, below: Iterable[str], population_kind: str) -> list[MonthTotal]:
    """The months with volumes at or below these paths, newest first."""
    within = or_(false(), *(col(Unit.path).startswith(path, autoescape=True) for path in below))
    found = session.exec(
        select(Volume.month, func.count(distinct(col(Volume.unit_code))), func.sum(Volume.finished))
        .join(Unit, col(Unit.unit_code) == Volume.unit_code)
        .where(Volume.population_kind == population_kind, within)
        .group_by(Volume.month)
        .order_by(col(Volume.month).desc())
    ).all()
    return [MonthTotal(month, units, int(finished)) for month, units, finished in found]
