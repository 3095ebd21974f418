"""The group-commit writer: one thread, one connection, and a reply only after COMMIT returned.

While one batch is being committed the next one gathers: no timer, no waiting at low load, large batches at
high load. A waiting request that is cancelled does not take its response out of the batch.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import Counter, Histogram
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree

from app.collection.acceptance import Entry
from app.collection.directory import Directory
from app.collection.store import Verdict, store
from app.core.database import Database
from app.core.errors import SurveyError, Unavailable
from app.core.logs import get_logger

log = get_logger("collection")
LARGEST_BATCH = 200
RETRY_SECONDS = 2
VERDICTS = Counter("sipas_responses", "Responses by what became of them", ["verdict"])
BATCHES = Histogram(
    "sipas_writer_batch_rows", "Responses in one commit", buckets=(1, 2, 5, 10, 25, 50, 100, 200)
)


class NotStored(SurveyError):
    """The database refuses this one response though it was checked: a fault of ours."""

    status, code = 500, "not_stored"


@dataclass(slots=True)
class _Waiting:
    entry: Entry
    future: asyncio.Future[Verdict]
    loop: asyncio.AbstractEventLoop


Told = Verdict | SurveyError


class Writer:
    """Takes entries from any event loop and writes them; `start` before use, `stop` drains the queue."""

    def __init__(self, database: Database, *, limit: int) -> None:
        self.directory = Directory(database)
        self._engine = database.engine
        self._limit = limit
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more, write what waits, end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    async def write(self, entry: Entry) -> Verdict:
        """The verdict, once it is on disk."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Verdict] = loop.create_future()
        with self._changed:
            if self._stopping or len(self._queue) >= self._limit:
                raise _busy()
            self._queue.append(_Waiting(entry, future, loop))
            self._changed.notify()
        return await future

    def _run(self) -> None:
        while batch := self._take():
            told = self._write([waiting.entry for waiting in batch])
            BATCHES.observe(len(batch))
            _answer(batch, told)
        self._drop_connection()

    def _take(self) -> list[_Waiting]:
        """Everything that waits, up to the largest batch; empty only when stopping with nothing left."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._stopping)
            size = min(len(self._queue), LARGEST_BATCH)
            return [self._queue.popleft() for _ in range(size)]

    def _write(self, entries: Sequence[Entry]) -> Sequence[Told]:
        try:
            return self._commit(entries)
        except Exception as error:
            self._drop_connection()
            log.error("batch_failed", rows=len(entries), kind=type(error).__name__)
            if _is_outage(error):
                return [_unreachable() for _ in entries]
            if len(entries) == 1:
                return [_not_stored()]
        # one bad row must not fail the others
        return [told for entry in entries for told in self._write([entry])]

    def _commit(self, entries: Sequence[Entry]) -> list[Verdict]:
        if self._connection is None:
            self._connection = self._engine.connect()
        verdicts = store(self._connection, entries)
        self._connection.commit()
        return verdicts

    def _drop_connection(self) -> None:
        """Give the connection up for good: whatever it had begun is rolled back by closing it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


def _is_outage(error: Exception) -> bool:
    return isinstance(error, OperationalError | InterfaceError | NoneFree) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


def _busy() -> Unavailable:
    return Unavailable(
        "too many responses are waiting to be written",
        remedy="keep the response and send it again in a moment",
        retry_after_seconds=RETRY_SECONDS,
    )


def _unreachable() -> Unavailable:
    return Unavailable(
        "the database cannot be reached", remedy="try again in a moment", retry_after_seconds=RETRY_SECONDS
    )


def _not_stored() -> NotStored:
    return NotStored(
        "the response could not be stored", remedy="keep the response and tell the operator of the system"
    )


def _answer(batch: Sequence[_Waiting], told: Sequence[Told]) -> None:
    """Wake the waiting requests: one call into each event loop, however many wait there."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Verdict], Told]]] = {}
    for waiting, result in zip(batch, told, strict=True):
        by_loop.setdefault(waiting.loop, []).append((waiting.future, result))
    for loop, results in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, results)
        except RuntimeError:  # that loop has ended: its rows are written all the same
            log.warning("nobody_waits", rows=len(results))


def _settle(results: Sequence[tuple[asyncio.Future[Verdict], Told]]) -> None:
    for future, told in results:
        VERDICTS.labels("failed" if isinstance(told, SurveyError) else told).inc()
        if future.done():
            continue
        if isinstance(told, SurveyError):
            future.set_exception(told)
        else:
            future.set_result(told)
