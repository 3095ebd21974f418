"""Log-in and log-out. The password is verified outside any transaction, on threads of its own."""

import asyncio
import hmac
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from app.accounts import passwords, service
from app.accounts.actors import Actor
from app.accounts.attempts import Attempts
from app.accounts.dependencies import (
    HOME,
    LOG_IN,
    StaffDep,
    clear_session_cookie,
    cookie_name,
    local_path,
    set_session_cookie,
)
from app.console.telling import told
from app.core.config import settings
from app.core.database import Database, SessionDep
from app.core.errors import Forbidden, SurveyError
from app.core.pages import render
from app.core.tokens import new_secret

router = APIRouter()

FORM_COOKIE = "sipas_login"
FORM_SECONDS = 3600


class LogIn(BaseModel):
    """What the log-in form sends; absent fields are simply wrong."""

    username: str = ""
    password: str = ""
    next: str = HOME
    csrf_token: str = ""


@router.get(LOG_IN)
def show_log_in(request: Request, next: str = HOME) -> Response:
    return _page(request, LogIn(next=next))


def _page(request: Request, given: LogIn, error: SurveyError | None = None) -> Response:
    """The form; its token is also in a cookie, so no other site can fill it in."""
    token = request.cookies.get(FORM_COOKIE) or new_secret()
    page = render(
        request,
        "console/login.html",
        status=error.status if error else 200,
        problem=told(request, error),
        username=given.username,
        next_path=local_path(given.next),
        csrf_token=token,
    )
    page.set_cookie(
        FORM_COOKIE,
        token,
        max_age=FORM_SECONDS,
        httponly=True,
        samesite="strict",
        secure=settings().has_secure_cookies,
        path=LOG_IN,
    )
    page.headers.update(error.headers if error else {})
    return page


@router.post(LOG_IN)
async def log_in(request: Request, given: Annotated[LogIn, Form()]) -> Response:
    try:
        _check_form(request, given)
        token = await _open_session(request, given)
    except SurveyError as error:
        return _page(request, given, error)
    reply = RedirectResponse(local_path(given.next), 303)
    set_session_cookie(reply, token)
    reply.delete_cookie(FORM_COOKIE, path=LOG_IN, httponly=True, samesite="strict")
    return reply


def _check_form(request: Request, given: LogIn) -> None:
    held = request.cookies.get(FORM_COOKIE, "")
    if not held or not hmac.compare_digest(held.encode(), given.csrf_token.encode()):
        raise Forbidden(
            "the form is out of date or came from another site",
            remedy="try once more; cookies must be allowed for this address",
            code="csrf",
        )


async def _open_session(request: Request, given: LogIn) -> str:
    attempts, name = attempts_of(request), given.username.strip().lower()
    address = request.client.host if request.client else ""
    attempts.begin(name, address)
    database: Database = request.app.state.database
    credential = await to_thread.run_sync(_find, database, name)
    right = await asyncio.get_running_loop().run_in_executor(
        passwords.verifiers, passwords.matches, credential.password_hash, given.password
    )
    if not right:
        raise service.wrong_log_in()
    attempts.succeeded(name, address)
    return await to_thread.run_sync(_open, database, credential, name)


def attempts_of(request: Request) -> Attempts:
    """The failures this process remembers."""
    state = request.app.state
    if not hasattr(state, "attempts"):
        state.attempts = Attempts()
    remembered: Attempts = state.attempts
    return remembered


def _find(database: Database, username: str) -> service.Credential:
    with database.read() as session:
        return service.find_credential(session, username)


def _open(database: Database, credential: service.Credential, username: str) -> str:
    with database.write() as session:
        if credential.staff_id is None or not service.is_still(session, credential):
            raise service.wrong_log_in()
        service.record_audit(session, Actor(username, "staff", ()), "logged in", username)
        return service.open_session(session, credential.staff_id)


@router.post("/console/logout")
def log_out(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    service.close_session(session, request.cookies.get(cookie_name(), ""))
    service.record_audit(session, actor, "logged out", actor.name)
    reply = RedirectResponse("/", 303)
    clear_session_cookie(reply)
    return reply
