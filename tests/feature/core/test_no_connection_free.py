"""A slow database holds every connection of the pool: whoever waits in vain is told to come again."""

from collections.abc import AsyncIterator

import httpx
import pytest
from builders.accounts import an_api_key
from builders.collection import an_asking_commune, post
from builders.in_process import in_process
from sqlalchemy import event
from sqlalchemy.exc import TimeoutError as NoneFree

from app.core.database import Database
from app.main import create_app

pytestmark = pytest.mark.anyio


def refuse(*_checkout: object) -> None:
    raise NoneFree("QueuePool limit reached, connection timed out")


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app()
    async with in_process(app) as client:
        event.listen(app.state.database.engine, "checkout", refuse)
        yield client
        event.remove(app.state.database.engine, "checkout", refuse)


@pytest.mark.parametrize("path", ["/readyz", "/api/v1/rounds", "/console/units"])
async def test_reading_in_vain_is_told_as_an_outage(
    database: Database, client: httpx.AsyncClient, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.write() as session:
        key = an_api_key(session, "administrator", "/")
    reply = await client.get(path, headers={"Authorization": f"Bearer {key}", "Cookie": "sipas_session=x"})
    assert reply.status_code == 503, reply.text
    assert reply.headers["Retry-After"]
    said = capsys.readouterr()
    assert '"kind": "TimeoutError"' in said.out + said.err


async def test_a_response_is_to_be_sent_again(database: Database, client: httpx.AsyncClient) -> None:
    with database.write() as session:
        asking = an_asking_commune(session)
    reply = await post(client, asking.wire())
    assert reply.status_code == 503, reply.text
    assert reply.headers["Retry-After"]
