"""A device tells how it is; it is kept coarse, overwritten, and turned into words for the office."""

import random
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from builders.accounts import an_api_key
from builders.collection import COMMUNE, an_asking_commune
from builders.kiosks import Device, a_device
from sqlmodel import select

from app.alerts.watch import KIOSK_SECONDS
from app.core import clock
from app.core.database import Database
from app.core.pages import STATIC
from app.kiosks.fleet import _is_silent
from app.kiosks.service import revoke
from app.kiosks.shell import version
from app.kiosks.tables import KioskDevice

pytestmark = pytest.mark.anyio
# a Wednesday, ten o'clock in Hà Nội, and the Sunday before
BEAT_SECONDS = (96, 144)
OPEN, CLOSED = datetime(2026, 11, 18, 3, 0, 41, tzinfo=UTC), datetime(2026, 11, 15, 3, 0, tzinfo=UTC)


@pytest.fixture
def device(database: Database) -> Device:
    with clock.fixed(OPEN - timedelta(days=7)), database.write() as session:
        an_asking_commune(session)
        return a_device(session, COMMUNE)


async def flags(client: httpx.AsyncClient, database: Database) -> list[str]:
    with database.write() as session:
        key = an_api_key(session, role="operator")
    (shown,) = (await client.get("/api/v1/kiosks/fleet", headers={"Authorization": f"Bearer {key}"})).json()
    return shown["flags"]


async def test_a_healthy_device_raises_no_flag(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    with clock.fixed(OPEN):
        reply = await device.beat(
            client, version=version(), persisted=True, works_offline=True, battery_pct=80
        )
        assert reply.json()["version"] == version()
        assert await flags(client, database) == []


@pytest.mark.parametrize(
    ("told", "flag"),
    [
        ({"full": True}, "full"),
        ({"persisted": False}, "not_persisted"),
        ({"works_offline": False}, "needs_network"),
        ({"version": "older"}, "old_version"),
        ({"battery_pct": 9}, "battery"),
        ({"device_now": (OPEN + timedelta(days=2)).isoformat()}, "clock"),
        ({"device_now": (OPEN - timedelta(days=2)).isoformat()}, "clock"),
    ],
)
async def test_what_is_wrong_with_a_device_is_flagged(
    client: httpx.AsyncClient, database: Database, device: Device, told: dict[str, object], flag: str
) -> None:
    with clock.fixed(OPEN):
        await device.beat(client, **{"version": version(), **told})
        assert await flags(client, database) == [flag]


async def test_a_silent_device_is_flagged_within_opening_hours_only(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    with clock.fixed(OPEN):
        await device.beat(client, version=version())
    for minutes, expected in ((4, []), (6, ["silent"]), (60, ["silent"]), (12 * 60, [])):
        with clock.fixed(OPEN + timedelta(minutes=minutes)):
            assert await flags(client, database) == expected
    with clock.fixed(CLOSED):
        assert await flags(client, database) == []


async def test_a_device_switched_on_late_in_the_morning_has_a_quarter_of_an_hour(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    opening = OPEN.replace(hour=0, minute=30, second=0)  # half past seven in Hà Nội
    with clock.fixed(opening - timedelta(hours=14)):
        await device.beat(client, version=version())
    for minutes, expected in ((-1, []), (6, []), (14, []), (15, ["silent"])):
        with clock.fixed(opening + timedelta(minutes=minutes)):
            assert await flags(client, database) == expected
    with clock.fixed(opening + timedelta(minutes=1)):
        await device.beat(client, version=version())
    with clock.fixed(opening + timedelta(minutes=7)):  # it was awake today, and is dead now
        assert await flags(client, database) == ["silent"]


def test_a_dead_device_is_silent_within_six_minutes_and_one_lost_beat_is_not_told_of() -> None:
    source, told = random.Random(20261130), 0
    for _ in range(20_000):
        beat = OPEN + timedelta(seconds=source.uniform(0, 60))
        heard_at = beat.replace(second=0, microsecond=0)  # as it is kept
        next_but_one = beat + timedelta(seconds=sum(source.uniform(*BEAT_SECONDS) for _ in range(2)))
        told += _is_silent("", heard_at, next_but_one)
        looked_at = beat + timedelta(minutes=6) - timedelta(seconds=KIOSK_SECONDS)
        assert _is_silent("", heard_at, looked_at + timedelta(microseconds=1))
    assert told / 20_000 < 0.01


def test_the_devices_beat_is_as_often_as_the_office_expects() -> None:
    module = (STATIC / "heartbeat.mjs").read_text(encoding="utf-8")
    assert "const EVERY_MS = 120_000;" in module
    assert "milliseconds * (0.8 + 0.4 * Math.random())" in module
    assert BEAT_SECONDS == (0.8 * 120, 1.2 * 120)


async def test_a_device_that_never_came_back_after_its_connection_is_silent_too(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    with clock.fixed(OPEN):
        assert await flags(client, database) == ["silent"]


async def test_the_minute_of_contact_is_kept_in_one_row_that_is_overwritten(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    for minutes in (0, 5):
        with clock.fixed(OPEN + timedelta(minutes=minutes)):
            await device.beat(
                client, made=3 + minutes, last_answer_on="2026-11-18", device_now=OPEN.isoformat()
            )
    with database.read() as session:
        (row,) = session.exec(select(KioskDevice)).all()
    assert row.contact_at == OPEN.replace(second=0) + timedelta(minutes=5)
    assert (row.made, row.skew_seconds) == (8, -300)


async def test_numbers_of_a_device_never_go_back(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    await device.beat(client, made=9)
    await device.beat(client, made=4)
    with database.read() as session:
        assert session.exec(select(KioskDevice.made)).one() == 9


async def test_a_newer_device_may_tell_more_than_this_server_knows(
    client: httpx.AsyncClient, device: Device
) -> None:
    assert (await device.beat(client, paper_left=3)).status_code == 200


async def test_a_revoked_or_unknown_device_is_refused(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    assert (await client.post("/api/v1/kiosks/heartbeat", json={})).status_code in (401, 422)
    with database.write() as session:
        revoke(session, device.kiosk_id)
    assert (await device.beat(client)).status_code == 401
