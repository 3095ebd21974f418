"""Units: a list to search, sort and take; a search needs no marks. Operators bring them in here."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff
from app.console.listing import Listing, Order, list_reply, listed
from app.console.register import Report, report_of
from app.console.telling import told
from app.core.collation import sort_key
from app.core.database import SessionDep
from app.core.errors import SurveyError
from app.units.imports import UNIT_COLUMNS
from app.units.service import Unit, get_unit, list_units

router = APIRouter()
UNITS = "/console/units"
FILE_COLUMNS = ("code", "name", "kind", "parent_code", "parent_name")


@dataclass(frozen=True, slots=True)
class UnitView:
    code: str
    name: str
    kind: str
    parent_code: str
    parent_name: str


ORDERS: dict[str, Order[UnitView]] = {
    "name": Order(lambda one: sort_key(one.name)),
    "code": Order(lambda one: one.code),
    "kind": Order(lambda one: one.kind),
    "parent": Order(lambda one: sort_key(one.parent_name) if one.parent_name else None),
}


@router.get(UNITS)
def show_units(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    return page(request, actor, session, report=report_of(request))


@router.get(f"{UNITS}.csv")
def take_units(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    """The list as the page shows it, every page of it."""
    rows = [
        (one.code, one.name, one.kind, one.parent_code, one.parent_name)
        for one in _found(request, session).every
    ]
    return list_reply(request, actor, "units", FILE_COLUMNS, rows)


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
        found=_found(request, session),
    )


def _found(request: Request, session: Session) -> Listing[UnitView]:
    q, below = (request.query_params.get(name, "").strip() for name in ("q", "below"))
    top = get_unit(session, below).path if below else "/"
    found = list_units(session, search=q, below=top)
    return listed(request, _views(session, found), ORDERS, usual="name")


def _views(session: Session, units: Sequence[Unit]) -> list[UnitView]:
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
