"""The mix: yesterday's rows lose their order and their instant, and nothing else."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from alembic import command
from builders.collection import Asking, how_many, post, stored
from sqlalchemy import inspect, text
from sqlmodel import col, select

from app.collection.mix import DailyMix, Mixed, mix
from app.collection.schemas import wire_of_mapping
from app.collection.service import CITIZEN, Sent, record_all, record_many
from app.collection.tables import ResponseComment
from app.core import clock, migrations
from app.core.config import settings
from app.core.database import Database
from app.receipts.tables import SpentToken
from app.results.comments.preparing import prepare_all

pytestmark = pytest.mark.anyio
ROWS = 60


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


async def test_no_token_and_no_comment_tells_the_night_it_was_mixed(
    database: Database, asking: Asking
) -> None:
    for night in (1, 2, 3):  # the second and third answers came late, each alone in its mix
        token = asking.token()
        answers = {"q_overall": 3, "q_comment": f"ý kiến {night}"}
        record_all(database, [Sent(wire_of_mapping(asking.receipt_wire(token, answers=answers)), CITIZEN)])
        with clock.fixed(clock.now() + timedelta(days=night)):
            mix(database, everything=True)
            await asyncio.to_thread(prepare_all, database)
    fill(database, asking)
    mix(database, everything=True)
    for table, key in (
        ("spent_token", "token_digest"),
        ("response_comment", "comment_id"),
        ("comment_handling", "comment_id"),
    ):
        order = physical_order(database, table, key)
        assert order == sorted(order)
        assert len(order) >= 3
        if database.dialect == "postgresql":
            with database.engine.connect() as connection:
                assert connection.scalar(text(f"SELECT count(DISTINCT xmin::text) FROM {table}")) == 1
    with database.read() as session:
        assert len(set(session.exec(select(ResponseComment.mixed_on)).all())) == 1
    assert set(SpentToken.model_fields) == {"token_digest", "expires_on"}


def test_what_was_mixed_before_keeps_its_rows_and_loses_its_batch(
    database: Database, database_url: str
) -> None:
    command.downgrade(migrations._config(database_url), "0008")
    with database.engine.begin() as connection:
        for place, (key, day) in enumerate((("c", "2026-05-01"), ("a", "2026-05-02"), ("b", None))):
            connection.execute(
                text("INSERT INTO spent_token VALUES (:key, '2026-09-01', :day)"), {"key": key, "day": day}
            )
            connection.execute(
                text(
                    "INSERT INTO response_comment (comment_id, round_code, unit_code, service_code,"
                    " item_code, answered_on, language, body, mixed_on)"
                    " VALUES (:key, 'r', 'u', '', 'q', '2026-04-30', 'vi', :body, :day)"
                ),
                {"key": key, "day": day, "body": f"ý kiến {place}"},
            )
    migrations.upgrade(database_url)
    assert physical_order(database, "spent_token", "token_digest") == ["a", "b", "c"]
    assert "mixed_on" not in {one["name"] for one in inspect(database.engine).get_columns("spent_token")}
    assert physical_order(database, "response_comment", "body") == ["ý kiến 1", "ý kiến 2", "ý kiến 0"]
    with database.read() as session:
        days = session.exec(select(ResponseComment.mixed_on).order_by(col(ResponseComment.comment_id))).all()
    assert days == [date(2026, 5, 2), None, date(2026, 5, 2)]


async def test_after_the_mix_each_comment_is_once_on_the_disk(
    database: Database, asking: Asking, home: Path
) -> None:
    if database.dialect != "sqlite":
        return  # VACUUM clears the dead rows there
    fill(database, asking)
    mix(database, everything=True)
    assert (home / "sipas.db-wal").stat().st_size == 0
    assert (home / "sipas.db").read_bytes().count("ý kiến 59".encode()) == 1


async def test_spent_codes_are_mixed_and_forgotten_when_no_late_answer_of_them_is_taken(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    for days in (0, 30):
        token = asking.token(expires_on=asking.today + timedelta(days=days))
        assert (await post(client, asking.receipt_wire(token))).status_code == 201
    with clock.fixed(clock.now() + timedelta(days=settings().late_days)):
        mixed = await asyncio.to_thread(mix, database)
    assert (mixed.tokens, mixed.forgotten) == (2, 0)
    with clock.fixed(clock.now() + timedelta(days=settings().late_days + 1)):
        assert (await asyncio.to_thread(mix, database)).forgotten == 1
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
