"""Files of a million responses against DuckDB writing the same CSV, in one run.

`python -m tests.load.bench_exports [--responses 1000000]`.  Every export runs in a process of its own; its
peak memory is taken at the full size and at half of it, so growth shows.  Ratios count: machines differ.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from analysis.cells import register
from app.results.book import Book
from app.results.demographics import grouped
from app.results.exports.response_files import write_responses
from app.results.exports.response_keys import Places
from app.results.exports.response_rows import MEMORY
from app.results.exports.response_withheld import Kept
from app.results.exports.responses import ResponseRequest, Source
from app.results.figures import questionnaires
from app.results.lake import Flat
from app.results.withheld import Withheld
from app.units.tables import Service, Unit
from survey_forms import coded_columns, definition

UNITS, SERVICES, DAYS, MONTHS = 700, 20, 28, ("2026-07", "2026-08")
FORM = "one_stop"
SLOWEST_CSV = 4.0
LONGEST_FILE = 120.0
MOST_GROWTH = 1.35
out = Console(highlight=False, soft_wrap=True)


def main() -> None:
    """Print every figure beside its goal."""
    wanted = _arguments()
    if wanted.only:
        _one(Path(wanted.folder), wanted.only)
        return
    with tempfile.TemporaryDirectory() as name:
        whole, half = Path(name, "whole"), Path(name, "half")
        simulate(whole, wanted.responses)
        simulate(half, wanted.responses // 2)
        _csv(whole, half)
        for kind in ("sav", "dta", "parquet"):
            told = _apart(whole, kind)
            size = told["bytes"] / 1e6
            out.print(f"{kind}: {told['seconds']:.1f} s, {told['peak_mb']:.0f} MB of memory, {size:.0f} MB")
            _goal(f"{kind} of {wanted.responses:,} responses, seconds", told["seconds"], LONGEST_FILE)


def simulate(folder: Path, count: int, *, seed: int = 20261122) -> None:
    """A lake of two months, sorted by unit and day as the real one is."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    for month in MONTHS:
        pq.write_table(
            _part(rng, month, count // len(MONTHS)), folder / f"{month}.parquet", compression="zstd"
        )


def _part(rng: np.random.Generator, month: str, count: int) -> pa.Table:
    unit, day = np.sort(rng.integers(0, UNITS, count)), rng.integers(0, DAYS, count)
    order = np.lexsort((day, unit))
    columns = {
        "unit_code": _words(_unit_codes(), unit[order]),
        "answered_on": pa.array(np.datetime64(f"{month}-01") + day[order]),
        "service_code": _words(_service_codes(), rng.integers(0, SERVICES, count)),
        "submission": _words(["counter", "online"], rng.integers(0, 2, count)),
        "mode": _words(["receipt", "poster"], rng.integers(0, 2, count)),
        "stage": _words(["returned"], np.zeros(count, dtype=np.int64)),
        "outcome": _words(["complete", "usable", "breakoff"], rng.choice(3, count, p=[0.85, 0.1, 0.05])),
        "flags": _words([""], np.zeros(count, dtype=np.int64)),
        "month": _words([month], np.zeros(count, dtype=np.int64)),
    }
    form = definition(FORM)
    for code in coded_columns(form):
        item = form.find_item(code)
        most = len(item.choices) if item is not None and item.choices else 50
        columns[f"a_{code}"] = pa.array(rng.integers(0, most + 1, count).astype(np.int8))
    return pa.table(columns)


def source_of(folder: Path) -> Source:
    """The simulated lake with its units, services and dossiers."""
    day = date(2025, 7, 1)
    units = {
        code: Unit(
            unit_code=code,
            name=f"Phường {code}",
            kind="ward",
            path=f"/{code}/",
            sort_key=code,
            valid_from_on=day,
        )
        for code in _unit_codes()
    }
    services = {
        code: Service(service_code=code, name=code, field=f"Lĩnh vực {i % 7}", level="", sort_key=code)
        for i, code in enumerate(_service_codes())
    }
    book = Book(units, {code: (code,) for code in units}, services)
    parts = tuple(sorted(folder.glob("*.parquet")))
    flat = Flat(parts, None, frozenset(), "")
    forms = [definition(FORM)]
    kept = Kept.of(_hidden(questionnaires(forms)[0][0][0]), forms, people=grouped(forms), above={})
    return Source(flat, forms, Places.of(book), kept, lambda _: _dossiers(), "opt_in", "Bench")


def _hidden(rating: str) -> dict[str, Withheld]:
    """A tenth of all procedures, fields, months and ways hidden, as in a province of small units."""
    labels = {
        "service": _service_codes(),
        "field": [f"Lĩnh vực {i}" for i in range(7)],
        "month": MONTHS,
        "submission": ("counter", "online"),
        "mode": ("receipt", "poster"),
        "sex": ("1", "2"),
        "age_band": ("1", "2", "3"),
    }
    rng = np.random.default_rng(2)
    return {
        name: Withheld(
            {rating: frozenset((u, one) for u in _unit_codes() for one in every if rng.random() < 0.1)}
        )
        for name, every in labels.items()
    }


def _dossiers() -> object:
    keys = np.meshgrid(_unit_codes(), _service_codes(), ["counter", "online"], MONTHS, indexing="ij")
    names = ("unit", "service", "submission", "month")
    columns = {name: key.ravel().tolist() for name, key in zip(names, keys, strict=True)}
    return register(columns, np.random.default_rng(1).integers(50, 400, keys[0].size))


def _csv(whole: Path, half: Path) -> None:
    ours, smaller, alone = _apart(whole, "csv"), _apart(half, "csv"), _apart(whole, "duckdb")
    rate = [told["bytes"] / told["seconds"] / 1e6 for told in (ours, alone)]
    out.print(f"CSV: {ours['seconds']:.1f} s, {rate[0]:.0f} MB/s")
    out.print(f"DuckDB alone: {alone['seconds']:.1f} s, {rate[1]:.0f} MB/s")
    out.print(f"memory: {ours['peak_mb']:.0f} MB, with half the responses {smaller['peak_mb']:.0f} MB")
    _goal("CSV, times DuckDB's own time for the same bytes", rate[1] / rate[0], SLOWEST_CSV)
    _goal("CSV, memory against half the responses", ours["peak_mb"] / smaller["peak_mb"], MOST_GROWTH)


def _apart(folder: Path, kind: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.load.bench_exports", "--only", kind, "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _one(folder: Path, kind: str) -> None:
    path, source = folder / f"out.{kind}", source_of(folder)
    begin = time.perf_counter()
    if kind == "duckdb":
        _duckdb_alone(folder, path)
    else:
        write_responses(source, ResponseRequest("R", kind), path)
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_mb": peak, "bytes": path.stat().st_size}))
    path.unlink()


def _duckdb_alone(folder: Path, path: Path) -> None:
    """Every column of the lake as it is, by nothing but DuckDB."""
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute(
            f"COPY (SELECT * FROM read_parquet('{folder}/2026-*.parquet')) TO '{path}' (FORMAT csv, HEADER)"
        )


def _unit_codes() -> list[str]:
    return [f"{i:05}" for i in range(UNITS)]


def _service_codes() -> list[str]:
    return [f"1.{i:03}" for i in range(SERVICES)]


def _words(words: list[str], codes: np.ndarray) -> pa.Array:
    return pa.array(np.array(words)[codes])


def _goal(what: str, value: float, goal: float) -> None:
    out.print(f"{'holds' if value <= goal else 'FAILS'}: {what} {value:.2f} (goal: at most {goal:g})")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--only", default="", help=argparse.SUPPRESS)
    parser.add_argument("--folder", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
