"""Editions of open rounds are computed anew after the daily mix, beside the server and never in its way.

A thread of the web process looks once a minute which rounds have newer mixed answers than their newest
edition, and has them computed in a process of its own. A failure is logged and tried again later.
"""

import subprocess
import threading
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.collection.tables import Response
from app.core import clock
from app.core.database import Database
from app.core.logs import get_logger
from app.results import work
from app.results.editions import newest
from app.rounds.service import accepts_until, list_rounds

log = get_logger("results")

CHECK_SECONDS = 60
RETRY = timedelta(minutes=10)
DAILY = "daily"


def last_batch(session: Session) -> date | None:
    """The newest mixed batch of all rounds, from the index alone."""
    return session.exec(select(func.max(Response.mixed_on))).one()


def due_rounds(session: Session) -> list[str]:
    """Rounds whose mixed answers no edition holds yet: never computed ones, and open ones after a mix.

    Looks at every response, so it is asked once after each mix.
    """
    mixed = select(Response.round_code, func.max(Response.mixed_on)).group_by(col(Response.round_code))
    last: dict[str, date] = {code: day for code, day in session.exec(mixed) if day is not None}
    return [
        survey.round_code
        for survey in list_rounds(session)
        if survey.round_code in last and _is_due(session, survey, last[survey.round_code])
    ]


def _is_due(session: Session, survey: Any, last_mixed: date) -> bool:
    edition = newest(session, survey.round_code)
    if edition is None:
        return True
    accepting = survey.closed_at is None and clock.today() <= accepts_until(survey)
    return accepting and last_mixed.isoformat() > str(edition.data_cut["mixed_through"])


class Renewal:
    """The thread: starts one process at a time for all rounds that are due."""

    def __init__(self, database: Database, *, at_once: bool = False) -> None:
        self._database = database
        self._first_wait = 0.0 if at_once else float(CHECK_SECONDS)
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._rounds: list[str] = []
        self._not_before: datetime | None = None
        self._seen: date | None = None
        self._thread = threading.Thread(target=self._run, name="edition-renewal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._process is not None:
            work.stop(self._process)

    def _run(self) -> None:
        wait = self._first_wait
        while not self._ending.wait(wait):
            wait = CHECK_SECONDS
            try:
                self.look()
            except Exception as error:  # the thread must live: it looks again in a minute
                log.error("renewal_failed", kind=type(error).__name__)

    def look(self) -> None:
        """Start what is due, unless something runs or failed a moment ago."""
        if self._process is not None:
            self._settle(self._process)
        if self._process is not None or (self._not_before and clock.now() < self._not_before):
            return
        with self._database.read() as session:
            last = last_batch(session)
            if last == self._seen:
                return
            due = due_rounds(session)
        self._seen = last
        self._rounds = [code for code in due if work.progress_of(code) is None]
        if self._rounds:
            self._process = work.start(self._rounds, by_whom=DAILY)

    def _settle(self, process: "subprocess.Popen[bytes]") -> None:
        code = process.poll()
        if code is None:
            return
        self._process, self._not_before = None, None
        if code:
            log.error("editions_not_computed", code=code, rounds=self._rounds)
            self._not_before, self._seen = clock.now() + RETRY, None


def start_renewal(state: Any) -> None:
    """Put the thread on the program's state; the demo's editions are computed at once."""
    state.renewal = Renewal(state.database, at_once=state.demo)
    state.renewal.start()


def stop_renewal(state: Any) -> None:
    state.renewal.stop()
