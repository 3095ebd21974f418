"""A device's credential changes by itself; whatever gets lost on the way, the device is never locked out."""

from datetime import timedelta

import httpx
import pytest
from alembic import command
from builders.accounts import an_api_key
from builders.collection import Asking, post
from builders.kiosks import Device
from sqlalchemy import inspect, text
from sqlmodel import select
from typer.testing import CliRunner

from app.cli import cli
from app.core import clock, migrations
from app.core.config import settings
from app.core.database import Database
from app.kiosks.tables import Kiosk

pytestmark = pytest.mark.anyio
ME = "/api/v1/kiosks/me"
LATER = timedelta(days=31)


async def handed_out(client: httpx.AsyncClient, device: Device) -> str | None:
    reply = await device.beat(client)
    assert reply.status_code == 200
    return reply.json()["credential"]


def with_credential(device: Device, credential: str | None) -> Device:
    assert credential
    return Device(device.kiosk_id, device.device_id, credential)


async def test_a_young_credential_stays(client: httpx.AsyncClient, device: Device) -> None:
    assert await handed_out(client, device) is None


async def test_an_old_credential_is_good_until_the_next_one_is_shown(
    client: httpx.AsyncClient, device: Device
) -> None:
    with clock.fixed(clock.now() + LATER):
        lost = await handed_out(client, device)
        again = await handed_out(client, device)
        assert lost == again
        renewed = with_credential(device, again)
        for shown in (device, renewed):
            assert (await client.get(ME, headers=shown.bearer)).status_code == 200
        assert await handed_out(client, renewed) is None
        assert (await client.get(ME, headers=device.bearer)).status_code == 401
        assert (await client.get(ME, headers=renewed.bearer)).status_code == 200


async def test_the_count_of_the_device_goes_on_under_another_credential(
    client: httpx.AsyncClient, database: Database, asking: Asking, device: Device
) -> None:
    await post(client, asking.wire(mode="kiosk"), **device.numbered(1))
    with clock.fixed(clock.now() + LATER):
        renewed = with_credential(device, await handed_out(client, device))
        await renewed.beat(client, made=2)
        assert (await client.get(ME, headers=renewed.bearer)).json()["device_id"] == device.device_id
        assert (await post(client, asking.wire(mode="kiosk"), **renewed.numbered(2))).status_code == 201
        with database.write() as session:
            key = an_api_key(session, role="operator")
        headers = {"Authorization": f"Bearer {key}"}
        (shown,) = (await client.get("/api/v1/kiosks/fleet", headers=headers)).json()
    assert [shown[name] for name in ("made", "missing", "duplicate", "waiting")] == [2, 0, 0, 0]


async def test_neither_credential_can_be_read_in_the_database(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    with clock.fixed(clock.now() + LATER):
        given = await handed_out(client, device)
    with database.read() as session:
        kept = str(session.exec(select(Kiosk)).one().model_dump())
    assert given
    assert given not in kept
    assert device.credential not in kept


async def test_an_operator_may_have_it_changed_at_once(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    with database.write() as session:
        operator, viewer = (an_api_key(session, role=role) for role in ("operator", "viewer"))
    address = f"/api/v1/kiosks/{device.kiosk_id}/rotate"
    refused = await client.post(address, headers={"Authorization": f"Bearer {viewer}"})
    assert refused.status_code == 403
    assert await handed_out(client, device) is None
    await client.post(address, headers={"Authorization": f"Bearer {operator}"})
    assert await handed_out(client, device)


async def test_the_command_line_may_have_it_changed_and_sets_opening_hours(
    client: httpx.AsyncClient, device: Device
) -> None:
    said = CliRunner().invoke(cli, ["kiosks", "rotate", device.kiosk_id], catch_exceptions=False)
    assert said.exit_code == 0
    assert await handed_out(client, device)
    command_line = ["kiosks", "hours", device.kiosk_id, "1-6 07:00-11:30"]
    assert CliRunner().invoke(cli, command_line, catch_exceptions=False).exit_code == 0
    opening = (await client.get(ME, headers=device.bearer)).json()["opening"]
    assert opening == {"first_day": 1, "last_day": 6, "opens": "07:00", "closes": "11:30"}


async def test_a_revoked_device_is_handed_nothing(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    with clock.fixed(clock.now() + LATER):
        renewed = with_credential(device, await handed_out(client, device))
        with database.write() as session:
            session.get_one(Kiosk, device.kiosk_id).revoked_at = clock.now()
        for shown in (device, renewed):
            assert (await shown.beat(client)).status_code == 401


def test_devices_of_before_keep_the_name_their_count_goes_by(
    database: Database, database_url: str, device: Device
) -> None:
    command.downgrade(migrations._config(database_url), "0004")
    assert "device_id" not in {column["name"] for column in inspect(database.engine).get_columns("kiosk")}
    migrations.upgrade(database_url)
    with database.engine.connect() as connection:
        found = connection.execute(text("SELECT device_id FROM kiosk")).scalars().all()
    assert found == [device.device_id]
    assert settings().credential_days == 30
