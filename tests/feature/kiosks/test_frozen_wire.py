"""What devices send is accepted for ever: pages opened today may wait for months before they are heard.

`wire/` holds bodies as devices of a month sent them, all but the form's hash. They are added to, never
changed: a test that fails here means that answers already thanked for would be lost.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from builders.collection import COMMUNE, Asking, an_asking_commune, post, stored
from builders.kiosks import Device, a_device

from app.core import clock
from app.core.database import Database

pytestmark = pytest.mark.anyio
WIRE = Path(__file__).parent / "wire"
THEN = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
# what a page of that month goes by: it keeps an answer, or blocks, for want of any of these
RECEIPT, TOLD_BY_HEARTBEAT = {"response_id", "status"}, {"version", "now"}
BUNDLE = {"unit", "round", "form_version", "mode", "now", "time_zone", "version", "opening", "screens"}
BUNDLE |= {"idle_seconds", "warning_seconds", "thanks_seconds", "device_id"}


def bodies(kind: str) -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(WIRE.glob(f"{kind}-*.json"))]


@pytest.fixture
def asking(database: Database) -> Asking:
    with clock.fixed(THEN), database.write() as session:
        return an_asking_commune(session)


@pytest.fixture
def device(database: Database, asking: Asking) -> Device:
    with clock.fixed(THEN), database.write() as session:
        return a_device(session, asking.unit)


@pytest.mark.parametrize("body", bodies("response"), ids=lambda body: body["answered_on"])
async def test_a_response_of_any_month_is_stored(
    client: httpx.AsyncClient, database: Database, asking: Asking, device: Device, body: dict[str, Any]
) -> None:
    wire = body | {"form_version": asking.form_version}
    headers = {**device.numbered(7), "X-Device": device.device_id}
    with clock.fixed(THEN):
        replies = [await post(client, wire, **headers) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 200]
    for reply in replies:
        assert reply.json().keys() >= RECEIPT
        assert reply.json()["response_id"] == body["response_id"]
    (row,) = stored(database)
    assert (row.answers, row.unit_code) == (body["answers"], COMMUNE)


@pytest.mark.parametrize("body", bodies("heartbeat"), ids=lambda body: body["last_answer_on"])
async def test_a_heartbeat_of_any_month_is_heard(
    client: httpx.AsyncClient, device: Device, body: dict[str, Any]
) -> None:
    with clock.fixed(THEN):
        reply = await client.post("/api/v1/kiosks/heartbeat", json=body, headers=device.bearer)
    assert reply.status_code == 200
    assert reply.json().keys() >= TOLD_BY_HEARTBEAT


async def test_what_a_page_goes_by_is_still_told(client: httpx.AsyncClient, device: Device) -> None:
    with clock.fixed(THEN):
        bundle = (await client.get("/api/v1/kiosks/me", headers=device.bearer)).json()
        refused = await client.get("/api/v1/kiosks/me", headers={"Authorization": "Bearer nobody"})
    assert bundle.keys() >= BUNDLE
    assert refused.status_code == 401
    assert isinstance(refused.json()["error"]["code"], str)
