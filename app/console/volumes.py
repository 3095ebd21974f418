"""Dossiers finished: what is loaded, month by month, and bringing in more."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff, require, require_somewhere
from app.console.choosing import unit_named
from app.console.listing import Listing, Order, list_reply, listed
from app.console.register import Report, report_of
from app.console.telling import month_words, told
from app.core.collation import sort_key
from app.core.database import SessionDep
from app.core.errors import SurveyError
from app.units import service
from app.units.imports import VOLUME_COLUMNS
from app.units.service import POPULATION_KINDS, MonthTotal, Unit, Volume

router = APIRouter()
VOLUMES = "/console/volumes"
MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True, slots=True)
class Line:
    """One cell of the register, with names."""

    unit: Unit
    service_code: str
    service_name: str
    submission: str
    finished: int
    on_time: int
    late: int


ORDERS: dict[str, Order[Line]] = {
    "unit": Order(lambda line: line.unit.sort_key),
    "service": Order(lambda line: sort_key(line.service_name) if line.service_name else None),
    "submission": Order(lambda line: line.submission),
    "finished": Order(lambda line: line.finished, down=True),
    "on_time": Order(lambda line: line.on_time, down=True),
    "late": Order(lambda line: line.late, down=True),
}
MONTH_ORDERS: dict[str, Order[MonthTotal]] = {
    "month": Order(lambda one: one.month, down=True),
    "units": Order(lambda one: one.units, down=True),
    "finished": Order(lambda one: one.finished, down=True),
}
FILE_COLUMNS = (
    *("unit_code", "unit_name", "service_code", "service_name", "submission", "month", "population_kind"),
    *("finished", "on_time", "late"),
)
MONTH_COLUMNS = ("month", "units", "finished")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address says; a population that is none is the usual one."""

    unit: str
    month: str
    population: str


@router.get(VOLUMES)
def show_volumes(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    require_somewhere(actor, "viewer")
    return page(request, actor, session, report=report_of(request))


@router.get(f"{VOLUMES}.csv")
def take_volumes(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    """The rows of the chosen month, or the months there are, every page of them."""
    require_somewhere(actor, "viewer")
    asked = _asked(request)
    if not asked.month:
        months = service.volume_months(session, actor.paths("viewer"), asked.population)
        rows = [(one.month, one.units, one.finished) for one in _months(request, months).every]
        return list_reply(request, actor, "volume-months", MONTH_COLUMNS, rows)
    found = _lines(request, session, actor, _unit(session, actor, asked.unit))
    cells = [_cells(line, asked) for line in found.every]
    return list_reply(request, actor, f"volumes-{asked.month}", FILE_COLUMNS, cells)


def _cells(line: Line, asked: Asked) -> tuple[str | int, ...]:
    return (
        *(line.unit.unit_code, line.unit.name, line.service_code, line.service_name, line.submission),
        *(asked.month, asked.population, line.finished, line.on_time, line.late),
    )


def _asked(request: Request) -> Asked:
    unit, month, population = (
        request.query_params.get(name, "").strip() for name in ("unit", "month", "population")
    )
    known = population in POPULATION_KINDS
    return Asked(unit, month if MONTH.fullmatch(month) else "", population if known else POPULATION_KINDS[0])


def page(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    report: Report | None = None,
    error: SurveyError | None = None,
) -> Response:
    """The months there are, or what a unit and those below it finished in one of them."""
    asked = _asked(request)
    unit, lines = None, listed(request, (), ORDERS)
    months = service.volume_months(session, actor.paths("viewer"), asked.population)
    try:
        unit = _unit(session, actor, asked.unit)
        if asked.month:
            lines = _lines(request, session, actor, unit)
    except SurveyError as wrong:
        error = error or wrong
    return render_staff(
        request,
        "console/volumes.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        report=report,
        columns=VOLUME_COLUMNS,
        asked=asked,
        population=asked.population,
        populations=POPULATION_KINDS,
        unit=unit,
        months=months,
        month_words=month_words,
        loaded=_months(request, months),
        lines=lines,
        finished=sum(line.finished for line in lines.every),
        may_import=actor.may_somewhere("operator"),
    )


def _unit(session: Session, actor: Actor, given: str) -> Unit | None:
    if not given:
        return None
    found = unit_named(session, given)
    require(actor, "viewer", found.path)
    return found


def _months(request: Request, months: Sequence[MonthTotal]) -> Listing[MonthTotal]:
    return listed(request, months, MONTH_ORDERS, usual="month")


def _lines(request: Request, session: Session, actor: Actor, unit: Unit | None) -> Listing[Line]:
    asked = _asked(request)
    tops = (unit.path,) if unit else actor.paths("viewer")
    units = {one.unit_code: one for path in tops for one in service.list_units(session, below=path)}
    found = service.volumes_of(session, units, [asked.month], asked.population)
    names = {one.service_code: one.name for one in service.list_services(session)}
    in_order = sorted(
        found, key=lambda row: (units[row.unit_code].sort_key, row.service_code, row.submission)
    )
    lines = [_line(row, units[row.unit_code], names) for row in in_order]
    return listed(request, lines, ORDERS, usual="unit")


def _line(row: Volume, unit: Unit, names: dict[str, str]) -> Line:
    return Line(
        unit,
        row.service_code,
        names.get(row.service_code, row.service_code),
        row.submission,
        row.finished,
        row.on_time,
        row.late,
    )
