"""Rounds as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from app.core import clock
from app.core.config import settings
from app.forms.service import get_form
from app.rounds import service
from app.rounds.service import Round
from app.units.service import get_unit

NAMED_UNITS = 3


@dataclass(frozen=True, slots=True)
class RoundView:
    """`state` is ahead, open, late (answers of the period still arrive), over or closed."""

    code: str
    title: str
    start_on: date
    end_on: date
    state: str
    days_left: int
    forms: tuple[tuple[str, str], ...]
    units: tuple[str, ...]
    more_units: int
    may_close: bool


def view_round(session: Session, found: Round, *, language: str, paths: Sequence[str]) -> RoundView:
    """One round; `paths` are the subtrees the reader operates."""
    roots = [get_unit(session, code) for code in service.roots_of(session, found.round_code)]
    roots.sort(key=lambda unit: unit.sort_key)
    return RoundView(
        code=found.round_code,
        title=found.title,
        start_on=found.period_start_on,
        end_on=found.period_end_on,
        state=state_of(found, clock.today()),
        days_left=(found.period_end_on - clock.today()).days + 1,
        forms=_forms(session, found.round_code, language),
        units=tuple(unit.name for unit in roots[:NAMED_UNITS]),
        more_units=max(0, len(roots) - NAMED_UNITS),
        may_close=found.closed_at is None and all(unit.path.startswith(tuple(paths)) for unit in roots),
    )


def _forms(session: Session, round_code: str, language: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (mode, form_title(session, version, language))
        for mode, version in service.forms_of(session, round_code).items()
    )


def form_title(session: Session, version: str, language: str) -> str:
    title = get_form(session, version).title
    return title.get(language, title["vi"])


def state_of(found: Round, today: date) -> str:
    if found.closed_at:
        return "closed"
    if today < found.period_start_on:
        return "ahead"
    if today <= found.period_end_on:
        return "open"
    return "late" if today <= found.period_end_on + timedelta(days=settings().late_days) else "over"
