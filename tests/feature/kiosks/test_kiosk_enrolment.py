"""A device is connected by a one-time code, shows its unit's screens, and can be cut off."""

from datetime import timedelta

import httpx
import pytest
from builders.accounts import an_api_key
from builders.rounds import an_open_round
from builders.units import a_province_with_communes, a_volume, some_services
from sqlmodel import select

from app.core import clock
from app.core.database import Database
from app.core.errors import Conflict
from app.kiosks import guesses, routes
from app.kiosks.rotation import ask_for_rotation
from app.kiosks.service import create_enrolment, renew_code, revoke
from app.kiosks.tables import EnrolmentCode, Kiosk
from app.rounds.service import close_round

pytestmark = pytest.mark.anyio
UNIT = "07777"
REDEEM, ME = "/api/v1/kiosks/redeem", "/api/v1/kiosks/me"


@pytest.fixture(autouse=True)
def no_earlier_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "guesses", guesses.Guesses())


@pytest.fixture
def code(database: Database) -> str:
    with database.write() as session:
        a_province_with_communes(session)
        return create_enrolment(session, UNIT, "Quầy 1").code


async def connected(client: httpx.AsyncClient, code: str) -> dict[str, str]:
    """The header of a device that has redeemed this code."""
    credential = (await client.post(REDEEM, json={"code": code})).json()["credential"]
    return {"Authorization": f"Bearer {credential}"}


async def test_a_code_becomes_a_credential_once(client: httpx.AsyncClient, code: str) -> None:
    first = await client.post(REDEEM, json={"code": code})
    again = await client.post(REDEEM, json={"code": code})
    assert first.status_code == 200
    assert first.json()["unit"] == {"code": UNIT, "name": "Phường Việt Yên"}
    assert again.status_code == 422
    assert again.json()["error"]["code"] == "code_invalid"


@pytest.mark.parametrize("typed", ["{low}", " {code} ", "{plain}"])
async def test_a_code_may_be_typed_in_any_case_with_or_without_its_hyphen(
    client: httpx.AsyncClient, code: str, typed: str
) -> None:
    spelled = typed.format(low=code.lower(), code=code, plain=code.replace("-", ""))
    assert (await client.post(REDEEM, json={"code": spelled})).status_code == 200


async def test_a_code_ends_after_its_minutes(client: httpx.AsyncClient, code: str) -> None:
    with clock.fixed(clock.now() + timedelta(minutes=31)):
        assert (await client.post(REDEEM, json={"code": code})).status_code == 422


async def test_another_code_cuts_off_the_first_device_once_it_is_used(
    client: httpx.AsyncClient, database: Database, code: str
) -> None:
    first = await connected(client, code)
    with database.write() as session:
        another = renew_code(session, session.exec(select(Kiosk.kiosk_id)).one())
    assert (await client.get(ME, headers=first)).status_code == 200
    second = await connected(client, another)
    assert (await client.get(ME, headers=first)).status_code == 401
    assert (await client.get(ME, headers=second)).status_code == 200


async def test_neither_code_nor_credential_can_be_read_in_the_database(
    client: httpx.AsyncClient, database: Database, code: str
) -> None:
    credential = (await connected(client, code))["Authorization"].removeprefix("Bearer ")
    with database.read() as session:
        kept = [*session.exec(select(Kiosk)).all(), *session.exec(select(EnrolmentCode)).all()]
    text = "".join(row.model_dump_json() for row in kept)
    assert credential not in text
    assert code not in text
    assert code.replace("-", "") not in text


async def test_guessing_codes_is_stopped_and_told_when_to_come_back(client: httpx.AsyncClient) -> None:
    for _ in range(guesses.CEILING):
        assert (await client.post(REDEEM, json={"code": "AAAA-AAAA"})).status_code == 422
    refused = await client.post(REDEEM, json={"code": "AAAA-AAAA"})
    assert refused.status_code == 429
    assert "giây" in refused.json()["error"]["message"]


async def test_a_revoked_device_is_refused(client: httpx.AsyncClient, database: Database, code: str) -> None:
    device = await connected(client, code)
    with database.write() as session:
        revoke(session, session.exec(select(Kiosk.kiosk_id)).one())
    assert (await client.get(ME, headers=device)).status_code == 401


def test_a_kiosk_that_was_cut_off_gets_no_code_that_could_not_work(database: Database, code: str) -> None:
    with database.write() as session:
        kiosk_id = session.exec(select(Kiosk.kiosk_id)).one()
        revoke(session, kiosk_id)
        for act in (renew_code, ask_for_rotation):
            with pytest.raises(Conflict, match="was cut off"):
                act(session, kiosk_id)


async def test_a_device_learns_its_unit_its_round_and_its_screens_in_both_languages(
    client: httpx.AsyncClient, database: Database, code: str
) -> None:
    with database.write() as session:
        an_open_round(session)
        some_services(session)
        a_volume(session, UNIT, "2026-10", finished=40, service_code="2.000815")
    shown = (await client.get(ME, headers=await connected(client, code))).json()
    assert (shown["unit"]["name"], shown["round"], shown["mode"]) == ("Phường Việt Yên", "2026-Q4", "kiosk")
    assert "Ông/bà hài lòng với lần phục vụ hôm nay?" in shown["screens"]["vi"]
    assert "How satisfied are you" in shown["screens"]["en"]
    assert "Chứng thực bản sao" in shown["screens"]["vi"]
    assert 'data-words="chung thuc ban sao"' in shown["screens"]["vi"]
    assert shown["idle_seconds"] == 20


async def test_without_a_service_in_the_register_the_kiosk_does_not_ask_for_one(
    client: httpx.AsyncClient, database: Database, code: str
) -> None:
    with database.write() as session:
        an_open_round(session)
    shown = (await client.get(ME, headers=await connected(client, code))).json()
    assert 'data-screen="service"' not in shown["screens"]["vi"]


async def test_when_the_round_closes_the_device_learns_that_nothing_runs(
    client: httpx.AsyncClient, database: Database, code: str
) -> None:
    with database.write() as session:
        round_code = an_open_round(session).round_code
    device = await connected(client, code)
    with database.write() as session:
        close_round(session, round_code)
    shown = (await client.get(ME, headers=device)).json()
    assert shown["round"] is None
    assert shown["screens"] == {}


async def test_an_operator_enrols_kiosks_of_their_own_units_only(
    client: httpx.AsyncClient, database: Database, code: str
) -> None:
    with database.write() as session:
        key = an_api_key(session, role="operator", unit_path=f"/24/{UNIT}/")
    own = {"Authorization": f"Bearer {key}"}
    made = await client.post("/api/v1/kiosks", json={"unit": UNIT, "name": "Quầy 2"}, headers=own)
    other = await client.post("/api/v1/kiosks", json={"unit": "07774"}, headers=own)
    assert made.status_code == 201
    assert (await client.post(REDEEM, json={"code": made.json()["code"]})).status_code == 200
    assert other.status_code == 403
    assert {one["name"] for one in (await client.get("/api/v1/kiosks", headers=own)).json()} == {
        "Quầy 1",
        "Quầy 2",
    }


async def test_the_kiosk_page_is_the_same_for_everybody_and_holds_no_device(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/kiosk")
    assert page.status_code == 200
    assert "Bearer" not in page.text
    assert "set-cookie" not in page.headers
