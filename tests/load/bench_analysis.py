"""The library against R survey on the same responses, strata and sampling units, in one run.

`python -m tests.load.bench_analysis [--responses 1000000] [--no-peer] [--large]`.  Ours is the whole table:
22 criteria and the overall index for 700 units with standard errors and intervals, from rows.  R's is one
criterion, extrapolated to 23.  `--large` measures memory at ten times the responses.  Ratios count:
machines differ and are shared.
"""

import argparse
import gc
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

import analysis

UNITS, SERVICES, CRITERIA, DAYS, MONTHS = 700, 20, 22, 28, ("2026-07", "2026-08")
MEASURES = CRITERIA + 1
REPEATS = 3
LARGE = 10
LEAST_SPEED_UP = 300.0
MOST_FOR_20_TIMES_THE_DOMAINS = 2.0
MOST_RAKING_SECONDS = 0.2
MOST_GIGABYTES = 2.5
PEER = """
suppressMessages(library(survey)); options(survey.lonely.psu = "adjust")
folder <- commandArgs(TRUE)[1]; n <- as.integer(commandArgs(TRUE)[2])
whole <- function(name) readBin(file.path(folder, name), "integer", n)
d <- data.frame(unit = whole("unit"), stratum = whole("stratum"), psu = whole("psu"), y = whole("y"),
                w = readBin(file.path(folder, "w"), "double", n))
d$y[d$y < 0] <- NA
begin <- proc.time()[["elapsed"]]
s <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = d)
designed <- proc.time()[["elapsed"]]
found <- svyby(~y, ~unit, s, svymean, na.rm = TRUE)
done <- proc.time()[["elapsed"]]
writeBin(as.double(c(designed - begin, done - designed, found$y)), file.path(folder, "found"))
"""
out = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Responses:
    """Simulated responses, one element each, and the register they are weighted to."""

    keys: dict[str, NDArray[np.generic]]
    answers: dict[str, NDArray[np.int8]]
    dossiers: analysis.Register


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of the repeats."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return f"{self.median:.2f} s ({min(self.seconds):.2f} to {max(self.seconds):.2f})"


def main() -> None:
    """Print every figure of the acceptance beside its goal."""
    wanted = _arguments()
    if wanted.only_memory:
        _memory(wanted.responses)
        return
    data = simulated(wanted.responses)
    table = _tables(data)
    _raking(data)
    if not wanted.no_peer:
        _peer(data, table)
    if wanted.large:
        _memory_of_a_fresh_program(LARGE * wanted.responses)


def simulated(count: int, *, seed: int = 20261122) -> Responses:
    """Answers that differ by unit and service, 4 % of them blank."""
    rng = np.random.default_rng(seed)
    unit, service = (rng.integers(0, k, count).astype(np.int16) for k in (UNITS, SERVICES))
    month, day = (rng.integers(0, k, count).astype(np.int16) for k in (len(MONTHS), DAYS))
    date = np.array([np.datetime64(f"{m}-01") for m in MONTHS])[month] + day
    submission = np.zeros(count, dtype=np.int8)
    keys = {"unit": unit, "service": service, "submission": submission, "mode": submission, "date": date}
    dissatisfied = rng.uniform(0.05, 0.25, UNITS).astype(np.float32)[unit]
    return Responses(
        keys, {f"c{k + 1:02}": _answers(rng, dissatisfied) for k in range(CRITERIA)}, _register(rng)
    )


def whole_table(data: Responses, by: list[str]) -> analysis.Estimates:
    """From rows to the table: the cube, the cells, the design, the estimates."""
    return estimates(design_of(data), by)


def design_of(data: Responses) -> analysis.OptInDesign:
    """Count the rows into a cube and weight it."""
    cube = analysis.cube_from_rows(data.keys, data.answers)
    return analysis.design_opt_in(cube, analysis.weighting_cells(cube, data.dossiers, fields={}))


def estimates(design: analysis.OptInDesign, by: list[str]) -> analysis.Estimates:
    """22 criteria and the pooled index."""
    items = design.cube.items
    measures = [*map(analysis.satisfied_share, items), analysis.pooled_answers("overall", items)]
    return analysis.estimate_opt_in(design, measures, domains=analysis.domains_by(design, by))


def timed(*works: Callable[[], object]) -> list[Timed]:
    """Three times in turn, so that a busy machine is busy for all of them; each from a clean heap."""
    seconds = [[_seconds(work) for work in works] for _ in range(REPEATS)]
    return [Timed(tuple(column)) for column in zip(*seconds, strict=True)]


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _tables(data: Responses) -> Timed:
    few, many = timed(lambda: whole_table(data, ["unit"]), lambda: whole_table(data, ["unit", "service"]))
    _say(f"{len(data.keys['unit']):,} responses, {UNITS} units x {MEASURES} measures, from rows: {few}")
    _say(f"{UNITS * SERVICES:,} domains x {MEASURES} measures, from rows: {many}")
    _goal(f"{SERVICES} times the domains, time", many.median / few.median, MOST_FOR_20_TIMES_THE_DOMAINS)
    design = design_of(data)
    again = timed(lambda: estimates(design, ["unit"]), lambda: estimates(design, ["unit", "service"]))
    ratio = again[1].median / again[0].median
    _say(f"the same from the cube, already counted: {again[0]} and {again[1]}, ratio {ratio:.2f}")
    return few


