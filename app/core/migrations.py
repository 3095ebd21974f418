"""Bring a database to today's shape, and say whether it is."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.core.database import Database
from app.core.errors import Conflict

SCRIPTS = Path(__file__).parent.parent.parent / "migrations"


def upgrade(url: str) -> None:
    """Run every migration that is missing."""
    command.upgrade(_config(url), "head")


def is_current(database: Database) -> bool:
    """Whether the database stands at the newest migration."""
    return _stands_at(database) == ScriptDirectory.from_config(_config("")).get_current_head()


def check_known(database: Database) -> None:
    """Refuse a database that a newer program has changed. Raises: Conflict."""
    stands_at = _stands_at(database)
    if stands_at is not None and stands_at not in known():
        raise Conflict(
            "the database is of version {value}, which this program does not know",
            remedy="install the version of the program that brought it there, or a newer one",
            value=repr(stands_at),
        )


def known() -> frozenset[str]:
    """Every shape this program can bring to today's."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config("")).walk_revisions())


def _stands_at(database: Database) -> str | None:
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["url"] = url
    return config
