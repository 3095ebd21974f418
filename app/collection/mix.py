"""The daily mix: what came in before today is inserted anew in random order, its instant of arrival dropped.

A response keeps the day of its mix, which the lake goes by. That day must lead nowhere: an answer that came
late is often alone in it. So every spent token, and every comment with what became of it, is written anew at
each mix, old ones too: none of their rows tells its batch. The content digest stays, so that a late repeat is
recognised. The files are written anew as well: dead rows and split index pages would keep what was before.
"""

import fcntl
import os
import sqlite3
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from random import SystemRandom
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    MetaData,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.exc import OperationalError

from app.collection.store import COMMENTS, RESPONSES
from app.core import clock
from app.core.anew import write_anew
from app.core.config import settings
from app.core.database import Database
from app.core.logs import get_logger
from app.core.trouble import home_of
from app.receipts.service import forget_expired, mix_spent
from app.receipts.started import Started

log = get_logger("collection")
LOCK = 7_205_151  # any number of ours: one mix at a time among the processes of a PostgreSQL installation
CHECK_SECONDS = 60
LOCK_SECONDS = 5
HANDLED = "comment_handling"
TRACES = "traces-remain"  # a file of the home while something mixed has not been followed by new files
REWRITTEN = ("spent_token", "short_code", "issued_dossier", "response_comment", HANDLED, "response")


@dataclass(frozen=True, slots=True)
class Mixed:
    """How many responses and comments were new, how many tokens were written anew, how many forgotten."""

    responses: int = 0
    comments: int = 0
    tokens: int = 0
    forgotten: int = 0
    traces_cleared: bool = True

    @property
    def changed(self) -> int:
        return self.responses + self.comments + self.forgotten


def mix(database: Database, *, everything: bool = False) -> Mixed:
    """Mix what came in before today (or everything): one transaction; doing it twice changes nothing."""
    today = clock.today()
    with database.engine.connect() as connection:
        if not _is_mine(connection):
            return Mixed()
        responses = _mix_responses(connection, _old_responses(today, everything))
        mixed = Mixed(
            responses,
            _mix_comments(connection, _old_comments(today, everything)),
            mix_spent(connection) if responses else 0,  # a new token comes with a new response only
            forget_expired(connection, today),
        )
        if mixed.changed:
            _note_traces()  # before the commit: whatever ends this process, it is known
        connection.commit()
    log.info("mixed", responses=mixed.responses, comments=mixed.comments, tokens=mixed.tokens)
    return replace(mixed, traces_cleared=clear_traces(database))


def clear_traces(database: Database) -> bool:
    """Write the files anew, without what was deleted; False when somebody else held them, so ask again.

    True as well where nothing is left of an earlier mix, or another process is at it now.
    """
    with suppress(FileNotFoundError, BlockingIOError), _traces().open() as noted:
        fcntl.flock(noted, fcntl.LOCK_EX | fcntl.LOCK_NB)
        asked = noted.read()
        rewrite = _rewrite_sqlite if database.dialect == "sqlite" else _rewrite_tables
        if not rewrite(database) or asked != _traces().read_text():  # another mix came in between
            log.warning("traces_remain")
            return False
        _traces().unlink()
    return True


def _note_traces() -> None:
    with _traces().open("w") as note:
        note.write(uuid4().hex)
        note.flush()
        os.fsync(note.fileno())


def _traces() -> Path:
    return home_of(settings()) / TRACES


def _is_mine(connection: Connection) -> bool:
    if connection.dialect.name == "sqlite":  # its write lock is the lock
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
        return True
    return bool(connection.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}))


def _old_responses(today: date, everything: bool) -> ColumnElement[bool]:
    midnight = datetime.combine(today, time(), tzinfo=settings().zone)
    arrived = RESPONSES.c.received_at
    old = true() if everything else or_(arrived < midnight, arrived.is_(None))
    return RESPONSES.c.mixed_on.is_(None) & old


def _old_comments(today: date, everything: bool) -> ColumnElement[bool]:
    old = true() if everything else COMMENTS.c.answered_on < today
    return COMMENTS.c.mixed_on.is_(None) & old


def _mix_responses(connection: Connection, chosen: ColumnElement[bool]) -> int:
    # taken and deleted by one statement: what arrives meanwhile is neither lost nor mixed
    taken = connection.execute(delete(RESPONSES).where(chosen).returning(*RESPONSES.c)).mappings()
    rows = [{**row, "received_at": None, "mixed_on": clock.today()} for row in taken]
    if rows:
        SystemRandom().shuffle(rows)
        connection.execute(insert(RESPONSES), rows)
    return len(rows)


def _mix_comments(connection: Connection, chosen: ColumnElement[bool]) -> int:
    """How many are new; all are written anew under one day: their own would lead to the response."""
    new = connection.scalar(select(func.count()).select_from(COMMENTS).where(chosen)) or 0
    if new:
        among = COMMENTS.c.mixed_on.is_not(None) | chosen
        write_anew(connection, COMMENTS, by="comment_id", chosen=among, change={"mixed_on": clock.today()})
        handled = Table(HANDLED, MetaData(), autoload_with=connection)  # of a later room: known by name only
        write_anew(connection, handled, by="comment_id")
    return new


def _rewrite_sqlite(database: Database) -> bool:
    connection = database.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        return int(cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]) == 0
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()


def _rewrite_tables(database: Database) -> bool:
    """PostgreSQL: a plain VACUUM leaves the bytes of dead rows in their pages, only FULL makes new files."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
        try:
            for table in REWRITTEN:
                connection.execute(text(f"VACUUM (FULL, ANALYZE) {table}"))
        except OperationalError:
            return False
        finally:
            connection.execute(text("RESET lock_timeout"))
    return True


class DailyMix:
    """A thread of the web process: mixes once a day from SIPAS_MIX_HOUR on, writes starts each minute."""

    def __init__(self, database: Database) -> None:
        self.started = Started()
        self._database = database
        self._done_on: date | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="daily-mix", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()
        self._write_starts()

    def is_due(self) -> bool:
        local = clock.now().astimezone(settings().zone)
        return self._done_on != local.date() and local.hour >= settings().mix_hour

    def _run(self) -> None:
        while not self._ending.wait(CHECK_SECONDS):
            self._write_starts()
            if self.is_due():
                self._mix_today()

    def _write_starts(self) -> None:
        try:
            self.started.flush(self._database)
        except Exception as error:  # the thread must live: the counts are kept for the next minute
            log.error("starts_not_written", kind=type(error).__name__)

    def _mix_today(self) -> None:
        today = clock.today()
        try:
            cleared = mix(self._database).traces_cleared
        except Exception as error:  # the thread must live: it tries again in a minute
            log.error("mix_failed", kind=type(error).__name__)
        else:
            self._done_on = today if cleared else None
