"""The one JSON error shape, as the OpenAPI document tells it to programs."""

from typing import Any

from pydantic import BaseModel, Field


class ToldProblem(BaseModel):
    """One place that is wrong."""

    where: str = Field(description="field, line and column, or item")
    message: str
    remedy: str = Field(description="what to do; may be empty")


class ToldError(ToldProblem):
    """What is wrong; `problems` lists every place where there are several."""

    code: str = Field(description="stable word for programs")
    problems: list[ToldProblem] = Field(default=[])


class ErrorBody(BaseModel):
    """The body of every reply from 400 on."""

    error: ToldError


MEANINGS = {
    400: "the request cannot be read",
    401: "nobody is signed in, or the credential is unknown",
    403: "signed in, but without the right",
    404: "not known",
    409: "the id or code is taken",
    413: "the body is too large",
    415: "the wrong content type",
    422: "the content is wrong: every place is listed",
    429: "too many attempts",
    503: "not durable now: try again after Retry-After seconds",
}
ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody, "description": meaning} for status, meaning in MEANINGS.items()
}
