"""Who is asking, for routes: a session cookie with its CSRF token, or a machine's key."""

import hmac
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.security import HTTPBearer
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.actors import require as require
from app.accounts.actors import require_somewhere as require_somewhere
from app.accounts.service import actor_of_key, actor_of_session, needs_touch, touch_session
from app.core.config import settings
from app.core.database import SAFE_METHODS, Database, SessionDep
from app.core.errors import Forbidden, NotSignedIn
from app.core.handlers import wants_json
from app.core.pages import render

LOG_IN = "/console/login"
HOME = "/console"
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "x-csrf-token"
BEARER = "bearer "
_key = HTTPBearer(auto_error=False, scheme_name="ApiKey", description="a key of `sipas accounts key-create`")
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


class SignInFirst(NotSignedIn):
    """A page that needs a person: the browser is sent to the log-in and back afterwards."""

    status = 303

    def __init__(self, next_path: str) -> None:
        super().__init__("nobody is signed in", remedy="log in and try again")
        self.location = f"{LOG_IN}?next={quote(next_path, safe='/')}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Location": self.location}


def cookie_name() -> str:
    return "__Host-sipas_session" if settings().has_secure_cookies else "sipas_session"


def set_session_cookie(response: Response, token: str) -> None:
    response.set_cookie(
        cookie_name(), token, httponly=True, samesite="lax", secure=settings().has_secure_cookies, path="/"
    )


def clear_session_cookie(response: Response) -> None:
    response.delete_cookie(
        cookie_name(), httponly=True, samesite="lax", secure=settings().has_secure_cookies, path="/"
    )


def local_path(wanted: str, *, otherwise: str = HOME) -> str:
    """An address of this program only: anything that could leave it becomes `otherwise`."""
    if not wanted.startswith("/") or wanted.startswith("//"):
        return otherwise
    return otherwise if any(sign == "\\" or not sign.isprintable() for sign in wanted) else wanted


async def _form_token(request: Request) -> str:
    """The CSRF token a form carries; forms are parsed once and kept by the request."""
    if request.method in SAFE_METHODS:
        return ""
    if header := request.headers.get(CSRF_HEADER, ""):
        return header
    if request.headers.get("content-type", "").startswith(FORM_TYPES):
        return str((await request.form()).get(CSRF_FIELD, ""))
    return ""


def _staff(request: Request, session: SessionDep, csrf_token: Annotated[str, Depends(_form_token)]) -> Actor:
    """The person behind a page; sends the browser to the log-in when there is none."""
    try:
        actor = _of_cookie(request, session)
    except NotSignedIn as error:
        if wants_json(request):
            raise
        raise SignInFirst(_next_path(request)) from error
    if request.method not in SAFE_METHODS:
        _check_csrf(actor, csrf_token)
    return actor


def _actor(request: Request, session: SessionDep, _: Annotated[object, Depends(_key)]) -> Actor:
    """The person or machine behind a JSON request."""
    credential = request.headers.get("authorization", "")
    if credential.lower().startswith(BEARER):
        return actor_of_key(session, credential[len(BEARER) :].strip())
    actor = _of_cookie(request, session)
    if request.method not in SAFE_METHODS:
        _check_csrf(actor, request.headers.get(CSRF_HEADER, ""))
    return actor


def _of_cookie(request: Request, session: Session) -> Actor:
    token = request.cookies.get(cookie_name(), "")
    if not token:
        raise NotSignedIn("nobody is signed in", remedy="log in and try again")
    actor = actor_of_session(session, token)
    if needs_touch(session, token):
        _touch(request, session, token)
    return actor


def _touch(request: Request, session: Session, token: str) -> None:
    """A page that only reads has a session that never commits: the last use is written beside it."""
    if request.method not in SAFE_METHODS:
        touch_session(session, token)
        return
    database: Database = request.app.state.database
    with database.write() as writing:
        touch_session(writing, token)


def _check_csrf(actor: Actor, given: str) -> None:
    if not hmac.compare_digest(actor.csrf_token.encode(), given.encode()):
        raise Forbidden(
            "the form is out of date or came from another site",
            where=CSRF_FIELD,
            remedy="go back, load the page again and repeat",
            code="csrf",
        )


def _next_path(request: Request) -> str:
    if request.method not in SAFE_METHODS:
        return HOME
    query = f"?{request.url.query}" if request.url.query else ""
    return local_path(request.url.path + query)


def render_staff(request: Request, template: str, actor: Actor, **context: Any) -> HTMLResponse:
    """A staff page: `actor` and `csrf_token` beside the page's own values."""
    return render(request, template, actor=actor, csrf_token=actor.csrf_token, **context)


StaffDep = Annotated[Actor, Depends(_staff)]
ActorDep = Annotated[Actor, Depends(_actor)]
