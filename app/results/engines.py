"""Engines that run the one SQL text of the cube. DuckDB over the lake's parts and today's rows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from analysis.cube import Cube
from analysis.cube_query import cube_from_query
from app.results.demographics import Grouped
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


SIDE_KEYS = {"unit": CUBE_KEYS["unit"], "outcome": CUBE_KEYS["outcome"]}


@dataclass(frozen=True, slots=True)
class Asked:
    """What to count: items on a scale, the columns the data hold, and cubes with further keys.

    `people` are the demographic questions of the round; each of `cubes` names those that are its keys, those
    of `sides` are counted apart, by unit alone.
    """

    items: Sequence[str]
    level_count: int
    columns: Collection[str]
    people: Mapping[str, Grouped] = field(default_factory=dict)
    cubes: Sequence[tuple[str, ...]] = ((),)
    sides: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """Cubes of a round by their further keys, abandoned forms included; responses by flag."""

    cubes: dict[tuple[str, ...], Cube]
    sides: dict[str, Cube]
    flags: dict[str, int]


def count_cubes(data: Flat, asked: Asked) -> Counted | None:
    """Exact counts of every item by every key, each cube once; None without responses."""
    groups = sorted({name for cube in asked.cubes for name in cube} | set(asked.sides))
    questions = {item for name in groups for item in asked.people[name].labels}
    present = [item for item in dict.fromkeys([*asked.items, *sorted(questions)]) if item in asked.columns]
    wanted = [*CUBE_KEYS.values(), "flags", *(PREFIX + item for item in present)]
    sources = [f"SELECT {', '.join(wanted)} FROM {_files(data)}"] if data.parts else []
    sources += ["SELECT * FROM loose"] if data.loose is not None else []
    if not sources:
        return None
    # Items nobody could answer yet are in no part: nobody was asked.
    absent = [f"CAST(NULL AS TINYINT) AS {PREFIX}{item}" for item in asked.items if item not in asked.columns]
    places = {item: PREFIX + item for item in present}
    absent += [f"{asked.people[name].sql(places)} AS {name}" for name in groups]
    with duckdb.connect(":memory:") as connection:
        if data.loose is not None:
            connection.register("loose", data.loose)
        body = " UNION ALL BY NAME ".join(sources)
        connection.execute(f"CREATE TABLE flat AS SELECT {', '.join(['*', *absent])} FROM ({body})")
        cubes = {further: _cube(connection, asked, {**CUBE_KEYS, **_own(further)}) for further in asked.cubes}
        sides = {name: _cube(connection, asked, {**SIDE_KEYS, **_own((name,))}) for name in asked.sides}
        flags = _fetch(
            connection, "SELECT flags, COUNT(*) AS responses FROM flat GROUP BY flags ORDER BY flags"
        )
    counts = dict(zip(flags["flags"].tolist(), flags["responses"].tolist(), strict=True))
    return Counted(cubes, sides, counts)


def _own(names: Sequence[str]) -> dict[str, str]:
    """Keys that are columns of their own name."""
    return {name: name for name in names}


def _cube(connection: duckdb.DuckDBPyConnection, asked: Asked, keys: Mapping[str, str]) -> Cube:
    cube = cube_from_query(
        lambda sql: _fetch(connection, sql),
        "flat",
        keys=keys,
        items=[PREFIX + item for item in asked.items],
        level_count=asked.level_count,
    )
    return _named(cube, asked.items)


def _fetch(connection: duckdb.DuckDBPyConnection, sql: str) -> Mapping[str, Any]:
    table: pa.Table = connection.sql(sql).to_arrow_table()
    return {name: table.column(name).to_numpy() for name in table.column_names}


def _files(data: Flat) -> str:
    names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in data.parts)
    return f"read_parquet([{names}], union_by_name = true)"


def _named(cube: Cube, items: Sequence[str]) -> Cube:
    """The cube under the items' own codes."""
    return Cube(cube.keys, cube.labels, cube.codes, tuple(items), cube.responses, cube.counts)
