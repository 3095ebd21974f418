"""Results over HTTP: who sees which units, the JSON, the files and the page."""

import httpx
import pytest
from builders.accounts import an_api_key, signed_in
from builders.results import COMMUNES, PROVINCE, ROUND, a_register, a_round, kiosk_answers

from app.core.database import Database

pytestmark = pytest.mark.anyio
COMMUNE_PATH = f"/{PROVINCE}/07270/"


@pytest.fixture
def survey(database: Database) -> None:
    with database.write() as session:
        a_register(session)
        kiosk_answers(session, a_round(session)["kiosk"], count=700)


def bearer(database: Database, role: str, unit_path: str = "/") -> dict[str, str]:
    with database.write() as session:
        return {"Authorization": f"Bearer {an_api_key(session, role, unit_path)}"}


async def results(client: httpx.AsyncClient, headers: dict[str, str], by: str = "unit") -> httpx.Response:
    return await client.get("/api/v1/results", params={"round": ROUND, "by": by}, headers=headers)


async def test_nobody_without_a_credential_sees_results(client: httpx.AsyncClient, survey: None) -> None:
    assert (await client.get("/api/v1/results", params={"round": ROUND})).status_code == 401
    assert (await client.get("/api/v1/runs")).status_code == 401
    page = await client.get("/console/results", follow_redirects=False)
    assert page.status_code == 303


async def test_results_come_with_the_run_they_belong_to(
    client: httpx.AsyncClient, database: Database, survey: None
) -> None:
    headers = bearer(database, "analyst")
    found = (await results(client, headers)).json()
    assert {row["unit_code"] for row in found["rows"]} == {PROVINCE, *COMMUNES}
    again = await client.get(f"/api/v1/runs/{found['run']['run_id']}", headers=headers)
    assert again.json() == found
    listed = (await client.get("/api/v1/runs", params={"round": ROUND}, headers=headers)).json()["runs"]
    assert [run["run_id"] for run in listed] == [found["run"]["run_id"]]


async def test_somebody_sees_only_the_units_of_their_own_subtree(
    client: httpx.AsyncClient, database: Database, survey: None
) -> None:
    whole = (await results(client, bearer(database, "viewer"))).json()
    narrow = bearer(database, "viewer", COMMUNE_PATH)
    own = (await results(client, narrow)).json()
    assert {row["unit_code"] for row in own["rows"]} == {"07270"}
    same = [row for row in whole["rows"] if row["unit_code"] == "07270"]
    assert [row["estimate"] for row in own["rows"]] == [row["estimate"] for row in same]
    refused = await client.get(f"/api/v1/runs/{whole['run']['run_id']}", headers=narrow)
    assert refused.status_code == 403
    listed = (await client.get("/api/v1/runs", headers=narrow)).json()["runs"]
    assert [run["run_id"] for run in listed] == [own["run"]["run_id"]]


async def test_figures_over_no_unit_of_ones_own_stay_unseen(
    client: httpx.AsyncClient, database: Database, survey: None
) -> None:
    own = (await results(client, bearer(database, "viewer", COMMUNE_PATH), by="service")).json()["rows"]
    whole = (await results(client, bearer(database, "viewer"), by="service")).json()["rows"]
    assert sum(row["responses"] for row in own if row["formula"] == "mean_score") < sum(
        row["responses"] for row in whole if row["formula"] == "mean_score"
    )


async def test_files_need_an_analyst(client: httpx.AsyncClient, database: Database, survey: None) -> None:
    run = (await results(client, bearer(database, "viewer"))).json()["run"]["run_id"]
    address = f"/api/v1/runs/{run}/file.csv"
    assert (await client.get(address, headers=bearer(database, "viewer"))).status_code == 403
    file = await client.get(address, headers=bearer(database, "analyst"))
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert f"{ROUND}-unit-{run[:8]}.csv" in file.headers["content-disposition"]
    unknown = await client.get(f"/api/v1/runs/{run}/file.pdf", headers=bearer(database, "analyst"))
    assert unknown.status_code == 422


async def test_unknown_rounds_dimensions_and_runs_are_told_by_name(
    client: httpx.AsyncClient, database: Database, survey: None
) -> None:
    headers = bearer(database, "viewer")
    wrong = await results(client, headers, by="ward")
    assert wrong.status_code == 422
    assert "unit, service, field" in wrong.json()["error"]["remedy"]
    missing = await client.get("/api/v1/results", params={"round": "nope"}, headers=headers)
    assert missing.status_code == 404
    assert (await client.get("/api/v1/runs/nope", headers=headers)).status_code == 404


async def test_the_page_shows_each_unit_with_interval_count_and_state(
    client: httpx.AsyncClient, database: Database, survey: None
) -> None:
    signed_in(client, database, role="analyst")
    page = (await client.get("/console/results/custom", params={"round": ROUND, "by": "unit"})).text
    places = [page.index(f">{name}<") for name in ("Bắc Ninh", "An Hà", "Áng Sơn", "Đồng Kỳ", "Việt Yên")]
    assert places == sorted(places)
    assert page.count('class="bar-row-svg"') == 5
    assert "file.xlsx" in page
    assert "không phải Chỉ số SIPAS" in page
    assert "style=" not in page
    assert "<script" not in page


async def test_crossings_of_ones_own_are_for_analysts(
    client: httpx.AsyncClient, database: Database, survey: None
) -> None:
    signed_in(client, database, role="viewer")
    assert (await client.get("/console/results/custom", params={"round": ROUND})).status_code == 403


async def test_the_page_of_hidden_figures_holds_no_number_of_theirs(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        a_register(session)
        kiosk_answers(session, a_round(session)["kiosk"], count=4, units=("07267",))
    signed_in(client, database)
    page = (await client.get("/console/results/custom", params={"round": ROUND, "by": "unit"})).text
    assert "không công bố" in page
    assert "bar-row-svg" not in page


async def test_the_page_says_so_where_there_is_nothing(client: httpx.AsyncClient, database: Database) -> None:
    signed_in(client, database)
    assert "Chưa có đợt khảo sát nào" in (await client.get("/console/results/custom")).text
    with database.write() as session:
        a_register(session)
        a_round(session)
    assert "Chưa có ai trả lời" in (await client.get("/console/results/custom", params={"round": ROUND})).text


async def test_a_wrong_question_is_told_on_the_page(
    client: httpx.AsyncClient, database: Database, survey: None
) -> None:
    signed_in(client, database)
    wrong = await client.get("/console/results/custom", params={"round": ROUND, "by": "ward"})
    assert wrong.status_code == 422
    assert "không có chiều so sánh" in wrong.text
    assert (await client.get("/console/results/custom", params={"round": "nope"})).status_code == 404
