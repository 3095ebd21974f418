"""Who is told of alerts: by e-mail or webhook, added and removed by an administrator."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff, require, require_somewhere
from app.accounts.staff import path_of_unit
from app.alerts import receivers
from app.console.telling import FieldsDep, told
from app.core.config import settings
from app.core.database import SessionDep
from app.core.errors import SurveyError

router = APIRouter()
RECEIVERS = "/console/alerts/receivers"


@router.get(RECEIVERS)
def show_receivers(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    require_somewhere(actor, "administrator")
    return _receivers(request, actor, session)


@router.post(RECEIVERS)
def add_receiver(request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    """The reply shows a webhook's secret, so it is the page itself."""
    require_somewhere(actor, "administrator")
    try:
        path = path_of_unit(session, fields.get("unit", ""))
        require(actor, "administrator", path)
        new = receivers.NewReceiver(
            fields.get("kind", ""),
            fields.get("name", ""),
            fields.get("address", ""),
            path,
            fields.get("language", "vi"),
        )
        issued = receivers.add_receiver(session, new, by=actor)
    except SurveyError as error:
        session.rollback()
        return _receivers(request, actor, session, error=error, typed=fields)
    if not issued.secret:
        return RedirectResponse(f"{RECEIVERS}?done=added", 303)
    return _receivers(request, actor, session, issued=issued)


@router.post(f"{RECEIVERS}/{{receiver_id}}/remove")
def remove_receiver(receiver_id: str, actor: StaffDep, session: SessionDep) -> Response:
    require(actor, "administrator", receivers.get_receiver(session, receiver_id).unit_path)
    receivers.remove_receiver(session, receiver_id, by=actor)
    return RedirectResponse(f"{RECEIVERS}?done=removed", 303)


def _receivers(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    issued: receivers.Issued | None = None,
    error: SurveyError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    mine = [one for one in receivers.list_receivers(session) if actor.may("administrator", one.unit_path)]
    names = ("kind", "name", "address", "unit", "language")
    return render_staff(
        request,
        "console/alert_receivers.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        done=request.query_params.get("done", ""),
        issued=issued,
        receivers=mine,
        troubles=receivers.troubles(session),
        typed={name: (typed or {}).get(name, "") for name in names},
        has_mail=bool(settings().smtp_host),
    )
