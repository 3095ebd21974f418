"""Who sends, and so which mode and strata a response is kept under. Pure.

| who sends | mode kept | strata |
|---|---|---|
| a kiosk, by its credential | kiosk | its own unit; a receipt that covers the day adds service, submission, \
stage |
| a phone with a receipt's token | receipt | the token's; a wire that contradicts it is refused |
| anybody else | poster | the wire's; a claim to be a kiosk or a receipt is flagged `unverified`, a poster's \
page without its stamp `unstamped`, one sent faster than it can be read `hurried` |
| staff (import, demo) | the wire's | the wire's |
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.collection.schemas import ResponseIn
from app.collection.stamp import flag_of
from app.core import clock
from app.core.errors import Problem
from app.receipts.service import Receipt, read_token

CITIZEN_MODES = ("kiosk", "receipt", "poster")
UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: a kiosk (with its unit), a citizen's own browser, or staff bringing in a file."""

    kind: Literal["kiosk", "citizen", "staff"]
    unit_code: str = ""
    is_recovered: bool = False  # from the file of a device's queue: staff bring it in, however late


@dataclass(frozen=True, slots=True)
class Strata:
    """What is kept of the sender, what is wrong with it, and the error code of a token that fails."""

    mode: str
    service: str
    submission: str
    stage: str
    flags: str = ""
    receipt: Receipt | None = None
    problems: tuple[Problem, ...] = ()
    code: str = ""


def strata_of(wire: ResponseIn, sender: Sender) -> Strata:
    """The strata of this wire from this sender."""
    if sender.kind == "staff":
        return Strata(wire.mode, wire.service or "", wire.submission or "unknown", wire.stage or "")
    if sender.kind == "kiosk":
        return _kiosk_strata(wire, sender)
    return _receipt_strata(wire) if wire.token else _poster_strata(wire)


def day_kept(wire: ResponseIn, sender: Sender) -> date:
    """The day an answer counts for: a kiosk whose clock runs ahead answered today at the latest."""
    return min(wire.answered_on, clock.today()) if sender.kind == "kiosk" else wire.answered_on


def _kiosk_strata(wire: ResponseIn, sender: Sender) -> Strata:
    problems = tuple(_kiosk_problems(wire, sender))
    receipt = read_token(wire.token) if wire.token else None
    if receipt and receipt.covers(day_kept(wire, sender)) and _is_here(receipt, wire):
        return _of_receipt("kiosk", receipt, problems)
    # a receipt that cannot be read or used never costs a person the answer already thanked for
    return Strata(
        "kiosk",
        wire.service or "",
        wire.submission or "counter",
        wire.stage or "",
        flags=UNVERIFIED if wire.token else "",
        problems=problems,
    )


def _is_here(receipt: Receipt, wire: ResponseIn) -> bool:
    return (receipt.round_code, receipt.unit_code) == (wire.round, wire.unit)


def _kiosk_problems(wire: ResponseIn, sender: Sender) -> list[Problem]:
    found = []
    if wire.mode != "kiosk":
        found.append(_only("mode", wire.mode, "kiosk"))
    if wire.unit != sender.unit_code:
        found.append(_only("unit", wire.unit, sender.unit_code))
    return found


def _receipt_strata(wire: ResponseIn) -> Strata:
    receipt = read_token(wire.token or "")
    if receipt is None:
        told = Problem(
            "token",
            "this code was not issued here",
            "open the link from the paper again, or ask the office for a new code",
        )
        return Strata("receipt", "", "unknown", "", problems=(told,), code="token_invalid")
    problems = tuple(_contradictions(wire, receipt))
    if receipt.covers(wire.answered_on):
        return _of_receipt("receipt", receipt, problems)
    told = Problem(
        "token",
        "this code could be used until {day}",
        "ask the office for a new code",
        {"day": receipt.expires_on.isoformat()},
    )
    return _of_receipt("receipt", receipt, (*problems, told), code="token_expired")


def _of_receipt(mode: str, receipt: Receipt, problems: tuple[Problem, ...], code: str = "") -> Strata:
    return Strata(
        mode,
        receipt.service_code,
        receipt.submission,
        receipt.stage,
        receipt=receipt,
        problems=problems,
        code=code,
    )


def _contradictions(wire: ResponseIn, receipt: Receipt) -> list[Problem]:
    said = {
        "mode": (wire.mode, "receipt"),
        "round": (wire.round, receipt.round_code),
        "unit": (wire.unit, receipt.unit_code),
        "service": (wire.service, receipt.service_code),
        "submission": (wire.submission, receipt.submission),
        "stage": (wire.stage, receipt.stage),
    }
    return [
        _only(where, value, right) for where, (value, right) in said.items() if value not in (None, right)
    ]


def _only(where: str, value: str | None, right: str) -> Problem:
    return Problem(
        where,
        "{value} contradicts the sender's own {right}",
        "send {right}",
        {"value": value, "right": right or "-"},
    )


def _poster_strata(wire: ResponseIn) -> Strata:
    problems = () if wire.mode in CITIZEN_MODES else (_staff_only(wire.mode),)
    return Strata(
        "poster",
        wire.service or "",
        wire.submission or "unknown",
        wire.stage or "",
        flags=flag_of(wire.stamp or "", str(wire.response_id)) if wire.mode == "poster" else UNVERIFIED,
        problems=problems,
    )


def _staff_only(mode: str) -> Problem:
    return Problem(
        "mode",
        "answers by {value} are brought in by staff only",
        "import them: sipas responses import",
        {"value": mode},
    )
