"""Bring a database to today's shape, and say whether it is."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.core.database import Database

SCRIPTS = Path(__file__).parent.parent.parent / "migrations"


def upgrade(url: str) -> None:
    """Run every migration that is missing."""
    command.upgrade(_config(url), "head")


def is_current(database: Database) -> bool:
    """Whether the database stands at the newest migration."""
    with database.engine.connect() as connection:
        stands_at = MigrationContext.configure(connection).get_current_revision()
    return stands_at == ScriptDirectory.from_config(_config("")).get_current_head()


def known() -> frozenset[str]:
    """Every shape this program can bring to today's."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config("")).walk_revisions())


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["url"] = url
    return config
