"""Answers from files in the console: a kiosk's queue and paper, stored once, refusals with their line."""

import json

import httpx
import pytest
from builders.accounts import signed_in
from builders.collection import COMMUNE, Asking, how_many
from builders.kiosks import a_device
from sqlmodel import select

from app.accounts.tables import AuditEntry
from app.core.database import Database

pytestmark = pytest.mark.anyio
MAP = """
name = "phiếu giấy"
key = ["số"]
round = "2026-q4"
language = "vi"
mode = "paper"
submission = "counter"

[unit]
column = "đơn vị"

[answered_on]
column = "ngày"
format = "%d/%m/%Y"

[items]
q_overall = "hài lòng"
"""


async def test_the_queue_of_a_kiosk_is_brought_in_once(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    with database.write() as session:
        device = a_device(session, COMMUNE)
    entries = [
        {"body": json.dumps(asking.wire(mode="kiosk")), "number": number, "device": device.device_id}
        for number in (1, 2)
    ]
    file = json.dumps({"format": "sipas-kiosk-queue", "format_version": 1, "entries": entries}).encode()
    csrf = signed_in(client, database, role="operator")
    for told in ("Đã lưu 2, đã có từ trước 0", "Đã lưu 0, đã có từ trước 2"):
        page = await client.post(
            "/console/responses/queue", data={"csrf_token": csrf}, files={"queue": ("hàng chờ.json", file)}
        )
        assert page.status_code == 200
        assert told in page.text
    assert how_many(database) == 2
    other = await client.post(
        "/console/responses/queue", data={"csrf_token": csrf}, files={"queue": ("x.json", b"{}")}
    )
    assert other.status_code == 400
    assert "x.json" in other.text
    with database.read() as session:
        entries_made = session.exec(
            select(AuditEntry).where(AuditEntry.action == "responses.import_queue")
        ).all()
    assert [entry.target for entry in entries_made] == ["hàng chờ.json"] * 2


async def test_paper_comes_in_with_its_map_and_each_refused_line_says_why(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    csrf = signed_in(client, database, role="operator")
    day = f"{asking.today:%d/%m/%Y}"
    table = f"Số,Đơn vị,Ngày,Hài lòng\n1,{COMMUNE},{day},5\n2,{COMMUNE},{day},8\n".encode()
    files = {"file": ("giấy.csv", table), "map": ("map.toml", MAP.encode())}
    page = await client.post("/console/responses/import", data={"csrf_token": csrf}, files=files)
    assert page.status_code == 200
    assert "Đã lưu 1" in page.text
    assert "Dòng 3" in page.text
    assert how_many(database) == 1
    alone = await client.post(
        "/console/responses/import", data={"csrf_token": csrf}, files={"file": ("giấy.csv", table)}
    )
    assert alone.status_code == 422
    csrf = signed_in(client, database, role="operator", unit_path="/24/")
    refused = await client.post("/console/responses/import", data={"csrf_token": csrf}, files=files)
    assert refused.status_code == 403