def _raking(data: Responses) -> None:
    rng = np.random.default_rng(1)
    count = len(data.keys["unit"])
    codes = {"unit": data.keys["unit"], "service": data.keys["service"], "age": rng.integers(0, 4, count)}
    margins = [_margin(name, np.asarray(code, dtype=np.int64), rng) for name, code in codes.items()]
    design = analysis.survey_design(np.ones(count))
    (seconds,) = timed(lambda: analysis.rake(design, margins))
    _say(f"raking {count:,} responses to {UNITS} + {SERVICES} + 4 totals: {seconds}")
    _goal("raking, seconds", seconds.median, MOST_RAKING_SECONDS)


def _margin(name: str, code: NDArray[np.int64], rng: np.random.Generator) -> analysis.Margin:
    count = np.bincount(code)
    totals = count * rng.uniform(0.7, 1.3, len(count))
    labels = tuple((str(k),) for k in range(len(count)))
    return analysis.Margin(name, code, labels, totals * 10 * len(code) / totals.sum())


def _peer(data: Responses, table: Timed) -> None:
    if shutil.which("Rscript") is None:
        _say("no Rscript here: R survey, the peer column, is left out")
        return
    design = design_of(data)
    found = _run_peer(_peer_columns(data, design))
    if found is None:
        _say("R could not run package survey: the peer column is left out")
        return
    designing, one = float(found[0]), float(found[1])
    everything = designing + MEASURES * one
    here = estimates(design, ["unit"])
    order = [int(unit) for (unit,) in here.labels]
    apart = np.abs(here.estimate[:, 0] - found[2:][order]).max()
    _say(f"R survey: design {designing:.1f} s, one criterion {one:.1f} s; {MEASURES} take {everything:.0f} s")
    _say(f"largest difference of the {UNITS} shares: {apart:.1e}")
    _goal("times faster than R", everything / table.median, LEAST_SPEED_UP, least=True)


def _peer_columns(data: Responses, design: analysis.OptInDesign) -> dict[str, NDArray[np.generic]]:
    """The same responses one by one, with the weights the library gave them, satisfied 1, blank -1."""
    month = (data.keys["date"].astype("datetime64[M]") - np.datetime64(MONTHS[0])).astype(np.int64)
    stratum = data.keys["unit"].astype(np.int64) * len(MONTHS) + month
    psu = stratum * 31 + (data.keys["date"] - data.keys["date"].astype("datetime64[M]")).astype(np.int64)
    answer = data.answers["c01"]
    columns = {"unit": data.keys["unit"], "stratum": stratum, "psu": psu}
    columns["y"] = np.where(answer < 1, -1, answer >= 4)
    whole = {name: column.astype(np.int32) for name, column in columns.items()}
    return {**whole, "w": _weights(data, design, month)}


def _weights(data: Responses, design: analysis.OptInDesign, month: NDArray[np.int64]) -> NDArray[np.float64]:
    table = np.zeros((UNITS, SERVICES, len(MONTHS)))
    cells = design.cells
    for (unit, service, _, name), cell in zip(cells.key_labels, cells.key_cell, strict=True):
        table[int(unit), int(service), MONTHS.index(name)] = cells.weight[cell]
    return table[data.keys["unit"], data.keys["service"], month]


def _run_peer(columns: Mapping[str, NDArray[np.generic]]) -> NDArray[np.float64] | None:
    with tempfile.TemporaryDirectory() as folder:
        for name, column in columns.items():
            column.tofile(Path(folder, name))
        Path(folder, "peer.R").write_text(PEER, encoding="utf-8")
        command = ["Rscript", str(Path(folder, "peer.R")), folder, str(len(columns["w"]))]
        if subprocess.run(command, check=False).returncode:
            return None
        return np.fromfile(Path(folder, "found"))


def _memory_of_a_fresh_program(count: int) -> None:
    command = [sys.executable, "-m", "tests.load.bench_analysis", "--only-memory", "--responses", str(count)]
    subprocess.run(command, check=True)


def _memory(count: int) -> None:
    data = simulated(count)
    begin = time.perf_counter()
    whole_table(data, ["unit"])
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    _say(f"{count:,} responses, the whole table from rows: {seconds:.1f} s")
    _goal("peak memory with the rows, GB", peak, MOST_GIGABYTES)


def _answers(rng: np.random.Generator, dissatisfied: NDArray[np.float32]) -> NDArray[np.int8]:
    chance = rng.random(len(dissatisfied), dtype=np.float32)
    answer = np.where(chance < dissatisfied, 2, 5).astype(np.int8)
    answer[rng.random(len(answer), dtype=np.float32) < 0.04] = analysis.BLANK
    return answer


def _register(rng: np.random.Generator) -> analysis.Register:
    unit, service, month = (
        x.ravel() for x in np.meshgrid(range(UNITS), range(SERVICES), MONTHS, indexing="ij")
    )
    keys = {"unit": unit.astype(str), "service": service.astype(str), "month": month}
    return analysis.register(
        {**keys, "submission": np.full(unit.size, "0")}, rng.integers(200, 900, unit.size)
    )


def _say(text: str) -> None:
    out.print(text)


def _goal(what: str, value: float, goal: float, *, least: bool = False) -> None:
    holds = value >= goal if least else value <= goal
    bound = "at least" if least else "at most"
    _say(f"{'holds' if holds else 'FAILS'}: {what} {value:.2f} (goal: {bound} {goal:g})")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--no-peer", action="store_true", help="without R survey")
    parser.add_argument("--large", action="store_true", help="memory at ten times the responses")
    parser.add_argument("--only-memory", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
