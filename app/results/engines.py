"""The cubes of a round: DuckDB reads the lake's parts and today's rows, sums over codes count them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from analysis.arrays import IntArray
from analysis.cube import NOT_ASKED, Cube, count_type, group_rows, number_groups
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
        columns = ", ".join(["*", *absent])
        rows = _Columns(connection.sql(f"SELECT {columns} FROM ({body})").to_arrow_table(), asked)
    counted = Counted(
        cubes={further: rows.cube({**CUBE_KEYS, **_own(further)}) for further in asked.cubes},
        sides={name: rows.cube({**SIDE_KEYS, **_own((name,))}) for name in asked.sides},
        flags=rows.tally("flags"),
    )
    del rows
    pa.default_memory_pool().release_unused()
    return counted


def _own(names: Sequence[str]) -> dict[str, str]:
    """Keys that are columns of their own name."""
    return {name: name for name in names}


class _Columns:
    """The responses column by column: small whole numbers, keys as codes into sorted labels.

    Nearly every response is a group of its own in the finest cube, where a database's aggregates take many
    times the room of the counts themselves; sums over codes do not.
    """

    def __init__(self, table: pa.Table, asked: Asked) -> None:
        self.table, self.asked = table, asked
        self._encoded: dict[str, tuple[IntArray, tuple[str, ...]]] = {}
        self._slots: dict[str, Any] = {}

    def cube(self, keys: Mapping[str, str]) -> Cube:
        """Counts by these keys (name -> column)."""
        encoded = [self._codes(column) for column in keys.values()]
        codes = np.column_stack([code for code, _ in encoded])
        labels = tuple(names for _, names in encoded)
        first, group = number_groups(group_rows(codes, [len(names) for names in labels]))
        start = group * (self.asked.level_count + 3)
        shape = (len(first), len(self.asked.items), self.asked.level_count + 2)
        responses = np.bincount(group, minlength=len(first)).astype(np.int64)
        counts = np.empty(shape, dtype=count_type(responses))
        for place, item in enumerate(self.asked.items):
            counts[:, place] = self._answers(item, start, rows=len(first))
        return Cube(tuple(keys), labels, codes[first], tuple(self.asked.items), responses, counts)

    def tally(self, column: str) -> dict[str, int]:
        """Responses by label."""
        codes, labels = self._codes(column)
        return dict(zip(labels, np.bincount(codes, minlength=len(labels)).tolist(), strict=True))

    def _codes(self, column: str) -> tuple[IntArray, tuple[str, ...]]:
        if column not in self._encoded:
            values = self.table[column].combine_chunks().dictionary_encode("encode")
            names = ["" if name is None else name for name in values.dictionary.cast(pa.string()).to_pylist()]
            labels = tuple(sorted(set(names)))
            rank = np.array([labels.index(name) for name in names], dtype=np.int64)
            self._encoded[column] = rank[values.indices.to_numpy()], labels
        return self._encoded[column]

    def _answers(self, item: str, start: IntArray, *, rows: int) -> IntArray:
        """Answers at each level, then blanks, then no opinion: (rows, levels + 2); `start` of each group."""
        width = self.asked.level_count + 3  # the last one: not asked
        flat = np.bincount(start + self._slot(item), minlength=rows * width)
        return np.asarray(flat.reshape(rows, width)[:, :-1])

    def _slot(self, item: str) -> Any:
        if item not in self._slots:
            levels = self.asked.level_count
            found = self.table[PREFIX + item].fill_null(NOT_ASKED).to_numpy()
            slot = np.where(found >= 1, np.minimum(found, levels) - 1, levels - found)
            self._slots[item] = slot.astype(np.uint8)
        return self._slots[item]


def _files(data: Flat) -> str:
    names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in data.parts)
    return f"read_parquet([{names}], union_by_name = true)"
