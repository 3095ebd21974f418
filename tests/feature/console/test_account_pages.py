"""Accounts in the console: made, given roles, helped, locked; who did what is found again."""

import csv
import io
import re

import httpx
import pytest
from builders.accounts import PASSWORD, a_member_of_staff, signed_in
from builders.units import a_province_with_communes

from app.accounts import service, staff
from app.accounts.actors import COMMAND_LINE, Grant
from app.accounts.dependencies import cookie_name
from app.core.database import Database
from app.core.errors import NotSignedIn

pytestmark = pytest.mark.anyio
VIET_YEN = "/24/07777/"


@pytest.fixture
def register(database: Database) -> None:
    with database.write() as session:
        a_province_with_communes(session)


def shown_password(page: httpx.Response) -> str:
    [password] = re.findall(r'class="secret">([a-z0-9-]+)<', page.text)
    return password


def may_log_in(database: Database, username: str, password: str) -> bool:
    with database.write() as session:
        try:
            return bool(service.authenticate(session, username, password))
        except NotSignedIn:
            return False


async def test_an_account_is_made_with_a_password_shown_once(
    client: httpx.AsyncClient, database: Database, register: None
) -> None:
    csrf = signed_in(client, database)
    fields = {
        "csrf_token": csrf,
        "username": "an.nguyen",
        "name": "Nguyễn An",
        "role": "analyst",
        "unit": "07777",
    }
    page = await client.post("/console/accounts", data=fields)
    password = shown_password(page)
    assert may_log_in(database, "an.nguyen", password)
    assert password not in (await client.get("/console/accounts")).text
    assert "Nguyễn An" in (await client.get("/console/accounts?q=nguyen an")).text
    with database.read() as session:
        assert staff.get_person(session, "an.nguyen").grants == (Grant("analyst", VIET_YEN),)
    again = await client.post("/console/accounts", data=fields | {"name": "Khác <b>"})
    assert again.status_code == 409
    assert 'value="Khác &lt;b&gt;"' in again.text


async def test_roles_are_given_and_taken_and_access_is_helped(
    client: httpx.AsyncClient, database: Database, register: None
) -> None:
    with database.write() as session:
        a_member_of_staff(session, "binh", role="viewer", unit_path=VIET_YEN)
    csrf = signed_in(client, database)
    page, fields = "/console/accounts/binh", {"csrf_token": csrf}
    given = await client.post(f"{page}/grant", data=fields | {"role": "operator", "unit": "24"})
    assert given.headers["location"] == f"{page}?done=granted"
    taken = await client.post(f"{page}/ungrant", data=fields | {"role": "viewer", "unit_path": VIET_YEN})
    assert taken.status_code == 303
    with database.read() as session:
        assert staff.get_person(session, "binh").grants == (Grant("operator", "/24/"),)
    unknown = await client.post(f"{page}/grant", data=fields | {"role": "operator", "unit": "99999"})
    assert unknown.status_code == 404
    password = shown_password(await client.post(f"{page}/password", data=fields))
    assert not may_log_in(database, "binh", PASSWORD)
    assert may_log_in(database, "binh", password)
    await client.post(f"{page}/deactivate", data=fields)
    assert "Đã khóa" in (await client.get(page)).text
    assert not may_log_in(database, "binh", password)
    await client.post(f"{page}/activate", data=fields)
    assert may_log_in(database, "binh", password)
    assert (await client.post(f"{page}/sessions", data=fields)).status_code == 303


