import re
import time
from datetime import timedelta

import httpx
import pytest
from builders.accounts import PASSWORD, a_member_of_staff, signed_in
from sqlmodel import select

from app.accounts import passwords, service, staff
from app.accounts.actors import COMMAND_LINE
from app.accounts.dependencies import cookie_name
from app.accounts.tables import StaffSession
from app.core import clock
from app.core.config import settings
from app.core.database import Database

pytestmark = pytest.mark.anyio
HIDDEN = re.compile(r'name="csrf_token" value="([^"]+)"')


async def log_in(
    client: httpx.AsyncClient, username: str, password: str, next_path: str = "/console"
) -> httpx.Response:
    page = await client.get("/console/login", params={"next": next_path})
    found = HIDDEN.search(page.text)
    assert found
    fields = {"username": username, "password": password, "next": next_path, "csrf_token": found[1]}
    return await client.post("/console/login", data=fields)


def alert(page: httpx.Response) -> str:
    found = re.search(r'role="alert">(.*?)</div>', page.text, re.DOTALL)
    return found[1] if found else ""


async def test_the_right_password_opens_a_session_and_leads_to_the_wanted_page(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        name = a_member_of_staff(session)
    reply = await log_in(client, f" {name.upper()} ", PASSWORD, "/console/units?q=x")
    assert (reply.status_code, reply.headers["location"]) == (303, "/console/units?q=x")
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await client.get("/api/v1/me")).json()["name"] == name


async def test_a_wrong_password_and_an_unknown_name_are_told_alike_and_take_alike(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        name = a_member_of_staff(session)
    await log_in(client, "warm-up", "any")
    told, seconds = [], []
    for username in (name, "nobody-here"):
        started = time.perf_counter()
        reply = await log_in(client, username, "not the password at all")
        seconds.append(time.perf_counter() - started)
        assert reply.status_code == 401
        told.append(alert(reply))
    assert told[0] == told[1] != ""
    assert max(seconds) < 5 * min(seconds)


async def test_a_name_that_keeps_failing_has_to_wait_even_with_the_right_password(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        name = a_member_of_staff(session)
    now = clock.now()
    with clock.fixed(now):
        for _ in range(5):
            assert (await log_in(client, name, "wrong")).status_code == 401
        refused = await log_in(client, name, PASSWORD)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert "thử lại sau" in alert(refused)
    with clock.fixed(now + timedelta(seconds=61)):
        assert (await log_in(client, name, PASSWORD)).status_code == 303


async def test_an_address_that_tries_many_names_has_to_wait(client: httpx.AsyncClient) -> None:
    with clock.fixed(clock.now()):
        statuses = [(await log_in(client, f"name{n}", "wrong")).status_code for n in range(31)]
    assert statuses[-2:] == [401, 429]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\nb",
        "evil",
        "/\t/x",
    ],
)
async def test_a_log_in_never_leads_to_another_site(
    client: httpx.AsyncClient, database: Database, elsewhere: str
) -> None:
    with database.write() as session:
        name = a_member_of_staff(session)
    assert (await log_in(client, name, PASSWORD, elsewhere)).headers["location"] == "/console"


