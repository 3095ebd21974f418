"""A unit's own words after an answer: written by staff, plain, shown by its kiosks at their next look."""

import re

import httpx
import pytest
from builders.accounts import signed_in
from builders.collection import COMMUNE, OTHER_COMMUNE
from builders.kiosks import Device, a_device
from sqlmodel import select
from typer.testing import CliRunner

from app.accounts.trail import AuditEntry
from app.cli import cli
from app.core.database import Database
from app.core.errors import Invalid, NotFound
from app.kiosks.thanks import LONGEST_THANKS, set_thanks, thanks_of

pytestmark = pytest.mark.anyio
PAGE, ME = "/console/kiosks", "/api/v1/kiosks/me"
CHAIRS, CHAIRS_EN = "Tháng trước 3 ghế chờ đã được thêm.", "Last month 3 chairs were added."
USUAL = {"vi": "Câu trả lời đã được ghi nhận", "en": "Your answers have been recorded"}


async def thanked(client: httpx.AsyncClient, device: Device) -> dict[str, str]:
    """The sentence of the last screen, by language."""
    screens = (await client.get(ME, headers=device.bearer)).json()["screens"]
    return {
        language: re.findall(r'data-screen="thanks".*?<p>(.*?)</p>', screen, re.DOTALL)[0]
        for language, screen in screens.items()
    }


async def test_staff_write_it_and_every_kiosk_of_the_unit_shows_it_at_its_next_look(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    with database.write() as session:
        second, elsewhere = a_device(session, COMMUNE, "Quầy 2"), a_device(session, OTHER_COMMUNE)
    csrf = signed_in(client, database, role="operator", unit_path=f"/24/{COMMUNE}/")
    address = f"{PAGE}/{device.kiosk_id}/thanks"
    fields = {"csrf_token": csrf, "thanks_vi": f"  {CHAIRS} ", "thanks_en": ""}
    saved = await client.post(address, data=fields)
    assert (saved.status_code, saved.headers["location"]) == (303, PAGE)
    for one in (device, second):
        shown = await thanked(client, one)
        assert shown["vi"] == CHAIRS
        assert shown["en"].startswith(USUAL["en"])  # nobody is thanked in a language that is not theirs
    assert CHAIRS not in (await thanked(client, elsewhere))["vi"]
    await client.post(address, data={**fields, "thanks_en": CHAIRS_EN})
    assert await thanked(client, device) == {"vi": CHAIRS, "en": CHAIRS_EN}
    page = (await client.get(f"{PAGE}?lang=vi")).text
    assert page.count(f'value="{CHAIRS}"') == 2
    assert "Lời cảm ơn của đơn vị: lời riêng" in page
    with database.read() as session:
        entries = [e for e in session.exec(select(AuditEntry)) if e.action == "kiosk thanks set"]
    assert [entry.target for entry in entries] == [COMMUNE] * 2
    assert sorted((entry.detail for entry in entries), key=len)[-1] == {"vi": CHAIRS, "en": CHAIRS_EN}
    await client.post(address, data={"csrf_token": csrf, "thanks_vi": "", "thanks_en": ""})
    assert (await thanked(client, device))["vi"].startswith(USUAL["vi"])


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("x" * (LONGEST_THANKS + 1), f"dài hơn {LONGEST_THANKS} ký tự"),
        ("<b>Cảm ơn</b>", "câu này có thẻ định dạng"),
        ("Cảm ơn\u202e", "câu này có thẻ định dạng"),
    ],
)
async def test_what_cannot_be_shown_is_told_beside_its_field_and_changes_nothing(
    client: httpx.AsyncClient, database: Database, device: Device, typed: str, told: str
) -> None:
    csrf = signed_in(client, database, role="operator")
    fields = {"csrf_token": csrf, "thanks_vi": CHAIRS, "thanks_en": typed}
    refused = await client.post(f"{PAGE}/{device.kiosk_id}/thanks?lang=vi", data=fields)
    assert refused.status_code == 422
    (field,) = re.findall(r"<details open>.*?</details>", refused.text, re.DOTALL)
    assert f'value="{CHAIRS}"' in field
    assert told in field
    assert (await thanked(client, device))["vi"].startswith(USUAL["vi"])


async def test_words_of_another_office_cannot_be_written(
    client: httpx.AsyncClient, database: Database, device: Device
) -> None:
    csrf = signed_in(client, database, role="operator", unit_path="/24/07210/")
    fields = {"csrf_token": csrf, "thanks_vi": CHAIRS}
    assert (await client.post(f"{PAGE}/{device.kiosk_id}/thanks", data=fields)).status_code == 403


def test_the_command_line_writes_shows_and_takes_away(device: Device, database: Database) -> None:
    def run(*given: str) -> str:
        return CliRunner().invoke(cli, ["kiosks", "thanks", *given], catch_exceptions=False).output

    run(COMMUNE, "--vi", CHAIRS, "--en", CHAIRS_EN)
    assert CHAIRS in run(COMMUNE)
    run(COMMUNE, "--en", "")
    with database.read() as session:
        assert thanks_of(session, COMMUNE) == {"vi": CHAIRS}


def test_another_language_or_an_unknown_unit_is_refused(device: Device, database: Database) -> None:
    with database.write() as session:
        with pytest.raises(Invalid) as refused:
            set_thanks(session, COMMUNE, {"km": "អរគុណ"})
        assert refused.value.problems[0].where == "thanks_km"
        with pytest.raises(NotFound):
            set_thanks(session, "00000", {"vi": CHAIRS})
