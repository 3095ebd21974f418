"""Responses a second, durable, against what the same program reads over HTTP without storing.

`python -m tests.load.bench_ingest [--seconds 2] [--rounds 5] [--database-url URL]`. One worker, the same
connections and bodies for both, taken in turn, medians. The ratio counts: machines differ and are shared.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.collection import Asking, an_asking_commune
from rich.console import Console

from app.core import migrations
from app.core.config import settings
from app.core.database import open_database
from tests.load.driving import Connection, Nursery, nursery

CONNECTIONS = 32
HTTP_ONLY, INGEST = "/api/v1/bench", "/api/v1/responses"
out = Console(highlight=False, soft_wrap=True)


@dataclass
class Run:
    """What one stretch of load measured."""

    seconds: float
    waits: list[float] = field(default_factory=list)
    machine: float = 0.0
    server: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.waits) / self.seconds

    def wait_ms(self, share: float) -> float:
        return sorted(self.waits)[int(share * (len(self.waits) - 1))] * 1000


def main() -> None:
    wanted = _arguments()
    with tempfile.TemporaryDirectory() as home:
        os.environ["SIPAS_HOME"] = home
        os.environ["SIPAS_DATABASE_URL"] = wanted.database_url
        settings.cache_clear()
        migrations.upgrade(settings().sqlalchemy_url)
        database = open_database()
        with database.write() as session:
            asking = an_asking_commune(session, form="one_stop")
        with nursery("tests.load.bench_app:create_bench_app") as server:
            server.start()
            runs = asyncio.run(measure(server, asking, wanted))
            server.stop()
        _report(database.dialect, runs)
        database.close()


def _arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=2.0)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--database-url", default="")
    return asked.parse_args()


async def measure(server: Nursery, asking: Asking, wanted: argparse.Namespace) -> dict[str, list[Run]]:
    """Both kinds of request in turn, after a short warm-up of each."""
    runs: dict[str, list[Run]] = {HTTP_ONLY: [], INGEST: []}
    for path in runs:
        await press(server, path, asking, seconds=0.5)
    for _ in range(wanted.rounds):
        for path, found in runs.items():
            found.append(await press(server, path, asking, seconds=wanted.seconds))
    return runs


async def press(server: Nursery, path: str, asking: Asking, *, seconds: float) -> Run:
    """Post from all connections for so long."""
    connections = [await Connection.open(server.port) for _ in range(CONNECTIONS)]
    run, bodies = Run(seconds), bodies_of(asking)
    used, own, until = _cpu_of_all(), _cpu_of(server.pid), time.perf_counter() + seconds
    await asyncio.gather(*(_client(one, path, bodies, run=run, until=until) for one in connections))
    run.machine, run.server = _cpu_of_all() - used, _cpu_of(server.pid) - own
    for one in connections:
        one.close()
    return run


async def _client(
    connection: Connection, path: str, bodies: Iterator[bytes], *, run: Run, until: float
) -> None:
    while (began := time.perf_counter()) < until:
        status = await connection.post(path, next(bodies))
        if status != 201:
            raise SystemExit(f"{path} answered {status}")
        run.waits.append(time.perf_counter() - began)


def bodies_of(asking: Asking) -> Iterator[bytes]:
    """Complete responses of some twenty answers, each with an id of its own."""
    while True:
        wire = asking.wire(answers=asking.full_answers, stage="returned")
        yield json.dumps(wire, ensure_ascii=False).encode()


def _cpu_of_all() -> float:
    """CPU seconds spent on this machine so far, ours included."""
    ticks = [
        int(word) for word in Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    ]
    return (sum(ticks[:3]) + sum(ticks[5:8])) / os.sysconf("SC_CLK_TCK")


def _cpu_of(pid: int) -> float:
    """CPU seconds of one process so far."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _report(dialect: str, runs: dict[str, list[Run]]) -> None:
    for name, path in (("HTTP only", HTTP_ONLY), ("ingest", INGEST)):
        best = sorted(runs[path], key=lambda run: run.rate)[len(runs[path]) // 2]
        busy = statistics.median(run.machine / run.seconds for run in runs[path])
        cost = statistics.median(run.server / len(run.waits) for run in runs[path]) * 1e6
        out.print(
            f"{dialect} {name}: {best.rate:,.0f}/s, p50 {best.wait_ms(0.5):.1f} ms, "
            f"p99 {best.wait_ms(0.99):.1f} ms, {cost:.0f} µs of server CPU each, "
            f"CPUs in use {busy:.1f} of {os.cpu_count()}"
        )
    ratio = statistics.median(
        stored.rate / read.rate for read, stored in zip(runs[HTTP_ONLY], runs[INGEST], strict=True)
    )
    out.print(f"{dialect} ingest / HTTP only: {ratio:.2f} (goal: 0.50 or more)")


if __name__ == "__main__":
    main()
