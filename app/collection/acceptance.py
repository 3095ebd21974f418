"""May this response be kept? Pure: decides from the wire and what is known, writes nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from app.collection.directory import Directory, Key
from app.collection.schemas import ResponseIn, invalid_response
from app.collection.strata import UNVERIFIED, Sender, Strata, day_kept, strata_of
from app.core import clock
from app.core.errors import Invalid, Problem, SurveyError
from app.core.tokens import keyed_digest
from app.forms.answers import Checked
from app.kiosks.accounting import Arrival
from app.receipts.service import token_digest

DIGEST, EARLIER_DIGEST = "wire", "response"
CREDENTIALS = {"token", "stamp"}
REPEAT = "repeat"
CLOCK = "clock"
_EARLIER = (
    "response_id",
    "round_code",
    "form_version",
    "unit_code",
    "service_code",
    "mode",
    "submission",
    "stage",
    "duration_seconds",
    "language",
    "answers",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A response ready to be written; with a `refusal`, only to be recognised if it was written before.

    What cannot be checked any more is known by its id and digest alone.
    """

    row: Mapping[str, Any]
    comments: tuple[Mapping[str, Any], ...] = ()
    token_digest: str = ""
    token_expires_on: date | None = None
    kept_when_spent: bool = False
    refusal: Invalid | None = None
    arrival: Arrival | None = None
    answered_on: date | None = None  # as it was sent; the row has the day it counts for

    @property
    def response_id(self) -> str:
        return str(self.row["response_id"])

    def is_repeat_of(self, digest: str) -> bool:
        """Whether the response stored with this digest had the same content."""
        return digest == self.row["content_digest"] or digest == self._earlier_digest()

    def _earlier_digest(self) -> str:
        """As digests were made until 30 November 2026: of the row as it was checked, strata included."""
        comments = {comment["item_code"]: comment["body"] for comment in self.comments}
        content = {name: self.row.get(name) for name in _EARLIER} | {"comments": comments}
        return _keyed(EARLIER_DIGEST, content | {"answered_on": self.answered_on})


def keys_of(wire: ResponseIn, sender: Sender) -> list[Key]:
    """What must be known before `accept` can decide."""
    keys: list[Key] = [
        _verdict_key(wire, sender),
        ("forms", wire.round),
        ("units", wire.round),
        ("form", wire.form_version),
    ]
    service = strata_of(wire, sender).service
    return [*keys, ("service", service)] if service else keys


def accept(wire: ResponseIn, sender: Sender, directory: Directory) -> Entry:
    """The entry to write; its refusal names every problem."""
    strata = strata_of(wire, sender)
    problems = [*strata.problems, *_register_problems(wire, sender, strata, directory)]
    checked = _checked(wire, strata, directory, problems)
    if checked is not None and wire.outcome not in (None, checked.outcome):
        problems.append(
            Problem(
                "outcome",
                "{value} does not follow from the answers, which make {right}",
                "leave the outcome out: it is worked out here",
                {"value": wire.outcome, "right": checked.outcome},
            )
        )
    refusal = invalid_response(tuple(problems), code=strata.code) if problems else None
    if checked is None:
        return Entry(_known_by(wire), refusal=refusal)
    return _entry(wire, sender, strata, checked=checked, refusal=refusal)


def _known_by(wire: ResponseIn) -> dict[str, Any]:
    """What tells a repeat from another body, for ever: the body as it was sent, without its credentials.

    Nothing that follows from the day, the round or the receipt is in it. Keyed: it gives no author away.
    """
    body = wire.model_dump(mode="json", exclude=CREDENTIALS, exclude_none=True)
    ticked = {item: sorted(given) for item, given in wire.answers.items() if isinstance(given, list)}
    body["answers"] |= ticked  # the order of ticking is no content
    return {"response_id": str(wire.response_id), "content_digest": _keyed(DIGEST, body)}


def _keyed(purpose: str, content: Mapping[str, Any]) -> str:
    told = json.dumps(content, default=str, sort_keys=True, ensure_ascii=False)
    return keyed_digest(purpose, told.encode())


def _verdict_key(wire: ResponseIn, sender: Sender) -> Key:
    return ("verdict", wire.round, day_kept(wire, sender).isoformat(), _arrival_day(wire, sender))


def _arrival_day(wire: ResponseIn, sender: Sender) -> str:
    # staff may bring in what was collected long ago; others only as late as the round allows
    brought_in = sender.kind == "staff" or sender.is_recovered
    return (day_kept(wire, sender) if brought_in else clock.today()).isoformat()


