"""A new run over all units and services, an edition, and every staff page, on a million responses.

`python -m tests.load.bench_results [--responses 1000000] [--home DIR]`.  Ratios to the limits; each part
in a process of its own.  A home that is kept is made once and measured again.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.load.big_province import BEFORE, ROUND, SERVICES, UNITS, prepare

MOST_SECONDS, MOST_GIGABYTES, MOST_PAGE_SECONDS = 15.0, 1.5, 0.3
SLOWEST_SHOWN = 8
A_DAY = 86_400
out = Console(highlight=False, soft_wrap=True)


def main() -> None:
    """Lay down, measure, print what it took beside its limit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--home", default="")
    parser.add_argument("--part", choices=("run", "edition", "pages"), default=None)
    wanted = parser.parse_args()
    if wanted.part:
        sys.stdout.write(json.dumps(measure(wanted.part)) + "\n")
        return
    with tempfile.TemporaryDirectory() as passing:
        home = Path(wanted.home or passing)
        os.environ["SIPAS_HOME"], os.environ["SIPAS_DATABASE_URL"] = str(home), ""
        if not (home / "sipas.db").exists():
            prepare(wanted.responses)
        _tell_run(_in_a_process("run"), wanted.responses)
        _tell_edition(_in_a_process("edition"))
        _tell_pages(_in_a_process("pages"))


def _in_a_process(part: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.load.bench_results", "--part", part]
    environment = os.environ | {"PYTHONPATH": "tests"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _tell_run(run: dict[str, Any], responses: int) -> None:
    out.print(f"{responses:,} responses, {UNITS} units x {SERVICES} services, {run['rows']:,} rows")
    _line("new run, unit x service, s", run["seconds"], MOST_SECONDS)
    _line("new run, peak GB", run["gigabytes"], MOST_GIGABYTES)


def _tell_edition(edition: dict[str, Any]) -> None:
    seconds, peak = edition["seconds"], edition["gigabytes"]
    out.print(f"edition of {edition['tables']} tables: {seconds:.1f} s, {peak:.2f} GB")


def _tell_pages(found: dict[str, Any]) -> None:
    pages = found["pages"]
    out.print(f"{len(pages)} staff pages; the slowest, p95 s (first view):")
    for path, first, p95 in pages[:SLOWEST_SHOWN]:
        out.print(f"  {p95:.3f} ({first:.2f}) {path}")
    _line("slowest staff page, p95 s", pages[0][2], MOST_PAGE_SECONDS)


def _line(what: str, value: float, limit: float) -> None:
    out.print(f"{what}: {value:.2f}, limit {limit:g}, ratio {value / limit:.2f}")


def measure(part: str) -> dict[str, Any]:
    """In this process: the run, the editions, or the pages."""
    from app.core.database import open_database
    from app.results import service
    from app.results.editions import compute_edition
    from app.results.request import EstimateRequest

    database, begin = open_database(), time.perf_counter()
    if part == "pages":
        return {"pages": _pages(database)}
    if part == "run":
        asked = EstimateRequest(ROUND, ("unit", "service"), measures=("headline", "criteria", "overall"))
        rows = service.estimate(database, asked).rows.num_rows
        return {"rows": rows, "seconds": time.perf_counter() - begin, "gigabytes": _peak()}
    edition = compute_edition(database, ROUND)
    found = {"tables": len(edition.tables), "seconds": time.perf_counter() - begin, "gigabytes": _peak()}
    compute_edition(database, BEFORE)
    return found


def _pages(database: Any) -> Any:
    from app.results import renewal
    from tests.load.bench_console import measured_pages

    renewal.CHECK_SECONDS = A_DAY  # type: ignore[misc]
    return measured_pages(database)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
