"""The mix: yesterday's rows lose their order and their instant, and nothing else."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from builders.collection import Asking, an_asking_commune, how_many, post, stored
from sqlalchemy import text

from app.collection.mix import DailyMix, Mixed, mix
from app.collection.schemas import wire_of_mapping
from app.collection.service import record_many
from app.collection.tables import ResponseComment
from app.core import clock
from app.core.database import Database
from app.receipts.tables import SpentToken

pytestmark = pytest.mark.anyio
ROWS = 60


@pytest.fixture
def asking(database: Database) -> Asking:
    with database.write() as session:
        return an_asking_commune(session)


def fill(database: Database, asking: Asking) -> list[str]:
    wires = [
        asking.wire(answers={"q_overall": 1 + place % 5, "q_comment": f"ý kiến {place}"})
        for place in range(ROWS)
    ]
    assert record_many(database, map(wire_of_mapping, wires)).recorded == ROWS
    return [wire["response_id"] for wire in wires]


def physical_order(database: Database, table: str, column: str) -> list[str]:
    place = "rowid" if database.dialect == "sqlite" else "ctid"
    with database.engine.connect() as connection:
        return list(connection.execute(text(f"SELECT {column} FROM {table} ORDER BY {place}")).scalars())


async def test_the_mix_keeps_every_word_and_drops_order_and_instant(
    database: Database, asking: Asking
) -> None:
    fill(database, asking)
    before = {
        row.response_id: row.model_dump(exclude={"received_at", "mixed_on"}) for row in stored(database)
    }
    orders = [
        physical_order(database, *place)
        for place in (("response", "response_id"), ("response_comment", "body"))
    ]
    with clock.fixed(clock.now() + timedelta(days=1)):
        assert mix(database) == Mixed(ROWS, ROWS)
        today = clock.today()
    after = stored(database)
    assert {row.response_id: row.model_dump(exclude={"received_at", "mixed_on"}) for row in after} == before
    assert {row.received_at for row in after} == {None}
    assert {row.mixed_on for row in after} == {today}
    mixed = [
        physical_order(database, *place)
        for place in (("response", "response_id"), ("response_comment", "body"))
    ]
    for old, new in zip(orders, mixed, strict=True):
        assert sorted(old) == sorted(new)
        assert old != new
    assert comments_out_of_step(database, mixed)


def comments_out_of_step(database: Database, mixed: list[list[str]]) -> bool:
    """Comment n belongs to response n no more: the answers' order and the comments' order differ."""
    by_id = {row.response_id: row.answers["q_overall"] for row in stored(database)}
    ratings = [by_id[key] for key in mixed[0]]
    return ratings != [1 + int(body.split()[-1]) % 5 for body in mixed[1]]


async def test_today_stays_until_tomorrow(database: Database, asking: Asking) -> None:
    fill(database, asking)
    assert mix(database).responses == 0
    assert {row.mixed_on for row in stored(database)} == {None}
    assert mix(database, everything=True).responses == ROWS


async def test_mixing_twice_changes_nothing(database: Database, asking: Asking) -> None:
    fill(database, asking)
    mix(database, everything=True)
    order = physical_order(database, "response", "response_id")
    assert mix(database, everything=True) == Mixed()
    assert physical_order(database, "response", "response_id") == order


async def test_after_the_mix_the_rows_share_one_transaction(database: Database, asking: Asking) -> None:
    if database.dialect == "sqlite":
        return  # rows of SQLite carry no transaction id
    for _ in range(2):
        fill(database, asking)
    mix(database, everything=True)
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(DISTINCT xmin::text) FROM response")) == 1


async def test_after_the_mix_each_comment_is_once_on_the_disk(
    database: Database, asking: Asking, home: Path
) -> None:
    if database.dialect != "sqlite":
        return  # VACUUM clears the dead rows there
    fill(database, asking)
    mix(database, everything=True)
    assert (home / "sipas.db-wal").stat().st_size == 0
    assert (home / "sipas.db").read_bytes().count("ý kiến 59".encode()) == 1


async def test_spent_codes_are_mixed_and_forgotten_when_they_expire(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    for days in (0, 30):
        token = asking.token(expires_on=asking.today + timedelta(days=days))
        assert (await post(client, asking.receipt_wire(token))).status_code == 201
    with clock.fixed(clock.now() + timedelta(days=1)):
        mixed = await asyncio.to_thread(mix, database)
    assert (mixed.tokens, mixed.forgotten) == (2, 1)
    assert how_many(database, SpentToken) == 1
    assert how_many(database, ResponseComment) == 0


async def test_the_mix_is_due_once_a_day_from_its_hour(database: Database) -> None:
    daily = DailyMix(database)
    with clock.fixed(datetime(2026, 5, 4, 17, 30, tzinfo=UTC)):  # half past midnight in Hanoi
        assert not daily.is_due()
    with clock.fixed(datetime(2026, 5, 4, 18, 30, tzinfo=UTC)):
        assert daily.is_due()
        daily._mix_today()
        assert not daily.is_due()
