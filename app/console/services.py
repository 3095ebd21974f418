"""Services (TTHC): a list to search, sort and take, and bringing them in."""

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
from app.units.imports import SERVICE_COLUMNS
from app.units.service import Service, list_services

router = APIRouter()
SERVICES = "/console/services"
FILE_COLUMNS = ("code", "name", "field", "level")
ORDERS: dict[str, Order[Service]] = {
    "name": Order(lambda one: one.sort_key),
    "code": Order(lambda one: one.service_code),
    "field": Order(lambda one: sort_key(one.field)),
    "level": Order(lambda one: one.level or None),
}


@router.get(SERVICES)
def show_services(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    return page(request, actor, session, report=report_of(request))


@router.get(f"{SERVICES}.csv")
def take_services(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    """The list as the page shows it, every page of it."""
    found = _found(request, session)
    rows = [(one.service_code, one.name, one.field, one.level or "") for one in found.every]
    return list_reply(request, actor, "services", FILE_COLUMNS, rows)


def page(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    report: Report | None = None,
    error: SurveyError | None = None,
) -> Response:
    """The list the address asks for, with what became of a file."""
    q, field = (request.query_params.get(name, "").strip() for name in ("q", "field"))
    return render_staff(
        request,
        "console/services.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        report=report,
        columns=SERVICE_COLUMNS,
        q=q,
        field=field,
        fields=sorted({one.field for one in list_services(session)}),
        found=_found(request, session),
    )


def _found(request: Request, session: Session) -> Listing[Service]:
    q, field = (request.query_params.get(name, "").strip() for name in ("q", "field"))
    every = list_services(session, search=q)
    return listed(request, [one for one in every if field in ("", one.field)], ORDERS, usual="name")
