"""What to do first: how much each criterion goes with the overall rating, and how the unit does in it.

Importance comes from the edition (`drivers`), performance and the peers from its tables. First stand criteria
that matter, are low, and are significantly below the peers. Going together is not causing: a criterion that
matters is where to look, not a promise of what happens when it improves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.drivers import DriverShares, Quadrant, priority_table
from app.results.comparing import Change, Changes, changes_of
from app.results.evidence import LEVEL, Side, pooled, sides_of
from app.results.reading import EditionTables, Estimate

QUADRANTS: tuple[Quadrant, ...] = ("improve_first", "keep_up", "low_priority", "possible_overkill")


@dataclass(frozen=True, slots=True)
class Priority:
    """A criterion; importance in percent of what is explained, `peers` the change against the other units.

    `is_first`: it matters, is low, and is significantly below the peers.
    """

    criterion: str
    name: str
    side: Side
    row: Estimate
    importance: float
    importance_low: float
    importance_high: float
    quadrant: Quadrant
    is_clear: bool
    peers: Change | None

    @property
    def is_below(self) -> bool:
        return self.peers is not None and self.peers.arrow < 0

    @property
    def is_first(self) -> bool:
        return self.quadrant == "improve_first" and self.is_below


@dataclass(frozen=True, slots=True)
class Priorities:
    """The table of a unit; `source` is the unit whose answers gave the importance, `n` how many of them.

    `hidden` names criteria without a published figure; the cuts and shares are in percent.
    """

    unit: str
    form: str
    source: str
    n: int
    fewest: int
    r_squared: float
    method: str
    rows: tuple[Priority, ...]
    hidden: tuple[str, ...]
    peer_count: int
    importance_cut: float
    performance_cut: float

    @property
    def is_own(self) -> bool:
        return self.source == self.unit

    @property
    def first(self) -> tuple[Priority, ...]:
        return tuple(row for row in self.rows if row.is_first)


def priorities_of(tables: EditionTables, unit: str, *, form: str = "") -> Priorities | None:
    """The unit's table for a questionnaire, by default the one with most answers; None without shares."""
    drivers: Mapping[str, Any] = tables.edition.drivers
    usable = [code for code, one in drivers.items() if unit in one["source"]]
    if not usable:
        return None
    chosen = form if form in usable else max(usable, key=lambda code: _shares(drivers[code], unit)["n"])
    found = drivers[chosen]
    figures = [f"criterion:{code}:satisfied_share" for code in found["criteria"]]
    rows = {row.figure: row for row in tables.rows(unit=unit, figure=figures)}
    here = [rows.get(figure) for figure in figures]
    sides = sides_of(here)
    if not any(sides):
        return None
    return _table(tables, unit, chosen, here, sides)


def _table(
    tables: EditionTables,
    unit: str,
    form: str,
    rows: Sequence[Estimate | None],
    sides: Sequence[Side | None],
) -> Priorities:
    found = tables.edition.drivers[form]
    own, codes = _shares(found, unit), found["criteria"]
    drivers = _driver_shares(own, codes)
    table = priority_table(
        drivers,
        [s.estimate / 100 if s else np.nan for s in sides],
        low=[s.low / 100 if s else np.nan for s in sides],
        high=[s.high / 100 if s else np.nan for s in sides],
    )
    peers, count = _against_peers(tables, unit, codes, sides)

    def priority(i: int, row: Estimate, side: Side) -> Priority:
        return Priority(
            criterion=codes[i],
            name=row.figure_name,
            side=side,
            row=row,
            importance=100 * float(drivers.importance[i]),
            importance_low=100 * float(drivers.low[i]),
            importance_high=100 * float(drivers.high[i]),
            quadrant=table.quadrant[i],
            is_clear=bool(table.clear[i]),
            peers=peers.rows[i] if count else None,
        )

    known = enumerate(zip(rows, sides, strict=True))
    made = [
        priority(i, row, side)
        for i, (row, side) in known
        if row is not None and side is not None and not np.isnan(drivers.importance[i])
    ]
    return Priorities(
        unit=unit,
        form=form,
        source=found["source"][unit],
        n=own["n"],
        fewest=found["fewest"],
        r_squared=own["r_squared"],
        method=own["method"],
        rows=tuple(sorted(made, key=_order)),
        hidden=tuple(row.figure_name for row, side in zip(rows, sides, strict=True) if row and not side),
        peer_count=count,
        importance_cut=100 * table.importance_cut,
        performance_cut=100 * table.performance_cut,
    )


def _order(row: Priority) -> tuple[object, ...]:
    """First what matters, is low and below the peers; then by quadrant, then by importance."""
    return (not row.is_first, QUADRANTS.index(row.quadrant), not row.is_below, -row.importance)


def _shares(found: Mapping[str, Any], unit: str) -> Mapping[str, Any]:
    shares: Mapping[str, Any] = found["units"][found["source"][unit]]
    return shares


def _driver_shares(own: Mapping[str, Any], codes: Sequence[str]) -> DriverShares:
    values = np.array([own["shares"][code] for code in codes], dtype=np.float64)
    return DriverShares(
        importance=values[:, 0],
        low=values[:, 1],
        high=values[:, 2],
        r_squared=own["r_squared"],
        n=own["n"],
        level=LEVEL,
        method=own["method"],
    )


def _against_peers(
    tables: EditionTables, unit: str, codes: Sequence[str], sides: Sequence[Side | None]
) -> tuple[Changes, int]:
    """The unit against the other units of its level together, criterion by criterion; how many they are."""
    others = [peer for peer in tables.peers(unit) if peer != unit]
    figures = [f"criterion:{code}:satisfied_share" for code in codes]
    found = tables.rows(unit=others, figure=figures) if others else []
    by_figure: dict[str, list[Side]] = {figure: [] for figure in figures}
    for row, side in zip(found, sides_of(list(found)), strict=True):
        if side is not None:
            by_figure[row.figure].append(side)
    pairs = [
        (side, pooled(by_figure[figure]) if by_figure[figure] else None)
        for side, figure in zip(sides, figures, strict=True)
    ]
    return changes_of(pairs), len({row.unit for row in found if row.is_published})