def _register_problems(
    wire: ResponseIn, sender: Sender, strata: Strata, directory: Directory
) -> list[Problem]:
    found = _verdict_problems(wire, sender, directory)
    if not found:
        found += _round_problems(wire, strata, directory)
    if strata.service:
        found += _problem_of(directory, ("service", strata.service), "service")
    if day_kept(wire, sender) > clock.today():
        found.append(
            Problem(
                "answered_on",
                "{value} has not come yet",
                "set the clock of the device",
                {"value": wire.answered_on.isoformat()},
            )
        )
    return found


def _verdict_problems(wire: ResponseIn, sender: Sender, directory: Directory) -> list[Problem]:
    return _problem_of(directory, _verdict_key(wire, sender), "round")


def _problem_of(directory: Directory, key: Key, where: str) -> list[Problem]:
    try:
        directory.get(key)
    except Invalid as error:
        return list(error.problems) or [_placed(error, where)]
    except SurveyError as error:
        return [_placed(error, where)]
    return []


def _placed(error: SurveyError, where: str) -> Problem:
    told = error.problem
    return Problem(told.where or where, told.message, told.remedy, told.fields)


def _round_problems(wire: ResponseIn, strata: Strata, directory: Directory) -> list[Problem]:
    found = []
    if wire.unit not in directory.get(("units", wire.round)):
        found.append(
            Problem(
                "unit",
                "unit {unit} takes no part in round {round}",
                "send the code of a unit of this round",
                {"unit": wire.unit, "round": wire.round},
            )
        )
    forms: Mapping[str, str] = directory.get(("forms", wire.round))
    # a device that lost its credential still shows the form of its own mode: its answers are kept, flagged
    allowed = set(forms.values()) if strata.flags == UNVERIFIED else {forms.get(strata.mode)}
    if wire.form_version not in allowed:
        found.append(
            Problem(
                "form_version",
                "round {round} does not show form version {version} by {mode}",
                "load the form of the round again",
                {"round": wire.round, "version": wire.form_version, "mode": strata.mode},
            )
        )
    return found


def _checked(
    wire: ResponseIn, strata: Strata, directory: Directory, problems: list[Problem]
) -> Checked | None:
    """The answers against their own form; adds what is wrong with them to `problems`."""
    missing = _problem_of(directory, ("form", wire.form_version), "form_version")
    if missing:
        if not any(problem.where == "form_version" for problem in problems):
            problems += missing
        return None
    form = directory.get(("form", wire.form_version))
    if wire.language not in form.languages:
        problems.append(
            Problem(
                "language",
                "the form is not written in {value}",
                "use one of: {allowed}",
                {"value": wire.language, "allowed": ", ".join(sorted(form.languages))},
            )
        )
    try:
        checked: Checked = form.check(wire.answers, strata.stage or None)
    except Invalid as error:
        problems += error.problems or (_placed(error, "answers"),)
        return None
    return checked


def _entry(
    wire: ResponseIn, sender: Sender, strata: Strata, *, checked: Checked, refusal: Invalid | None
) -> Entry:
    row = {
        **_known_by(wire),
        "round_code": wire.round,
        "form_version": wire.form_version,
        "unit_code": wire.unit,
        "service_code": strata.service,
        "mode": strata.mode,
        "submission": strata.submission,
        "stage": strata.stage,
        "outcome": checked.outcome,
        "answered_on": day_kept(wire, sender),
        "duration_seconds": wire.duration_seconds,
        "language": wire.language,
        "flags": _flags(wire, sender, strata),
        "answers": checked.closed,
        "received_at": _received_at(),
    }
    comments = tuple(_comment_row(row, item, body) for item, body in checked.comments.items())
    entry = Entry(row, comments, refusal=refusal, answered_on=wire.answered_on)
    if strata.receipt is None:
        return entry
    return replace(
        entry,
        token_digest=token_digest(wire.token or ""),
        token_expires_on=strata.receipt.expires_on,
        kept_when_spent=sender.kind == "kiosk",
    )


def _flags(wire: ResponseIn, sender: Sender, strata: Strata) -> str:
    clock_flag = CLOCK if day_kept(wire, sender) != wire.answered_on else ""
    return ",".join(sorted(filter(None, (strata.flags, clock_flag))))


def _received_at() -> datetime:
    """The hour of arrival; the mix drops even that."""
    return clock.now().replace(minute=0, second=0, microsecond=0)


def _comment_row(row: Mapping[str, Any], item: str, body: str) -> dict[str, Any]:
    kept = ("round_code", "unit_code", "service_code", "answered_on", "language")
    return {"comment_id": str(uuid4()), "item_code": item, "body": body, **{key: row[key] for key in kept}}
