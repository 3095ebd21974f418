"""What a new round must be: every mistake at once, with its place and remedy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from sqlmodel import Session

from app.core.errors import Invalid, NotFound, Problem
from app.forms.pooling import asked_differently
from app.forms.service import get_form, get_version, newest_version
from app.rounds.tables import BASES, MODES
from app.units.service import POPULATION_KINDS, get_unit

CODE_LENGTH, TITLE_LENGTH, VERSION_LENGTH = 40, 200, 64


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


def problems_of(session: Session, new: NewRound) -> list[Problem]:
    found = [problem for holds, problem in _plain_rules(new) if not holds]
    for code in new.units:
        found += _missing(get_unit, session, code)
    for mode, version in new.forms.items():
        if mode not in MODES:
            found.append(_unknown("forms", mode, MODES))
        found += _missing(get_version, session, version)
    return found + _pooling_problems(session, new)


def _pooling_problems(session: Session, new: NewRound) -> list[Problem]:
    """Answers are pooled over equal item codes: an item must be the same question in all forms of a round."""
    versions = [v for v in dict.fromkeys(new.forms.values()) if not _missing(get_version, session, v)]
    forms = [get_form(session, version) for version in versions]
    return [
        Problem(
            "forms",
            "forms {first} and {second} ask {item} differently",
            "give the item another code in one of the two forms",
            {"first": first.code, "second": second.code, "item": item},
        )
        for first, second in combinations(forms, 2)
        for item in asked_differently(first, second)
    ]


def _plain_rules(new: NewRound) -> list[tuple[bool, Problem]]:
    plain = new.round_code.replace("-", "").replace("_", "")
    code_fits = plain.isalnum() and plain.isascii() and len(new.round_code) <= CODE_LENGTH
    return [
        (
            code_fits,
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
            len(new.title) <= TITLE_LENGTH,
            Problem("title", "the title is longer than {most} letters", "shorten it", {"most": TITLE_LENGTH}),
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
        (
            bool(new.forms),
            Problem(
                "forms",
                "no mode has a form",
                "choose a form for at least one, on the command line --form kiosk=quick",
            ),
        ),
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
