"""Twenty times kill -9 under load: nothing acknowledged is lost, everything else can be sent again."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest
from builders.collection import Asking, an_asking_commune
from sqlmodel import Session, select

from app.collection.tables import Response
from app.core.config import settings
from app.core.database import Database
from tests.load.driving import Connection, Nursery, nursery

KILLS = 20
CONNECTIONS = 16
LOST = (ConnectionError, asyncio.IncompleteReadError, asyncio.TimeoutError)


class Load:
    """Citizens who keep posting until their connection breaks."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        self.tried: dict[str, dict[str, Any]] = {}
        self.acknowledged: set[str] = set()

    async def press(self, server: Nursery, seconds: float) -> None:
        citizens = [asyncio.ensure_future(self._citizen(server.port)) for _ in range(CONNECTIONS)]
        await asyncio.sleep(seconds)
        await asyncio.to_thread(server.kill)
        await asyncio.gather(*citizens)

    async def _citizen(self, port: int) -> None:
        connection = await Connection.open(port)
        try:
            while True:
                wire = self.asking.wire(answers={"q_overall": random.randint(1, 5), "q_comment": "ý kiến"})
                self.tried[wire["response_id"]] = wire
                if await connection.post("/api/v1/responses", json.dumps(wire).encode()) == 201:
                    self.acknowledged.add(wire["response_id"])
        except LOST:
            connection.close()

    async def replay(self, port: int) -> dict[str, int]:
        connection = await Connection.open(port)
        statuses = {
            key: await connection.post("/api/v1/responses", json.dumps(wire).encode())
            for key, wire in self.tried.items()
        }
        connection.close()
        return statuses


@pytest.mark.slow
def test_no_acknowledged_response_is_lost_in_twenty_kills(database: Database, home: Path) -> None:
    with database.write() as session:
        load = Load(an_asking_commune(session))
    config = settings()
    with nursery(
        "app.main:served_app",
        SIPAS_HOME=str(home),
        SIPAS_DATABASE_URL=config.database_url,
        SIPAS_SECRET_KEY=config.secret_key,
    ) as server:
        for _ in range(KILLS):
            server.start()
            asyncio.run(load.press(server, random.uniform(0.1, 0.4)))
        assert load.acknowledged - ids(database) == set()
        assert len(load.acknowledged) > KILLS
        server.start()
        before = ids(database)
        statuses = asyncio.run(load.replay(server.port))
    assert {
        key: status for key, status in statuses.items() if status != (200 if key in before else 201)
    } == {}
    assert ids(database) == set(load.tried)


def ids(database: Database) -> set[str]:
    with database.read() as session:
        return _ids(session)


def _ids(session: Session) -> set[str]:
    return set(session.exec(select(Response.response_id)).all())
