"""Do the intervals hold their level?  The coverage simulation behind the defaults, with a fixed seed.

Every run is a survey of its own: a stratum and a domain of one large file (or a unit of one cube), so the
figures come out of the library's own estimators, thousands of surveys at a time.

    python -m tests.load.coverage [runs a cell, 10000]
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

import analysis
from analysis.arrays import BoolArray, FloatArray, IntArray

SEED = 20261122
SHARES = (0.80, 0.95, 0.98)
SIZES = (20, 50, 100, 400)
WEIGHT_CV = 0.6
CLUSTER = 5
CORRELATION = 0.08
DAYS = 20
ROWS_AT_A_TIME = 100_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the simulation: how the answers come about, their true share, how many there are.

    `extra` is the population for kind `fpc` and the answers a weighting cell for kind `thin` (0: two to
    five in turn).
    """

    kind: str
    p: float
    n: int
    extra: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """What came out: shares, except `ratio` (mean variance over true variance)."""

    cell: Cell
    coverage: float
    width: float
    ratio: float
    degenerate: float


@dataclass(frozen=True, slots=True)
class Surveys:
    """Many surveys' results: one element a survey."""

    estimate: FloatArray
    variance: FloatArray
    low: FloatArray
    high: FloatArray
    truth: float


def simulate(cell: Cell, runs: int, *, seed: int = SEED) -> Held:
    """Run one cell."""
    key = (seed, sorted(DRAWS).index(cell.kind), round(1000 * cell.p), cell.n, cell.extra)
    rng = np.random.default_rng(key)
    step = max(1, ROWS_AT_A_TIME // cell.n)
    parts = [DRAWS[cell.kind](cell, min(step, runs - done), rng) for done in range(0, runs, step)]
    estimate, variance, low, high = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("estimate", "variance", "low", "high")
    )
    truth = parts[0].truth
    return Held(
        cell=cell,
        coverage=float(np.mean((low <= truth + 1e-12) & (truth - 1e-12 <= high))),
        width=float(np.mean(high - low)),
        ratio=float(np.mean(variance) / np.var(estimate, ddof=1)),
        degenerate=float(np.mean(variance == 0)),
    )


def _weighted(cell: Cell, runs: int, rng: np.random.Generator) -> Surveys:
    """Independent answers with log-normal weights."""
    y = rng.random(runs * cell.n) < cell.p
    return _surveys(y, _weights(len(y), rng), run=np.repeat(np.arange(runs), cell.n), truth=cell.p)


def _clustered(cell: Cell, runs: int, rng: np.random.Generator) -> Surveys:
    """Clusters of five whose shares follow a beta distribution with the stated intra-class correlation."""
    clusters = runs * cell.n // CLUSTER
    spread = 1 / CORRELATION - 1
    share = rng.beta(cell.p * spread, (1 - cell.p) * spread, clusters)
    y = rng.random((clusters, CLUSTER)) < share[:, None]
    run = np.repeat(np.arange(runs), cell.n)
    psu = np.repeat(np.arange(clusters), CLUSTER)
    return _surveys(y.ravel(), _weights(y.size, rng), run=run, truth=cell.p, psu=psu)


def _drawn(cell: Cell, runs: int, rng: np.random.Generator) -> Surveys:
    """Simple random samples without replacement from `extra` dossiers, with the correction."""
    satisfied = round(cell.extra * cell.p)
    ones = rng.hypergeometric(satisfied, cell.extra - satisfied, cell.n, size=runs)
    y = (np.arange(cell.n) < ones[:, None]).ravel()
    run = np.repeat(np.arange(runs), cell.n)
    weights = np.full(y.size, cell.extra / cell.n)
    return _surveys(y, weights, run=run, truth=satisfied / cell.extra, fpc=cell.extra)


def _thin(cell: Cell, runs: int, rng: np.random.Generator) -> Surveys:
    """The opt_in recipe on weighting cells of two to five answers; a unit of the cube is a run."""
    size, shift, population = _thin_cells(cell, np.random.default_rng((SEED, cell.n, cell.extra)))
    share = cell.p + shift * (1 - cell.p)
    within = np.repeat(np.arange(len(size)), size)
    y = rng.random((runs, len(within))) < share[within]
    day = rng.integers(0, DAYS, y.size)
    keys = {
        "unit": np.repeat(np.arange(runs), len(within)),
        "service": np.tile(within, runs),
        "submission": np.zeros(y.size, dtype=np.int64),
        "date": np.datetime64("2026-07-01") + day,
    }
    cube = analysis.cube_from_rows(keys, {"q": np.where(y.ravel(), 5, 1)})
    cells = {(str(u), str(c), "0", "2026-07"): f"{u}/{c}" for u in range(runs) for c in range(len(size))}
    dossiers = {f"{u}/{c}": float(population[c]) for u in range(runs) for c in range(len(size))}
    design = analysis.design_opt_in(cube, analysis.assigned_cells(cube, cells, dossiers))
    table = analysis.estimate_opt_in(
        design, [analysis.satisfied_share("q")], domains=analysis.domains_by(design, ["unit"])
    )
    truth = float(population @ share / population.sum())
    columns = (table.estimate, table.variance, table.low, table.high)
    return Surveys(*(column[:, 0] for column in columns), truth)


