"""Opening a code costs the server at most twice an empty page: many phones scan at closing time."""

import statistics
import time
from datetime import timedelta

import pytest
from builders.rounds import an_open_round
from builders.units import some_services
from fastapi import FastAPI, Request, Response
from starlette.types import Message

from app.core import clock
from app.core.database import Database
from app.core.pages import render
from app.main import create_app
from app.receipts.service import issue

pytestmark = pytest.mark.anyio
ROUNDS, WARM_UP = 120, 20


async def seconds(app: FastAPI, path: str) -> float:
    """What one request takes inside the server, from the request's arrival to its last byte."""
    headers = [(b"host", b"test"), (b"accept-encoding", b"gzip")]
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path}
    scope |= {"raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers}
    scope |= {"client": ("127.0.0.1", 1), "server": ("test", 80), "asgi": {"version": "3.0"}}
    statuses = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        statuses.append(message.get("status"))

    began = time.process_time()  # of the server alone: the machine may be busy with other things
    await app(scope, receive, send)
    took = time.process_time() - began
    assert statuses[0] == 200
    return took


async def test_a_citizens_first_page_takes_at_most_twice_an_empty_page(database: Database) -> None:
    with database.write() as session:
        round_code = an_open_round(session).round_code
        some_services(session)
    expires_on = clock.today() + timedelta(days=9)
    token = issue(round_code, "07777", expires_on=expires_on, service_code="2.000815")
    app = create_app()

    @app.get("/empty")
    async def empty(request: Request) -> Response:
        return render(request, "citizen.html")

    taken: dict[str, list[float]] = {"/empty": [], f"/r/{token}": []}
    async with app.router.lifespan_context(app):
        for turn in range(ROUNDS + WARM_UP):
            for path, times in taken.items():
                took = await seconds(app, path)
                times.extend([took] if turn >= WARM_UP else [])
    # the lower quartile: other programs on the machine only ever add to a time
    blank, page = (statistics.quantiles(times, n=4)[0] for times in taken.values())
    assert page <= 2 * blank, f"{page / blank:.2f} times an empty page"
