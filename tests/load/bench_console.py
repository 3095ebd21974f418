"""Every staff page on a million answers, over HTTP: p95 of each against its limit.

Once the richest pages have been seen, each page is asked for `ROUNDS` times with another unit and service,
in one process with the program, after a first view (told apart).  Pages come from the program's own list,
so a new one is measured too.
"""

import asyncio
import time
from typing import Any

import httpx
import numpy as np
from builders.accounts import signed_in
from builders.staff_screens import staff_paths

from tests.load.big_province import BEFORE, ROUND, SERVICES, UNITS

ROUNDS = 20
Timing = tuple[str, float, float]
"""A page, the seconds of its first view, and the 95th percentile of the later ones."""


def measured_pages(database: Any) -> list[Timing]:
    """Seconds of every page, the slowest first."""
    return sorted(asyncio.run(_measured(database)), key=lambda one: -one[2])


async def _measured(database: Any) -> list[Timing]:
    from app.main import create_app

    app = create_app()
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=60) as client:
            signed_in(client, database, role="administrator")
            for path in STATES:  # every library is loaded
                await client.get(filled(path, 0))
            return [await _timed(client, path) for path in console_pages()]


async def _timed(client: httpx.AsyncClient, path: str) -> Timing:
    seconds = []
    for number in range(ROUNDS + 1):
        begin = time.perf_counter()
        answer = await client.get(filled(path, number))
        seconds.append(time.perf_counter() - begin)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
    return path, seconds[0], float(np.quantile(seconds[1:], 0.95))


STATES = (
    f"/console?round={ROUND}&unit={{unit}}",
    f"/console/results?round={ROUND}",
    f"/console/results?round={ROUND}&view=heat",
    f"/console/results?round={ROUND}&view=forest",
    f"/console/results?round={ROUND}&unit={{unit}}&by=service",
    f"/console/results?round={ROUND}&unit={{unit}}&by=service&view=heat&across=figure",
    f"/console/results?round={ROUND}&unit={{unit}}&by=figure",
    f"/console/results?round={ROUND}&by=unit&at=service:{{service}}",
    f"/console/units/{{unit}}/results?round={ROUND}",
    f"/console/compare?round={ROUND}&with={BEFORE}",
    f"/console/compare?round={ROUND}&with={BEFORE}&unit={{unit}}&show=figures",
    f"/console/compare?round={ROUND}&kind=sets&first={{unit}}&second=00001",
    f"/console/ranking?round={ROUND}&unit={{unit}}",
    f"/console/ranking?round={ROUND}&with={BEFORE}",
    f"/console/priorities?round={ROUND}&unit={{unit}}",
    f"/console/monitor?round={ROUND}",
    f"/console/monitor?round={ROUND}&by=service",
    f"/console/monitor?round={ROUND}&unit={{unit}}&by=mode",
    f"/console/comments?round={ROUND}&q=ghế",
)


def console_pages() -> list[str]:
    """Every page of the program, and the richest of them in several states."""
    plain = [path for path in staff_paths() if "{" not in path]
    return [*plain, *STATES]


def filled(path: str, number: int) -> str:
    """The page of another unit and service each time."""
    unit, service = f"{number * 37 % UNITS:05d}", f"s{number % SERVICES:02d}"
    return path.replace("{unit}", unit).replace("{service}", service)
