"""Insert what is not there yet, in one statement: two processes that do the same at once both succeed."""

from collections.abc import Sequence

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_new(session: Session, rows: Sequence[SQLModel]) -> None:
    """Rows of one table; one whose key is taken stays as it is."""
    if not rows:
        return
    connection, table = session.connection(), type(rows[0])
    values = [row.model_dump() for row in rows]
    if connection.dialect.name == "sqlite":
        connection.execute(sqlite.insert(table).on_conflict_do_nothing(), values)
    else:
        connection.execute(postgresql.insert(table).on_conflict_do_nothing(), values)
