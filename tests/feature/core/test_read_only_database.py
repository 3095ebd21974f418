"""A PostgreSQL that takes no writes for a while, as in a failover: nothing is lost, nobody sees a fault."""

import sys

import httpx
import pytest
from builders.accounts import an_api_key
from builders.collection import an_asking_commune, post, stored
from sqlalchemy import text

from app import cli
from app.core.database import Database

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.postgresql,
    pytest.mark.new_database,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
END_CONNECTIONS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


def takes_writes(database: Database, *, does: bool) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name, value = connection.scalar(text("SELECT current_database()")), "off" if does else "on"
        connection.execute(text("SET default_transaction_read_only = off"))
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}"))
        connection.execute(text(END_CONNECTIONS))
    database.engine.dispose()


async def test_whoever_writes_is_told_to_come_again_and_then_served(
    database: Database, client: httpx.AsyncClient
) -> None:
    with database.write() as session:
        asking = an_asking_commune(session)
        key = {"Authorization": f"Bearer {an_api_key(session, 'administrator', '/')}"}
    wire, close = asking.wire(), f"/api/v1/rounds/{asking.round_code}/close"
    takes_writes(database, does=False)
    for _ in range(2):  # the first may meet a connection that is gone
        refused = await post(client, wire)
        assert (refused.status_code, bool(refused.headers["Retry-After"])) == (503, True), refused.text
    assert (await client.post(close, headers=key)).status_code == 503
    takes_writes(database, does=True)
    assert [(await post(client, wire)).status_code for _ in range(2)][-1] in {200, 201}
    assert len(stored(database)) == 1
    assert (await client.post(close, headers=key)).status_code == 200


async def test_a_command_says_so(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    takes_writes(database, does=False)
    monkeypatch.setattr(sys, "argv", ["sipas", "services", "load-reference"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "hiện chỉ đọc được, không ghi được" in said
    assert "Traceback" not in said
