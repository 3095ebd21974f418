"""A thread beside the daily mix: looks at the rules every few minutes and tells receivers.

With several processes on PostgreSQL one of them looks at a time; on SQLite there is one server.
"""

import threading
from dataclasses import replace

from sqlalchemy import text

from app.alerts.delivery import deliver
from app.alerts.rules import find_all
from app.alerts.service import Changes, forget_old, reconcile
from app.core.config import settings
from app.core.database import Database
from app.core.logs import get_logger

log = get_logger("alerts")
LOCK = 7_205_152  # beside the lock of the mix
SECONDS_A_MINUTE = 60
END_SECONDS = 5


def check(database: Database, *, tell: bool = True) -> Changes:
    """Look at every rule now, raise and close alerts, and tell receivers what is due."""
    with database.read() as session:
        findings = find_all(session)
    with database.write() as session:
        if database.dialect == "postgresql":
            session.connection().execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        changes = reconcile(session, findings)
        forget_old(session)
    told = deliver(database) if tell else 0
    log.info("alerts_checked", opened=changes.opened, closed=changes.closed, told=told)
    return replace(changes, told=told)


class AlertWatch:
    """Looks first one interval after the start: a start is never slowed down."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alert-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout=END_SECONDS)

    def _run(self) -> None:
        while not self._ending.wait(settings().alert_minutes * SECONDS_A_MINUTE):
            try:
                check(self._database)
            except Exception as error:  # the thread must live: it looks again after the interval
                log.error("alert_check_failed", kind=type(error).__name__)