async def test_an_administrator_of_one_ward_manages_its_people_alone(
    client: httpx.AsyncClient, database: Database, register: None
) -> None:
    with database.write() as session:
        a_member_of_staff(session, "trong", role="viewer", unit_path=VIET_YEN)
        a_member_of_staff(session, "ngoai", role="viewer", unit_path="/24/07774/")
        a_member_of_staff(session, "trum", role="administrator", unit_path="/")
    csrf = signed_in(client, database, role="administrator", unit_path=VIET_YEN)
    listed = (await client.get("/console/accounts")).text
    assert "/console/accounts/trong" in listed
    assert "/console/accounts/ngoai" not in listed
    assert "/console/accounts/trum" not in listed
    fields = {"csrf_token": csrf, "username": "moi", "name": "", "role": "viewer", "unit": "24"}
    assert (await client.post("/console/accounts", data=fields)).status_code == 403
    for username in ("ngoai", "trum"):
        for action in ("password", "deactivate", "sessions"):
            reply = await client.post(f"/console/accounts/{username}/{action}", data={"csrf_token": csrf})
            assert reply.status_code == 403
    more = {"csrf_token": csrf, "role": "administrator", "unit": ""}
    assert (await client.post("/console/accounts/trong/grant", data=more)).status_code == 403
    assert (await client.get("/console/trail")).status_code == 403
    assert may_log_in(database, "trum", PASSWORD)


async def test_nobody_locks_themselves_out(
    client: httpx.AsyncClient, database: Database, register: None
) -> None:
    csrf = signed_in(client, database)
    with database.read() as session:
        [me] = [person.username for person in staff.list_staff(session)]
    fields = {"csrf_token": csrf, "role": "administrator", "unit_path": "/"}
    assert (await client.post(f"/console/accounts/{me}/deactivate", data=fields)).status_code == 403
    assert (await client.post(f"/console/accounts/{me}/ungrant", data=fields)).status_code == 403


async def test_ones_own_password_is_changed_by_who_knows_the_present_one(
    client: httpx.AsyncClient, database: Database
) -> None:
    csrf = signed_in(client, database, role="viewer")
    fresh = {
        "csrf_token": csrf,
        "present": PASSWORD,
        "password": "bốn con ngựa trắng",
        "again": "bốn con ngựa trắng",
    }
    for wrong in ({"present": "sai"}, {"again": "khác hẳn thế này"}, {"password": "ngắn", "again": "ngắn"}):
        assert (await client.post("/console/password", data=fresh | wrong)).status_code == 422
    cookie = client.cookies.get(cookie_name())
    assert (await client.post("/console/password", data=fresh)).headers["location"] == "/console/login"
    client.cookies.set(cookie_name(), cookie or "")
    assert (await client.get("/console")).status_code == 303
    with database.read() as session:
        [me] = [person.username for person in staff.list_staff(session)]
    assert may_log_in(database, me, "bốn con ngựa trắng")


async def test_the_trail_is_sorted_by_its_headings(client: httpx.AsyncClient, database: Database) -> None:
    with database.write() as session:
        for name in ("b", "c", "a"):
            service.record_audit(session, COMMAND_LINE, "tried", name)
    signed_in(client, database)
    page = (await client.get("/console/trail?what=tried&sort=target")).text
    assert re.findall(r'any-break">(\w)</td>', page) == ["a", "b", "c"]
    assert 'aria-sort="ascending"' in page
    file = (await client.get("/console/trail/file.csv?what=tried&sort=-target")).text
    assert [line.split(",")[3] for line in file.splitlines()[1:]] == ["c", "b", "a"]


async def test_the_trail_is_searched_by_who_what_and_day_and_downloaded_without_formulas(
    client: httpx.AsyncClient, database: Database, register: None
) -> None:
    csrf = signed_in(client, database)
    fields = {"csrf_token": csrf, "username": "an.nguyen", "name": "An", "role": "viewer", "unit": ""}
    await client.post("/console/accounts", data=fields)
    page = (await client.get("/console/trail?what=role+granted&target=an.nguyen")).text
    assert "cấp vai trò" in page
    assert "1 thao tác" in page
    assert "Không có gì phù hợp" in (await client.get("/console/trail?through_on=2020-01-01")).text
    assert (await client.get("/console/trail?from_on=hôm qua")).status_code == 422
    with database.write() as session:
        service.record_audit(session, service.COMMAND_LINE, "units imported", "=cmd()")
    rows = list(
        csv.reader(io.StringIO((await client.get("/console/trail/file.csv")).content.decode("utf-8-sig")))
    )
    assert rows[1][3] == "'=cmd()"
    signed_in(client, database, role="operator")
    assert (await client.get("/console/trail")).status_code == 403
