"""The board as a page: typed figures, a file, targets; what fails comes back with what was typed."""

import re
from collections.abc import Mapping

import httpx
import pytest
from builders.accounts import an_api_key, signed_in
from builders.units import a_province_with_communes

from app.core.database import Database

pytestmark = pytest.mark.anyio
FIGURE = {
    "indicator": "egov",
    "unit": "24",
    "body": "Huyện Bình Liêu (trước 01/7/2025)",
    "year": "2022",
    "score": "165,02",
    "max": "220",
    "rank": "13",
    "of": "13",
    "change_points": "+35,34",
    "change_ranks": "−2",
    "source": "Báo Quảng Ninh",
}


@pytest.fixture
async def csrf(client: httpx.AsyncClient, database: Database) -> str:
    with database.write() as session:
        a_province_with_communes(session)
    return signed_in(client, database, role="operator", unit_path="/24/")


async def post(client: httpx.AsyncClient, path: str, csrf: str, fields: Mapping[str, str]) -> httpx.Response:
    return await client.post(f"/console/indices{path}", data={"csrf_token": csrf, **fields})


async def test_a_figure_is_typed_shown_exported_and_taken_back(client: httpx.AsyncClient, csrf: str) -> None:
    assert (await post(client, "", csrf, FIGURE)).status_code == 303
    page = (await client.get("/console/indices")).text
    assert "165,02/220 = 75,01%" in page
    assert "<strong>+35,34 điểm nhưng −2 hạng</strong>" in page
    assert "165.02/220 = 75.01%" in (await client.get("/console/indices?lang=en")).text
    file = (await client.get("/console/indices/file.csv")).text
    assert "165.02,220,75.01" in file
    assert (await client.get("/console/indices/file.xlsx")).content[:2] == b"PK"
    assert (await client.get("/console/indices/file.pdf")).status_code == 422
    key = {name: FIGURE[name] for name in ("indicator", "unit", "body", "year")}
    assert (await post(client, "/remove", csrf, key)).status_code == 303
    assert "165" not in (await client.get("/console/indices/file.csv")).text


async def test_a_mistake_comes_back_with_what_was_typed(client: httpx.AsyncClient, csrf: str) -> None:
    page = await post(client, "", csrf, {**FIGURE, "score": "320"})
    assert page.status_code == 422
    assert "320 không nằm giữa 0 và 220" in page.text
    assert 'value="Huyện Bình Liêu (trước 01/7/2025)"' in page.text


async def test_a_file_is_brought_in_whole_or_not_at_all(client: httpx.AsyncClient, csrf: str) -> None:
    good = "indicator,unit,year,score,source\nsipas,24,2023,82.66,báo\npci,24,2023,66.5,báo\n"
    wrong = good.replace("66.5", "sáu mươi")
    sent = {"csrf_token": csrf}
    refused = await client.post(
        "/console/indices/import", data=sent, files={"file": ("chi-so.csv", wrong.encode())}
    )
    assert refused.status_code == 422
    assert "chi-so.csv:3:score" in refused.text
    tried = await client.post(
        "/console/indices/import", data={**sent, "try": "1"}, files={"file": ("chi-so.csv", good.encode())}
    )
    assert tried.headers["location"].endswith("done=tried")
    assert "82,66%" not in (await client.get("/console/indices")).text
    await client.post("/console/indices/import", data=sent, files={"file": ("chi-so.csv", good.encode())})
    assert "82,66%" in (await client.get("/console/indices")).text


async def test_a_target_is_set_and_says_whether_it_is_met(client: httpx.AsyncClient, csrf: str) -> None:
    sipas = {"indicator": "sipas", "unit": "24", "year": "2023", "score": "96,1", "source": "báo"}
    await post(client, "", csrf, sipas)
    target = {"indicator": "sipas", "unit": "24", "year": "2023", "target": "95"}
    assert (await post(client, "/targets", csrf, target)).status_code == 303
    page = (await client.get("/console/indices?year=2023")).text
    assert "≥ 95%" in page
    assert '<span class="tag good">đạt</span>' in page
    assert (await post(client, "/targets", csrf, {**target, "target": "950"})).status_code == 422
    await post(client, "", csrf, {**FIGURE, "year": "2023"})
    await post(client, "/targets", csrf, {**target, "target": "97"})
    missed = (await client.get("/console/indices?year=2023&sort=-target")).text
    assert "1 trong 1 chỉ số có mục tiêu chưa đạt; 1 chỉ số không có mục tiêu" in missed
    assert 'aria-sort="descending"' in missed
    for action, words in (("remove", "Xóa số này"), ("targets/remove", "Xóa mục tiêu này")):
        asked = rf'</summary>\s*<form method="post" action="/console/indices/{action}">.*?{words}'
        assert re.search(asked, missed, re.DOTALL)
    assert (await post(client, "/targets/remove", csrf, target)).status_code == 303
    assert "≥ 95%" not in (await client.get("/console/indices")).text


async def test_somebody_else_may_look_and_not_enter(client: httpx.AsyncClient, database: Database) -> None:
    with database.write() as session:
        a_province_with_communes(session)
    csrf = signed_in(client, database, role="viewer", unit_path="/24/07777/")
    assert "csrf_token" not in (await client.get("/console/indices")).text.split("<main")[1]
    assert (await post(client, "", csrf, FIGURE)).status_code == 403


async def test_the_board_answers_programs(client: httpx.AsyncClient, database: Database) -> None:
    with database.write() as session:
        a_province_with_communes(session)
        bearer = {"Authorization": f"Bearer {an_api_key(session, role='operator', unit_path='/24/')}"}
    made = await client.post("/api/v1/indicators", json=FIGURE, headers=bearer)
    assert made.json() == {"inserted": 1, "updated": 0, "unchanged": 0}
    [line] = (await client.get("/api/v1/indicators?unit=24", headers=bearer)).json()
    assert (line["score"], line["share_pct"], line["rank"], line["of"]) == ("165.02", "75.01", 13, 13)
    assert (line["change_points"], line["change_ranks"]) == ("35.34", -2)
    assert (await client.get("/api/v1/indicators/file.csv", headers=bearer)).status_code == 200
