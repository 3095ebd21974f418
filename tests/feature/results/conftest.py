"""For arithmetic over editions, to which the engine of the database does not matter."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from app.core.database import Database


@pytest.fixture
def session(tmp_path: Path, sqlite_template: Path) -> Iterator[Session]:
    """A session over an empty SQLite database."""
    path = tmp_path / "sipas.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    with database.write() as opened:
        yield opened
    database.close()
