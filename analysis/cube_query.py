"""The cube from one SQL text, for any engine that can COUNT, SUM, CAST and GROUP BY.

The comparison is cast to a number and summed: on DuckDB this was measured 10 times faster than CASE or
FILTER.  The flat table has one small integer column an item: a level, 0 blank, -1 no opinion,
NULL (or -2) not asked.
"""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import IntArray, as_codes
from analysis.cube import Cube, canonical, count_type, encode_labels
from analysis.errors import InvalidArgument, UnknownName

RunQuery = Callable[[str], Mapping[str, ArrayLike]]

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def cube_sql(
    source: str,
    keys: Mapping[str, str],
    *,
    items: Sequence[str],
    level_count: int = 5,
    where: str = "",
) -> str:
    """The one SQL text that counts a flat table into a cube.

    `source` and `where` are the caller's own SQL; `keys` maps the cube's key to a column.
    Shapes: one output row per combination of keys.  Units: people.
    Raises: InvalidArgument for a key or item that is not a plain column name.
    Source: docs/methods.md section 3.  Check: tests/unit/analysis/test_cube_query.py.
    """
    for name in (*keys.keys(), *keys.values(), *items):
        _require_identifier(name)
    columns = [f"{column} AS {key}" for key, column in keys.items()]
    columns.append("COUNT(*) AS responses")
    for item in items:
        columns += _item_columns(item, level_count)
    lines = ["SELECT", "  " + ",\n  ".join(columns), f"FROM {source}"]
    lines += [f"WHERE {where}"] if where else []
    return "\n".join([*lines, "GROUP BY " + ", ".join(keys.values())])


def cube_from_query(
    run_query: RunQuery,
    source: str,
    *,
    keys: Mapping[str, str],
    items: Sequence[str],
    level_count: int = 5,
    where: str = "",
) -> Cube:
    """The cube that `run_query` counts: the same as `cube_from_rows` on the same rows.

    Shapes: run_query(sql) returns one array per output column.  Units: people.
    Raises: InvalidArgument for names that are no column names, UnknownName for a missing output column.
    Source: docs/methods.md section 3.  Check: tests/unit/analysis/test_cube_query.py.
    """
    table = run_query(cube_sql(source, keys, items=items, level_count=level_count, where=where))
    encoded = [encode_labels(_column(table, key)) for key in keys]
    codes = np.column_stack([codes for codes, _ in encoded]).astype(np.int64)
    responses = _integers(table, "responses")
    counts = np.empty((len(responses), len(items), level_count + 2), dtype=count_type(responses))
    for j, item in enumerate(items):
        at_least = [_integers(table, f"{item}_ge{k}") for k in range(1, level_count + 1)]
        for k, reached in enumerate(at_least):
            counts[:, j, k] = reached - at_least[k + 1] if k + 1 < level_count else reached
        counts[:, j, -2] = _integers(table, f"{item}_blank")
        counts[:, j, -1] = _integers(table, f"{item}_no_opinion")
    form = Cube(tuple(keys), tuple(labels for _, labels in encoded), codes, tuple(items), responses, counts)
    return canonical(form, codes, responses, counts)


def _item_columns(item: str, level_count: int) -> list[str]:
    tests = {f"{item}_ge{k}": f"{item} >= {k}" for k in range(1, level_count + 1)}
    tests |= {f"{item}_blank": f"{item} = 0", f"{item}_no_opinion": f"{item} = -1"}
    return [
        f"CAST(COALESCE(SUM(CAST({test} AS INT)), 0) AS BIGINT) AS {name}" for name, test in tests.items()
    ]


def _require_identifier(name: str) -> None:
    if not _IDENTIFIER.match(name):
        raise InvalidArgument(name="column", value=name, wanted="letters, digits and _ only")


def _column(table: Mapping[str, ArrayLike], name: str) -> ArrayLike:
    if name not in table:
        raise UnknownName(kind="column in the query result", value=name, known=", ".join(table))
    return table[name]


def _integers(table: Mapping[str, ArrayLike], name: str) -> IntArray:
    return as_codes(_column(table, name), name=f"column {name!r}")
