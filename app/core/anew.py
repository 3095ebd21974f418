"""Rows written anew in the order of a key that says nothing: afterwards no place of a row tells when it came.

The key must be random or a keyed digest. The order then follows from the contents alone, so writing the same
rows again and again shows nothing, not even to somebody who compares two copies.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, insert, literal, select, true


def write_anew(
    connection: Connection,
    table: Table,
    *,
    by: str,
    chosen: ColumnElement[bool] | None = None,
    change: Mapping[str, Any] | None = None,
) -> int:
    """Delete the chosen rows (or all) and insert them in the order of `by`, in one statement; how many.

    What arrives meanwhile is neither lost nor moved. `change` gives columns one value in all of these rows.
    """
    chosen = true() if chosen is None else chosen
    if connection.dialect.name == "sqlite":  # replacing a row gives it the next row id
        rows = _in_order(table.c, by, change or {}).where(chosen)
        statement = insert(table).prefix_with("OR REPLACE")
    else:
        rows = _in_order(delete(table).where(chosen).returning(*table.c).cte("taken").c, by, change or {})
        statement = insert(table)
    filled = statement.from_select([column.name for column in table.c], rows)
    return connection.execute(filled.execution_options(preserve_rowcount=True)).rowcount


def _in_order(columns: Any, by: str, change: Mapping[str, Any]) -> Select[Any]:
    given = [
        literal(change[column.name], column.type).label(column.name) if column.name in change else column
        for column in columns
    ]
    return select(*given).order_by(columns[by])
