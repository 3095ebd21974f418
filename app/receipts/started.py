"""How many people began to answer, from the first touch of a form: by unit, mode, counter and day.

A start carries no token and no response id. It is added up in memory and written about once a minute.
Anybody can send one, so a unit has so many counters a day: labels beyond that are counted without a label.
"""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, cast

from sqlalchemy import Table, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from app.core import clock
from app.core.database import Database
from app.receipts.tables import StartedCount
from app.units.service import known_units

MOST_KEPT = 20_000
MOST_COUNTERS = 40
STARTED = cast(Table, inspect(StartedCount).local_table)
_KEY = [STARTED.c.unit_code, STARTED.c.mode, STARTED.c.counter, STARTED.c.started_on]
_SQLITE, _POSTGRESQL = sqlite.insert(STARTED), postgresql.insert(STARTED)
_ADD = {
    "sqlite": _SQLITE.on_conflict_do_update(
        index_elements=_KEY, set_={"started": STARTED.c.started + _SQLITE.excluded.started}
    ),
    "postgresql": _POSTGRESQL.on_conflict_do_update(
        index_elements=_KEY, set_={"started": STARTED.c.started + _POSTGRESQL.excluded.started}
    ),
}


class Start(NamedTuple):
    """What is known of a start."""

    unit_code: str
    mode: str
    counter: str
    started_on: date


class Started:
    """Starts that are not written yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Start] = Counter()
        self._counters: set[tuple[str, str]] = set()
        self._counters_on = clock.today()

    def add(self, unit_code: str, mode: str, *, counter: str = "") -> None:
        """Count one start of today."""
        with self._lock:
            start = Start(unit_code, mode, self._label(unit_code, counter), clock.today())
            if start in self._counts or len(self._counts) < MOST_KEPT:
                self._counts[start] += 1

    def _label(self, unit_code: str, counter: str) -> str:
        if self._counters_on != clock.today():
            self._counters, self._counters_on = set(), clock.today()
        known = sum(unit == unit_code for unit, _ in self._counters)
        if counter and (unit_code, counter) not in self._counters and known >= MOST_COUNTERS:
            return ""
        self._counters.add((unit_code, counter))
        return counter

    def flush(self, database: Database) -> None:
        """Write what was added up; kept for the next time when the database cannot take it."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            with database.write() as session:
                _write(session, counts)
        except Exception:
            with self._lock:
                self._counts.update(counts)
            raise


def started_between(
    session: Session, unit_codes: Sequence[str], *, from_on: date, through_on: date
) -> Sequence[StartedCount]:
    """The starts of these units on these days, by unit and day."""
    return session.exec(
        select(StartedCount)
        .where(col(StartedCount.unit_code).in_(unit_codes))
        .where(col(StartedCount.started_on).between(from_on, through_on))
        .order_by(col(StartedCount.unit_code), col(StartedCount.started_on), col(StartedCount.mode))
    ).all()


def _write(session: Session, counts: Counter[Start]) -> None:
    """Add to the rows there are; starts of units nobody knows are made up and dropped."""
    known = {unit.unit_code for unit in known_units(session, {start.unit_code for start in counts})}
    rows = [
        start._asdict() | {"started": n} for start, n in sorted(counts.items()) if start.unit_code in known
    ]
    if not rows:
        return
    connection = session.connection()
    connection.execute(_ADD[connection.dialect.name], rows)
