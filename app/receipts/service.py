"""Receipts: one-time tokens that carry their strata, signed; spent where the response is written."""

from datetime import date

from sqlalchemy import Connection

from app.core import clock
from app.core.errors import Invalid
from app.receipts.dossiers import forget_dossiers
from app.receipts.short_codes import forget_codes, receipts_of, tidy, token_of
from app.receipts.spent import forget_spent, mix_spent, spend, unspend
from app.receipts.tokens import Receipt, forgotten_before, read_token, token_digest, write_token

__all__ = [
    "Receipt",
    "forget_expired",
    "issue",
    "mix_spent",
    "read_receipt",
    "read_token",
    "redeem",
    "spend",
    "token_behind",
    "token_digest",
    "unspend",
]


def issue(
    round_code: str,
    unit_code: str,
    *,
    expires_on: date,
    service_code: str = "",
    submission: str = "unknown",
    stage: str = "",
) -> str:
    """A token for one answer about one dossier of this unit."""
    return write_token(Receipt(round_code, unit_code, service_code, submission, stage, expires_on))


def redeem(token: str, *, on: date | None = None) -> Receipt:
    """The receipt, if it was issued here and still runs; whether it is spent, only the writer knows."""
    receipt = read_receipt(token)
    if receipt.expires_on < (on or clock.today()):
        raise Invalid(
            "this code could be used until {day}",
            where="token",
            code="token_expired",
            remedy="ask the office for a new code",
            day=receipt.expires_on.isoformat(),
        )
    return receipt


def read_receipt(token: str) -> Receipt:
    """The receipt of a token issued here, expired or not."""
    receipt = read_token(token)
    if receipt is None:
        raise Invalid(
            "this code was not issued here",
            where="token",
            code="token_invalid",
            remedy="open the link from the paper again, or ask the office for a new code",
        )
    return receipt


def token_behind(connection: Connection, typed: str) -> str:
    """The token of a code as somebody typed it; empty when no such code is kept."""
    code = tidy(typed)
    receipt = receipts_of(connection, [code]).get(code) if code else None
    return token_of(code, receipt) if receipt else ""


def forget_expired(connection: Connection, today: date) -> int:
    """Drop what is kept of expired receipts: dossiers at once, the rest once no late answer is taken."""
    late = forgotten_before()
    late_ones = forget_codes(connection, late) + forget_spent(connection, late)
    return forget_dossiers(connection, today) + late_ones
