import re
from datetime import UTC, date, datetime

import httpx
import pytest
from builders.accounts import signed_in
from builders.forms import a_published_form
from builders.rounds import an_open_round
from builders.units import a_province_with_communes, a_unit, some_services

from app.core import clock
from app.core.database import Database
from app.kiosks.service import list_kiosks
from app.rounds.service import forms_of, get_round, list_rounds, roots_of

pytestmark = pytest.mark.anyio
PAGES = (
    *("", "/rounds", "/rounds/new", "/units", "/forms", "/kiosks", "/receipts", "/keys", "/results"),
    *("/comments", "/services", "/volumes", "/forms/compare", "/accounts", "/trail", "/password"),
    "/responses",
)
FOR_ADMINISTRATORS = {"/keys", "/accounts", "/trail"}
FOR_OPERATORS = {"/rounds/new", "/kiosks", "/receipts", "/responses"}
BAC_NINH, HA_NOI = "/24/", "/01/"


def a_round_form(csrf_token: str, version: str, **changed: str) -> dict[str, str]:
    fields = {
        "csrf_token": csrf_token,
        "round_code": "2026-Q4",
        "title": "Quý IV năm 2026",
        "period_start_on": "2026-10-01",
        "period_end_on": "2026-12-31",
        "units": "24",
        "form_kiosk": version,
        "form_receipt": "",
        "basis": "opt_in",
        "population_kind": "finished_dossiers",
    }
    return fields | changed


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_every_page_speaks_the_wanted_language_and_says_which(
    client: httpx.AsyncClient, database: Database, language: str
) -> None:
    with database.write() as session:
        version = a_published_form(session)
        an_open_round(session)
    signed_in(client, database)
    first = {"vi": "Đến nội dung chính", "en": "Skip to the content"}[language]
    for path in ("/", "/console/login", f"/console/forms/{version}", *(f"/console{page}" for page in PAGES)):
        page = await client.get(path, params={"lang": language})
        assert page.status_code == 200, path
        assert f'<html lang="{language}">' in page.text, path
        assert first in page.text, path


