"""How many people to ask, how to spread them over strata, and which of them to draw."""

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import ceil, isinf

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from analysis.arrays import FloatArray, IntArray, as_codes, as_floats, require_length
from analysis.errors import InvalidArgument, ShapeMismatch


@dataclass(frozen=True, slots=True)
class SampleTarget:
    """The precision wanted, and what stands between it and a simple random sample.

    Units: `margin` half-width and `share` 0-1; `population` people or dossiers (infinite when unknown);
    `design_effect` ratio of variances; `response_rate` expected share of those asked who answer.
    """

    margin: float
    share: float = 0.5
    level: float = 0.95
    population: float = float("inf")
    design_effect: float = 1.0
    response_rate: float = 1.0


@dataclass(frozen=True, slots=True)
class SampleSize:
    """Answers needed and people to ask; `slovin` is the figure that offices still use, for comparison.

    Units: people.  `attainable` is False where even asking everybody is not expected to be enough.
    """

    answers: int
    to_ask: int
    attainable: bool
    slovin: int | None


@dataclass(frozen=True, slots=True)
class Draw:
    """A drawn sample.

    Shapes: rows, probability, weight (n,), rows in frame order.  Units: row numbers of the frame from 0;
    `probability` of being drawn; `weight` its inverse.
    """

    rows: IntArray
    probability: FloatArray
    weight: FloatArray


def sample_size(target: SampleTarget) -> SampleSize:
    """Answers that give the margin at the level, and how many to ask for them.

    n = N D pq / ((N-1) e^2/z^2 + D pq), rounded up; D the design effect.
    Shapes: none.  Units: people.
    Raises: InvalidArgument for a setting out of range.
    Source: Cochran (1977) eq. 4.2 with the design effect of Kish (1965) section 8.2; with D = 1 the table of
    Krejcie & Morgan (1970).  Check: tests/unit/analysis/test_planning.py
    """
    _check(target)
    spread = target.design_effect * target.share * (1 - target.share)
    precision = (target.margin / float(ndtri((1 + target.level) / 2))) ** 2
    if isinf(target.population):
        needed = spread / precision
    else:
        needed = target.population * spread / ((target.population - 1) * precision + spread)
    answers = _round_up(needed)
    to_ask = _round_up(answers / target.response_rate)
    return SampleSize(
        answers=answers,
        to_ask=int(min(to_ask, target.population)),
        attainable=to_ask <= target.population,
        slovin=None if isinf(target.population) else slovin_size(target.margin, target.population),
    )


def slovin_size(margin: float, population: float) -> int:
    """N / (1 + N e^2): the office rule, which assumes p = 0.5, z = 2 and a simple random sample.

    Shapes: none.  Units: margin 0-1, people.
    Raises: InvalidArgument for a margin outside 0-1 or a population below 1.
    Source: the rule known as Slovin's; Yamane (1967) p. 886.  Check: tests/unit/analysis/test_planning.py
    """
    _require_share("margin", margin)
    _require("population", population, population >= 1, "at least 1")
    return _round_up(population / (1 + population * margin**2))


def margin_of_sample(answers: float, target: SampleTarget) -> float:
    """The margin that a number of answers will give; `target.margin` is not read.

    Shapes: none.  Units: half-width 0-1.
    Raises: InvalidArgument for a setting out of range or answers outside 1..N.
    Source: the inverse of `sample_size`.  Check: tests/unit/analysis/test_planning.py
    """
    _check(target)
    _require("answers", answers, 1 <= answers <= target.population, "from 1 to the population")
    spread = target.design_effect * target.share * (1 - target.share)
    if isinf(target.population):
        variance = spread / answers
    else:
        variance = spread * (target.population / answers - 1) / max(target.population - 1, 1)
    return float(ndtri((1 + target.level) / 2) * np.sqrt(variance))


def neyman_allocation(total: int, population: ArrayLike, sd: ArrayLike, *, minimum: int = 2) -> IntArray:
    """Answers a stratum with the smallest variance of the overall figure: the exact optimum in whole numbers.

    Every stratum gets at least `minimum` (or all it has), none more than it has; strata that would need more
    are taken whole.
    Shapes: population, sd (h,).  Units: people; standard deviation of the answer, sqrt(pq) for a share.
    Raises: InvalidArgument when the total cannot be met; ShapeMismatch.
    Source: Neyman (1934); whole numbers by Wright (2012), The American Statistician 66, algorithm III.
    Check: tests/unit/analysis/test_planning.py (brute force).
    """
    sizes, spread = as_floats(population), as_floats(sd)
    require_length(spread, len(sizes), name="sd")
    return _allocate(total, sizes * spread, sizes, minimum)


