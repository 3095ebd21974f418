import httpx
import pytest

pytestmark = pytest.mark.anyio


async def test_a_migrated_program_is_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"status": "ready"}


async def test_an_unknown_address_is_told_in_the_one_error_shape(client: httpx.AsyncClient) -> None:
    reply = await client.get("/api/v1/nothing")
    assert reply.status_code == 404
    assert set(reply.json()["error"]) == {"code", "message", "where", "remedy"}


async def test_a_body_over_the_limit_is_refused_before_parsing(client: httpx.AsyncClient) -> None:
    reply = await client.post("/api/v1/responses", content=b"x" * 10_000_000)
    assert reply.status_code == 413
    assert reply.json()["error"]["code"] == "too_large"


async def test_programs_are_told_the_one_error_shape_for_every_route(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            refused = {status: reply for status, reply in operation["responses"].items() if status >= "400"}
            assert {"401", "403", "404", "422"} <= set(refused), (path, method)
            for status, reply in refused.items():
                schema = reply["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorBody"}, (path, method, status)
