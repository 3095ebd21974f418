"""The demo's province with editions of its two last whole quarters: built once, copied for whoever needs it.

The clock is held, so the rounds are always the same three quarters and 2026-Q3 is the last whole one. In it
07795 has fallen since 2026-Q2 and 07798 only seems to. Workers share one build.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from app.core import clock, migrations
from app.core.config import settings
from app.core.database import Database, open_database
from app.demo.load import load_demo
from app.results import renewal
from app.results.editions import compute_edition

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
PROVINCE, FELL, SEEMED = "24", "07795", "07798"
BEFORE, ROUND = "2026-Q2", "2026-Q3"
LOADED = 3
A_DAY = 86_400
SECRET = "a key for tests only, long enough to sign with"


def province_home(shared: Path) -> Path:
    """The home folder with everything in it; the first worker to ask builds it, the others wait."""
    home, lock = shared / "province", shared / "province.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (home / "ready").exists():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            _build(home)
            (home / "ready").touch()
    return home


@contextmanager
def opened_copy(built: Path, home: Path) -> Iterator[Database]:
    """A copy to read and to change; the settings point to it and the clock is held.

    However long a file of tests takes, no edition is computed anew behind its back.
    """
    shutil.copytree(built, home, dirs_exist_ok=True)
    with _settings_of(home), clock.fixed(NOW), pytest.MonkeyPatch.context() as patch:
        patch.setattr(renewal, "CHECK_SECONDS", A_DAY)
        database = open_database()
        try:
            yield database
        finally:
            database.close()


def _build(home: Path) -> None:
    with _settings_of(home), clock.fixed(NOW):
        migrations.upgrade(f"sqlite:///{home / 'sipas.db'}")
        database = open_database()
        with Progress(console=Console(quiet=True)) as progress:
            load_demo(database, progress, most=LOADED)
        for round_code in (BEFORE, ROUND):
            compute_edition(database, round_code)
        database.close()


@contextmanager
def _settings_of(home: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SIPAS_HOME", str(home))
        environment.setenv("SIPAS_DATABASE_URL", "")
        environment.setenv("SIPAS_SECRET_KEY", SECRET)
        environment.delenv("SIPAS_LANGUAGE", raising=False)
        settings.cache_clear()
        yield
    settings.cache_clear()
