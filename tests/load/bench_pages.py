"""Server time of the first citizen page against an empty page of the same program, one client, in turn.

`python -m tests.load.bench_pages`. Both pages take the same way: threads, headers, compression.
"""

import http.client
import os
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.collection import an_asking_commune
from rich.console import Console

from app.core import clock, migrations
from app.core.config import settings
from app.core.database import open_database
from app.receipts.service import issue
from tests.load.driving import nursery

REQUESTS = 400
WARM_UP = 40
GOAL = 2.0
out = Console(highlight=False, soft_wrap=True)


def main() -> float:
    """Print both medians and their ratio; give the ratio."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["SIPAS_HOME"], os.environ["SIPAS_DATABASE_URL"] = home, ""
        os.environ["SIPAS_SECRET_KEY"] = "a key for measuring only, long enough"
        settings.cache_clear()
        path = _first_page()
        with nursery("tests.load.bench_app:create_bench_app") as born:
            born.start()
            page, empty = _in_turn(born.port, path)
            born.stop()
    ratio = page / empty
    out.print(
        f"first page {page * 1000:.2f} ms, empty page {empty * 1000:.2f} ms, medians of {REQUESTS} in turn"
    )
    out.print(f"ratio {ratio:.2f} (goal: at most {GOAL:g})")
    return ratio


def _first_page() -> str:
    migrations.upgrade(settings().sqlalchemy_url)
    database = open_database()
    with database.write() as session:
        asking = an_asking_commune(session, form="one_stop")
    database.close()
    expires_on = clock.today() + timedelta(days=30)
    return "/r/" + issue(asking.round_code, asking.unit, expires_on=expires_on, stage="returned")


def _in_turn(port: int, path: str) -> tuple[float, float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    waits: dict[str, list[float]] = {path: [], "/empty": []}
    for _ in range(REQUESTS + WARM_UP):
        for asked, found in waits.items():
            found.append(_wait(connection, asked))
    connection.close()
    page, empty = (statistics.median(found[WARM_UP:]) for found in waits.values())
    return page, empty


def _wait(connection: http.client.HTTPConnection, path: str) -> float:
    begin = time.perf_counter()
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    reply = connection.getresponse()
    reply.read()
    if reply.status != 200:
        raise RuntimeError(f"{path}: {reply.status}")
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
