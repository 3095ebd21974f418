"""The database's shape: built by migrations alone, equal to the tables in the code."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from app.core import migrations
from app.core.database import Database
from app.metadata import metadata


def test_the_newest_migration_equals_the_tables_in_the_code(database: Database) -> None:
    assert migrations.is_current(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_constraint_has_a_name(database: Database) -> None:
    inspector = inspect(database.engine)
    unnamed = [
        (table, constraint)
        for table in inspector.get_table_names()
        for constraint in [*inspector.get_unique_constraints(table), *inspector.get_check_constraints(table)]
        if not constraint["name"]
    ]
    assert unnamed == []


def test_going_down_and_up_again_ends_in_the_same_shape(database: Database, database_url: str) -> None:
    before = set(inspect(database.engine).get_table_names())
    command.downgrade(migrations._config(database_url), "base")
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    assert not migrations.is_current(database)
    migrations.upgrade(database_url)
    assert set(inspect(database.engine).get_table_names()) == before
