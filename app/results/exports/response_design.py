"""Weight, stratum and sampling unit of every response: those of the estimates, from counts alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from analysis.cells import Register, weighting_cells
from analysis.cube_query import cube_from_query
from analysis.opt_in_design import psu_strata
from app.results.estimation import ELIGIBLE, VARIANCE_OF_BASIS

CELL_KEYS = {"unit": "unit_code", "service": "service_code", "submission": "submission", "date": "month"}
COUNTED = "outcome IN (" + ", ".join(f"'{outcome}'" for outcome in ELIGIBLE) + ")"

Fetch = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class ResponseDesign:
    """`cells`: unit, service, submission, month -> weight, cell; `psus`: unit, day -> stratum, psu.

    An empty psu: every response is its own. `psu_count` is the largest number in use, `strata` likewise.
    """

    cells: pa.Table
    psus: pa.Table
    psu_count: int
    strata: int


def response_design(
    fetch: Fetch, population: Register, *, fields: Mapping[str, str], basis: str
) -> ResponseDesign:
    """The design of the main estimates; `fetch` runs SQL over a table `known`."""
    cells = _cells(fetch, population, fields)
    days = fetch(f"SELECT DISTINCT unit_code, answered_on FROM known WHERE {COUNTED} ORDER BY ALL")
    units, unit = np.unique(days["unit_code"].to_numpy(zero_copy_only=False), return_inverse=True)
    day = days["answered_on"].to_numpy(zero_copy_only=False).astype("datetime64[D]")
    month = day.astype("datetime64[M]").astype(np.int64)
    everybody = VARIANCE_OF_BASIS[basis] == "element"
    stratum, element = psu_strata(unit.reshape(-1), month, everybody=everybody)
    number = np.random.default_rng().permutation(len(day)) + 1
    table = pa.table(
        {
            "unit": pa.array(units[unit.reshape(-1)] if len(units) else [], pa.string()),
            "day": days["answered_on"],
            "stratum": pa.array(stratum + 1, pa.int32()),
            "psu": pa.array(number, pa.int32(), mask=element[stratum] if len(stratum) else None),
        }
    )
    return ResponseDesign(cells, table, len(day), len(element))


def _cells(fetch: Fetch, population: Register, fields: Mapping[str, str]) -> pa.Table:
    cube = cube_from_query(
        lambda sql: _columns(fetch(sql)), "known", keys=CELL_KEYS, items=[], level_count=1, where=COUNTED
    )
    cells = weighting_cells(cube, population, fields=fields)
    weight = cells.weight[cells.key_cell]
    used = np.flatnonzero(cells.key_answers > 0)
    keys = [cells.key_labels[i] for i in used.tolist()]
    names = ("unit", "service", "submission", "month")
    columns = {name: pa.array([key[i] for key in keys], pa.string()) for i, name in enumerate(names)}
    own = {"weight": pa.array(weight[used], pa.float64()), "cell": pa.array(cells.key_cell[used], pa.int32())}
    return pa.table(columns | own)


def _columns(table: Any) -> dict[str, Any]:
    return {name: table.column(name).to_numpy() for name in table.column_names}
