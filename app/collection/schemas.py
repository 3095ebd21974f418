"""The wire: one response as a device, a phone or an import sends it. Strict: nothing is guessed."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from app.core.errors import Invalid, Problem, Unreadable
from app.core.mistakes import WORDS, problem_of, shown

MAX_ANSWERS = 200
MAX_TEXT = 4_000
MAX_CHOICES = 100
MAX_SECONDS = 24 * 3600
KNOWN_VERSIONS = (4, 5)
DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ESCAPED_NUL = rb"\u0000"

Code = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[\w.\-]+$")]
Choice = Annotated[str, StringConstraints(max_length=80)]
ItemCode = Annotated[str, StringConstraints(max_length=40)]
Answer = (
    int
    | Annotated[str, StringConstraints(max_length=MAX_TEXT)]
    | Annotated[list[Choice], Field(max_length=MAX_CHOICES)]
)
Mode = Literal["kiosk", "receipt", "poster", "portal", "paper", "interviewer"]
Submission = Literal["counter", "online", "post", "unknown"]
Stage = Literal["received", "returned"]
Outcome = Literal["complete", "usable", "breakoff"]


def _random(value: UUID) -> UUID:
    # version 1 and its kin hold the second and the device; 5 is what an import makes of a paper's number
    if value.version not in KNOWN_VERSIONS:
        raise PydanticCustomError("uuid_version", "not random")
    return value


def _day(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        if DAY.fullmatch(value):  # digits alone would be read as seconds since 1970
            return date.fromisoformat(value)
    except ValueError:  # no such day
        pass
    raise PydanticCustomError("date_parsing", "not a day")


class ResponseIn(BaseModel):
    """One response. An absent item is a skipped one."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    response_id: Annotated[UUID, AfterValidator(_random)] = Field(
        description="random UUIDv4 made on the device before the first tap"
    )
    round: Code
    form_version: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\w+$")]
    unit: Code
    service: Code | None = None
    mode: Mode
    submission: Submission | None = None
    token: (
        Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=r"^[\x21-\x7e]+$")] | None
    ) = None
    stamp: Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[\w.]+$")] | None = Field(
        None, description="of a poster's page, as the page holds it; without it the answer is flagged"
    )
    stage: Stage | None = None
    outcome: Outcome | None = Field(None, description="may be left out: it is worked out from the answers")
    answered_on: Annotated[date, BeforeValidator(_day)] = Field(description="local date of the answer")
    duration_seconds: Annotated[int, Field(ge=0, le=MAX_SECONDS)] | None = None
    language: Annotated[str, StringConstraints(min_length=2, max_length=5, pattern=r"^[a-z-]+$")]
    answers: Annotated[dict[ItemCode, Answer], Field(max_length=MAX_ANSWERS)]


class RecordedOut(BaseModel):
    """What the sender is told: `recorded` now (201) or `repeated`, it was here already (200)."""

    response_id: UUID
    status: Literal["recorded", "repeated"]
    outcome: Outcome


def wire_of(body: bytes) -> ResponseIn:
    """The response in these bytes, or every mistake of its shape at once."""
    try:
        wire = ResponseIn.model_validate_json(body)
    except ValidationError as error:
        raise _told(error) from None
    json.loads(body, object_pairs_hook=_once)  # the last of two would be taken in silence
    if _ESCAPED_NUL in body:
        _refuse_nul(wire)
    return wire


def wire_of_mapping(fields: Mapping[str, Any]) -> ResponseIn:
    """The same from plain values (a posted page, a row of a file): dates and ids may be texts."""
    return wire_of(json.dumps(fields, default=str).encode())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise invalid_response(tuple(Problem(n, "this field is there twice", "send it once") for n in twice))
    return found


def _refuse_nul(wire: ResponseIn) -> None:
    """No database keeps this sign, and no person types it."""
    problems = tuple(
        Problem(f"answers.{item}", "a text holds the sign NUL", "take the sign out")
        for item, answer in wire.answers.items()
        if any("\0" in text for text in _texts_of(answer))
    )
    if problems:
        raise invalid_response(problems)


def _texts_of(answer: Answer) -> Sequence[str]:
    return (answer,) if isinstance(answer, str) else answer if isinstance(answer, list) else ()


def _told(error: ValidationError) -> Unreadable | Invalid:
    found = error.errors(include_url=False, include_context=True)
    if any(item["type"] == "json_invalid" for item in found):
        return Unreadable("the body is not valid JSON", where="body", remedy="send one JSON object in UTF-8")
    problems = tuple({problem.where: problem for problem in _problems(found)}.values())
    return invalid_response(problems)


def invalid_response(problems: tuple[Problem, ...], *, code: str = "") -> Invalid:
    """One refusal that lists every place."""
    return Invalid(
        "the response cannot be accepted: {count} problems",
        where=problems[0].where,
        code=code,
        problems=problems,
        count=len(problems),
        remedy="correct the places listed and send it again with the same response_id",
    )


def _problems(found: list[Any]) -> Iterator[Problem]:
    for item in found:
        place = item["loc"][:2] if item["loc"][:1] == ("answers",) else item["loc"][:1]
        where = ".".join(str(part) for part in place) or "body"
        if where.startswith("answers.") and item["type"] in _ANSWER_TYPES:
            yield Problem(where, "{value} is not an answer", _ANSWER_REMEDY, {"value": shown(item["input"])})
        else:
            yield problem_of(item, where, words=_WORDS)


_ANSWER_TYPES = frozenset({"int_type", "string_type", "list_type", "int_from_float"})
_ANSWER_REMEDY = "send a whole number, a text or a list of codes; leave a skipped item out"
_WORDS = {
    **WORDS,
    "string_pattern_mismatch": ("{value} holds signs that no code has", "send the code as it was given"),
}