def _thin_cells(cell: Cell, rng: np.random.Generator) -> tuple[IntArray, FloatArray, FloatArray]:
    """Answers a cell, how far its share lies from the mean (in units of 1 - p), and its dossiers."""
    cycle = [cell.extra] if cell.extra else [2, 3, 4, 5]
    size = np.array((cycle * cell.n)[: max(2, round(cell.n / np.mean(cycle)))])
    shift = np.resize([0.5, -0.5], len(size))
    return size, shift, np.round(size * 8 * rng.lognormal(0.0, 0.3, len(size)))


DRAWS: dict[str, Callable[[Cell, int, np.random.Generator], Surveys]] = {
    "weighted": _weighted,
    "clustered": _clustered,
    "thin": _thin,
    "fpc": _drawn,
}


def _weights(count: int, rng: np.random.Generator) -> FloatArray:
    return rng.lognormal(0.0, np.sqrt(np.log1p(WEIGHT_CV**2)), count)


def _surveys(
    y: BoolArray,
    weights: FloatArray,
    *,
    run: IntArray,
    truth: float,
    psu: IntArray | None = None,
    fpc: int | None = None,
) -> Surveys:
    design = analysis.survey_design(
        weights,
        ids=[] if psu is None else [psu],
        strata=[run],
        fpc=[] if fpc is None else [np.full(len(y), float(fpc))],
    )
    domains = analysis.survey_domains({"run": run}, size=len(y))
    found = analysis.estimate_survey(design, analysis.share_of(y, domains), fpc_relief=fpc is not None)
    low, high = analysis.jeffreys_interval(found.evidence)
    return Surveys(found.estimate, found.variance, low, high, truth)


def small_area_coverage(mean_n: int, sets: int, *, areas: int = 60, seed: int = SEED) -> tuple[float, float]:
    """Coverage and mean width of the modelled intervals: areas' logits scatter by 0.6 around 0.9."""
    rng = np.random.default_rng((seed, mean_n))
    hits, width = [], []
    for _ in range(sets):
        truth = 1 / (1 + np.exp(-rng.normal(np.log(9.0), 0.6, areas)))
        n = np.maximum(rng.poisson(mean_n, areas), 1)
        modelled = analysis.small_area_shares(rng.binomial(n, truth) / n, n)
        hits.append((modelled.low <= truth) & (truth <= modelled.high))
        width.append(modelled.high - modelled.low)
    return float(np.mean(hits)), float(np.mean(width))


@dataclass(frozen=True, slots=True)
class RankCoverage:
    """Shares of runs: the average unit, the worst unit, all units at once; width in places."""

    average: float
    worst: float
    joint: float
    width: float


def rank_coverage(units: int, sd: float, runs: int, *, simultaneous: bool, seed: int = SEED) -> RankCoverage:
    """True shares scatter by `sd` around 0.9 and are estimated with standard errors of one to two points."""
    rng = np.random.default_rng((seed, units, round(1000 * sd), simultaneous))
    truth = np.clip(rng.normal(0.9, sd, units), 0.5, 0.99)
    variance = rng.uniform(0.01, 0.02, units) ** 2
    rank = analysis.plain_ranks(truth)
    hits, width = np.zeros((runs, units), dtype=np.bool_), 0.0
    for k in range(runs):
        estimate = rng.normal(truth, np.sqrt(variance))
        sets = analysis.rank_sets(estimate, variance, rng=rng, simultaneous=simultaneous)
        hits[k] = (sets.best <= rank) & (rank <= sets.worst)
        width += float(np.mean(sets.worst - sets.best + 1)) / runs
    by_unit = hits.mean(axis=0)
    return RankCoverage(float(by_unit.mean()), float(by_unit.min()), float(hits.all(axis=1).mean()), width)


PUBLISHED_WIDTH = {  # points: the prototype that chose the default, same designs, another program
    "weighted": (37.6, 25.3, 18.2, 9.2, 23.3, 14.5, 10.3, 5.1, 18.7, 10.4, 6.9, 3.3),
    "clustered": (57.7, 30.7, 21.0, 10.2, 40.1, 17.7, 11.5, 5.6, 34.7, 12.5, 7.7, 3.6),
}
PUBLISHED_MEAN_WIDTH = {"weighted": 15.2, "clustered": 21.1}
LOWEST_COVERAGE = {"weighted": 0.943, "clustered": 0.943, "thin": 0.943, "fpc": 0.925}
# Population, answers and share of the cells on which the correction's cap was chosen.
DRAWN_OF = (
    (40, 20, 0.90),
    (40, 30, 0.90),
    (100, 50, 0.95),
    (100, 80, 0.95),
    (200, 100, 0.95),
    (400, 200, 0.98),
    (400, 300, 0.90),
)


