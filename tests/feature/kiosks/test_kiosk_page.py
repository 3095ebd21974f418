"""The console's page of kiosks: the code to scan, and each kiosk's own opening hours."""

import re
from datetime import datetime, timedelta

import httpx
import pytest
from builders.accounts import signed_in
from builders.collection import COMMUNE
from builders.kiosks import Device
from typer.testing import CliRunner

from app.cli import cli
from app.core import clock
from app.core.database import Database
from app.core.pages import STATIC
from app.core.qr import qr_text
from app.kiosks.service import enrolment_link
from app.kiosks.thanks import set_thanks

pytestmark = pytest.mark.anyio
PAGE, ME = "/console/kiosks", "/api/v1/kiosks/me"


async def opening(client: httpx.AsyncClient, device: Device) -> dict[str, object]:
    found: dict[str, object] = (await client.get(ME, headers=device.bearer)).json()["opening"]
    return found


async def test_a_kiosk_gets_hours_of_its_own_and_loses_them_again(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    usual = await opening(client, device)
    csrf = signed_in(client, database, role="operator", unit_path=f"/24/{COMMUNE}/")
    address = f"{PAGE}/{device.kiosk_id}/hours"
    saved = await client.post(address, data={"csrf_token": csrf, "hours": " 2-6  07:00-11:30 "})
    assert (saved.status_code, saved.headers["location"]) == (303, PAGE)
    assert await opening(client, device) == {
        "first_day": 2,
        "last_day": 6,
        "opens": "07:00",
        "closes": "11:30",
    }
    assert 'value="2-6 07:00-11:30"' in (await client.get(PAGE)).text
    await client.post(address, data={"csrf_token": csrf, "hours": ""})
    assert await opening(client, device) == usual


@pytest.mark.parametrize("typed", ["8h-17h", "6-2 07:00-11:30", "1-5 17:00-07:30", "1-5 <b>"])
async def test_hours_that_cannot_be_read_are_told_beside_their_field_and_change_nothing(
    client: httpx.AsyncClient, database: Database, device: Device, typed: str
) -> None:
    usual = await opening(client, device)
    csrf = signed_in(client, database, role="operator")
    address = f"{PAGE}/{device.kiosk_id}/hours?lang=vi"
    refused = await client.post(address, data={"csrf_token": csrf, "hours": typed})
    assert refused.status_code == 422
    (field,) = re.findall(r"<details open>.*?</details>", refused.text, re.DOTALL)
    assert f'value="{typed.replace("<", "&lt;").replace(">", "&gt;")}"' in field
    assert 'aria-invalid="true"' in field
    assert "không đúng cách viết giờ làm việc; hãy viết" in field
    assert await opening(client, device) == usual


async def test_hours_of_another_office_s_kiosk_cannot_be_changed(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    csrf = signed_in(client, database, role="operator", unit_path="/24/07210/")
    fields = {"csrf_token": csrf, "hours": "1-5 07:00-11:30"}
    assert (await client.post(f"{PAGE}/{device.kiosk_id}/hours", data=fields)).status_code == 403


async def test_the_picture_of_a_code_is_shown_once(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    csrf = signed_in(client, database, role="operator")
    made = await client.post(f"{PAGE}/{device.kiosk_id}/renew?lang=vi", data={"csrf_token": csrf})
    assert '<div class="qr" role="img" aria-label="Mã để quét' in made.text
    assert "<svg" in made.text.split('class="qr"')[1].split("</div>")[0]
    assert 'class="qr"' not in (await client.get(PAGE)).text


def test_the_command_line_draws_the_link_of_the_code(device: Device) -> None:
    told = CliRunner().invoke(cli, ["kiosks", "code", device.kiosk_id], catch_exceptions=False).output
    (code,) = re.findall(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$", told, re.MULTILINE)
    drawn = [line.rstrip() for line in qr_text(enrolment_link(code)).strip().splitlines()]
    assert "\n".join(drawn) in "\n".join(line.rstrip() for line in told.splitlines())


async def test_screens_the_device_has_are_not_sent_again(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    first = await client.get(ME, headers=device.bearer)
    assert (first.status_code, first.headers["cache-control"]) == (200, "private, no-cache")
    asking = {**device.bearer, "If-None-Match": first.headers["etag"]}
    with clock.fixed(clock.now() + timedelta(minutes=5)):
        again = await client.get(ME, headers=asking)
        now = clock.now()
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert datetime.fromisoformat(again.headers["x-server-now"]) == now  # the kept body's time is an old one
    with database.write() as session:
        set_thanks(session, COMMUNE, {"vi": "Đã thêm ghế chờ."})
    changed = await client.get(ME, headers=asking)
    assert changed.status_code == 200
    assert "Đã thêm ghế chờ." in changed.json()["screens"]["vi"]
    stranger = {"Authorization": "Bearer unknown", "If-None-Match": first.headers["etag"]}
    assert (await client.get(ME, headers=stranger)).status_code == 401


def test_the_kiosks_own_page_is_never_told_the_time_of_an_earlier_reply() -> None:
    assert 'cache: "no-store",' in (STATIC / "wire.mjs").read_text(encoding="utf-8")
