"""`sipas serve --workers 2`: slow starts are waited for, counters are of both, none is left behind."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from builders.collection import an_asking_commune
from builders.office import free_port

from app.core.database import Database

pytestmark = [
    pytest.mark.postgresql,  # SQLite serves with one process
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
PATIENCE_SECONDS = 120
SLOW_START = """
import sys, time
if any("spawn_main" in part for part in sys.orig_argv):
    open(__file__ + ".starts", "a").write("x")
    time.sleep(6)
"""


@dataclass
class Server:
    process: "subprocess.Popen[bytes]"
    port: int
    starts: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/healthz").is_success
        except httpx.TransportError:
            return False


@pytest.fixture
def server(database: Database, tmp_path: Path) -> Iterator[Server]:
    """Two workers on a slow machine: each needs more than the five seconds uvicorn would give it."""
    slow, port = tmp_path / "sitecustomize.py", free_port()
    slow.write_text(SLOW_START)
    process = subprocess.Popen(
        [Path(sys.executable).parent / "sipas", "serve", "--workers", "2"],
        env=os.environ | {"PORT": str(port), "PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
    )
    yield Server(process, port, slow.with_name("sitecustomize.py.starts"))
    process.terminate()
    process.wait()


def becomes_true(told: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if told():
            return True
        time.sleep(0.2)
    return False


def test_whichever_worker_is_asked_tells_the_counters_of_all(server: Server, database: Database) -> None:
    with database.write() as session:
        asking = an_asking_commune(session)
    assert becomes_true(server.answers)
    sent = [httpx.post(f"{server.address}/api/v1/responses", json=asking.wire()) for _ in range(20)]
    assert {reply.status_code for reply in sent} == {201}
    told = [httpx.get(f"{server.address}/metrics").text for _ in range(10)]
    assert all('sipas_responses_total{verdict="recorded"} 20.0' in one for one in told), told[0]


def test_workers_that_start_slowly_are_kept_and_end_with_their_server(server: Server) -> None:
    assert becomes_true(server.answers)
    assert server.starts.read_text() == "xx"
    server.process.kill()
    assert becomes_true(lambda: not server.answers())
