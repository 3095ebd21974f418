"""Alerts as a page: filtered by the address, marked as seen with a note; receivers and their secret."""

import re

import httpx
import pytest
from builders.accounts import an_api_key, signed_in
from builders.units import a_province_with_communes

from app.alerts.rules import Finding
from app.alerts.service import reconcile
from app.core.database import Database

pytestmark = pytest.mark.anyio
FOUND = (
    Finding("kiosk_gap", "07777", "", "k1", {"missing": 3, "made": 90}),
    Finding("sample_behind", "07774", "2026-Q4", "", {"answers": 19, "expected": 86, "plan": 150}),
)


@pytest.fixture
def alerts(database: Database) -> Database:
    with database.write() as session:
        a_province_with_communes(session)
        reconcile(session, FOUND)
    return database


async def test_alerts_are_listed_filtered_and_marked_as_seen(
    client: httpx.AsyncClient, alerts: Database
) -> None:
    csrf = signed_in(client, alerts, role="analyst", unit_path="/24/")
    page = (await client.get("/console/alerts")).text
    assert "2 cảnh báo chưa ai xem" in page
    assert "/console/monitor?round=2026-Q4&amp;unit=07774" in page
    filtered = (await client.get("/console/alerts?rule=kiosk_gap&unit=viet+yen&state=open")).text
    assert "3 trong 90 phiếu" in filtered
    assert "19 phiếu" not in filtered
    [address] = re.findall(r'action="(/console/alerts/[0-9a-f]+/acknowledge)"', filtered)
    empty = await client.post(address, data={"csrf_token": csrf, "note": " "})
    assert (empty.status_code, "ghi chú để trống" in empty.text) == (422, True)
    seen = await client.post(
        address, data={"csrf_token": csrf, "note": "đã gọi <b>kỹ thuật</b>", "rule": "kiosk_gap"}
    )
    assert seen.headers["location"] == "/console/alerts?rule=kiosk_gap&done=acknowledged"
    assert (
        "đã gọi &lt;b&gt;kỹ thuật&lt;/b&gt;" in (await client.get("/console/alerts?state=acknowledged")).text
    )
    assert "Alerts nobody has seen yet: 1" in (await client.get("/console/alerts?lang=en")).text


async def test_somebody_of_another_unit_sees_nothing(client: httpx.AsyncClient, alerts: Database) -> None:
    signed_in(client, alerts, role="viewer", unit_path="/24/07210/")
    assert "Không có gì cần chú ý" in (await client.get("/console/alerts")).text
    assert (await client.get("/console/alerts/receivers")).status_code == 403
    assert (await client.get("/console/alerts?unit=99999")).status_code == 404


async def test_a_webhook_is_added_its_secret_shown_once_and_removed(
    client: httpx.AsyncClient, alerts: Database
) -> None:
    csrf = signed_in(client, alerts)
    fields = {
        "csrf_token": csrf,
        "kind": "webhook",
        "name": "Trục",
        "address": "https://10.0.0.1/x",
        "unit": "24",
    }
    inner = await client.post("/console/alerts/receivers", data=fields)
    assert (inner.status_code, "dẫn tới địa chỉ nội bộ" in inner.text) == (422, True)
    added = await client.post(
        "/console/alerts/receivers", data={**fields, "address": "https://hook.example/x"}
    )
    [secret] = re.findall(r'class="secret">([0-9a-f]{64})<', added.text)
    listed = (await client.get("/console/alerts/receivers")).text
    assert secret not in listed
    [address] = re.findall(r'action="(/console/alerts/receivers/[0-9a-f]+/remove)"', listed)
    assert (await client.post(address, data={"csrf_token": csrf})).status_code == 303
    assert "https://hook.example/x" not in (await client.get("/console/alerts/receivers")).text


async def test_programs_read_alerts_and_answer_them(client: httpx.AsyncClient, alerts: Database) -> None:
    with alerts.write() as session:
        analyst = {"Authorization": f"Bearer {an_api_key(session, role='analyst', unit_path='/24/')}"}
        master = {"Authorization": f"Bearer {an_api_key(session)}"}
    found = (await client.get("/api/v1/alerts?rule=kiosk_gap", headers=analyst)).json()
    assert [(one["unit_code"], one["state"]) for one in found] == [("07777", "open")]
    address = f"/api/v1/alerts/{found[0]['alert_id']}/acknowledge"
    assert (await client.post(address, json={"note": "đang sửa"}, headers=analyst)).status_code == 204
    body = {"kind": "webhook", "name": "Trục", "address": "https://hook.example/x", "unit": "07777"}
    assert (await client.post("/api/v1/alert-receivers", json=body, headers=analyst)).status_code == 403
    made = (await client.post("/api/v1/alert-receivers", json=body, headers=master)).json()
    assert len(made["secret"]) == 64
    [listed] = (await client.get("/api/v1/alert-receivers", headers=master)).json()
    assert (listed["unit_path"], listed["secret"]) == ("/24/07777/", "")
    gone = await client.delete(f"/api/v1/alert-receivers/{made['receiver_id']}", headers=master)
    assert gone.status_code == 204
