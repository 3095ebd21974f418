"""A form written in more languages than the program speaks: kiosks and phones offer them."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from builders.collection import stored
from builders.kiosks import a_device
from builders.rounds import a_new_round
from builders.site import UNIT

from app.core import clock
from app.core.database import Database
from app.forms.service import get_form, publish_form
from app.kiosks.languages import name_of
from app.receipts.service import issue
from app.rounds.service import create_round
from survey_forms import from_document, to_document

pytestmark = pytest.mark.anyio
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KHMER, ASKED = "km", "សំណួរ"


def spoken_also(document: Any) -> Any:
    """Every text of a definition a third time."""
    if isinstance(document, list):
        return [spoken_also(part) for part in document]
    if not isinstance(document, dict):
        return document
    also = {KHMER: f"{ASKED}: {document['vi']}"} if {"vi", "en"} <= set(document) else {}
    return {key: spoken_also(part) for key, part in document.items()} | also


@pytest.fixture
def round_code(database: Database) -> str:
    with database.write() as session:
        new = a_new_round(session)
        document = to_document(get_form(session, new.forms["kiosk"]))
        document["languages"] = [*document["languages"], KHMER]
        version = publish_form(session, from_document(spoken_also(document)), by="tests").form_version
        new.forms.update(dict.fromkeys(new.forms, version))
        return create_round(session, new).round_code


@on_sqlite
@pytest.mark.usefixtures("round_code")
async def test_a_kiosk_offers_every_language_of_its_form(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        device = a_device(session, UNIT)
    screens = (await client.get("/api/v1/kiosks/me", headers=device.bearer)).json()["screens"]
    assert list(screens) == ["vi", "en", KHMER]
    assert ASKED in screens[KHMER]
    assert ASKED not in screens["vi"] + screens["en"]
    buttons = re.findall(r'data-language="(\w+)" lang="\1" aria-pressed="(\w+)">([^<]+)<', screens[KHMER])
    assert buttons == [("vi", "false", "Tiếng Việt"), ("en", "false", "English"), (KHMER, "true", "ខ្មែរ")]
    assert '<nav class="kiosk-nav" aria-label="Các bước" lang="vi">' in screens[KHMER]


@on_sqlite
async def test_a_phone_shows_it_while_it_is_asked_for_and_the_answer_says_so(
    client: httpx.AsyncClient, database: Database, round_code: str
) -> None:
    address = f"/r/{issue(round_code, UNIT, expires_on=clock.today() + timedelta(days=3))}"
    assert f'<a href="?lang={KHMER}" lang="{KHMER}"' in (await client.get(address)).text
    page = await client.get(address, params={"lang": KHMER})
    assert f'<html lang="{KHMER}">' in page.text
    assert f"{ASKED}: Ông/bà hài lòng" in page.text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)"[^>]*? value="([^"]*)"', page.text))
    empty = await client.post(address, params={"lang": KHMER}, data=fields)
    assert (empty.status_code, ASKED in empty.text) == (422, True)
    sent = await client.post(address, params={"lang": KHMER}, data={**fields, "a.q_overall": "4"})
    assert sent.status_code == 303
    assert [row.language for row in stored(database)] == [KHMER]


@on_sqlite
@pytest.mark.usefixtures("round_code")
async def test_a_counters_poster_stays_the_counters_in_every_language(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get(f"/p/{UNIT}", params={"counter": "Quầy 3"})).text
    (address,) = re.findall(r'<a href="([^"]*lang=en)"', page)
    english = (await client.get(f"/p/{UNIT}{address.replace('&amp;', '&')}")).text
    assert 'data-counter="Quầy 3"' in english


@pytest.mark.parametrize(("code", "name"), [("km", "ខ្មែរ"), ("tyz", "Tày"), ("xx", "xx")])
def test_a_language_is_called_by_its_own_name(code: str, name: str) -> None:
    assert name_of(code) == name
