"""What register and receipts say of a round: units, finished dossiers, codes issued, forms begun."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from app.accounts.service import is_within
from app.collection.tables import Response
from app.receipts.tables import IssuedCount, StartedCount
from app.results.population import months_between
from app.rounds.service import MODES, Round, roots_of
from app.units.tables import Service, Unit, Volume

MOST_DURATIONS = 5000
FEWEST_DURATIONS = 5
WHOLE = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A unit of the round as the tree knows it; the whole of several tops has no code."""

    code: str
    name: str
    path: str
    parent_code: str


def places_of(session: Session, survey: Round, within: Sequence[str]) -> dict[str, Place]:
    """The round's units somebody may see, from the top down in Vietnamese order."""
    roots = select(Unit.path).where(col(Unit.unit_code).in_(roots_of(session, survey.round_code)))
    paths = list(session.exec(roots))
    if not paths:
        return {}
    columns = (Unit.unit_code, Unit.name, Unit.path, Unit.parent_code, Unit.sort_key)
    below = or_(*(col(Unit.path).startswith(path, autoescape=True) for path in paths))
    rows: Any = session.connection().execute(select(*columns).where(below))  # type: ignore[call-overload]
    seen = [row for row in rows if any(is_within(row.path, path) for path in within)]
    keys = {row.unit_code: row.sort_key for row in seen}
    seen.sort(key=lambda row: [(keys.get(code, ""), code) for code in row.path.split("/") if code])
    places = {
        row.unit_code: Place(row.unit_code, row.name, row.path, row.parent_code or WHOLE) for row in seen
    }
    tops = [one for one in places.values() if one.parent_code not in places]
    if len(tops) < 2:
        return places
    raised = {one.code: Place(one.code, one.name, one.path, WHOLE) for one in tops}
    return {WHOLE: Place(WHOLE, "", "/", "/")} | places | raised


def dossiers_of(session: Session, survey: Round) -> dict[tuple[str, str], int]:
    """Finished dossiers of the period by unit and month."""
    keys = (col(Volume.unit_code), col(Volume.month))
    statement: Any = select(*keys, func.sum(Volume.finished)).where(*_in_period(survey)).group_by(*keys)
    rows = session.connection().execute(statement)
    return {(unit, month): int(n) for unit, month, n in rows}


def dossiers_by_service(session: Session, survey: Round, units: Collection[str]) -> dict[str, int]:
    """Finished dossiers of the period in these units, by service."""
    service = col(Volume.service_code)
    statement: Any = select(service, func.sum(Volume.finished)).where(
        *_in_period(survey), col(Volume.unit_code).in_(sorted(units))
    )
    rows = session.connection().execute(statement.group_by(service))
    return {code: int(n) for code, n in rows}


def _in_period(survey: Round) -> tuple[Any, ...]:
    months = months_between(survey.period_start_on, survey.period_end_on)
    return col(Volume.month).in_(months), Volume.population_kind == survey.population_kind


def issued_by_service(session: Session, survey: Round) -> dict[tuple[str, str, str], int]:
    """Codes issued by unit, service and month."""
    keys = (col(IssuedCount.unit_code), col(IssuedCount.service_code), col(IssuedCount.month))
    statement: Any = (
        select(*keys, func.sum(IssuedCount.issued))
        .where(IssuedCount.round_code == survey.round_code)
        .group_by(*keys)
    )
    rows = session.connection().execute(statement)
    return {(unit, service, month): int(n) for unit, service, month, n in rows}


def started_by_mode(session: Session, survey: Round) -> dict[tuple[str, str, date], int]:
    """Forms begun on the round's days; they are counted by day, so overlapping rounds share them."""
    keys = (col(StartedCount.unit_code), col(StartedCount.mode), col(StartedCount.started_on))
    days = col(StartedCount.started_on).between(survey.period_start_on, survey.period_end_on)
    statement: Any = select(*keys, func.sum(StartedCount.started)).where(days).group_by(*keys)
    rows = session.connection().execute(statement)
    return {(unit, mode, day): int(n) for unit, mode, day, n in rows}


def service_names(session: Session) -> dict[str, str]:
    """Every procedure's name by its code."""
    return {code: name for code, name in session.exec(select(Service.service_code, Service.name))}


def usual_seconds(session: Session, survey: Round) -> list[tuple[str, float]]:
    """Mode -> the median time a form took, over the round's last answers of all units."""
    statement = (
        select(Response.mode, Response.duration_seconds)
        .where(Response.round_code == survey.round_code)
        .order_by(col(Response.answered_on).desc())
        .limit(MOST_DURATIONS)
    )
    seconds: dict[str, list[int]] = {}
    for mode, duration in session.exec(statement):
        if duration is not None:
            seconds.setdefault(mode, []).append(duration)
    known = (mode for mode in MODES if len(seconds.get(mode, ())) >= FEWEST_DURATIONS)
    return [(mode, float(median(seconds[mode]))) for mode in known]
