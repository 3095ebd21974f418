"""No reply before the commit: a commit that fails is a 5xx and leaves nothing behind."""

import pytest
from builders.accounts import an_api_key
from builders.in_process import in_process
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import func, select

from app.accounts.tables import ApiKey
from app.core.database import Database
from app.main import create_app

pytestmark = pytest.mark.anyio


def fail(_connection: object) -> None:
    raise OperationalError("COMMIT", {}, Exception("the disk is full"))


async def test_a_failing_commit_is_told_and_stores_nothing(database: Database) -> None:
    with database.write() as session:
        key = an_api_key(session, "administrator", "/")
    app = create_app()
    async with in_process(app) as client:
        event.listen(app.state.database.engine, "commit", fail)
        body = {"name": "một cửa", "role": "operator", "unit": ""}
        reply = await client.post("/api/v1/keys", json=body, headers={"Authorization": f"Bearer {key}"})
        event.remove(app.state.database.engine, "commit", fail)
    assert reply.status_code == 503, reply.text
    assert reply.headers["Retry-After"]
    assert reply.json()["error"]["code"] == "unavailable"
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(ApiKey)).one() == 1
