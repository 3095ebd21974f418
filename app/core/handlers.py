"""Errors become replies here and nowhere else: one JSON shape for programs, a friendly page for people."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from app.core.errors import (
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    NotSignedIn,
    Problem,
    SurveyError,
    TooLarge,
    TooMany,
    Unavailable,
    Unreadable,
    WrongType,
)
from app.core.language import language_of, translator
from app.core.logs import get_logger
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
BY_STATUS[405] = NotFound


def install_handlers(app: FastAPI) -> None:
    """Every way a request can fail leads to `reply`."""
    app.add_exception_handler(SurveyError, _survey_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(OperationalError, _database_error)
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
    return reply(request, error)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    kind = BY_STATUS.get(status, SurveyError)
    return reply(
        request,
        kind("there is nothing at this address" if status in {404, 405} else "the request was refused"),
        status=status,
    )


async def _validation_error(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    unreadable = any(item["type"] == "json_invalid" for item in found)
    if unreadable:
        return reply(
            request,
            Unreadable("the body is not valid JSON", where="body", remedy="send one JSON object in UTF-8"),
        )
    problems = [_as_problem(item) for item in found]
    return reply(
        request,
        Invalid(
            "the request has {count} invalid fields",
            problems=problems,
            count=len(problems),
            where=problems[0].where if problems else "",
        ),
    )


def _as_problem(item: Mapping[str, Any]) -> Problem:
    where = ".".join(str(part) for part in item["loc"])
    return Problem(
        where,
        "{reason} (given: {value})",
        fields={"reason": item["msg"], "value": repr(item.get("input"))[:80]},
    )


async def _database_error(request: Request, _error: Exception) -> Response:
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
