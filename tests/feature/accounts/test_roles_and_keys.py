import httpx
import pytest
from builders.accounts import an_api_key, signed_in
from sqlmodel import select

from app.accounts import service
from app.accounts.actors import COMMAND_LINE
from app.accounts.tables import ApiKey, AuditEntry
from app.core.database import Database

pytestmark = pytest.mark.anyio


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def test_a_key_carries_its_role_and_is_stored_as_a_digest_only(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        secret = an_api_key(session, "viewer", "/24/")
    reply = await client.get("/api/v1/me", headers=bearer(secret))
    assert reply.json() == {
        "name": "key:a test",
        "kind": "key",
        "grants": [{"role": "viewer", "unit_path": "/24/"}],
    }
    with database.read() as session:
        assert secret not in session.exec(select(ApiKey)).one().model_dump_json()


async def test_a_key_needs_no_csrf_token_but_its_role_is_held(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        weak, strong = an_api_key(session, "operator"), an_api_key(session, "administrator")
    wanted = {"name": "portal", "role": "viewer"}
    refused = await client.post("/api/v1/keys", json=wanted, headers=bearer(weak))
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    assert (await client.post("/api/v1/keys", json=wanted, headers=bearer(strong))).status_code == 201


async def test_a_revoked_or_invented_key_opens_nothing(client: httpx.AsyncClient, database: Database) -> None:
    with database.write() as session:
        secret = an_api_key(session)
        key_id = service.list_keys(session)[0].key_id
    revoked = await client.delete(f"/api/v1/keys/{key_id}", headers=bearer(secret))
    assert revoked.status_code == 204
    for given in (secret, "sipas_invented"):
        assert (await client.get("/api/v1/me", headers=bearer(given))).status_code == 401


async def test_an_administrator_of_one_subtree_sees_and_makes_keys_there_only(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        an_api_key(session, "viewer", "/01/")
        an_api_key(session, "viewer", "/24/07267/")
    csrf = signed_in(client, database, unit_path="/24/")
    seen = (await client.get("/api/v1/keys")).json()
    assert [key["unit_path"] for key in seen] == ["/24/07267/"]
    everywhere = {"name": "x", "role": "viewer"}
    reply = await client.post("/api/v1/keys", json=everywhere, headers={"X-CSRF-Token": csrf})
    assert reply.status_code == 403


@pytest.mark.parametrize(
    ("field", "value", "status"), [("role", "king", 422), ("unit", "99999", 404), ("name", "", 422)]
)
async def test_a_key_for_what_does_not_exist_is_refused_by_name(
    client: httpx.AsyncClient, database: Database, field: str, value: str, status: int
) -> None:
    with database.write() as session:
        secret = an_api_key(session)
    wanted = {"name": "x", "role": "viewer"} | {field: value}
    reply = await client.post("/api/v1/keys", json=wanted, headers=bearer(secret))
    assert reply.status_code == status
    assert field in reply.json()["error"]["where"]


async def test_what_was_done_stands_in_the_trail(database: Database) -> None:
    with database.write() as session:
        issued = service.create_key(session, "portal", role="viewer", unit_path="/", by=COMMAND_LINE)
        service.revoke_key(session, issued.key_id, by=COMMAND_LINE)
        service.revoke_key(session, issued.key_id, by=COMMAND_LINE)
    with database.read() as session:
        trail = [(one.action, one.target) for one in session.exec(select(AuditEntry))]
    assert sorted(trail) == [("key created", issued.key_id), ("key revoked", issued.key_id)]
