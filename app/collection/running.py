"""What collection runs beside the requests: the writer, the daily mix, the lock of the one server."""

import fcntl
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from app.collection.mix import DailyMix
from app.collection.writer import Writer
from app.core.config import settings
from app.core.database import Database
from app.core.errors import Conflict


def start_writer(state: Any) -> None:
    """Put a running writer and the daily mix on the program's state; `state.database` must be there."""
    database: Database = state.database
    state.server_lock = _lock(database)
    state.writer = Writer(database, limit=settings().writer_queue)
    state.writer.start()
    state.daily_mix = DailyMix(database)
    state.daily_mix.start()


def stop_writer(state: Any) -> None:
    """Write what waits, then end both threads and let another server start."""
    state.writer.stop()
    state.daily_mix.stop()
    if state.server_lock is not None:
        state.server_lock.close()


def _lock(database: Database) -> IO[str] | None:
    """One serving process a SQLite file: a second gains nothing and makes both wait."""
    path = database.engine.url.database
    if database.dialect != "sqlite" or not path or path == ":memory:":
        return None
    file = Path(f"{path}.server-lock").open("a", encoding="ascii")  # noqa: SIM115, held while serving
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return file
    file.close()
    raise Conflict(
        "another server is using {path}",
        code="second_server",
        remedy="run one server a SQLite file (one worker), or use PostgreSQL",
        path=path,
    )
