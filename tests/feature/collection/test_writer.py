"""The writer under faults: nothing is acknowledged that is not on disk, nothing acknowledged is lost."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from builders.collection import Asking, how_many, post, stored
from sqlalchemy import event, text
from sqlalchemy.exc import TimeoutError as NoneFree

from app.collection.acceptance import Entry, accept, keys_of
from app.collection.running import start_writer
from app.collection.schemas import wire_of_mapping
from app.collection.service import CITIZEN
from app.collection.tables import ResponseComment
from app.collection.writer import Writer
from app.core.config import settings
from app.core.database import Database
from app.core.errors import Conflict, Unavailable
from app.main import create_app
from app.receipts.tables import SpentToken

pytestmark = pytest.mark.anyio


@pytest.fixture
async def writer(database: Database, asking: Asking) -> AsyncIterator[Writer]:
    made = Writer(database, limit=1000)
    yield made
    await asyncio.to_thread(made.stop)


def entry_of(writer: Writer, asking: Asking, **change: object) -> Entry:
    wire = wire_of_mapping(asking.wire(**change))
    writer.directory.read(keys_of(wire, CITIZEN))
    return accept(wire, CITIZEN, writer.directory)


def fail_commits(database: Database, when: str = "1 = 1") -> None:
    """From now on COMMIT itself fails for responses that fit: a row points, deferred, to nobody."""
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE nobody (id INTEGER PRIMARY KEY)"))
        connection.execute(
            text("CREATE TABLE gate (id INTEGER REFERENCES nobody (id) DEFERRABLE INITIALLY DEFERRED)")
        )
        for statement in _TRIGGERS[database.dialect]:
            connection.execute(text(statement.format(when=when)))


_TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER gate_keeper AFTER INSERT ON response WHEN {when} "
        "BEGIN INSERT INTO gate VALUES (1); END",
    ),
    "postgresql": (
        "CREATE FUNCTION shut() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO gate VALUES (1); RETURN NEW; END $$",
        "CREATE TRIGGER gate_keeper AFTER INSERT ON response "
        "FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION shut()",
    ),
}


async def test_a_failing_commit_is_a_5xx_and_leaves_no_row(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    fail_commits(database)
    wire = asking.receipt_wire(asking.token(), answers={"q_overall": 3, "q_comment": "x"})
    reply = await post(client, wire)
    assert (reply.status_code, reply.json()["error"]["code"]) == (500, "not_stored")
    assert [how_many(database, table) for table in (SpentToken, ResponseComment)] == [0, 0]
    assert how_many(database) == 0


async def test_one_bad_row_does_not_fail_its_batch(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    quoted = '"' if database.dialect == "postgresql" else ""
    fail_commits(database, f"NEW.{quoted}duration_seconds{quoted} = 13")
    wires = [asking.wire(duration_seconds=13 if place == 7 else 5) for place in range(40)]
    replies = await asyncio.gather(*(post(client, wire) for wire in wires))
    assert [reply.status_code for reply in replies] == [500 if place == 7 else 201 for place in range(40)]
    assert how_many(database) == 39


async def test_an_unreachable_database_is_503_and_comes_back_by_itself(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    wire = asking.wire()
    assert (await post(client, asking.wire())).status_code == 201
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE response RENAME TO elsewhere"))
    lost = await post(client, wire)
    assert lost.status_code in {500, 503}
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO response"))
    assert (await post(client, wire)).status_code == 201


@pytest.mark.postgresql
async def test_a_killed_connection_is_503_then_the_writer_reconnects(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    if database.dialect == "sqlite":
        return  # a file has no connection to lose
    assert (await post(client, asking.wire())).status_code == 201
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    wire = asking.wire()
    lost = await post(client, wire)
    assert (lost.status_code, lost.headers["Retry-After"]) == (503, "2")
    assert (await post(client, wire)).status_code == 201


async def test_a_batch_without_a_connection_waits_for_one_once(
    writer: Writer, database: Database, asking: Asking
) -> None:
    asked = []

    def refuse(*checkout: object) -> None:
        asked.append(checkout)
        raise NoneFree("QueuePool limit reached, connection timed out")

    waiting = [asyncio.ensure_future(writer.write(entry_of(writer, asking))) for _ in range(3)]
    await asyncio.sleep(0)
    event.listen(database.engine, "checkout", refuse)
    writer.start()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    event.remove(database.engine, "checkout", refuse)
    assert [type(each) for each in told] == [Unavailable] * 3
    assert len(asked) == 1


async def test_a_full_queue_is_503_with_retry_after(database: Database, asking: Asking) -> None:
    writer = Writer(database, limit=3)  # not started: nothing leaves the queue
    waiting = [asyncio.ensure_future(writer.write(entry_of(writer, asking))) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refused:
        await writer.write(entry_of(writer, asking))
    assert int(refused.value.headers["Retry-After"]) > 0
    writer.start()
    assert await asyncio.gather(*waiting) == ["recorded"] * 3
    await asyncio.to_thread(writer.stop)


async def test_stopping_writes_what_waits_and_takes_nothing_more(
    writer: Writer, database: Database, asking: Asking
) -> None:
    waiting = [asyncio.ensure_future(writer.write(entry_of(writer, asking))) for _ in range(450)]
    await asyncio.sleep(0)
    writer.start()
    await asyncio.to_thread(writer.stop)
    assert await asyncio.gather(*waiting) == ["recorded"] * 450
    assert how_many(database) == 450
    with pytest.raises(Unavailable):
        await writer.write(entry_of(writer, asking))


async def test_a_client_that_goes_away_does_not_take_its_response_back(
    writer: Writer, database: Database, asking: Asking
) -> None:
    gone = asyncio.ensure_future(writer.write(entry_of(writer, asking)))
    stays = asyncio.ensure_future(writer.write(entry_of(writer, asking)))
    await asyncio.sleep(0)
    gone.cancel()
    writer.start()
    assert await stays == "recorded"
    assert how_many(database) == 2


async def test_one_batch_may_hold_the_same_id_twice(
    writer: Writer, database: Database, asking: Asking
) -> None:
    first = entry_of(writer, asking)
    same = entry_of(writer, asking, response_id=first.response_id)
    other = entry_of(writer, asking, response_id=first.response_id, answers={"q_overall": 1})
    waiting = [asyncio.ensure_future(writer.write(entry)) for entry in (first, same, other)]
    await asyncio.sleep(0)
    writer.start()
    assert await asyncio.gather(*waiting) == ["recorded", "repeated", "taken"]
    assert stored(database)[0].answers["q_overall"] == 5


async def test_the_writer_waits_for_the_disk_on_every_commit(database: Database) -> None:
    with database.engine.connect() as connection:
        if database.dialect == "sqlite":
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        else:
            # fsync is the server's own setting, off in the tests' throwaway cluster
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


async def test_the_reply_comes_after_the_commit(
    client: httpx.AsyncClient, database: Database, asking: Asking, home: Path
) -> None:
    if database.dialect != "sqlite":
        return  # the killed connection shows it there
    holder = sqlite3.connect(home / "sipas.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")  # nobody else can commit now
    pending = asyncio.ensure_future(post(client, asking.wire()))
    await asyncio.sleep(0.4)
    assert not pending.done()
    holder.execute("COMMIT")
    assert (await pending).status_code == 201
    holder.close()


async def test_a_second_server_on_one_sqlite_file_is_refused(
    client: httpx.AsyncClient, database: Database
) -> None:
    app = create_app(settings())
    app.state.database = database
    if database.dialect == "sqlite":
        with pytest.raises(Conflict, match="another server"):
            start_writer(app.state)
