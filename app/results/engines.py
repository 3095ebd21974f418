"""Engines that run the one SQL text of the cube. DuckDB over the lake's parts and today's rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from analysis.cube import Cube
from analysis.cube_query import cube_from_query
from app.results.lake import Flat
from app.results.rows import PREFIX

CUBE_KEYS = {
    "unit": "unit_code",
    "service": "service_code",
    "submission": "submission",
    "mode": "mode",
    "date": "answered_on",
    "outcome": "outcome",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """The cube of a round, abandoned forms included, and how many responses carry which flags."""

    cube: Cube
    flags: dict[str, int]


def count_cube(data: Flat, items: Sequence[str], *, level_count: int) -> Counted | None:
    """Exact counts of every item by every key; None without responses."""
    sources = [f"SELECT * FROM read_parquet({_files(data)}, union_by_name = true)"] if data.parts else []
    sources += ["SELECT * FROM loose"] if data.loose is not None else []
    if not sources:
        return None
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET preserve_insertion_order = false")
        if data.loose is not None:
            connection.register("loose", data.loose)
        connection.execute(f"CREATE VIEW flat AS {' UNION ALL BY NAME '.join(sources)}")
        _require_columns(connection, items)
        cube = cube_from_query(
            lambda sql: _fetch(connection, sql),
            "flat_items",
            keys=CUBE_KEYS,
            items=[PREFIX + item for item in items],
            level_count=level_count,
        )
        flags = _fetch(
            connection, "SELECT flags, COUNT(*) AS responses FROM flat GROUP BY flags ORDER BY flags"
        )
    counts = dict(zip(flags["flags"].tolist(), flags["responses"].tolist(), strict=True))
    return Counted(_named(cube, items), counts)


def _require_columns(connection: duckdb.DuckDBPyConnection, items: Sequence[str]) -> None:
    """Items nobody was asked yet are in no part: they are NULL for everyone."""
    present = {row[0] for row in connection.execute("DESCRIBE flat").fetchall()}
    absent = [f"CAST(NULL AS TINYINT) AS {PREFIX}{item}" for item in items if PREFIX + item not in present]
    connection.execute(f"CREATE VIEW flat_items AS SELECT {', '.join(['*', *absent])} FROM flat")


def _fetch(connection: duckdb.DuckDBPyConnection, sql: str) -> Mapping[str, Any]:
    table: pa.Table = connection.execute(sql).to_arrow_table()
    return {name: table.column(name).to_numpy() for name in table.column_names}


def _files(data: Flat) -> str:
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in data.parts) + "]"


def _named(cube: Cube, items: Sequence[str]) -> Cube:
    """The cube under the items' own codes."""
    return Cube(cube.keys, cube.labels, cube.codes, tuple(items), cube.responses, cube.counts)
