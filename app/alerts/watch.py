"""A thread beside the daily mix: looks at the rules every few minutes and tells receivers.

Kiosks are looked at twice a minute: that is one read, and a dead screen turns people away meanwhile. With
several processes on PostgreSQL one of them looks at a time; on SQLite there is one server.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import text

from app.alerts.delivery import deliver
from app.alerts.rules import Finding, find_all, kiosk_findings
from app.alerts.service import RULES, Changes, forget_old, has_news, reconcile
from app.alerts.tables import KIOSK_RULES
from app.core.config import settings
from app.core.database import Database
from app.core.logs import get_logger

log = get_logger("alerts")
LOCK = 7_205_152  # beside the lock of the mix
SECONDS_A_MINUTE = 60
KIOSK_SECONDS = 30
END_SECONDS = 5


def check(database: Database, *, tell: bool = True) -> Changes:
    """Look at every rule now, raise and close alerts, and tell receivers what is due."""
    with database.read() as session:
        findings = find_all(session)
    changes = _settle(database, findings, among=RULES)
    told = deliver(database) if tell else 0
    log.info("alerts_checked", opened=changes.opened, closed=changes.closed, told=told)
    return replace(changes, told=told)


def check_kiosks(database: Database) -> Changes:
    """Look at kiosks alone; nothing is written, told or logged while they are as they were."""
    with database.read() as session:
        findings = list(kiosk_findings(session))
        if not has_news(session, findings, among=KIOSK_RULES):
            return Changes()
    changes = _settle(database, findings, among=KIOSK_RULES)
    told = deliver(database)
    log.info("kiosks_checked", opened=changes.opened, closed=changes.closed, told=told)
    return replace(changes, told=told)


def _settle(database: Database, findings: Sequence[Finding], *, among: Sequence[str]) -> Changes:
    with database.write() as session:
        if database.dialect == "postgresql":
            session.connection().execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        changes = reconcile(session, findings, among=among)
        forget_old(session)
    return changes


class AlertWatch:
    """Looks first some time after the start: a start is never slowed down."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alert-watch", daemon=True)
        self._due_at = 0.0

    def start(self) -> None:
        self._wait_for_all()
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout=END_SECONDS)

    def _run(self) -> None:
        while not self._ending.wait(KIOSK_SECONDS):
            try:
                self.look()
            except Exception as error:  # the thread must live: it looks again after the interval
                log.error("alert_check_failed", kind=type(error).__name__)

    def look(self) -> None:
        """At everything where that is due, else at kiosks."""
        if time.monotonic() < self._due_at:
            check_kiosks(self._database)
            return
        self._wait_for_all()
        check(self._database)

    def _wait_for_all(self) -> None:
        self._due_at = time.monotonic() + settings().alert_minutes * SECONDS_A_MINUTE
