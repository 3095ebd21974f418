"""Issuing receipts: checked against their round, ready for paper or for one-stop software."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from app.core import clock
from app.core.config import settings
from app.core.errors import Gone, Invalid
from app.receipts.dossiers import Coded, Wanted, code_receipts
from app.receipts.issued import count_issued
from app.receipts.service import Receipt
from app.receipts.short_codes import grouped, token_of
from app.rounds.service import Round, form_of, get_round, units_of
from app.units.service import get_service, get_unit

MODE = "receipt"
USUAL_DAYS = 60


@dataclass(frozen=True, slots=True)
class ReceiptOrder:
    """What one receipt is about; `expires_on` is the usual day where it is not said."""

    unit_code: str
    service_code: str = ""
    submission: str = "unknown"
    stage: str = ""
    expires_on: date | None = None
    dossier: str = ""


@dataclass(frozen=True, slots=True)
class IssuedReceipt:
    """A token with what is printed beside it; `repeated` when its dossier had it before."""

    token: str
    url: str
    unit_name: str
    service_name: str
    expires_on: date
    short_code: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Checked:
    """An order that can be met, and the names it is printed with."""

    wanted: Wanted
    unit_name: str
    service_name: str


def issue_receipts(session: Session, round_code: str, orders: Sequence[ReceiptOrder]) -> list[IssuedReceipt]:
    """A fresh token for every order; nothing is issued when one of them cannot be."""
    survey = get_round(session, round_code)
    if survey.closed_at is not None or survey.period_end_on < clock.today():
        raise Gone(
            "round {round} takes no more answers",
            where="round",
            remedy="choose an open round",
            round=round_code,
        )
    form_of(session, round_code, MODE)
    members = units_of(session, round_code)
    checked = [_checked(session, survey, order, members=members) for order in orders]
    coded = code_receipts(session.connection(), [one.wanted for one in checked])
    count_issued(session.connection(), [one.receipt for one in coded if not one.repeated])
    return [_issued(one, found) for one, found in zip(checked, coded, strict=True)]


def link_of(token: str) -> str:
    """The address a receipt's QR leads to."""
    return f"{settings().link_base}/r/{token}"


def _issued(checked: _Checked, coded: Coded) -> IssuedReceipt:
    token = token_of(coded.code, coded.receipt)
    return IssuedReceipt(
        token,
        link_of(token),
        checked.unit_name,
        checked.service_name,
        coded.receipt.expires_on,
        grouped(coded.code),
        coded.repeated,
    )


def _checked(session: Session, survey: Round, order: ReceiptOrder, *, members: set[str]) -> _Checked:
    unit = get_unit(session, order.unit_code)
    if unit.unit_code not in members:
        raise Invalid(
            "unit {unit} takes no part in round {round}",
            where="unit",
            remedy="send the code of a unit of this round",
            unit=unit.unit_code,
            round=survey.round_code,
        )
    service_name = get_service(session, order.service_code).name if order.service_code else ""
    receipt = Receipt(
        survey.round_code,
        unit.unit_code,
        order.service_code,
        order.submission,
        order.stage,
        _expiry(survey, order.expires_on),
    )
    return _Checked(Wanted(receipt, order.dossier), unit.name, service_name)


def _expiry(survey: Round, wanted: date | None) -> date:
    """The wanted day, never after the round's last; a paper that outlives its round would disappoint."""
    usual = clock.today() + timedelta(days=USUAL_DAYS)
    expires_on = min(wanted or usual, survey.period_end_on)
    if expires_on < clock.today():
        raise Invalid(
            "the expiry {value} has passed",
            where="expires_on",
            remedy="choose today or a later day",
            value=expires_on.isoformat(),
        )
    return expires_on
