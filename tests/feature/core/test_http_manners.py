"""What every address does alike: HEAD, wrong methods, wrong types, wrong values, and the sign NUL."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from builders.accounts import an_api_key
from builders.collection import COMMUNE, Asking, how_many, post
from builders.kiosks import a_device
from starlette.types import Message, Receive, Scope, Send

from app.core.bodies import WholeBody
from app.core.config import settings
from app.core.database import Database
from app.core.handlers import METHODS

pytestmark = pytest.mark.anyio
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def key(database: Database) -> dict[str, str]:
    with database.write() as session:
        return {"Authorization": f"Bearer {an_api_key(session)}"}


def error(reply: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = reply.json()["error"]
    return found


async def test_head_is_answered_wherever_get_is(client: httpx.AsyncClient, asking: Asking) -> None:
    token = asking.token()
    for path in (
        "/", "/healthz", "/readyz", "/metrics", "/kiosk", "/ket-qua", f"/p/{COMMUNE}", f"/r/{token}", "/r",
        "/console/login", "/api/v1/nothing", "/static/survey.css", "/api/v1/openapi.json",
    ):  # fmt: skip
        given, head = await client.get(path), await client.head(path)
        assert head.status_code == given.status_code, path
        assert head.content == b"", path
        assert head.headers["content-type"] == given.headers["content-type"], path


async def test_a_method_an_address_does_not_know_is_told_with_those_it_knows(
    client: httpx.AsyncClient, asking: Asking
) -> None:
    for path, allowed in (
        ("/api/v1/responses", "POST"),
        ("/api/v1/rounds", "HEAD, GET, POST"),
        (f"/r/{asking.token()}", "HEAD, GET, POST"),
        ("/healthz", "HEAD, GET"),
        ("/static/survey.css", "HEAD, GET"),
    ):
        reply = await client.request("DELETE", path, headers={"Accept": "application/json"})
        assert reply.status_code == 405, path
        assert reply.headers["Allow"] == allowed
        assert error(reply)["code"] == "method_not_allowed"
        assert error(reply)["message"] == "địa chỉ này không nhận DELETE"
        assert error(reply)["remedy"] == f"hãy dùng một trong: {allowed}"


async def test_every_route_of_the_interface_names_its_methods(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    refused = 0
    for path, operations in document["paths"].items():
        known = {method.upper() for method in operations}
        other = next(method for method in METHODS if method not in known)
        reply = await client.request(other, path.replace("{", "").replace("}", ""))
        if reply.status_code == 405:  # else another path with a field in it takes that method
            refused += 1
            assert known <= set(reply.headers["Allow"].split(", ")), path
    assert refused > 20


async def test_a_body_that_is_not_json_is_the_wrong_type(
    client: httpx.AsyncClient, asking: Asking, key: dict[str, str]
) -> None:
    for path in ("/api/v1/responses", "/api/v1/started", "/api/v1/rounds"):
        reply = await client.post(
            path, content=b'{"unit": "07267"}', headers={**key, "Content-Type": "text/plain"}
        )
        assert reply.status_code == 415, path
        assert error(reply)["code"] == "wrong_type"
        assert error(reply)["remedy"] == "hãy gửi kiểu application/json"


async def test_wrong_values_are_told_in_the_readers_language_with_a_remedy_and_without_the_body(
    client: httpx.AsyncClient, key: dict[str, str]
) -> None:
    secret = "điều không ai cần đọc lại"
    for path, body in (("/api/v1/rounds", {"title": secret, "more": secret}), ("/api/v1/rounds", [secret])):
        reply = await client.post(path, json=body, headers=key)
        assert reply.status_code == 422
        assert "Input should" not in reply.text
        assert "Field required" not in reply.text
        assert secret not in json.dumps(reply.json(), ensure_ascii=False)
        assert all(problem["remedy"] for problem in error(reply)["problems"])
    reply = await client.get("/api/v1/units", params={"limit": "nhiều"}, headers=key)
    (problem,) = error(reply)["problems"]
    assert problem == {
        "where": "query.limit",
        "message": "'nhiều' không phải số nguyên",
        "remedy": "hãy chỉ viết chữ số",
    }
    reply = await client.get("/api/v1/units", params={"limit": "0", "lang": "en"}, headers=key)
    assert error(reply)["problems"][0]["message"] == "'0' is below 1"


async def test_a_code_opened_by_a_program_is_refused_in_json(
    client: httpx.AsyncClient, asking: Asking
) -> None:
    for path in ("/r/abc", "/p/99998"):
        reply = await client.get(path, headers={"Accept": "application/json"})
        assert reply.status_code == 404
        assert error(reply)["message"]
        assert (await client.get(path)).headers["content-type"].startswith("text/html")


async def test_successors_of_a_unit_that_never_was_are_not_found(
    client: httpx.AsyncClient, asking: Asking, key: dict[str, str]
) -> None:
    assert (await client.get(f"/api/v1/units/{COMMUNE}/successors", headers=key)).json() == []
    assert (await client.get("/api/v1/units/99998/successors", headers=key)).status_code == 404


async def test_the_sign_nul_is_refused_in_every_part_of_a_request(
    client: httpx.AsyncClient, database: Database, asking: Asking, key: dict[str, str]
) -> None:
    for path in ("/p/%00", "/r/%00", "/ket-qua/%00", "/api/v1/runs/%00", "/api/v1/units/%00/successors"):
        assert (await client.get(path, headers=key)).status_code == 404, path
    for path in ("/api/v1/results?round=%00", "/api/v1/units?search=%00", "/ket-qua?round=%00"):
        assert (await client.get(path, headers=key)).status_code == 400, path
    for path, body in bodies(asking):
        reply = await client.post(path, json=body, headers=key)
        assert reply.status_code in (204, 422), (path, reply.text)
        assert reply.status_code == 204 or error(reply)["code"] == "invalid"
    for path, fields in (
        ("/r", {"code": "a\0b"}),
        (
            f"/p/{COMMUNE}",
            {"a.q_overall": "5", "a.q_comment": "a\0b", "response_id": asking.wire()["response_id"]},
        ),
        ("/console/login", {"username": "a\0b", "password": "x"}),
    ):
        assert 400 <= (await client.post(path, data=fields)).status_code < 500, path
    assert how_many(database) == 0


def bodies(asking: Asking) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "/api/v1/started", {"unit": "\0", "mode": "poster"}
    yield "/api/v1/responses", asking.wire(answers={"q_overall": 5, "q_comment": "a\0b"})
    yield "/api/v1/responses", asking.wire(answers={"q_overall": 5, "q_good": ["waiting", "a\0"]})
    yield "/api/v1/keys", {"name": "a\0b", "role": "viewer", "unit": ""}
    yield (
        "/api/v1/rounds",
        {
            "round": "x\0",
            "title": "x\0",
            "period_start_on": "2026-10-01",
            "period_end_on": "2026-10-02",
            "units": [COMMUNE],
            "forms": {"kiosk": asking.form_version},
        },
    )


async def test_a_text_about_the_sign_is_a_text(client: httpx.AsyncClient, asking: Asking) -> None:
    wire = asking.wire(answers={"q_overall": 5, "q_comment": r"viết \u0000 là gì?"})
    assert (await post(client, wire)).status_code == 201


async def test_a_number_no_database_keeps_is_refused(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    with database.write() as session:
        device = a_device(session, COMMUNE)
    for number in (2**40, 2**63, 10**30):
        reply = await device.beat(client, queue_length=number)
        assert reply.status_code in (200, 422), (number, reply.text)
    assert reply.status_code == 422
    assert error(reply)["message"] == "có giá trị không lưu được"


@pytest.mark.parametrize("path", ["/console/", "/ket-qua/", "//other.example/", "/\\other.example/"])
async def test_a_slash_too_many_leads_to_the_page_itself_and_to_no_other_site(
    client: httpx.AsyncClient, path: str
) -> None:
    reply = await client.get(
        httpx.URL("http://test", raw_path=path.encode()), headers={"Host": "evil.example"}
    )
    assert reply.status_code == 307
    assert re.fullmatch(r"/[^/\\].*[^/]", reply.headers["location"])


async def test_a_body_in_tiny_pieces_costs_as_much_as_its_length() -> None:
    """A sum over all pieces at every piece took seconds of the server for 40 kB."""
    pieces = iter([{"type": "http.request", "body": b"x", "more_body": True}] * 40_000)

    async def receive() -> Message:
        return next(pieces, {"type": "http.request", "body": b"", "more_body": False})

    read: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        read.append(len((await receive())["body"]))

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/api/v1/responses", "headers": []}
    before = time.process_time()
    await WholeBody(app, settings())(scope, receive, send)
    assert read == [40_000]
    assert time.process_time() - before < 2
