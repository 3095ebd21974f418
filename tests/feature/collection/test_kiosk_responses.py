"""A kiosk answers under its credential; whatever its receipts are, a thanked answer is kept."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from builders.collection import (
    COMMUNE,
    OTHER_COMMUNE,
    SERVICE,
    Asking,
    how_many,
    post,
    stored,
)

from app.collection.schemas import wire_of_mapping
from app.collection.service import record_many
from app.core.database import Database
from app.kiosks.service import create_enrolment, redeem_enrolment, revoke
from app.receipts.issuing import ReceiptOrder, issue_receipts
from app.receipts.tables import SpentToken

pytestmark = pytest.mark.anyio


@pytest.fixture
def bearer(database: Database, asking: Asking) -> dict[str, str]:
    with database.write() as session:
        enrolment = create_enrolment(session, COMMUNE, "Quầy 1")
        _, credential = redeem_enrolment(session, enrolment.code)
    return {"Authorization": f"Bearer {credential}"}


def kiosk_wire(asking: Asking, **change: Any) -> dict[str, Any]:
    return asking.wire(mode="kiosk", **change)


async def test_a_kiosk_answer_is_one_at_the_counter(
    client: httpx.AsyncClient, database: Database, asking: Asking, bearer: dict[str, str]
) -> None:
    assert (await post(client, kiosk_wire(asking, service=SERVICE), **bearer)).status_code == 201
    (row,) = stored(database)
    assert (row.mode, row.submission, row.service_code, row.flags) == ("kiosk", "counter", SERVICE, "")


async def test_a_kiosk_speaks_for_its_own_unit_only(
    client: httpx.AsyncClient, asking: Asking, bearer: dict[str, str]
) -> None:
    reply = await post(client, asking.wire(unit=OTHER_COMMUNE), **bearer)
    assert reply.status_code == 422
    assert {problem["where"] for problem in reply.json()["error"]["problems"]} >= {"mode", "unit"}


async def test_a_revoked_kiosk_is_401_within_about_a_second(
    client: httpx.AsyncClient, database: Database, asking: Asking, bearer: dict[str, str]
) -> None:
    assert (await post(client, kiosk_wire(asking), **bearer)).status_code == 201
    with database.write() as session:
        enrolment = create_enrolment(session, COMMUNE, "Quầy 2")
        kiosk, credential = redeem_enrolment(session, enrolment.code)
        kiosk_id = kiosk.kiosk_id
    other = {"Authorization": f"Bearer {credential}"}
    assert (await post(client, kiosk_wire(asking), **other)).status_code == 201
    with database.write() as session:
        revoke(session, kiosk_id)
    await asyncio.sleep(1.1)
    assert (await post(client, kiosk_wire(asking), **other)).status_code == 401
    assert (await post(client, kiosk_wire(asking), **bearer)).status_code == 201


async def test_a_receipt_shown_to_a_kiosk_gives_its_strata(
    client: httpx.AsyncClient, database: Database, asking: Asking, bearer: dict[str, str]
) -> None:
    assert (await post(client, kiosk_wire(asking, token=asking.token()), **bearer)).status_code == 201
    (row,) = stored(database)
    assert (row.service_code, row.submission, row.stage, row.flags) == (SERVICE, "online", "returned", "")
    assert how_many(database, SpentToken) == 1


async def test_a_kiosk_may_send_the_typed_code_of_a_receipt(
    client: httpx.AsyncClient, database: Database, asking: Asking, bearer: dict[str, str]
) -> None:
    with database.write() as session:
        order = ReceiptOrder(COMMUNE, SERVICE, "online", "returned", None)
        first, second = issue_receipts(session, asking.round_code, [order, order])
    for code, receipt_token in ((first.short_code.lower(), first.token), (second.short_code, second.token)):
        wire = kiosk_wire(asking, token=code)
        assert [(await post(client, wire, **bearer)).status_code for _ in range(2)] == [201, 200]
        again = await post(client, asking.receipt_wire(receipt_token))
        assert again.json()["error"]["code"] == "token_spent"
    assert {(row.service_code, row.submission, row.flags) for row in stored(database)} == {
        (SERVICE, "online", "")
    }


async def test_a_code_nobody_knows_is_kept_and_flagged_and_a_phone_may_not_send_one(
    client: httpx.AsyncClient, database: Database, asking: Asking, bearer: dict[str, str]
) -> None:
    assert (await post(client, kiosk_wire(asking, token="ZZZZ-ZZZZ"), **bearer)).status_code == 201
    assert [row.flags for row in stored(database)] == ["unverified"]
    assert (await post(client, asking.receipt_wire("ZZZZ-ZZZZ"))).json()["error"]["code"] == "token_invalid"


async def test_a_spent_receipt_at_a_kiosk_is_kept_and_flagged(
    client: httpx.AsyncClient, database: Database, asking: Asking, bearer: dict[str, str]
) -> None:
    token = asking.token()
    await post(client, asking.receipt_wire(token))
    wire = kiosk_wire(asking, token=token)
    assert [(await post(client, wire, **bearer)).status_code for _ in range(2)] == [201, 200]
    assert {(row.mode, row.flags) for row in stored(database)} == {("receipt", ""), ("kiosk", "repeat")}


@pytest.mark.parametrize("kind", ["expired", "forged", "of another unit"])
async def test_an_unusable_receipt_at_a_kiosk_is_kept_and_flagged(
    client: httpx.AsyncClient, database: Database, asking: Asking, bearer: dict[str, str], kind: str
) -> None:
    tokens = {
        "expired": asking.token(expires_on=asking.today - timedelta(days=1)),
        "forged": "forged",
        "of another unit": asking.token(unit_code=OTHER_COMMUNE),
    }
    assert (await post(client, kiosk_wire(asking, token=tokens[kind]), **bearer)).status_code == 201
    (row,) = stored(database)
    assert (row.flags, row.submission, row.unit_code) == ("unverified", "counter", COMMUNE)
    assert how_many(database, SpentToken) == 0


def test_many_responses_at_once_are_counted_and_each_refusal_placed(
    database: Database, asking: Asking
) -> None:
    wires = [asking.wire(mode="paper") for _ in range(1200)]
    wires[700] = asking.wire(mode="paper", unit="nowhere")
    made = [wire_of_mapping(wire) for wire in wires]
    counts = record_many(database, made)
    assert (counts.recorded, counts.repeated, [place for place, _ in counts.refused]) == (1199, 0, [700])
    assert record_many(database, iter(made)).repeated == 1199
    assert how_many(database) == 1199


async def test_an_answer_of_a_kiosk_whose_clock_runs_ahead_counts_for_today_and_is_flagged(
    client: httpx.AsyncClient, database: Database, asking: Asking, bearer: dict[str, str]
) -> None:
    wire = kiosk_wire(asking, answered_on=(asking.today + timedelta(days=2)).isoformat())
    assert [(await post(client, wire, **bearer)).status_code for _ in range(2)] == [201, 200]
    (row,) = stored(database)
    assert (row.answered_on, row.flags) == (asking.today, "clock")


async def test_the_same_day_ahead_from_a_phone_is_refused(client: httpx.AsyncClient, asking: Asking) -> None:
    wire = asking.wire(answered_on=(asking.today + timedelta(days=2)).isoformat())
    assert (await post(client, wire)).status_code == 422
