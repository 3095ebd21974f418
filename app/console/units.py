"""Units: a searchable list; a search needs no diacritics. Those who operate everything bring them in here."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff
from app.console.register import Report, report_of
from app.console.telling import told
from app.core.database import SessionDep
from app.core.errors import SurveyError
from app.units.imports import UNIT_COLUMNS
from app.units.service import Unit, get_unit, list_units

router = APIRouter()
UNITS = "/console/units"
SHOWN = 200


@dataclass(frozen=True, slots=True)
class UnitView:
    code: str
    name: str
    kind: str
    parent_code: str
    parent_name: str


@router.get(UNITS)
def show_units(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    return page(request, actor, session, report=report_of(request))


def page(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    report: Report | None = None,
    error: SurveyError | None = None,
    province: str = "",
) -> Response:
    """The list the address asks for, with what became of a file."""
    q, below = (request.query_params.get(name, "").strip() for name in ("q", "below"))
    top = get_unit(session, below) if below else None
    found = list_units(session, search=q, below=top.path if top else "/", limit=SHOWN + 1)
    return render_staff(
        request,
        "console/units.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        report=report,
        columns=UNIT_COLUMNS,
        province=province,
        q=q,
        top=top,
        units=_views(session, list(found[:SHOWN])),
        more=len(found) > SHOWN,
        shown=SHOWN,
    )


def _views(session: Session, units: list[Unit]) -> list[UnitView]:
    names = {unit.unit_code: unit.name for unit in units}
    for code in {unit.parent_code for unit in units if unit.parent_code} - set(names):
        names[code] = get_unit(session, code).name
    return [
        UnitView(
            unit.unit_code,
            unit.name,
            unit.kind,
            unit.parent_code or "",
            names.get(unit.parent_code or "", ""),
        )
        for unit in units
    ]
