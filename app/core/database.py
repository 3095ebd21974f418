"""One engine a process, one session a request: committed before the reply is sent.

SQLite runs in WAL with `synchronous=FULL`; every transaction that may write begins IMMEDIATE, so two writers
queue instead of failing (busy_timeout does not cover the upgrade of a deferred transaction).
"""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import psycopg
from fastapi import Depends, Request
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlmodel import Session

from app.core.config import Settings, settings
from app.core.errors import Invalid, Unavailable
from app.core.serving import settle
from app.core.trouble import home_of, unusable_address

NUL = "\0"
BUSY_SECONDS = 10
POOL_SIZE = 12
READ_ONLY = "read_only"
USED_AT = "used_at"
IDLE_SECONDS = 5
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Database:
    """The engine and the two ways to use it: `read()` and `write()`."""

    def __init__(self, url: str) -> None:
        try:
            self.engine = _engine(url)
        except (ArgumentError, ImportError, ValueError) as error:
            raise unusable_address(url) from error
        event.listen(self.engine, "before_cursor_execute", _refuse_nul)
        self.dialect = self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that never commits."""
        with (
            self.engine.connect().execution_options(**{READ_ONLY: True}) as connection,
            Session(connection) as session,
        ):
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session committed when the block ends well, rolled back when it does not."""
        with self.engine.connect() as connection, Session(connection, expire_on_commit=False) as session:
            yield session
            session.commit()

    def ping(self) -> None:
        with self.read() as session:
            session.connection().execute(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(
            url,
            pool_size=POOL_SIZE,
            hide_parameters=True,  # an error in a log must not show answers
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    address = make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    engine = create_engine(address, pool_size=POOL_SIZE, hide_parameters=True)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _ping_when_idle)
    event.listen(engine, "handle_error", _read_only_is_an_outage)
    return engine


def _refuse_nul(
    _connection: object, _cursor: object, _statement: str, parameters: Any, _context: object, _many: bool
) -> None:
    """PostgreSQL keeps no text with this sign, and is asked for none; SQLite must not be more lenient."""
    for row in parameters if isinstance(parameters, list) else (parameters,):
        values = row.values() if isinstance(row, Mapping) else row
        if any(type(value) is str and NUL in value for value in values):
            raise Invalid("a text holds the sign NUL", remedy="take the sign out")


def _note_use(_connection: Any, record: Any) -> None:
    record.info[USED_AT] = time.monotonic()


def _ping_when_idle(connection: Any, record: Any, _proxy: object) -> None:
    """Ask a connection that lay idle whether its server is still there; the pool opens another if not."""
    if time.monotonic() - record.info.get(USED_AT, math.inf) < IDLE_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError from error


def _read_only_is_an_outage(context: ExceptionContext) -> OperationalError | None:
    """A server that takes no writes for a while (a failover) is told like one that is away."""
    error = context.original_exception
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        return OperationalError(context.statement, None, error, hide_parameters=True)
    return None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def open_database(config: Settings | None = None) -> Database:
    """The database the settings name; a restore that was cut off is finished first.

    Raises: Invalid for settings that lead nowhere, Conflict.
    """
    config = config or settings()
    home_of(config)
    settle(config)
    return Database(config.sqlalchemy_url)


def _session(request: Request) -> Iterator[Session]:
    database: Database = request.app.state.database
    opened = database.read if request.method in SAFE_METHODS else database.write
    try:
        with opened() as session:
            yield session
    except (OperationalError, NoneFree) as error:
        raise Unavailable("the database cannot be reached", remedy="try again in a moment") from error


# scope="function" ends the dependency, and so commits, before the reply leaves.
SessionDep = Annotated[Session, Depends(_session, scope="function")]
