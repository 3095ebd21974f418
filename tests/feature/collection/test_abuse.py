"""Abuse: many people behind one address are welcome; what no person can have sent is kept and flagged."""

import asyncio
import re
from datetime import timedelta

import httpx
import pytest
from builders.collection import Asking, post, stored

from app.collection import pace
from app.collection.stamp import HURRIED, LEAST_SECONDS, UNSTAMPED, new_stamp
from app.core import clock
from app.core.database import Database
from app.kiosks.service import create_enrolment, redeem_enrolment

pytestmark = pytest.mark.anyio


async def opened(client: httpx.AsyncClient, asking: Asking) -> dict[str, str]:
    page = (await client.get(f"/p/{asking.unit}")).text
    return dict(re.findall(r'<input type="hidden" name="(\w+)"[^>]*? value="([^"]*)"', page))


async def send(
    client: httpx.AsyncClient, asking: Asking, fields: dict[str, str], *, seconds: int
) -> httpx.Response:
    with clock.fixed(clock.now() + timedelta(seconds=seconds)):
        return await client.post(f"/p/{asking.unit}", data=fields | {"a.q_overall": "4"})


async def flags_after(client: httpx.AsyncClient, asking: Asking, database: Database, **change: object) -> str:
    seconds = int(change.pop("seconds", LEAST_SECONDS + 1))
    fields = await opened(client, asking)
    wanted = {name: text for name, text in (fields | change).items() if text is not None}
    assert (await send(client, asking, wanted, seconds=seconds)).status_code == 303
    (row,) = [row for row in stored(database) if row.response_id == fields["response_id"]]
    return row.flags


async def test_a_person_who_reads_the_page_first_is_not_flagged(
    client: httpx.AsyncClient, asking: Asking, database: Database
) -> None:
    assert await flags_after(client, asking, database) == ""
    assert await flags_after(client, asking, database, seconds=3 * 24 * 3600) == ""


async def test_an_answer_faster_than_reading_is_kept_and_flagged(
    client: httpx.AsyncClient, asking: Asking, database: Database
) -> None:
    assert await flags_after(client, asking, database, seconds=0) == HURRIED


@pytest.mark.parametrize("stamp", [None, "", "1.2", "abc", "99999999999.000000000000000000000000"])
async def test_an_answer_without_the_pages_stamp_is_kept_and_flagged(
    client: httpx.AsyncClient, asking: Asking, database: Database, stamp: str | None
) -> None:
    assert await flags_after(client, asking, database, stamp=stamp) == UNSTAMPED


async def test_one_page_cannot_stamp_a_second_answer(
    client: httpx.AsyncClient, asking: Asking, database: Database
) -> None:
    old = await opened(client, asking)
    assert await flags_after(client, asking, database, stamp=old["stamp"]) == UNSTAMPED


async def test_a_page_shown_once_more_keeps_its_stamp(
    client: httpx.AsyncClient, asking: Asking, database: Database
) -> None:
    fields = await opened(client, asking)
    back = await client.post(f"/p/{asking.unit}", data=fields)
    assert back.status_code == 422
    assert f'value="{fields["stamp"]}"' in back.text


async def test_a_double_tap_on_a_poster_is_one_answer_whatever_its_flag(
    client: httpx.AsyncClient, asking: Asking, database: Database
) -> None:
    fields = await opened(client, asking)
    for seconds in (0, 10):
        assert (await send(client, asking, fields, seconds=seconds)).status_code == 303
    assert [row.flags for row in stored(database)] == [HURRIED]


async def test_a_program_that_shows_the_stamp_is_treated_like_the_page(
    client: httpx.AsyncClient, asking: Asking, database: Database
) -> None:
    wire = asking.wire()
    wire["stamp"] = new_stamp(wire["response_id"])
    with clock.fixed(clock.now() + timedelta(seconds=LEAST_SECONDS + 1)):
        assert (await post(client, wire)).status_code == 201
    assert (await post(client, asking.wire())).status_code == 201
    assert sorted(row.flags for row in stored(database)) == ["", UNSTAMPED]


async def test_a_receipts_page_needs_no_stamp(
    client: httpx.AsyncClient, asking: Asking, database: Database
) -> None:
    assert (await post(client, asking.receipt_wire(asking.token()))).status_code == 201
    assert stored(database)[0].flags == ""


async def test_two_hundred_answers_from_one_address_are_all_taken(
    client: httpx.AsyncClient, asking: Asking, database: Database
) -> None:
    wires = [asking.receipt_wire(asking.token()) for _ in range(200)]
    sent = await asyncio.gather(*(post(client, wire) for wire in wires))
    assert {one.status_code for one in sent} == {201}
    assert len(stored(database)) == 200


async def test_a_device_may_empty_a_long_queue_and_is_then_slowed_down_without_losing_anything(
    client: httpx.AsyncClient, asking: Asking, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "AT_ONCE", 20)  # a thousand would only take longer
    monkeypatch.setattr(pace, "A_SECOND", 20.0)
    with database.write() as session:
        _, credential = redeem_enrolment(session, create_enrolment(session, asking.unit, "Quầy 1").code)
    bearer = {"Authorization": f"Bearer {credential}"}
    waiting = [asking.wire(mode="kiosk") for _ in range(60)]
    slowed = 0
    while waiting:
        reply = await post(client, waiting[0], **bearer)
        if reply.status_code == 201:
            waiting.pop(0)
            continue
        slowed += 1
        assert (reply.status_code, reply.headers["retry-after"]) == (429, "30")
        await asyncio.sleep(0.05)
    assert slowed > 0
    assert len(stored(database)) == 60


async def test_the_stamp_is_kept_nowhere(
    client: httpx.AsyncClient, asking: Asking, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = await opened(client, asking)
    await send(client, asking, fields, seconds=9)
    (row,) = stored(database)
    mac = fields["stamp"].split(".")[1]
    assert mac not in str(row.model_dump())
    assert mac not in "".join(capsys.readouterr())
