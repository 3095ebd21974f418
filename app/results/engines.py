"""Engines that run the one SQL text of the cube. DuckDB over the lake's parts and today's rows."""

from collections.abc import Collection, Mapping, Sequence
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


def count_cube(
    data: Flat, items: Sequence[str], *, level_count: int, columns: Collection[str]
) -> Counted | None:
    """Exact counts of every item by every key; None without responses. `columns` are those the data hold."""
    wanted = [*CUBE_KEYS.values(), "flags", *(PREFIX + item for item in items if item in columns)]
    sources = [f"SELECT {', '.join(wanted)} FROM {_files(data)}"] if data.parts else []
    sources += ["SELECT * FROM loose"] if data.loose is not None else []
    if not sources:
        return None
    # Items nobody could answer yet are in no part: nobody was asked.
    absent = [f"CAST(NULL AS TINYINT) AS {PREFIX}{item}" for item in items if item not in columns]
    with duckdb.connect(":memory:") as connection:
        if data.loose is not None:
            connection.register("loose", data.loose)
        body = " UNION ALL BY NAME ".join(sources)
        connection.execute(f"CREATE TABLE flat AS SELECT {', '.join(['*', *absent])} FROM ({body})")
        cube = cube_from_query(
            lambda sql: _fetch(connection, sql),
            "flat",
            keys=CUBE_KEYS,
            items=[PREFIX + item for item in items],
            level_count=level_count,
        )
        flags = _fetch(
            connection, "SELECT flags, COUNT(*) AS responses FROM flat GROUP BY flags ORDER BY flags"
        )
    counts = dict(zip(flags["flags"].tolist(), flags["responses"].tolist(), strict=True))
    return Counted(_named(cube, items), counts)


def _fetch(connection: duckdb.DuckDBPyConnection, sql: str) -> Mapping[str, Any]:
    table: pa.Table = connection.sql(sql).to_arrow_table()
    return {name: table.column(name).to_numpy() for name in table.column_names}


def _files(data: Flat) -> str:
    names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in data.parts)
    return f"read_parquet([{names}], union_by_name = true)"


def _named(cube: Cube, items: Sequence[str]) -> Cube:
    """The cube under the items' own codes."""
    return Cube(cube.keys, cube.labels, cube.codes, tuple(items), cube.responses, cube.counts)
