"""Rounds: what is surveyed, when, where, and with which form for each mode."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import Session, col, select

from app.core import clock
from app.core.config import settings
from app.core.errors import Conflict, Gone, Invalid, NotFound
from app.forms.service import get_version
from app.rounds.rules import NewRound, named_forms, problems_of
from app.rounds.tables import BASES as BASES
from app.rounds.tables import MODES as MODES
from app.rounds.tables import Round as Round
from app.rounds.tables import RoundForm, RoundUnit
from app.units.service import get_unit, subtree

__all__ = [
    "NewRound",
    "accepting",
    "accepts_until",
    "close_round",
    "create_round",
    "current_round_of",
    "form_codes",
    "form_of",
    "forms_of",
    "get_round",
    "list_rounds",
    "named_forms",
    "roots_of",
    "units_of",
]


def create_round(session: Session, new: NewRound) -> Round:
    """Store a round; `Invalid` lists everything that is wrong with it, `Conflict` a code in use."""
    if session.get(Round, new.round_code) is not None:
        raise Conflict(
            "round {round} exists", where="round_code", remedy="choose another code", round=new.round_code
        )
    problems = problems_of(session, new)
    if problems:
        raise Invalid(
            "the round has {count} mistakes", where=problems[0].where, problems=problems, count=len(problems)
        )
    made = Round(
        round_code=new.round_code,
        title=new.title.strip(),
        basis=new.basis,
        population_kind=new.population_kind,
        period_start_on=new.period_start_on,
        period_end_on=new.period_end_on,
        created_at=clock.now(),
    )
    session.add(made)
    session.flush()
    session.add_all(RoundUnit(round_code=new.round_code, unit_code=code) for code in dict.fromkeys(new.units))
    session.add_all(
        RoundForm(round_code=new.round_code, mode=mode, form_version=version)
        for mode, version in new.forms.items()
    )
    session.flush()
    return made


def get_round(session: Session, round_code: str) -> Round:
    """The round of that code."""
    found = session.get(Round, round_code)
    if found is None:
        raise NotFound(
            "round {round} is not known", where="round", remedy="see the list of rounds", round=round_code
        )
    return found


def list_rounds(session: Session) -> Sequence[Round]:
    """Every round, the newest period first."""
    return session.exec(
        select(Round).order_by(col(Round.period_start_on).desc(), col(Round.round_code))
    ).all()


def close_round(session: Session, round_code: str) -> Round:
    """No answers are taken from now on; closing twice is no error."""
    found = get_round(session, round_code)
    if found.closed_at is None:
        found.closed_at = clock.now()
        session.add(found)
    return found


def accepting(session: Session, round_code: str, answered_on: date, today: date) -> Round:
    """The round, if an answer given on that day may still arrive today.

    Answers of the period arrive up to `SIPAS_LATE_DAYS` days after its end, as long as the round is open.
    """
    found = get_round(session, round_code)
    if found.closed_at is not None:
        raise Gone("round {round} is closed", where="round", remedy="ask the office", round=round_code)
    if not found.period_start_on <= answered_on <= found.period_end_on:
        raise Invalid(
            "{value} is outside the period of round {round}",
            where="answered_on",
            remedy="the period is {start} to {end}",
            value=answered_on.isoformat(),
            round=round_code,
            start=found.period_start_on.isoformat(),
            end=found.period_end_on.isoformat(),
        )
    last = accepts_until(found)
    if today > last:
        raise Gone(
            "answers of round {round} were taken until {last}",
            where="round",
            remedy="ask the office",
            round=round_code,
            last=last.isoformat(),
        )
    return found


def accepts_until(found: Round) -> date:
    """The last day on which an answer of the period may still arrive."""
    return found.period_end_on + timedelta(days=settings().late_days)


def form_of(session: Session, round_code: str, mode: str) -> str:
    """The form version this round shows in this mode."""
    found = session.get(RoundForm, (round_code, mode))
    if found is None:
        raise NotFound(
            "round {round} has no form for {mode}",
            where="mode",
            remedy="create the round with a form for this mode",
            round=round_code,
            mode=mode,
        )
    return found.form_version


def forms_of(session: Session, round_code: str) -> dict[str, str]:
    """Form version by mode."""
    found = session.exec(select(RoundForm).where(RoundForm.round_code == round_code)).all()
    return {row.mode: row.form_version for row in sorted(found, key=lambda row: MODES.index(row.mode))}


def roots_of(session: Session, round_code: str) -> list[str]:
    """The units the round names, without what is below them."""
    found = session.exec(select(RoundUnit.unit_code).where(RoundUnit.round_code == round_code)).all()
    return sorted(found)


def units_of(session: Session, round_code: str) -> set[str]:
    """Every unit that takes part, the subtrees included."""
    return {unit.unit_code for root in roots_of(session, round_code) for unit in subtree(session, root)}


def current_round_of(session: Session, unit_code: str, mode: str, on: date) -> Round | None:
    """The open round a unit asks in by this mode on that day; the newest where several overlap."""
    unit = get_unit(session, unit_code)
    above = [code for code in unit.path.split("/") if code]
    return session.exec(
        select(Round)
        .join(RoundUnit, col(RoundUnit.round_code) == Round.round_code)
        .join(RoundForm, col(RoundForm.round_code) == Round.round_code)
        .where(
            col(RoundUnit.unit_code).in_(above),
            RoundForm.mode == mode,
            Round.period_start_on <= on,
            Round.period_end_on >= on,
            col(Round.closed_at).is_(None),
        )
        .order_by(col(Round.period_start_on).desc(), col(Round.created_at).desc())
    ).first()


def form_codes(session: Session, round_code: str) -> list[tuple[str, str]]:
    """(mode, form code and number) for people, in the order of the modes."""
    shown = ((mode, get_version(session, version)) for mode, version in forms_of(session, round_code).items())
    return [(mode, f"{version.form_code} {version.number}") for mode, version in shown]
