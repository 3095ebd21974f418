"""One's own password: changed by who knows the present one; everything opened with it is closed."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from app.accounts import passwords, staff
from app.accounts.actors import Actor
from app.accounts.dependencies import LOG_IN, StaffDep, clear_session_cookie, render_staff
from app.accounts.service import find_credential
from app.console.login import attempts_of
from app.console.telling import FieldsDep, told
from app.core.database import SessionDep
from app.core.errors import Invalid, SurveyError

router = APIRouter()
PASSWORD = "/console/password"


@router.get(PASSWORD)
def show_password(request: Request, actor: StaffDep) -> Response:
    return _page(request, actor)


def _page(request: Request, actor: Actor, error: SurveyError | None = None) -> Response:
    return render_staff(
        request,
        "console/password.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        minimum=passwords.MINIMUM_LENGTH,
    )


@router.post(PASSWORD)
def change_password(request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    try:
        _check_present(request, session, actor, fields.get("present", ""))
        if fields.get("password", "") != fields.get("again", ""):
            raise Invalid("the two passwords differ", where="again", remedy="type the same one twice")
        staff.set_password(session, actor.name, fields.get("password", ""), by=actor)
    except SurveyError as error:
        session.rollback()
        return _page(request, actor, error)
    reply = RedirectResponse(LOG_IN, 303)
    clear_session_cookie(reply)
    return reply


def _check_present(request: Request, session: Session, actor: Actor, given: str) -> None:
    """Guesses are slowed as at the log-in."""
    attempts, address = attempts_of(request), request.client.host if request.client else ""
    attempts.begin(actor.name, address)
    if not passwords.matches(find_credential(session, actor.name).password_hash, given):
        raise Invalid("the present password is not right", where="present", remedy="type it once more")
    attempts.succeeded(actor.name, address)
