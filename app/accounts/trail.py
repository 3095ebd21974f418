"""Reading the trail: who did what, to what, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from app.accounts.tables import AuditEntry as AuditEntry
from app.core.config import settings

PAGE_ROWS = 100
SORTS = {
    "at": AuditEntry.at,
    "who": AuditEntry.actor,
    "what": AuditEntry.action,
    "target": AuditEntry.target,
}


@dataclass(frozen=True, slots=True)
class TrailQuestion:
    """Which entries; an empty word asks for all. Days are those of this place; `sort` is one of SORTS."""

    actor: str = ""
    action: str = ""
    target: str = ""
    from_on: date | None = None
    through_on: date | None = None
    sort: str = "at"
    down: bool = True


@dataclass(frozen=True, slots=True)
class Trail:
    """A page of entries, in the order asked for, and how many there are."""

    entries: Sequence[AuditEntry]
    total: int


def read_trail(session: Session, asked: TrailQuestion, *, page: int = 1) -> Trail:
    """A page of the trail."""
    wanted = _conditions(asked)
    total = session.scalar(select(func.count()).select_from(AuditEntry).where(*wanted)) or 0
    chosen = select(AuditEntry).where(*wanted).order_by(*_order(asked))
    skipped = (max(page, 1) - 1) * PAGE_ROWS
    return Trail(session.exec(chosen.offset(skipped).limit(PAGE_ROWS)).all(), total)


def _order(asked: TrailQuestion) -> list[Any]:
    """By the column, then the newest first."""
    column = col(SORTS[asked.sort])
    first = column.desc() if asked.down else column.asc()
    return [first, col(AuditEntry.at).desc(), col(AuditEntry.entry_id)]


def actions_done(session: Session) -> list[str]:
    """Every kind of action the trail knows, by name."""
    return sorted(session.exec(select(AuditEntry.action).distinct()).all())


def _conditions(asked: TrailQuestion) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if asked.actor:
        wanted.append(col(AuditEntry.actor).contains(asked.actor, autoescape=True))
    if asked.action:
        wanted.append(col(AuditEntry.action) == asked.action)
    if asked.target:
        wanted.append(col(AuditEntry.target).contains(asked.target, autoescape=True))
    if asked.from_on:
        wanted.append(col(AuditEntry.at) >= _midnight(asked.from_on))
    if asked.through_on:
        wanted.append(col(AuditEntry.at) < _midnight(asked.through_on + timedelta(days=1)))
    return wanted


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=settings().zone)