def grid(kind: str, *, drawn: float = 0.5) -> list[Cell]:
    """Every share and size of one kind; for `fpc` the part that is drawn."""
    return [Cell(kind, p, n, round(n / drawn) if kind == "fpc" else 0) for p in SHARES for n in SIZES]


def thin_grid() -> list[Cell]:
    """Cells of exactly two, three, four and five answers."""
    return [Cell("thin", p, 100, size) for p in SHARES for size in (2, 3, 4, 5)]


def report(runs: int, write: Callable[[str], object]) -> bool:
    """Write the tables and whether each line of the acceptance holds; True when all do."""
    held = {kind: _table(grid(kind), runs, write) for kind in LOWEST_COVERAGE}
    chosen = [Cell("fpc", p, n, population) for population, n, p in DRAWN_OF]
    held["fpc"] += _table(chosen, runs, write)
    nearly_all = _table(grid("fpc", drawn=0.8), runs, write)
    ratios = [row.ratio for row in _table(thin_grid(), runs, write)]
    lines = [
        _line(f"{kind}: lowest coverage", min(h.coverage for h in rows), at_least=LOWEST_COVERAGE[kind])
        for kind, rows in held.items()
    ]
    for kind in ("weighted", "clustered", "thin"):
        mean = _mean(held[kind], "coverage")
        lines.append(_line(f"{kind}: mean coverage", mean, at_least=0.95, at_most=0.98))
    for kind, published in PUBLISHED_MEAN_WIDTH.items():
        rows = held[kind]
        lines.append(_line(f"{kind}: mean width", _mean(rows, "width"), at_most=1.02 * published / 100))
        widest = max(100 * h.width / w for h, w in zip(rows, PUBLISHED_WIDTH[kind], strict=True))
        lines.append(_line(f"{kind}: widest against its published width", widest, at_most=1.02))
    lines.append(_line("thin: mean variance / true variance, lowest", min(ratios), at_least=0.9))
    lines.append(_line("thin: mean variance / true variance, highest", max(ratios), at_most=1.1))
    lines += _small_area_lines(max(runs // 60, 2)) + _rank_lines(max(runs // 50, 20))
    for text, _ in lines:
        write(text + "\n")
    lowest = min(row.coverage for row in nearly_all)
    write(f"seen  four fifths of the dossiers drawn, few dissatisfied: lowest coverage {lowest:.4f}\n")
    return all(holds for _, holds in lines)


def _table(cells: Sequence[Cell], runs: int, write: Callable[[str], object]) -> list[Held]:
    write("\nkind           p    n extra  coverage   width  V/true    V=0\n")
    rows = []
    for cell in cells:
        row = simulate(cell, runs)
        rows.append(row)
        write(
            f"{cell.kind:10} {cell.p:5.2f} {cell.n:4} {cell.extra or '':>5} {100 * row.coverage:9.2f} "
            f"{100 * row.width:7.2f} {row.ratio:7.3f} {100 * row.degenerate:6.1f}\n"
        )
    return rows


def _small_area_lines(sets: int) -> list[tuple[str, bool]]:
    found = {n: small_area_coverage(n, sets) for n in (8, 20, 60)}
    return [
        _line(f"small areas, mean n {n} (width {100 * width:.1f}): coverage", cover, at_least=0.92)
        for n, (cover, width) in found.items()
    ]


def _rank_lines(runs: int) -> list[tuple[str, bool]]:
    lines = []
    for sd in (0.005, 0.03):
        one = rank_coverage(63, sd, runs, simultaneous=False)
        every = rank_coverage(63, sd, runs, simultaneous=True)
        name = f"ranks of 63, sd {100 * sd:g} points"
        lines.append(_line(f"{name}, marginal (width {one.width:.1f}), worst", one.worst, at_least=0.95))
        lines.append(_line(f"{name}, simultaneous (width {every.width:.1f})", every.joint, at_least=0.95))
    return lines


def _line(what: str, value: float, *, at_least: float = -np.inf, at_most: float = np.inf) -> tuple[str, bool]:
    holds = at_least <= value <= at_most
    wanted = f"{at_least:.3f} to {at_most:.3f}".replace("-inf to", "at most").replace("to inf", "or more")
    return f"{'holds' if holds else 'FAILS':6} {what}: {value:.4f} (wanted {wanted})", holds


def _mean(rows: Sequence[Held], name: str) -> float:
    return float(np.mean([getattr(row, name) for row in rows]))


if __name__ == "__main__":
    wanted_runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    sys.exit(0 if report(wanted_runs, sys.stdout.write) else 1)