async def test_a_log_in_form_filled_in_by_another_site_is_refused(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        name = a_member_of_staff(session)
    fields = {"username": name, "password": PASSWORD, "csrf_token": "guessed"}
    assert (await client.post("/console/login", data=fields)).status_code == 403


async def test_a_page_without_a_session_leads_to_the_log_in_and_json_says_401(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/console/keys?x=1")
    assert (page.status_code, page.headers["location"]) == (303, "/console/login?next=/console/keys%3Fx%3D1")
    reply = await client.get("/api/v1/me")
    assert (reply.status_code, reply.json()["error"]["code"]) == (401, "not_signed_in")


async def test_logging_out_ends_the_session_on_the_server(
    client: httpx.AsyncClient, database: Database
) -> None:
    csrf = signed_in(client, database)
    token = client.cookies[cookie_name()]
    assert (await client.post("/console/logout", data={"csrf_token": csrf})).status_code == 303
    client.cookies.set(cookie_name(), token)
    assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_post_without_its_csrf_token_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    csrf = signed_in(client, database)
    assert (await client.post("/console/logout")).status_code == 403
    assert (await client.post("/console/logout", data={"csrf_token": csrf[:-1]})).status_code == 403
    wanted = {"name": "a program", "role": "viewer"}
    assert (await client.post("/api/v1/keys", json=wanted)).status_code == 403
    assert (await client.get("/api/v1/keys")).json() == []
    reply = await client.post("/api/v1/keys", json=wanted, headers={"X-CSRF-Token": csrf})
    assert reply.status_code == 201


async def test_sessions_end_when_revoked_when_unused_and_when_the_person_leaves(
    client: httpx.AsyncClient, database: Database
) -> None:
    for ending in ("revoked", "unused", "left"):
        signed_in(client, database)
        name = (await client.get("/api/v1/me")).json()["name"]
        now = clock.now()
        with database.write() as session:
            if ending == "revoked":
                assert staff.end_sessions(session, name, by=COMMAND_LINE) == 1
            if ending == "left":
                staff.deactivate(session, name, by=COMMAND_LINE)
        later = now + timedelta(hours=settings().session_hours + 1) if ending == "unused" else now
        with clock.fixed(later):
            assert (await client.get("/api/v1/me")).status_code == 401, ending


async def test_a_session_in_use_lasts_on_but_never_past_a_week(
    client: httpx.AsyncClient, database: Database
) -> None:
    signed_in(client, database)
    started = clock.now()
    hours = range(0, 8 * 24, settings().session_hours - 1)
    alive = []
    for hour in hours:
        with clock.fixed(started + timedelta(hours=hour)):
            alive.append((await client.get("/api/v1/me")).status_code == 200)
    assert [hour for hour, good in zip(hours, alive, strict=True) if good] == [h for h in hours if h < 7 * 24]


async def test_behind_tls_the_cookie_is_bound_to_the_host(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        name = a_member_of_staff(session)
    monkeypatch.setenv("SIPAS_PUBLIC_URL", "https://test")
    settings.cache_clear()
    client.base_url = httpx.URL("https://test")
    cookies = (await log_in(client, name, PASSWORD)).headers.get_list("set-cookie")
    [cookie] = [one for one in cookies if one.startswith("__Host-sipas_session=")]
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


async def test_a_password_verified_just_before_it_is_changed_opens_nothing(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        name = a_member_of_staff(session)
    verify = passwords.matches

    def changed_meanwhile(stored: str | None, given: str) -> bool:
        right = verify(stored, given)
        with database.write() as session:
            staff.set_password(session, name, "another long passphrase 7", by=COMMAND_LINE)
        return right

    monkeypatch.setattr(passwords, "matches", changed_meanwhile)
    assert (await log_in(client, name, PASSWORD)).status_code == 401
    with database.read() as session:
        assert session.exec(select(StaffSession)).all() == []


@pytest.mark.parametrize(
    "address", ["//[", "//other.example", "https://other.example", "/\\other.example", ""]
)
async def test_nobody_is_led_to_another_site(
    client: httpx.AsyncClient, database: Database, address: str
) -> None:
    with database.write() as session:
        name = a_member_of_staff(session)
    reply = await log_in(client, name, PASSWORD, address)
    assert (reply.status_code, reply.headers["location"]) == (303, "/console")


async def test_neither_password_nor_session_token_is_stored(
    client: httpx.AsyncClient, database: Database
) -> None:
    signed_in(client, database)
    token = client.cookies[cookie_name()]
    with database.read() as session:
        stored = session.exec(select(StaffSession)).one().model_dump_json()
        credential = service.find_credential(session, (await client.get("/api/v1/me")).json()["name"])
    assert token not in stored
    assert credential.password_hash is not None
    assert credential.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
