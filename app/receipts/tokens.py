"""The token of a receipt: its strata and expiry, signed. Short: cheap cameras must read it as a QR."""

import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from app.core import clock
from app.core.config import settings
from app.core.errors import Invalid
from app.core.tokens import keyed_digest, sign, unsign

PURPOSE = "receipt"
SEPARATOR = "|"
NONCE_BYTES = 9
SUBMISSION_LETTERS = {"counter": "c", "online": "o", "post": "p", "unknown": "u"}
STAGE_LETTERS = {"": "", "received": "i", "returned": "o"}
_SUBMISSIONS = {letter: name for name, letter in SUBMISSION_LETTERS.items()}
_STAGES = {letter: name for name, letter in STAGE_LETTERS.items()}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a token says; `service_code` and `stage` may be empty. No dossier, no person."""

    round_code: str
    unit_code: str
    service_code: str
    submission: str
    stage: str
    expires_on: date

    def covers(self, given_on: date) -> bool:
        """Whether an answer of that day may still come: given by the last day, not forgotten here since."""
        return given_on <= self.expires_on and self.expires_on >= forgotten_before()


def forgotten_before() -> date:
    """What expired before this day is forgotten: until then a late answer of it may come."""
    return clock.today() - timedelta(days=settings().late_days)


def write_token(receipt: Receipt, *, nonce: str = "") -> str:
    """A fresh token for this receipt, or the one token of a given nonce."""
    parts = (
        receipt.round_code,
        receipt.unit_code,
        receipt.service_code,
        _letter(SUBMISSION_LETTERS, receipt.submission, "submission"),
        _letter(STAGE_LETTERS, receipt.stage, "stage"),
        receipt.expires_on.strftime("%Y%m%d"),
        nonce or secrets.token_urlsafe(NONCE_BYTES),
    )
    for part in parts:
        _refuse_separator(part)
    return sign(PURPOSE, {"t": SEPARATOR.join(parts)})


def read_token(token: str) -> Receipt | None:
    """The receipt of a token signed here, expired or not; None for any other text."""
    payload = unsign(PURPOSE, token) if token.isascii() else None
    parts = str((payload or {}).get("t", "")).split(SEPARATOR)
    if len(parts) != 7:
        return None
    round_code, unit_code, service_code, submission, stage, day, _ = parts
    return Receipt(
        round_code, unit_code, service_code, _SUBMISSIONS[submission], _STAGES[stage], date.fromisoformat(day)
    )


def token_digest(token: str) -> str:
    """What is stored of a spent token; keyed, so nobody can test a paper against a copy of the database."""
    return keyed_digest(PURPOSE, token.encode())


def _letter(letters: dict[str, str], name: str, where: str) -> str:
    if name not in letters:
        raise Invalid(
            "{value} is not possible here",
            where=where,
            remedy="use one of: {allowed}",
            value=name,
            allowed=", ".join(filter(None, letters)),
        )
    return letters[name]


def _refuse_separator(part: str) -> None:
    if SEPARATOR in part:
        raise Invalid("the code {value} holds the sign |", remedy="rename the code", value=part)
