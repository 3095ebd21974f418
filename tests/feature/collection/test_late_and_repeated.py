"""What comes late or again: a repeat is one for ever, and an answer given in time keeps its receipt."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from builders.collection import COMMUNE, SERVICE, Asking, an_asking_commune, how_many, post, stored
from builders.kiosks import Device
from sqlalchemy import text

from app.collection.mix import mix
from app.core import clock
from app.core.config import settings
from app.core.database import Database
from app.core.tokens import keyed_digest
from app.receipts.issuing import ReceiptOrder, issue_receipts
from app.receipts.tables import ShortCode, SpentToken
from app.rounds.service import close_round

pytestmark = pytest.mark.anyio


@pytest.fixture
def asking(database: Database) -> Asking:
    with database.write() as session:
        return an_asking_commune(session, form="one_stop")


def a_code(database: Database, asking: Asking) -> str:
    with database.write() as session:
        order = ReceiptOrder(COMMUNE, SERVICE, "online", "returned", asking.today)
        return issue_receipts(session, asking.round_code, [order])[0].short_code


@asynccontextmanager
async def pass_days(database: Database, days: int) -> AsyncIterator[None]:
    """Later: everything is mixed, what may be forgotten is."""
    with clock.fixed(clock.now() + timedelta(days=days)):
        await asyncio.to_thread(mix, database, everything=True)
        yield


def a_wire(asking: Asking, mode: str = "kiosk", **change: Any) -> dict[str, Any]:
    return asking.wire(**{"mode": mode, "answers": {"o_overall": 4}, **change})


@pytest.mark.parametrize("shown", ["token", "code"])
async def test_a_kiosks_answer_sent_again_is_200_whatever_was_forgotten_since(
    client: httpx.AsyncClient, database: Database, asking: Asking, device: Device, shown: str
) -> None:
    token = a_code(database, asking) if shown == "code" else asking.token(expires_on=asking.today)
    wire = a_wire(asking, token=token, answers=asking.full_answers)
    assert (await post(client, wire, **device.numbered(1))).status_code == 201
    (row,) = stored(database)
    assert (row.stage, row.outcome) == ("returned", "complete")
    for days in (0, 1, settings().late_days, settings().late_days + 200):
        async with pass_days(database, days):
            again = await post(client, wire, **device.numbered(1))
            assert (again.status_code, again.json()["outcome"]) == (200, "complete"), days
            other = await post(client, {**wire, "duration_seconds": 7}, **device.numbered(1))
            assert (other.status_code, other.json()["error"]["code"]) == (409, "id_taken")
    assert [how_many(database, table) for table in (SpentToken, ShortCode)] == [0, 0]
    with database.write() as session:
        close_round(session, asking.round_code)
    await asyncio.sleep(1.1)
    assert (await post(client, wire, **device.numbered(1))).status_code == 200
    assert how_many(database) == 1


async def test_a_phones_answer_sent_again_is_200_after_its_code_is_out_of_date(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    wire = asking.receipt_wire(asking.token(expires_on=asking.today), answers=asking.full_answers)
    assert (await post(client, wire)).status_code == 201
    for days in (1, settings().late_days + 200):
        async with pass_days(database, days):
            assert (await post(client, wire)).status_code == 200
            assert (await post(client, {**wire, "language": "en"})).status_code == 409


async def test_the_same_body_with_and_without_its_credential_is_one_answer(
    client: httpx.AsyncClient, database: Database, asking: Asking, device: Device
) -> None:
    wire = a_wire(asking)
    assert (await post(client, wire)).status_code == 201
    assert (await post(client, wire, **device.numbered(1))).status_code == 200


@pytest.mark.parametrize("shown", ["token", "code"])
async def test_an_answer_given_in_time_keeps_its_receipt_however_late_it_comes(
    client: httpx.AsyncClient, database: Database, asking: Asking, device: Device, shown: str
) -> None:
    token = a_code(database, asking) if shown == "code" else asking.token(expires_on=asking.today)
    wires = [a_wire(asking, token=token) for _ in range(3)]
    for place, days in enumerate((1, 35, settings().late_days + 1)):
        async with pass_days(database, days):
            assert (await post(client, wires[place], **device.numbered(1 + place))).status_code == 201
    found = {row.response_id: (row.submission, row.stage, row.flags) for row in stored(database)}
    assert [found[wire["response_id"]] for wire in wires] == [
        ("online", "returned", ""),
        ("online", "returned", "repeat"),
        ("counter", "", "unverified"),
    ]


async def test_an_answer_given_after_the_last_day_does_not_count_as_the_receipts(
    client: httpx.AsyncClient, database: Database, asking: Asking, device: Device
) -> None:
    token = asking.token(expires_on=asking.today)
    async with pass_days(database, 1):
        wire = a_wire(asking, token=token, answered_on=clock.today().isoformat())
        assert (await post(client, wire, **device.numbered(1))).status_code == 201
        phone = a_wire(asking, "receipt", token=token, answered_on=clock.today().isoformat())
        assert (await post(client, phone)).json()["error"]["code"] == "token_expired"
        in_time = a_wire(asking, "receipt", token=token)
        assert [
            (await post(client, one)).status_code for one in (in_time, a_wire(asking, "receipt", token=token))
        ] == [
            201,
            422,
        ]
    assert sorted(row.flags for row in stored(database)) == ["", "unverified"]


async def test_answers_stored_before_digests_were_of_the_body_are_recognised(
    client: httpx.AsyncClient, database: Database, asking: Asking, device: Device
) -> None:
    answers = {"o_overall": 2, "o_comment": "chờ lâu"}
    wire = a_wire(asking, token=asking.token(expires_on=asking.today), answers=answers)
    assert (await post(client, wire, **device.numbered(1))).status_code == 201
    content = {
        "response_id": wire["response_id"],
        "round_code": asking.round_code,
        "form_version": asking.form_version,
        "unit_code": COMMUNE,
        "service_code": SERVICE,
        "mode": "kiosk",
        "submission": "online",
        "stage": "returned",
        "answered_on": date.fromisoformat(wire["answered_on"]),
        "duration_seconds": None,
        "language": "vi",
        "answers": {"o_overall": 2},
        "comments": {"o_comment": "chờ lâu"},
    }
    told = json.dumps(content, default=str, sort_keys=True, ensure_ascii=False)
    with database.engine.begin() as connection:
        connection.execute(
            text("UPDATE response SET content_digest = :digest"),
            {"digest": keyed_digest("response", told.encode())},
        )
    async with pass_days(database, 2):
        assert (await post(client, wire, **device.numbered(1))).status_code == 200
        changed = {**wire, "answers": {**answers, "o_comment": "chờ rất lâu"}}
        assert (await post(client, changed, **device.numbered(1))).status_code == 409
