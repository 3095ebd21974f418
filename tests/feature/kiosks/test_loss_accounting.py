"""The office can prove that nothing was lost: numbers received, missing, duplicate, waiting."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from builders.accounts import an_api_key, signed_in
from builders.collection import COMMUNE, OTHER_COMMUNE, Asking, how_many, post
from builders.kiosks import Device, a_device, a_device_with

from app.core import clock
from app.core.database import Database
from app.kiosks.service import renew_code

pytestmark = pytest.mark.anyio
FLEET = "/api/v1/kiosks/fleet"


@pytest.fixture
def staff(database: Database, asking: Asking) -> dict[str, str]:
    with database.write() as session:
        return {"Authorization": f"Bearer {an_api_key(session, role='operator')}"}


async def seen(client: httpx.AsyncClient, staff: dict[str, str], device: Device) -> dict[str, Any]:
    """The kiosk of this device as the fleet shows it."""
    reply = await client.get(FLEET, headers=staff)
    assert reply.status_code == 200
    return next(one for one in reply.json() if one["kiosk_id"] == device.kiosk_id)


async def tally(client: httpx.AsyncClient, staff: dict[str, str], device: Device) -> tuple[int, ...]:
    shown = await seen(client, staff, device)
    return tuple(shown[key] for key in ("made", "missing", "duplicate", "waiting", "aside"))


async def send(client: httpx.AsyncClient, asking: Asking, device: Device, *numbers: int) -> None:
    for number in numbers:
        reply = await post(client, asking.wire(mode="kiosk"), **device.numbered(number))
        assert reply.status_code == 201


async def test_numbers_received_in_any_order_leave_nothing_missing(
    client: httpx.AsyncClient, asking: Asking, device: Device, staff: dict[str, str]
) -> None:
    await send(client, asking, device, 3, 1, 5, 2, 4)
    await device.beat(client, made=5)
    assert await tally(client, staff, device) == (5, 0, 0, 0, 0)
    assert "missing" not in (await seen(client, staff, device))["flags"]


async def test_what_the_device_still_holds_is_waiting_and_what_nobody_has_is_missing(
    client: httpx.AsyncClient, asking: Asking, device: Device, staff: dict[str, str]
) -> None:
    await send(client, asking, device, 1, 2, 4, 7)
    await device.beat(client, made=9, queue_length=4, waiting=[[5, 6], [9, 9]], aside=[[8, 8]])
    assert await tally(client, staff, device) == (9, 1, 0, 3, 1)
    assert (await seen(client, staff, device))["flags"][:2] == ["missing", "aside"]
    await send(client, asking, device, 3, 5, 6, 9)
    assert await tally(client, staff, device) == (9, 0, 0, 0, 1)


async def test_numbers_after_the_last_word_of_a_device_are_taken_as_waiting(
    client: httpx.AsyncClient, asking: Asking, device: Device, staff: dict[str, str]
) -> None:
    await device.beat(client, made=2, waiting=[[1, 2]])
    await send(client, asking, device, 1, 2, 5)
    assert await tally(client, staff, device) == (5, 0, 0, 2, 0)


async def test_a_replay_changes_nothing_and_another_answer_under_a_number_is_a_duplicate(
    client: httpx.AsyncClient, database: Database, asking: Asking, device: Device, staff: dict[str, str]
) -> None:
    wire = asking.wire(mode="kiosk")
    assert [(await post(client, wire, **device.numbered(1))).status_code for _ in range(3)] == [201, 200, 200]
    assert await tally(client, staff, device) == (1, 0, 0, 0, 0)
    await send(client, asking, device, 1)
    assert await tally(client, staff, device) == (1, 0, 1, 0, 0)
    assert "duplicate" in (await seen(client, staff, device))["flags"]
    assert how_many(database) == 2


async def test_a_refused_answer_is_not_counted_as_stored(
    client: httpx.AsyncClient, asking: Asking, device: Device, staff: dict[str, str]
) -> None:
    refused = await post(client, asking.wire(mode="kiosk", unit=OTHER_COMMUNE), **device.numbered(1))
    assert refused.status_code == 422
    await device.beat(client, made=1)
    assert await tally(client, staff, device) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize("header", ["", "0", "-1", "many", "9" * 40, "1.5"])
async def test_a_number_that_is_none_never_costs_an_answer(
    client: httpx.AsyncClient, asking: Asking, device: Device, staff: dict[str, str], header: str
) -> None:
    headers = {**device.bearer, "X-Device-Sequence": header}
    assert (await post(client, asking.wire(mode="kiosk"), **headers)).status_code == 201
    assert await tally(client, staff, device) == (0, 0, 0, 0, 0)


async def test_a_number_without_a_credential_counts_nowhere(
    client: httpx.AsyncClient, asking: Asking, device: Device, staff: dict[str, str]
) -> None:
    reply = await post(
        client, asking.wire(mode="kiosk"), **{"X-Device-Sequence": "1", "X-Device": device.device_id}
    )
    assert reply.status_code == 201
    assert await tally(client, staff, device) == (0, 0, 0, 0, 0)


async def test_a_device_connected_again_counts_anew_and_what_the_first_held_is_missing_until_it_arrives(
    client: httpx.AsyncClient, database: Database, asking: Asking, device: Device, staff: dict[str, str]
) -> None:
    await send(client, asking, device, 1, 2)
    await device.beat(client, made=3, waiting=[[3, 3]])
    with database.write() as session:
        second = a_device_with(session, renew_code(session, device.kiosk_id))
    await send(client, asking, second, 1)
    await second.beat(client, made=1)
    assert await tally(client, staff, second) == (4, 1, 0, 0, 0)
    late = {**second.numbered(3), "X-Device": device.device_id}
    assert (await post(client, asking.wire(mode="kiosk"), **late)).status_code == 201
    assert await tally(client, staff, second) == (4, 0, 0, 0, 0)


async def test_a_device_cannot_write_into_the_count_of_another_unit(
    client: httpx.AsyncClient, database: Database, asking: Asking, device: Device, staff: dict[str, str]
) -> None:
    with database.write() as session:
        other = a_device(session, OTHER_COMMUNE)
    headers = {**device.numbered(9), "X-Device": other.device_id}
    assert (await post(client, asking.wire(mode="kiosk"), **headers)).status_code == 201
    assert await tally(client, staff, other) == (0, 0, 0, 0, 0)


async def test_the_count_is_shown_by_day(
    client: httpx.AsyncClient, asking: Asking, device: Device, staff: dict[str, str]
) -> None:
    today = clock.now()
    await send(client, asking, device, 1, 2)
    with clock.fixed(today - timedelta(days=1)):
        await device.beat(client, made=3, waiting=[[3, 3]], device_now=clock.now().isoformat())
    await send(client, asking, device, 5)
    await device.beat(client, made=5, waiting=[[4, 4]])
    days = (await seen(client, staff, device))["days"]
    assert [(day["made"], day["missing"], day["waiting"]) for day in days] == [(2, 0, 1), (3, 1, 0)]


async def test_a_response_carries_no_number_and_no_device(
    client: httpx.AsyncClient, database: Database, asking: Asking, device: Device
) -> None:
    from builders.collection import stored

    await send(client, asking, device, 12345)
    (row,) = stored(database)
    text = row.model_dump_json()
    assert "12345" not in text
    assert device.device_id not in text
    assert device.kiosk_id not in text


async def test_operators_see_the_fleet_of_their_own_units_only(
    client: httpx.AsyncClient, database: Database, asking: Asking, device: Device
) -> None:
    with database.write() as session:
        other = a_device(session, OTHER_COMMUNE)
        key = an_api_key(session, role="operator", unit_path=f"/24/{COMMUNE}/")
        viewer = an_api_key(session, role="viewer")
    shown = (await client.get(FLEET, headers={"Authorization": f"Bearer {key}"})).json()
    assert [one["kiosk_id"] for one in shown] == [device.kiosk_id]
    assert other.kiosk_id not in str(shown)
    assert (await client.get(FLEET, headers={"Authorization": f"Bearer {viewer}"})).status_code == 403
    assert (await client.get(FLEET)).status_code == 401


async def test_the_fleet_page_says_it_in_words_in_both_languages(
    client: httpx.AsyncClient, database: Database, asking: Asking, device: Device
) -> None:
    await send(client, asking, device, 1, 3)
    await device.beat(client, made=6, waiting=[[4, 6]], persisted=False)
    signed_in(client, database, role="operator")
    page = (await client.get("/console/kiosks?lang=vi")).text
    assert "1 thiếu, 0 trùng, 3 đang chờ" in page
    assert "Có câu trả lời chưa về máy chủ" in page
    assert "Trình duyệt có thể xóa bộ nhớ" in page
    assert "1 missing, 0 duplicate, 3 waiting" in (await client.get("/console/kiosks?lang=en")).text