def power_allocation(
    total: int, population: ArrayLike, cv: ArrayLike, *, power: float = 0.5, minimum: int = 2
) -> IntArray:
    """A compromise between precise strata and a precise whole: n in proportion to N^power x cv.

    Power 1 with cv = S/mean is close to Neyman, power 0 gives strata equal relative precision.
    Shapes: population, cv (h,).  Units: people; standard deviation over mean.
    Raises: InvalidArgument when the total cannot be met or the power is outside 0-1; ShapeMismatch.
    Source: Bankier (1988), The American Statistician 42.  Check: tests/unit/analysis/test_planning.py
    """
    sizes, spread = as_floats(population), as_floats(cv)
    require_length(spread, len(sizes), name="cv")
    _require("power", power, 0 <= power <= 1, "a number from 0 to 1")
    return _allocate(total, sizes**power * spread, sizes, minimum)


def stratified_systematic_draw(
    strata: ArrayLike, sizes: ArrayLike, *, rng: np.random.Generator, order: ArrayLike | None = None
) -> Draw:
    """A systematic sample in every stratum: a random start, then even steps down the ordered list.

    Sorting the list (by service, then date) spreads the sample over it; the seed in `rng` repeats the draw.
    Shapes: strata (N,) codes 0..h-1 of the frame; sizes (h,) how many to draw; order (N,) sort keys.
    Units: codes, people.
    Raises: InvalidArgument when a stratum is smaller than its sample; ShapeMismatch.
    Source: Cochran (1977) ch. 8, fractional interval.  Check: tests/unit/analysis/test_planning.py
    """
    codes, wanted = as_codes(strata, name="strata"), as_codes(sizes, name="sizes")
    keys = np.arange(len(codes)) if order is None else np.asarray(order)
    require_length(keys, len(codes), name="order")
    held = _frame_sizes(codes, wanted)
    listed = np.lexsort((np.arange(len(codes)), keys, codes))
    begins = np.concatenate([[0], np.cumsum(held)[:-1]]).astype(np.int64)
    picks = [
        begin + _systematic(int(n), int(N), rng) for begin, n, N in zip(begins, wanted, held, strict=True)
    ]
    rows = np.sort(listed[np.concatenate(picks)]) if picks else np.empty(0, dtype=np.int64)
    probability = (wanted / np.maximum(held, 1))[codes[rows]]
    return Draw(rows=rows, probability=probability, weight=1 / probability)


def _systematic(n: int, population: int, rng: np.random.Generator) -> IntArray:
    start = rng.random()
    return np.floor((start + np.arange(n)) * population / max(n, 1)).astype(np.int64)


def _frame_sizes(codes: IntArray, wanted: IntArray) -> IntArray:
    if len(codes) and (codes.min() < 0 or codes.max() >= len(wanted)):
        raise ShapeMismatch(
            what="sizes", found=f"{len(wanted)} strata", wanted=f"codes up to {int(codes.max())}"
        )
    held = np.bincount(codes, minlength=len(wanted))
    for stratum in np.flatnonzero((wanted > held) | (wanted < 0)):
        raise InvalidArgument(
            name=f"sizes[{stratum}]",
            value=int(wanted[stratum]),
            wanted=f"0 to the {held[stratum]} in the frame",
        )
    return np.asarray(held, dtype=np.int64)


def _allocate(total: int, weight: FloatArray, sizes: FloatArray, minimum: int) -> IntArray:
    """Whole n that minimise sum(weight^2 / n) between the bounds: each next one where it helps most."""
    if np.any(~(weight >= 0)) or np.any(~(sizes >= 0)) or np.any(np.isinf(weight)):
        raise InvalidArgument(name="population or spread", value="a negative number", wanted="numbers from 0")
    most = np.floor(sizes).astype(np.int64)
    given = np.minimum(most, minimum)
    _require("total", total, given.sum() <= total <= most.sum(), f"{given.sum()} to {most.sum()}")
    queue = [(-_gain(w, n), h) for h, (w, n) in enumerate(zip(weight, given, strict=True)) if n < most[h]]
    heapify(queue)
    for _ in range(total - int(given.sum())):
        _, stratum = heappop(queue)
        given[stratum] += 1
        if given[stratum] < most[stratum]:
            heappush(queue, (-_gain(weight[stratum], given[stratum]), stratum))
    return given


def _gain(weight: float, n: int) -> float:
    return float("inf") if n == 0 and weight > 0 else float(weight / np.sqrt(max(n, 1) * (n + 1.0)))


def _check(target: SampleTarget) -> None:
    for name in ("margin", "share", "level"):
        _require_share(name, getattr(target, name))
    _require("population", target.population, target.population >= 1, "at least 1")
    _require("design_effect", target.design_effect, 0 < target.design_effect < np.inf, "a number above 0")
    _require("response_rate", target.response_rate, 0 < target.response_rate <= 1, "a share above 0, up to 1")


def _round_up(value: float) -> int:
    return ceil(value - 1e-9)


def _require_share(name: str, value: float) -> None:
    _require(name, value, 0 < value < 1, "a number between 0 and 1")


def _require(name: str, value: float, holds: bool | np.bool_, wanted: str) -> None:
    if not holds:
        raise InvalidArgument(name=name, value=value, wanted=wanted)
