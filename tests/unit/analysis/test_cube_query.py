"""One SQL text gives the cube that arrays give."""

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from analysis.cube import cube_from_rows
from analysis.cube_query import cube_from_query, cube_sql
from analysis.errors import InvalidArgument, UnknownName

KEYS = {"unit": "unit", "service": "service", "date": "answered_on"}


def rows(seed: int, n: int) -> dict[str, Any]:
    draws = np.random.default_rng(seed)
    return {
        "unit": draws.choice(["U1", "U2", "U10"], n),
        "service": draws.choice(np.array(["a", "b", None], dtype=object), n),
        "answered_on": np.datetime64("2026-01-28") + draws.integers(0, 9, n),
        "q1": draws.integers(-2, 6, n).astype(np.int8),
        "q2": draws.integers(-1, 6, n).astype(np.int8),
    }


@pytest.mark.parametrize("seed", range(5))
def test_duckdb_counts_the_same_cube_as_arrays(seed: int) -> None:
    table = rows(seed, 500)
    arrow = pa.table({name: pa.array(values) for name, values in table.items()})
    with duckdb.connect() as connection:
        connection.register("answers", arrow)
        counted = cube_from_query(
            lambda sql: connection.execute(sql).fetchnumpy(), "answers", keys=KEYS, items=["q1", "q2"]
        )
    keys = {key: table[column] for key, column in KEYS.items()}
    wanted = cube_from_rows(keys, {"q1": table["q1"], "q2": table["q2"]})
    assert counted.labels == wanted.labels
    assert np.array_equal(counted.codes, wanted.codes)
    assert np.array_equal(counted.counts, wanted.counts)
    assert counted.counts.dtype == wanted.counts.dtype


def test_a_column_that_a_form_lacks_counts_as_not_asked() -> None:
    with duckdb.connect() as connection:
        cube = cube_from_query(
            lambda sql: connection.execute(sql).fetchnumpy(),
            "(SELECT 'A' AS unit, CAST(NULL AS TINYINT) AS q UNION ALL SELECT 'A', NULL)",
            keys={"unit": "unit"},
            items=["q"],
        )
    assert cube.responses.tolist() == [2]
    assert cube.counts.sum() == 0


def test_the_text_is_plain_sql_of_counts_casts_and_a_group_by() -> None:
    sql = cube_sql("answers", {"unit": "unit"}, items=["q1"], level_count=2, where="outcome <> 'breakoff'")
    assert sql == (
        "SELECT\n"
        "  unit AS unit,\n"
        "  COUNT(*) AS responses,\n"
        "  CAST(COALESCE(SUM(CAST(q1 >= 1 AS INT)), 0) AS BIGINT) AS q1_ge1,\n"
        "  CAST(COALESCE(SUM(CAST(q1 >= 2 AS INT)), 0) AS BIGINT) AS q1_ge2,\n"
        "  CAST(COALESCE(SUM(CAST(q1 = 0 AS INT)), 0) AS BIGINT) AS q1_blank,\n"
        "  CAST(COALESCE(SUM(CAST(q1 = -1 AS INT)), 0) AS BIGINT) AS q1_no_opinion\n"
        "FROM answers\n"
        "WHERE outcome <> 'breakoff'\n"
        "GROUP BY unit"
    )


def test_a_name_that_is_no_column_never_reaches_the_engine() -> None:
    with pytest.raises(InvalidArgument, match="q1; DROP"):
        cube_sql("answers", {"unit": "unit"}, items=["q1; DROP TABLE x"])


def test_a_column_missing_from_the_result_is_named() -> None:
    with pytest.raises(UnknownName, match="q1_ge1"):
        cube_from_query(
            lambda _: {"unit": ["A"], "responses": [1]}, "answers", keys={"unit": "unit"}, items=["q1"]
        )
