"""Errors become replies here and nowhere else: one JSON shape for programs, a friendly page for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.core.errors import (
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    SurveyError,
    TooLarge,
    TooMany,
    Unavailable,
    Unreadable,
    WrongType,
)
from app.core.language import language_of, translator
from app.core.logs import get_logger
from app.core.mistakes import problem_of
from app.core.pages import render

log = get_logger("core")
BY_STATUS = {
    kind.status: kind
    for kind in (
        Unreadable,
        NotSignedIn,
        Forbidden,
        NotFound,
        Conflict,
        Gone,
        TooLarge,
        WrongType,
        TooMany,
        Unavailable,
    )
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def install_handlers(app: FastAPI) -> None:
    """Every way a request can fail leads to `reply`."""
    app.add_exception_handler(SurveyError, _survey_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(OperationalError, _database_error)
    app.add_exception_handler(NoneFree, _database_error)  # no connection of the pool came free in time
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(OverflowError, _unstorable)  # SQLite's driver says so before it asks
    app.add_exception_handler(Exception, _unexpected)


def error_body(error: SurveyError, language: str) -> dict[str, Any]:
    """`{"error": {"code", "message", "where", "remedy"}}`, with `problems` where there are several."""
    return {"error": error.render(translator(language))}


def reply(request: Request, error: SurveyError, *, status: int = 0) -> Response:
    """The error for whoever asked: JSON under /api or when asked for, else a page."""
    status = status or error.status
    if wants_json(request):
        return JSONResponse(error_body(error, language_of(request)), status, headers=error.headers)
    page = render(
        request,
        "error.html",
        status=status,
        error=error.render(translator(language_of(request))),
        code=status,
    )
    page.headers.update(error.headers)
    return page


def wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or (
        "application/json" in accept and "text/html" not in accept
    )


async def _survey_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, SurveyError):
        raise TypeError(error)
    if isinstance(error, Unavailable) and error.__cause__:
        _note_outage(request, error.__cause__)
    return reply(request, error)


def _note_outage(request: Request, cause: BaseException) -> None:
    log.warning("unavailable", method=request.method, kind=type(cause).__name__)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == NotAllowed.status:
        return reply(request, _not_allowed(request))
    path = request.url.path
    if status == NotFound.status and path != "/" and path.endswith("/"):
        return RedirectResponse("/" + path.strip("/"))  # of this program whatever the path holds
    kind = BY_STATUS.get(status, SurveyError)
    return reply(
        request,
        kind("there is nothing at this address" if status == NotFound.status else "the request was refused"),
        status=status,
    )


def _not_allowed(request: Request) -> NotAllowed:
    allowed = _allowed(request)
    return NotAllowed(
        "{method} is not possible at this address",
        allowed=allowed,
        remedy="use one of: {known}",
        method=request.method,
        known=", ".join(allowed),
    )


def _allowed(request: Request) -> Sequence[str]:
    """Every method of this address, whichever of its routes serves it."""
    scope = request.scope
    asked = {name: scope[name] for name in ("type", "path", "headers", "app")}
    asked["root_path"] = scope.get("app_root_path", scope["root_path"])  # a mount has put its own there
    found = [
        method
        for method in METHODS
        if any(
            route.matches({**asked, "method": method})[0] is Match.FULL for route in request.app.router.routes
        )
    ]
    if request.method in found:  # a folder of files matches whatever is asked, and only gives
        found = ["GET"]
    return ["HEAD", *found] if "GET" in found else found


async def _validation_error(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    return reply(request, _told(request, found))


def _told(request: Request, found: Sequence[Mapping[str, Any]]) -> SurveyError:
    given = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if any(item["type"] == "json_invalid" for item in found):
        return Unreadable("the body is not valid JSON", where="body", remedy="send one JSON object in UTF-8")
    if any(item["loc"] == ("body",) and isinstance(item.get("input"), bytes) for item in found):
        return wrong_type(given)
    problems = [problem_of(item, ".".join(str(part) for part in item["loc"])) for item in found]
    return Invalid(
        "the request has {count} invalid fields",
        problems=problems,
        count=len(problems),
        where=problems[0].where if problems else "",
        remedy="correct every field listed and send it again",
    )


def wrong_type(given: str) -> WrongType:
    """The answer to a body that is not JSON where JSON is taken."""
    return WrongType(
        "the body is {given}, not JSON",
        where="Content-Type",
        remedy="send application/json",
        given=given[:80] or "?",
    )


async def _unstorable(request: Request, _error: Exception) -> Response:
    return reply(
        request,
        Invalid(
            "a value cannot be stored",
            remedy="look for signs that are no text, and for numbers that are far too large",
        ),
    )


async def _database_error(request: Request, error: Exception) -> Response:
    _note_outage(request, error)
    return reply(request, Unavailable("the database cannot be reached", remedy="try again in a moment"))


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("unexpected_error", method=request.method, kind=type(error).__name__, exc_info=error)
    return reply(
        request,
        SurveyError(
            "something went wrong on our side",
            remedy="try again; if it goes on, tell the operator",
            code="internal",
        ),
        status=500,
    )
