"""Labels and posters from the console: PDF at once, mistakes in place with what was typed."""

import httpx
import pytest
from builders.accounts import signed_in
from builders.rounds import ROUND, an_open_round
from builders.units import some_services

from app.core.database import Database

pytestmark = pytest.mark.anyio


async def test_a_sheet_and_a_poster_are_printed_for_a_unit_by_its_name(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        an_open_round(session)
        some_services(session)
    csrf = signed_in(client, database, role="operator", unit_path="/24/07777/")
    fields = {
        "csrf_token": csrf,
        "round": ROUND,
        "unit": "viet yen",
        "submission": "counter",
        "stage": "returned",
    }
    sheet = await client.post("/console/receipts/sheet", data=fields | {"count": "3"})
    assert sheet.content.startswith(b"%PDF")
    assert "sipas-07777-3.pdf" in sheet.headers["content-disposition"]
    poster = await client.post(
        "/console/receipts/poster", data={"csrf_token": csrf, "unit": "07777", "counter": "quầy 3"}
    )
    assert poster.content.startswith(b"%PDF")
    for wrong, kept in (
        ({"count": "0"}, 'value="viet yen"'),
        ({"count": "2", "service": "9.9"}, 'value="9.9"'),
        ({"count": "2", "expires_on": "2020-01-01"}, 'value="2020-01-01"'),
        ({"count": "2", "unit": "không đâu"}, 'value="không đâu"'),
    ):
        page = await client.post("/console/receipts/sheet", data=fields | wrong)
        assert page.status_code in (404, 422), wrong
        assert kept in page.text, wrong
    elsewhere = await client.post("/console/receipts/sheet", data=fields | {"count": "2", "unit": "07210"})
    assert elsewhere.status_code == 403
    long = {"csrf_token": csrf, "unit": "07777", "counter": "một cái tên quầy dài quá hai mươi chữ"}
    page = await client.post("/console/receipts/poster", data=long)
    assert page.status_code == 422
    assert 'value="một cái tên quầy dài quá hai mươi chữ"' in page.text
