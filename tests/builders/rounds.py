"""Rounds that are open."""

from datetime import date, timedelta

from sqlmodel import Session

from app.core import clock
from app.rounds.service import NewRound, create_round
from app.rounds.tables import Round
from app.units.tables import Unit
from builders.forms import a_published_form
from builders.units import PROVINCE, a_province_with_communes

ROUND = "2026-Q4"
HALF_A_PERIOD = timedelta(days=40)


def a_new_round(
    session: Session, code: str = ROUND, *, start_on: date | None = None, end_on: date | None = None
) -> NewRound:
    """What a good round is made of, over today unless said otherwise; the province is there when missing."""
    if session.get(Unit, PROVINCE) is None:
        a_province_with_communes(session)
    version = a_published_form(session)
    return NewRound(
        round_code=code,
        title="Quý IV năm 2026",
        period_start_on=start_on or clock.today() - HALF_A_PERIOD,
        period_end_on=end_on or clock.today() + HALF_A_PERIOD,
        units=(PROVINCE,),
        forms=dict.fromkeys(("kiosk", "receipt", "poster"), version),
    )


def an_open_round(
    session: Session, code: str = ROUND, *, start_on: date | None = None, end_on: date | None = None
) -> Round:
    """A round in one province, the quick form by kiosk, receipt and poster."""
    return create_round(session, a_new_round(session, code, start_on=start_on, end_on=end_on))
