"""A new run over all units and services, and reading it, on a million responses: ratios to the limits.

`python -m tests.load.bench_results [--responses 1000000]`. 700 units x 20 services x 24 criteria of the
resident survey's form; responses are laid down as the lake holds them, the database knows their number.
"""

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from sqlmodel import Session

UNITS, SERVICES, DAYS = 700, 20, 56
ROUND, TOP = "2026-Q3", "24"
START = date(2026, 7, 1)
MOST_SECONDS, MOST_GIGABYTES, MOST_VIEW_SECONDS = 15.0, 1.5, 0.3
VIEWS = 40
out = Console(highlight=False, soft_wrap=True)


def main() -> None:
    """Lay down, compute in a process of its own, read; print what it took beside its limit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--part", choices=("run", "edition"), default=None)
    wanted = parser.parse_args()
    if wanted.part:
        sys.stdout.write(json.dumps(measure(wanted.part)) + "\n")
        return
    with tempfile.TemporaryDirectory() as home:
        os.environ["SIPAS_HOME"], os.environ["SIPAS_DATABASE_URL"] = home, ""
        prepare(wanted.responses)
        _tell(_in_a_process("run"), _in_a_process("edition"), wanted.responses)


def _in_a_process(part: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.load.bench_results", "--part", part]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _tell(run: dict[str, Any], edition: dict[str, Any], responses: int) -> None:
    out.print(f"{responses:,} responses, {UNITS} units x {SERVICES} services, {run['rows']:,} rows")
    _line("new run, unit x service, s", run["seconds"], MOST_SECONDS)
    _line("new run, peak GB", run["gigabytes"], MOST_GIGABYTES)
    out.print(
        f"edition of {edition['tables']} tables: {edition['seconds']:.1f} s, {edition['gigabytes']:.2f} GB"
    )
    _line("view from the edition, p95 s", edition["view"], MOST_VIEW_SECONDS)
    _line("first view after a start, s", edition["first_view"], 1.0)


def _line(what: str, value: float, limit: float) -> None:
    out.print(f"{what}: {value:.2f}, limit {limit:g}, ratio {value / limit:.2f}")


def prepare(responses: int) -> None:
    """A register, a round, and a lake with this many responses; the table holds a row for each."""
    from app.core import migrations
    from app.core.config import settings
    from app.core.database import open_database

    settings.cache_clear()
    migrations.upgrade(settings().sqlalchemy_url)
    database = open_database()
    with database.write() as session:
        version = _register(session)
        _responses(session, version, responses)
    database.close()


def _register(session: Session) -> str:
    from app.forms.service import publish
    from app.rounds.tables import Round, RoundForm, RoundUnit
    from app.units.tables import Service, Unit, Volume

    session.add(
        Unit(unit_code=TOP, name="Tỉnh", kind="province", path=f"/{TOP}/", sort_key="", valid_from_on=START)
    )
    session.flush()
    for i in range(UNITS):
        code = f"{i:05d}"
        session.add(
            Unit(
                unit_code=code,
                name=f"Xã {code}",
                kind="commune",
                parent_code=TOP,
                path=f"/{TOP}/{code}/",
                sort_key=code,
                valid_from_on=START,
            )
        )
    for s in range(SERVICES):
        session.add(
            Service(
                service_code=f"s{s:02d}",
                name=f"Thủ tục {s}",
                field=f"Lĩnh vực {s % 5}",
                level="xã",
                sort_key=f"{s:02d}",
            )
        )
    session.flush()
    volumes = [
        Volume(
            unit_code=f"{i:05d}",
            service_code=f"s{s:02d}",
            submission="counter",
            month=month,
            population_kind="finished_dossiers",
            finished=300,
            on_time=300,
            late=0,
        )
        for i in range(UNITS)
        for s in range(SERVICES)
        for month in ("2026-07", "2026-08")
    ]
    session.bulk_save_objects(volumes)
    version = publish(session, "resident_survey", by="bench").form_version
    session.add(
        Round(
            round_code=ROUND,
            title="Quý III",
            basis="opt_in",
            population_kind="finished_dossiers",
            period_start_on=START,
            period_end_on=date(2026, 8, 31),
            created_at=datetime(2026, 6, 1, tzinfo=UTC),
        )
    )
    session.flush()
    session.add(RoundUnit(round_code=ROUND, unit_code=TOP))
    session.add(RoundForm(round_code=ROUND, mode="kiosk", form_version=version))
    session.flush()
    return version


def _responses(session: Session, version: str, count: int) -> None:
    from app.forms.service import get_form
    from app.results.lake import folder
    from app.results.tables import LakePart

    mixed = date(2026, 9, 1)
    session.connection().exec_driver_sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO response (response_id, content_digest, round_code, form_version, unit_code, "
        "service_code, mode, submission, stage, outcome, answered_on, language, flags, answers, mixed_on) "
        "SELECT i, i, ?, ?, '00000', 's00', 'kiosk', 'counter', '', 'complete', '2026-07-01', 'vi', '', "
        "'{}', ? FROM n",
        (count, ROUND, version, mixed.isoformat()),
    )
    table = simulated(get_form(session, version), count)
    path = folder() / f"{ROUND}.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(table, path, compression="zstd")
    session.add(
        LakePart(
            part_name=path.name,
            round_code=ROUND,
            form_version=version,
            month="2026-07",
            mixed_on=mixed.isoformat(),
            row_count=count,
            content_hash=hashlib.sha256(path.read_bytes()).hexdigest(),
        )
    )


def simulated(form: Any, count: int) -> Any:
    """Columns as the lake lays them down."""
    from app.forms.answers import coded_columns
    from app.results.rows import PREFIX

    rng = np.random.default_rng(20261122)
    day = np.datetime64(START) + rng.integers(0, DAYS, count)
    unit = rng.integers(0, UNITS, count)
    texts = {
        "unit_code": np.array([f"{i:05d}" for i in range(UNITS)])[unit],
        "service_code": np.array([f"s{s:02d}" for s in range(SERVICES)])[rng.integers(0, SERVICES, count)],
        "submission": np.full(count, "counter"),
        "mode": np.full(count, "kiosk"),
        "stage": np.full(count, ""),
        "outcome": np.full(count, "complete"),
        "flags": np.full(count, ""),
    }
    columns = {name: pa.array(values) for name, values in texts.items()} | {"answered_on": pa.array(day)}
    columns["month"] = pa.array(day.astype("datetime64[M]").astype(str))
    mood = rng.normal(0.9, 0.8, count) + 0.2 * np.sin(unit)
    measured = {item.code for item in form.measures}
    for name in coded_columns(form):
        if name in measured:
            level = np.clip(np.round(3.3 + mood + rng.normal(0, 0.6, count)), 1, 5)
            values = np.where(rng.random(count) < 0.04, 0, level)
        else:
            values = rng.integers(0, 3, count)
        columns[PREFIX + name] = pa.array(values.astype(np.int8))
    return pa.table(columns)


def measure(part: str) -> dict[str, Any]:
    """In this process: the run, or the edition and its views."""
    from app.core.database import open_database
    from app.results import service
    from app.results.request import EstimateRequest

    database, begin = open_database(), time.perf_counter()
    if part == "run":
        asked = EstimateRequest(ROUND, ("unit", "service"), measures=("headline", "criteria", "overall"))
        rows = service.estimate(database, asked).rows.num_rows
        return {"rows": rows, "seconds": time.perf_counter() - begin, "gigabytes": _peak()}
    from app.results.editions import compute_edition

    edition = compute_edition(database, ROUND)
    found = {"tables": len(edition.tables), "seconds": time.perf_counter() - begin, "gigabytes": _peak()}
    return found | _views(database, edition)


def _views(database: Any, edition: Any) -> dict[str, float]:
    """What a page reads: a heat map of one figure over all units, one unit's services, one unit's figures."""
    from app.results.reading import open_edition

    seconds = []
    for view in range(VIEWS):
        begin = time.perf_counter()
        with database.read() as session:
            tables = open_edition(session, edition)
            unit = f"{view * 7 % UNITS:05d}"
            tables.rows("service", unit=unit)
            tables.rows(figure=tables.headline)
            tables.rows("service", figure=tables.headline, service=f"s{view % SERVICES:02d}")
        seconds.append(time.perf_counter() - begin)
    return {"view": float(np.quantile(seconds[1:], 0.95)), "first_view": seconds[0]}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
