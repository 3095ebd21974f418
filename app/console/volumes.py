"""Dossiers finished: what is loaded, month by month, and bringing in more."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff, require, require_somewhere
from app.console.choosing import unit_named
from app.console.register import Report, report_of
from app.console.telling import month_words, told
from app.core.database import SessionDep
from app.core.errors import SurveyError
from app.units import service
from app.units.imports import VOLUME_COLUMNS
from app.units.service import POPULATION_KINDS, Unit, Volume

router = APIRouter()
VOLUMES = "/console/volumes"
SHOWN = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One cell of the register, with names."""

    unit_name: str
    service_name: str
    submission: str
    finished: int
    on_time: int
    late: int


@router.get(VOLUMES)
def show_volumes(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    require_somewhere(actor, "viewer")
    return page(request, actor, session, report=report_of(request))


def page(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    report: Report | None = None,
    error: SurveyError | None = None,
) -> Response:
    """The months there are, or what a unit and those below it finished in one of them."""
    asked = {name: request.query_params.get(name, "").strip() for name in ("unit", "month", "population")}
    population = asked["population"] if asked["population"] in POPULATION_KINDS else POPULATION_KINDS[0]
    lines: Sequence[Line] = ()
    unit, months = None, service.volume_months(session, actor.paths("viewer"), population)
    try:
        unit = _unit(session, actor, asked["unit"])
        if asked["month"]:
            lines = _lines(session, unit, asked["month"], population, actor=actor)
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
        population=population,
        populations=POPULATION_KINDS,
        unit=unit,
        months=months,
        month_words=month_words,
        lines=lines[:SHOWN],
        total=len(lines),
        finished=sum(line.finished for line in lines),
        may_import=actor.may_somewhere("operator"),
    )


def _unit(session: Session, actor: Actor, given: str) -> Unit | None:
    if not given:
        return None
    found = unit_named(session, given)
    require(actor, "viewer", found.path)
    return found


def _lines(
    session: Session, unit: Unit | None, month: str, population: str, *, actor: Actor
) -> Sequence[Line]:
    tops = (unit.path,) if unit else actor.paths("viewer")
    units = {one.unit_code: one for path in tops for one in service.list_units(session, below=path)}
    found = service.volumes_of(session, units, [month], population)
    names = {one.service_code: one.name for one in service.list_services(session)}
    in_order = sorted(
        found, key=lambda row: (units[row.unit_code].sort_key, row.service_code, row.submission)
    )
    return [_line(row, units[row.unit_code], names) for row in in_order]


def _line(row: Volume, unit: Unit, names: dict[str, str]) -> Line:
    return Line(
        unit.name,
        names.get(row.service_code, row.service_code),
        row.submission,
        row.finished,
        row.on_time,
        row.late,
    )
