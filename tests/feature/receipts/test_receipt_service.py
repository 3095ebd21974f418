"""Receipts for one-stop software: one code a dossier, asked for as often as it likes, forgotten in time."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import zxingcpp
from builders.accounts import an_api_key
from builders.rounds import an_open_round
from builders.units import some_services
from PIL import Image
from sqlalchemy import text

from app.collection.mix import mix
from app.core import clock
from app.core.config import settings
from app.core.database import Database
from app.receipts.dossiers import Wanted, code_receipts
from app.receipts.service import Receipt, read_receipt

pytestmark = pytest.mark.anyio
UNIT, OTHER_UNIT, SERVICE = "07777", "07774", "2.000815"
DOSSIER = "H05.16-261122-0007"
KEPT = {"short_code": "code_digest", "issued_dossier": "dossier_digest"}


@pytest.fixture
def key(database: Database) -> dict[str, str]:
    with database.write() as session:
        some_services(session)
        an_open_round(session)
        return {"Authorization": f"Bearer {an_api_key(session, 'operator')}"}


def an_order(**change: Any) -> dict[str, Any]:
    return {"unit": UNIT, "service": SERVICE, "submission": "counter", "stage": "returned"} | change


async def ask(client: httpx.AsyncClient, key: dict[str, str], *orders: dict[str, Any]) -> httpx.Response:
    body = {"round": "2026-Q4", "receipts": list(orders)}
    return await client.post("/api/v1/receipts", json=body, headers=key)


def rows_of(database: Database, table: str) -> list[tuple[Any, ...]]:
    place = "rowid" if database.dialect == "sqlite" else "ctid::text, xmin::text"
    with database.engine.connect() as connection:
        return sorted(map(tuple, connection.execute(text(f"SELECT {place}, * FROM {table}"))))


def local(url: str) -> str:
    return urlsplit(url).path


async def test_a_dossier_asked_for_again_gets_the_same_receipt_also_on_another_day(
    client: httpx.AsyncClient, key: dict[str, str]
) -> None:
    first = await ask(client, key, an_order(dossier=DOSSIER), an_order(dossier="other"))
    with clock.fixed(clock.now() + timedelta(days=3)):
        again = await ask(client, key, an_order(dossier=DOSSIER), an_order(dossier=f" {DOSSIER} "))
    assert (first.status_code, again.status_code) == (201, 201)
    assert [one["status"] for one in first.json() + again.json()] == [
        "issued",
        "issued",
        "repeated",
        "repeated",
    ]
    for same in again.json():
        assert same | {"status": "issued"} == first.json()[0]
    assert first.json()[0]["token"] != first.json()[1]["token"]


async def test_one_dossier_named_twice_in_a_batch_has_one_receipt(
    client: httpx.AsyncClient, key: dict[str, str], database: Database
) -> None:
    said = (await ask(client, key, an_order(dossier=DOSSIER), an_order(dossier=DOSSIER), an_order())).json()
    assert said[0]["token"] == said[1]["token"] != said[2]["token"]
    assert [len(rows_of(database, table)) for table in KEPT] == [2, 1]


async def test_two_programs_asking_at_once_get_the_same_code(database: Database, key: dict[str, str]) -> None:
    expires_on = clock.today() + timedelta(days=9)
    wanted = [
        Wanted(Receipt("2026-Q4", UNIT, SERVICE, "counter", "", expires_on), f"d{n}") for n in range(40)
    ]

    def issue_all() -> list[str]:
        with database.write() as session:
            return [coded.code for coded in code_receipts(session.connection(), wanted)]

    answers = await asyncio.gather(*(asyncio.to_thread(issue_all) for _ in range(4)))
    assert all(codes == answers[0] for codes in answers)
    assert [len(rows_of(database, table)) for table in KEPT] == [40, 40]


async def test_each_stage_and_each_unit_has_a_receipt_of_its_own(
    client: httpx.AsyncClient, key: dict[str, str]
) -> None:
    orders = [an_order(dossier=DOSSIER, stage=stage, unit=unit) for stage, unit in
              (("received", UNIT), ("returned", UNIT), ("returned", OTHER_UNIT))]  # fmt: skip
    said = (await ask(client, key, *orders)).json()
    assert {one["status"] for one in said} == {"issued"}
    assert [read_receipt(one["token"]).stage for one in said] == ["received", "returned", "returned"]


async def test_a_dossier_under_another_service_is_refused_and_nothing_is_issued(
    client: httpx.AsyncClient, key: dict[str, str], database: Database
) -> None:
    await ask(client, key, an_order(dossier=DOSSIER))
    refused = await ask(client, key, an_order(dossier="new"), an_order(dossier=DOSSIER, service="1.004194"))
    assert refused.status_code == 409
    assert refused.json()["error"]["where"] == "receipts.1.dossier"
    assert refused.json()["error"]["code"] == "dossier_issued"
    assert DOSSIER not in refused.text
    assert [len(rows_of(database, table)) for table in KEPT] == [1, 1]


async def test_the_pictures_of_a_receipt_lead_to_its_own_address(
    client: httpx.AsyncClient, key: dict[str, str], tmp_path: Path
) -> None:
    (one,) = (await ask(client, key, an_order(dossier=DOSSIER))).json()
    picture = tmp_path / "qr.png"
    picture.write_bytes((await client.get(local(one["qr_png"]))).content)
    with Image.open(picture) as opened:
        (code,) = zxingcpp.read_barcodes(opened)
    assert code.text == one["url"]
    assert (await client.get(local(one["qr_svg"]))).headers["content-type"] == "image/svg+xml"


async def test_no_dossier_number_stands_in_the_database_or_the_audit_trail(
    client: httpx.AsyncClient, key: dict[str, str], database: Database, home: Path
) -> None:
    (one,) = (await ask(client, key, an_order(dossier=DOSSIER))).json()
    everything = "".join(
        str(rows_of(database, table)) for table in (*KEPT, "audit_entry", "spent_token", "response")
    )
    for secret in (DOSSIER, one["token"], one["short_code"], one["short_code"].replace("-", "")):
        assert secret not in everything
    if database.dialect == "sqlite":
        assert all(DOSSIER.encode() not in file.read_bytes() for file in home.glob("sipas.db*"))


async def test_what_is_kept_of_a_dossier_is_deleted_when_its_receipt_expires(
    client: httpx.AsyncClient, key: dict[str, str], database: Database, home: Path
) -> None:
    expires_on = (clock.today() + timedelta(days=5)).isoformat()
    await ask(client, key, an_order(dossier=DOSSIER, expires_on=expires_on), an_order())
    digests = {table: [row for row in rows_of(database, table)] for table in KEPT}
    with clock.fixed(clock.now() + timedelta(days=5)):
        assert (await asyncio.to_thread(mix, database)).forgotten == 0
    with clock.fixed(clock.now() + timedelta(days=6)):
        assert (await asyncio.to_thread(mix, database)).forgotten == 1
    assert [len(rows_of(database, table)) for table in KEPT] == [2, 0]
    with clock.fixed(clock.now() + timedelta(days=6 + settings().late_days)):
        assert (await asyncio.to_thread(mix, database)).forgotten == 1
    assert [len(rows_of(database, table)) for table in KEPT] == [1, 0]
    if database.dialect == "sqlite":
        left = b"".join(file.read_bytes() for file in home.glob("sipas.db*"))
        assert not any(str(row[1]).encode() in left for row in digests["issued_dossier"])


async def test_answering_touches_neither_the_code_nor_the_dossier(
    client: httpx.AsyncClient, key: dict[str, str], database: Database
) -> None:
    (one,) = (await ask(client, key, an_order(dossier=DOSSIER))).json()
    before = [rows_of(database, table) for table in KEPT]
    page = (await client.get(local(one["url"]))).text
    fields = {"response_id": page.split('name="response_id"')[1].split('value="')[1][:36], "a.q_overall": "5"}
    assert (await client.post(local(one["url"]), data=fields)).status_code == 303
    assert [rows_of(database, table) for table in KEPT] == before
    assert (await client.get(local(one["url"]))).status_code == 410


async def test_a_key_without_the_role_and_a_unit_outside_its_reach_are_refused(
    client: httpx.AsyncClient, key: dict[str, str], database: Database
) -> None:
    with database.write() as session:
        weak = {"Authorization": f"Bearer {an_api_key(session, 'viewer')}"}
        near = {"Authorization": f"Bearer {an_api_key(session, 'operator', f'/24/{OTHER_UNIT}/')}"}
    for who in (weak, near):
        assert (await ask(client, who, an_order(dossier=DOSSIER))).status_code == 403
    assert (await ask(client, {}, an_order())).status_code == 401
    assert rows_of(database, "issued_dossier") == []
