"""A form written in more languages than the program speaks: kiosks and phones offer them."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from builders.collection import stored
from builders.kiosks import a_device
from builders.rounds import a_new_round
from builders.site import UNIT
from builders.units import a_volume

from app.core import clock
from app.core.collation import sort_key
from app.core.database import Database
from app.core.errors import Invalid
from app.forms.service import get_form, publish_form
from app.forms.voices import MOST_BYTES, list_voices
from app.kiosks import shell
from app.kiosks.languages import name_of
from app.kiosks.screens import LARGEST_SCREENS_BYTES, SEARCHABLE
from app.receipts.service import issue
from app.rounds.service import create_round, form_of
from app.units.tables import Service
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


def lay_voice(home: Path, name: str, bytes_: int) -> None:
    path = home / "voices" / "quick" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * bytes_)


def the_form(database: Database, round_code: str) -> Any:
    with database.read() as session:
        return get_form(session, form_of(session, round_code, "kiosk"))


async def a_kiosks_screens(client: httpx.AsyncClient, database: Database) -> dict[str, str]:
    with database.write() as session:
        device = a_device(session, UNIT)
    reply = await client.get("/api/v1/kiosks/me", headers=device.bearer)
    assert reply.status_code == 200
    return reply.json()["screens"]


@on_sqlite
async def test_its_recordings_are_played_and_listed_as_those_of_the_programs_own_languages(
    client: httpx.AsyncClient, database: Database, round_code: str, home: Path
) -> None:
    lay_voice(home, f"{KHMER}/q_overall.mp3", 9_000)
    screens = await a_kiosks_screens(client, database)
    assert ["data-voice" in screens[code] for code in ("vi", "en", KHMER)] == [False, False, True]
    assert list_voices(the_form(database, round_code)) == [(KHMER, "q_overall.mp3", 9_000)]


@on_sqlite
@pytest.mark.parametrize(
    ("name", "bytes_", "where"),
    [
        (f"{KHMER}/notes.txt", 1, f"voices/quick/{KHMER}/notes.txt"),
        (f"{KHMER}/q_nothing.mp3", 1, f"voices/quick/{KHMER}/q_nothing.mp3"),
        (f"{KHMER}/q_overall.mp3", MOST_BYTES + 1, "voices/quick"),
        (f"{KHMER}/old/q_overall.mp3", 1, f"voices/quick/{KHMER}/old"),
        ("fr/q_overall.mp3", 1, "voices/quick/fr"),
        ("notes.txt", 1, "voices/quick/notes.txt"),
    ],
)
async def test_what_is_wrong_with_its_recordings_is_named_and_the_kiosk_serves_without(
    client: httpx.AsyncClient,
    database: Database,
    round_code: str,
    home: Path,
    *,
    name: str,
    bytes_: int,
    where: str,
) -> None:
    lay_voice(home, name, bytes_)
    screens = await a_kiosks_screens(client, database)
    assert not any("data-voice" in screen for screen in screens.values())
    with pytest.raises(Invalid) as found:
        list_voices(the_form(database, round_code))
    assert [problem.where for problem in found.value.problems] == [where]


@on_sqlite
@pytest.mark.usefixtures("round_code")
async def test_what_a_kiosk_keeps_stays_below_one_and_a_half_megabytes(
    client: httpx.AsyncClient, database: Database, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        services = [a_long_named_service(number) for number in range(SEARCHABLE + 50)]
        session.add_all(services)
        session.flush()
        for service in services:
            a_volume(session, UNIT, "2026-05", finished=9, service_code=service.service_code)
    lay_voice(home, f"{KHMER}/q_overall.mp3", MOST_BYTES)
    screens = await a_kiosks_screens(client, database)
    assert "data-voice" in screens[KHMER]
    assert screens["vi"].count('name="service"') == SEARCHABLE
    kept = sum(len(screen.encode()) for screen in screens.values())
    assert kept < LARGEST_SCREENS_BYTES
    assert kept + sum(path.stat().st_size for path in shell._paths()) < 1_500_000
    monkeypatch.setattr("app.kiosks.screens.LARGEST_SCREENS_BYTES", kept - 1)
    assert "data-voice" not in (await a_kiosks_screens(client, database))[KHMER]


def a_long_named_service(number: int) -> Service:
    name = f"{number:03} " + "Đăng ký, cấp Giấy chứng nhận quyền sử dụng đất lần đầu đối với hộ gia đình " * 2
    return Service(
        service_code=f"2.{number:06}", name=name, field="Đất đai", level="Cấp xã", sort_key=sort_key(name)
    )


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
