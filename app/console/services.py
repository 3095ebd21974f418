"""Services (TTHC): a searchable list, and bringing them in."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff
from app.console.choosing import pages_of
from app.console.register import Report, report_of
from app.console.telling import told
from app.core.database import SessionDep
from app.core.errors import SurveyError
from app.units.imports import SERVICE_COLUMNS
from app.units.service import list_services

router = APIRouter()
SERVICES = "/console/services"
PAGE_ROWS = 100


@router.get(SERVICES)
def show_services(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    return page(request, actor, session, report=report_of(request))


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
    every = list_services(session, search=q)
    found = [one for one in every if not field or one.field == field]
    asked = request.query_params.get("page", "1")
    pages = pages_of(request, page=int(asked) if asked.isdecimal() else 1, total=len(found), rows=PAGE_ROWS)
    start = (pages.number - 1) * PAGE_ROWS
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
        services=found[start : start + PAGE_ROWS],
        total=len(found),
        pages=pages,
    )