async def test_a_new_round_begins_as_the_first_quarter_without_one(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        version = a_published_form(session)
        a_province_with_communes(session)
    csrf = signed_in(client, database)
    with clock.fixed(datetime(2026, 11, 30, 3, tzinfo=UTC)):
        for code, first, last in (
            ("2026-Q4", "2026-10-01", "2026-12-31"),
            ("2027-Q1", "2027-01-01", "2027-03-31"),
        ):
            page = (await client.get("/console/rounds/new")).text
            assert all(f'value="{filled}"' in page for filled in (code, first, last))
            period = {"round_code": code, "period_start_on": first, "period_end_on": last}
            made = await client.post("/console/rounds", data=a_round_form(csrf, version, **period))
            assert made.status_code == 303


async def test_a_day_in_english_is_never_broken_over_lines(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        an_open_round(session)
    signed_in(client, database)
    page = (await client.get("/console/rounds?lang=en")).text
    assert re.search(r"\d{1,2}\N{NO-BREAK SPACE}[A-Z][a-z]{2}\N{NO-BREAK SPACE}20\d\d", page)
    assert not re.search(r"\d{1,2} [A-Z][a-z]{2} 20\d\d", page)


async def test_from_a_wrong_address_staff_go_back_to_the_overview_and_others_to_the_start(
    client: httpx.AsyncClient, database: Database
) -> None:
    signed_in(client, database)
    for path, back in (("/console/units/99999/results", "/console"), ("/nowhere", "/")):
        page = await client.get(path, headers={"Accept": "text/html"})
        assert page.status_code == 404
        assert f'class="button" href="{back}"' in page.text


async def test_a_chosen_language_stays_chosen(client: httpx.AsyncClient) -> None:
    await client.get("/?lang=en")
    assert '<html lang="en">' in (await client.get("/")).text


async def test_every_page_forbids_scripts_and_styles_of_others_and_is_not_kept(
    client: httpx.AsyncClient, database: Database
) -> None:
    signed_in(client, database)
    for path in ("/", "/console/login", "/console/units", "/nothing-here"):
        headers = (await client.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
    assert (await client.get("/nothing-here")).status_code == 404


async def test_simulated_data_is_marked_on_every_page(client: httpx.AsyncClient, database: Database) -> None:
    signed_in(client, database)
    client._transport.app.state.demo = True  # type: ignore[attr-defined]
    for path in ("/", "/console", "/console/results", "/console/login"):
        assert "Dữ liệu mô phỏng" in (await client.get(path)).text


async def test_an_operator_creates_a_round_and_closes_it(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        a_province_with_communes(session)
        version = a_published_form(session)
    csrf = signed_in(client, database, role="operator", unit_path=BAC_NINH)
    created = await client.post("/console/rounds", data=a_round_form(csrf, version))
    assert (created.status_code, created.headers["location"]) == (303, "/console/rounds?done=created")
    with database.read() as session:
        found = get_round(session, "2026-Q4")
        assert found.period_end_on == date(2026, 12, 31)
        assert roots_of(session, "2026-Q4") == ["24"]
        assert forms_of(session, "2026-Q4") == {"kiosk": version}
    page = await client.get(created.headers["location"])
    assert "Quý IV năm 2026" in page.text
    assert "Tỉnh Bắc Ninh" in page.text
    await client.post("/console/rounds/2026-Q4/close", data={"csrf_token": csrf})
    with database.read() as session:
        assert get_round(session, "2026-Q4").closed_at is not None
    assert "Đã kết thúc" in (await client.get("/console/rounds")).text


async def test_a_round_with_mistakes_names_each_keeps_what_was_typed_and_stores_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        a_province_with_communes(session)
        version = a_published_form(session)
    csrf = signed_in(client, database)
    wrong = a_round_form(csrf, version, units="24, 99999", period_end_on="2026-01-01", title="Đợt <b>lạ</b>")
    page = await client.post("/console/rounds", data=wrong)
    assert page.status_code == 422
    assert "99999" in page.text
    assert "period_end_on" in page.text
    assert "Đợt &lt;b&gt;lạ&lt;/b&gt;" in page.text
    unreadable = await client.post("/console/rounds", data=a_round_form(csrf, version, period_start_on="mai"))
    assert unreadable.status_code == 422
    with database.read() as session:
        assert list(list_rounds(session)) == []


async def test_a_round_of_another_province_can_be_neither_made_nor_closed(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        an_open_round(session, "theirs")
        a_unit(session, "01", "Thành phố Hà Nội", kind="city")
        version = a_published_form(session)
    csrf = signed_in(client, database, role="operator", unit_path=HA_NOI)
    made = await client.post("/console/rounds", data=a_round_form(csrf, version, units="01 24"))
    closed = await client.post("/console/rounds/theirs/close", data={"csrf_token": csrf})
    assert (made.status_code, closed.status_code) == (403, 403)
    with database.read() as session:
        assert [(found.round_code, found.closed_at) for found in list_rounds(session)] == [("theirs", None)]


async def test_a_unit_is_found_without_typing_its_marks(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        a_province_with_communes(session)
    signed_in(client, database, role="viewer")
    page = (await client.get("/console/units", params={"q": "viet yen"})).text
    assert "Phường Việt Yên" in page
    assert "Phường Bắc Giang" not in page
    assert "Không có đơn vị nào tên" in (await client.get("/console/units?q=zzz")).text


async def test_units_stand_in_vietnamese_order(client: httpx.AsyncClient, database: Database) -> None:
    with database.write() as session:
        for code, name in (("1", "Phường Đại An"), ("2", "Phường Dĩnh Kế"), ("3", "Phường Âu Lâu")):
            a_unit(session, code, name)
    signed_in(client, database)
    page = (await client.get("/console/units")).text
    assert re.findall(r">(Phường [^<]+)</a>", page) == ["Phường Âu Lâu", "Phường Dĩnh Kế", "Phường Đại An"]


async def test_a_kiosk_code_is_shown_once_and_the_device_can_be_cut_off(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        a_province_with_communes(session)
    csrf = signed_in(client, database, role="operator", unit_path="/24/07777/")
    fields = {"csrf_token": csrf, "unit": "07777", "name": "quầy 3"}
    page = await client.post("/console/kiosks", data=fields)
    [code] = re.findall(r'class="secret">([0-9A-Z]{4}-[0-9A-Z]{4})<', page.text)
    assert code not in (await client.get("/console/kiosks")).text
    redeemed = await client.post("/api/v1/kiosks/redeem", json={"code": code})
    assert redeemed.status_code == 200
    elsewhere = await client.post("/console/kiosks", data=fields | {"unit": "07210"})
    assert elsewhere.status_code == 403
    with database.read() as session:
        [kiosk] = list_kiosks(session)
    await client.post(f"/console/kiosks/{kiosk.kiosk_id}/revoke", data={"csrf_token": csrf})
    with database.read() as session:
        assert list_kiosks(session)[0].revoked_at is not None


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/console/kiosks", {"unit": "99999", "name": "quầy 3"}),
        ("/console/keys", {"unit": "99999", "name": "cổng dữ liệu", "role": "analyst"}),
    ],
)
async def test_what_was_typed_stays_where_the_unit_is_unknown(
    client: httpx.AsyncClient, database: Database, path: str, fields: dict[str, str]
) -> None:
    csrf = signed_in(client, database)
    page = await client.post(path, data=fields | {"csrf_token": csrf})
    assert page.status_code == 404
    for typed in (fields["unit"], fields["name"]):
        assert f'value="{typed}"' in page.text
    if "role" in fields:
        assert f'<option value="{fields["role"]}" selected>' in page.text


async def test_a_kiosk_and_a_key_are_cut_off_by_a_second_press(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        a_province_with_communes(session)
    csrf = signed_in(client, database)
    for path, fields in (
        ("/console/kiosks", {"unit": "07777", "name": "quầy 3"}),
        ("/console/keys", {"name": "cổng dữ liệu", "role": "viewer"}),
    ):
        page = await client.post(path, data=fields | {"csrf_token": csrf})
        assert re.search(r"</summary>\s*<form[^>]+/revoke", page.text)


async def test_a_key_made_on_the_page_opens_the_api_until_it_is_revoked(
    client: httpx.AsyncClient, database: Database
) -> None:
    csrf = signed_in(client, database)
    fields = {"csrf_token": csrf, "name": "cổng dữ liệu", "role": "viewer"}
    page = await client.post("/console/keys", data=fields)
    [secret] = re.findall(r'class="secret">(sipas_[^<]+)<', page.text)
    assert secret not in (await client.get("/console/keys")).text
    bearer = {"Authorization": f"Bearer {secret}"}
    assert (await client.get("/api/v1/me", headers=bearer)).json()["kind"] == "key"
    [key_id] = re.findall(r"/console/keys/([0-9a-f]+)/revoke", page.text)
    await client.post(f"/console/keys/{key_id}/revoke", data={"csrf_token": csrf})
    assert (await client.get("/api/v1/me", headers=bearer)).status_code == 401


async def test_a_form_is_published_and_shown_word_for_word(
    client: httpx.AsyncClient, database: Database
) -> None:
    csrf = signed_in(client, database, role="operator")
    published = await client.post("/console/forms", data={"csrf_token": csrf, "form_code": "quick"})
    assert published.status_code == 303
    listed = (await client.get("/console/forms")).text
    [address] = re.findall(r'href="(/console/forms/[0-9a-f]{64})"', listed)
    assert "Rất hài lòng" in (await client.get(address)).text
    unknown = await client.post("/console/forms", data={"csrf_token": csrf, "form_code": "quikc"})
    assert unknown.status_code == 404
    assert "quikc" in unknown.text


@pytest.mark.parametrize(
    ("role", "closed"),
    [
        ("viewer", {"/comments"} | FOR_OPERATORS | FOR_ADMINISTRATORS),
        ("analyst", FOR_OPERATORS | FOR_ADMINISTRATORS),
        ("operator", FOR_ADMINISTRATORS),
        ("administrator", set()),
    ],
)
async def test_a_role_opens_its_pages_and_no_others(
    client: httpx.AsyncClient, database: Database, role: str, closed: set[str]
) -> None:
    signed_in(client, database, role=role)
    refused = {page for page in PAGES if (await client.get(f"/console{page}")).status_code == 403}
    assert refused == closed
    overview = (await client.get("/console")).text
    assert {page for page in closed if f'href="/console{page}"' in overview} == set()


async def test_no_page_of_the_console_opens_without_a_session(client: httpx.AsyncClient) -> None:
    for page in PAGES:
        reply = await client.get(f"/console{page}")
        assert (reply.status_code, reply.headers["location"].split("?")[0]) == (303, "/console/login"), page


async def test_the_overview_tells_an_operator_the_next_step(
    client: httpx.AsyncClient, database: Database
) -> None:
    signed_in(client, database, role="operator")

    async def following() -> list[str]:
        page = (await client.get("/console?lang=en")).text
        return re.findall(r'<li class="next">\s*<div>\s*<h3>([^<]+)</h3>', page)

    assert await following() == ["Units"]
    with database.write() as session:
        a_province_with_communes(session)
    assert await following() == ["Services and dossier volumes"]
    with database.write() as session:
        some_services(session)
        a_published_form(session)
    assert await following() == ["Round"]
    with database.write() as session:
        an_open_round(session)
    assert await following() == []


async def test_the_front_page_leads_citizens_to_the_units_that_ask(
    client: httpx.AsyncClient, database: Database
) -> None:
    assert "/p/" not in (await client.get("/")).text
    with database.write() as session:
        an_open_round(session)
    page = (await client.get("/")).text
    assert re.findall(r'href="/p/(\d+)">([^<]+)<', page) == [
        ("07210", "Phường Bắc Giang"),
        ("07774", "Phường Tự Lạn"),
        ("07777", "Phường Việt Yên"),
    ]
