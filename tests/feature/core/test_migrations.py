"""The database's shape: built by migrations alone, equal to the tables in the code."""

import subprocess
import sys

import pytest
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


READY_TO_UPGRADE = """
import sys
import app.metadata
from app.core import migrations
print("ready", flush=True)
sys.stdin.readline()
migrations.upgrade(sys.argv[1])
"""


@pytest.mark.new_database
def test_servers_that_start_at_once_on_an_empty_database_all_find_it_migrated(
    database: Database, database_url: str
) -> None:
    command.downgrade(migrations._config(database_url), "base")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", READY_TO_UPGRADE, database_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    assert [server.stdout.readline() for server in servers if server.stdout] == ["ready\n"] * 3
    for server in servers:
        assert server.stdin
        server.stdin.write("go\n")
        server.stdin.flush()
    told = [server.communicate() for server in servers]
    assert [server.returncode for server in servers] == [0] * 3, told
    assert migrations.is_current(database)
