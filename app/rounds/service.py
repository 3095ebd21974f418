"""Rounds: what is surveyed, when, where, and with which form for each mode."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from app.core import clock
from app.core.config import settings
from app.core.errors import Conflict, Gone, Invalid, NotFound, Problem
from app.forms.service import get_version, newest_version
from app.rounds.tables import BASES, MODES, Round, RoundForm, RoundUnit
from app.units.service import get_unit, subtree
from app.units.tables import POPULATION_KINDS

CODE_LENGTH = 40
VERSION_LENGTH = 64


@dataclass(frozen=True, slots=True)
class NewRound:
    """What a round is made of; `forms` maps each mode to a published form version."""

    round_code: str
    title: str
    period_start_on: date
    period_end_on: date
    units: Sequence[str]
    forms: Mapping[str, str]
    basis: str = "opt_in"
    population_kind: str = "finished_dossiers"


def create_round(session: Session, new: NewRound) -> Round:
    """Store a round; `Invalid` lists everything that is wrong with it, `Conflict` a code in use."""
    if session.get(Round, new.round_code) is not None:
        raise Conflict(
            "round {round} exists", where="round_code", remedy="choose another code", round=new.round_code
        )
    problems = _problems(session, new)
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


def _problems(session: Session, new: NewRound) -> list[Problem]:
    found = [problem for holds, problem in _plain_rules(new) if not holds]
    for code in new.units:
        found += _missing(get_unit, session, code)
    for mode, version in new.forms.items():
        if mode not in MODES:
            found.append(_unknown("forms", mode, MODES))
        found += _missing(get_version, session, version)
    return found


def _plain_rules(new: NewRound) -> list[tuple[bool, Problem]]:
    code_fits = (
        0 < len(new.round_code) <= CODE_LENGTH and new.round_code.replace("-", "").replace("_", "").isalnum()
    )
    return [
        (
            code_fits and new.round_code.isascii(),
            Problem(
                "round_code",
                "the code {value} does not fit",
                "use up to {most} letters, digits, hyphens, such as 2026-Q4",
                {"value": new.round_code, "most": CODE_LENGTH},
            ),
        ),
        (
            bool(new.title.strip()),
            Problem("title", "the title is empty", "name the round as people will read it"),
        ),
        (
            new.period_start_on <= new.period_end_on,
            Problem(
                "period_end_on",
                "the period ends on {end}, before it begins on {start}",
                "exchange the two days",
                {"end": new.period_end_on.isoformat(), "start": new.period_start_on.isoformat()},
            ),
        ),
        (bool(new.units), Problem("units", "no unit takes part", "name at least one unit")),
        (bool(new.forms), Problem("forms", "no mode has a form", "name at least one, such as kiosk=quick")),
        (new.basis in BASES, _unknown("basis", new.basis, BASES)),
        (
            new.population_kind in POPULATION_KINDS,
            _unknown("population_kind", new.population_kind, POPULATION_KINDS),
        ),
    ]


def _unknown(where: str, value: str, known: Sequence[str]) -> Problem:
    fields = {"value": value, "known": ", ".join(known)}
    return Problem(where, "{value} is not known", "use one of: {known}", fields)


def _missing(look_up: Callable[[Session, str], object], session: Session, code: str) -> list[Problem]:
    try:
        look_up(session, code)
    except NotFound as error:
        return [error.problem]
    return []


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


def named_forms(session: Session, named: Mapping[str, str]) -> dict[str, str]:
    """Form version by mode, where each is named by its version or by its code, which means the newest one."""
    problems = [
        problem
        for form in named.values()
        if not _is_version(form)
        for problem in _missing(newest_version, session, form)
    ]
    if problems:
        raise Invalid("the round has {count} mistakes", where="forms", problems=problems, count=len(problems))
    return {
        mode: form if _is_version(form) else newest_version(session, form).form_version
        for mode, form in named.items()
    }


def _is_version(name: str) -> bool:
    return len(name) == VERSION_LENGTH
