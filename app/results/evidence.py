"""What a comparison rests on: published rows as statistical evidence, and several units pooled into one side.

A hidden row gives no side, so nothing computed from sides can reveal it. Units are separate strata: their
estimates are independent unless one stands inside the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import FloatArray
from analysis.intervals import (
    ShareEvidence,
    jeffreys_interval,
    share_evidence,
    standin_variance,
    t_ratio_squared,
)
from app.results.reading import Estimate

LEVEL = 0.95
POOLED_OVER_ITEMS = ("pooled_answers", "equal_criteria")


@dataclass(frozen=True, slots=True)
class Side:
    """One figure of one unit, or of several together; estimate, se, low and high in percent.

    `n_kish` is the effective size that an interval may not exceed, `weight` what the unit counts in a pool,
    `capped` is False for indices over many answers a person.
    """

    estimate: float
    se: float
    low: float
    high: float
    n: int
    n_kish: float
    df: float
    weight: float
    capped: bool
    state: str


def sides_of(rows: Sequence[Estimate | None]) -> list[Side | None]:
    """The sides of many rows at once, in order."""
    usable = [row for row in rows if row is not None and _is_usable(row)]
    ratio = t_ratio_squared(_sized(usable), LEVEL).tolist() if usable else []
    found = {id(row): _side(row, discount) for row, discount in zip(usable, ratio, strict=True)}
    return [found.get(id(row)) for row in rows]


def pooled(sides: Sequence[Side]) -> Side:
    """Several units as one: each counts with the weight of those who answered, as in a roll-up."""
    if len(sides) == 1:
        return sides[0]
    weight = np.array([side.weight for side in sides])
    share = weight / weight.sum()
    variance = (share * [side.se for side in sides]) ** 2
    total = float(variance.sum())
    df = np.array([side.df for side in sides])
    free = total**2 / float((variance**2 / df).sum()) if total > 0 else float(df.sum())
    made = Side(
        estimate=float(share @ [side.estimate for side in sides]),
        se=total**0.5,
        low=0.0,
        high=0.0,
        n=sum(side.n for side in sides),
        n_kish=float(1 / (share**2 / [side.n_kish for side in sides]).sum()),
        df=free,
        weight=float(weight.sum()),
        capped=sides[0].capped,
        state="ok" if all(side.state == "ok" for side in sides) else "review",
    )
    return _with_interval(made)


def evidence_of(sides: Sequence[Side]) -> ShareEvidence:
    """Sides of one kind (all capped or none) as arrays of shares."""
    made = share_evidence(
        [side.estimate / 100 for side in sides],
        [(side.se / 100) ** 2 for side in sides],
        n=[side.n for side in sides],
        n_kish=[side.n_kish for side in sides],
        df=[side.df for side in sides],
    )
    return ShareEvidence(
        made.p, made.variance, made.n, made.n_kish, made.df, made.sampled_share, sides[0].capped
    )


def variances_of(sides: Sequence[Side]) -> FloatArray:
    """Variances of shares, with a stand-in where everybody agreed: nothing is known exactly."""
    return standin_variance(evidence_of(sides), LEVEL)


def _is_usable(row: Estimate) -> bool:
    return None not in (row.estimate, row.se, row.low, row.high, row.n, row.n_star)


def _sized(rows: Sequence[Estimate]) -> ShareEvidence:
    return share_evidence(
        np.zeros(len(rows)), 0.0, n=[row.n or 0 for row in rows], df=[_df(row) for row in rows]
    )


def _df(row: Estimate) -> float:
    return float("inf") if row.df is None else row.df


def _side(row: Estimate, discount: float) -> Side | None:
    if not discount > 0 or not row.n_star:
        return None
    return Side(
        estimate=row.estimate or 0.0,
        se=row.se or 0.0,
        low=row.low or 0.0,
        high=row.high or 0.0,
        n=row.n or 0,
        n_kish=row.n_star / discount,
        df=_df(row),
        weight=row.sum_weights or row.population or float(row.n or 0),
        capped=row.formula not in POOLED_OVER_ITEMS,
        state=row.state,
    )


def _with_interval(side: Side) -> Side:
    low, high = jeffreys_interval(evidence_of([side]), LEVEL)
    return Side(
        side.estimate,
        side.se,
        100 * float(low[0]),
        100 * float(high[0]),
        side.n,
        side.n_kish,
        side.df,
        side.weight,
        side.capped,
        side.state,
    )
