"""A backup is put back by a command: whole, checked, what was there kept; no damaged one is served."""

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command

from app.core import backups, migrations, serving, sqlite_files
from app.core.config import settings
from app.core.database import open_database
from app.core.serving import sole_server
from app.main import create_app

ROWS_A_WRITE = 400
INSERT = """
    INSERT INTO response (response_id, content_digest, round_code, form_version, unit_code, service_code,
                          mode, submission, stage, outcome, answered_on, language, flags, answers)
    VALUES (?, 'd', 'R', 'v', '07777', '', 'kiosk', 'unknown', '', 'complete', '2026-11-20', 'vi', '', ?)"""
ANSWERS = '{"q": "%s"}' % ("x" * 300)
Ended = Callable[..., tuple[int, str, str]]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path) -> Iterator[Path]:
    """A home on SQLite with some responses in its database."""
    for name in [name for name in os.environ if name.startswith("SIPAS_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("SIPAS_HOME", str(home))
    settings.cache_clear()
    shutil.copy(sqlite_template, home / "sipas.db")
    with closing(opened(home / "sipas.db")) as connection:
        answer(connection, "early")
    yield home
    settings.cache_clear()


def opened(path: Path) -> sqlite3.Connection:
    """As the server opens it, but the log stays: nothing is moved into the file unless asked."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


def answer(connection: sqlite3.Connection, name: str, count: int = ROWS_A_WRITE) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(INSERT, [(f"{name}-{number}", ANSWERS) for number in range(count)])
    connection.execute("COMMIT")


def killed(home: Path) -> None:
    """The server went on past the backup, moved a part into its file, and was killed: a log is left."""
    path, kept = home / "sipas.db", home / "as killed"
    kept.mkdir()
    with closing(opened(path)) as connection:
        answer(connection, "later")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        answer(connection, "last")
        for file in home.glob("sipas.db*"):
            shutil.copy(file, kept)
    for file in kept.iterdir():
        shutil.copy(file, home)
    shutil.rmtree(kept)
    assert (home / "sipas.db-wal").stat().st_size > 100_000


def names(path: Path) -> list[str]:
    """The responses of a database, read from a copy of its files: nothing is moved from a log by looking."""
    looked_at = path.parent / "looked at"
    looked_at.mkdir()
    for tail in ("", "-wal"):
        if (source := path.with_name(path.name + tail)).exists():
            shutil.copy(source, looked_at / f"x.db{tail}")
    with closing(sqlite3.connect(looked_at / "x.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = [name for (name,) in connection.execute("SELECT response_id FROM response ORDER BY 1")]
    shutil.rmtree(looked_at)
    return found


def contents(home: Path) -> dict[str, bytes]:
    """Every file of the database; the lock and the shared memory of readers are none of it."""
    return {file.name: file.read_bytes() for file in home.iterdir() if file.name.endswith((".db", "-wal"))}


def kept_aside(home: Path) -> Path:
    """The database of before; its log has a longer name."""
    return min(home.glob("sipas.db.before-restore-*"), key=lambda file: len(file.name))


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def test_a_backup_beside_a_server_is_one_whole_file_and_replaces_none(office: Path, sipas: Ended) -> None:
    copy = office / "copy.db"
    with closing(opened(office / "sipas.db")) as server, sole_server(settings()):
        answer(server, "in the log")
        code, out, _ = sipas("database", "backup", copy)
        assert code == 0
        assert "secret.key" in out
    assert len(names(copy)) == 2 * ROWS_A_WRITE
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [
        file.name for file in office.iterdir() if "part" in file.name or file.name.startswith("copy.db-")
    ] == []
    before = copy.read_bytes()
    code, _, err = sipas("database", "backup", copy)
    assert code == 2
    assert f"đã có tệp {copy}" in err
    assert copy.read_bytes() == before


def test_an_old_copy_under_a_newer_log_is_not_served(office: Path, sipas: Ended) -> None:
    copy = office.parent / "copy.db"
    sipas("database", "backup", copy)
    killed(office)
    shutil.copy(copy, office / "sipas.db")
    before = contents(office)
    code, out, err = sipas("serve", PORT=free_port())
    assert (code, out) == (2, "")
    assert f"không dùng được cơ sở dữ liệu {office / 'sipas.db'}: tệp bị hỏng" in err
    assert "sipas database restore" in err
    assert contents(office) == before


def test_a_restore_holds_what_the_backup_held_and_keeps_the_rest_aside(office: Path, sipas: Ended) -> None:
    copy = office.parent / "copy.db"
    sipas("database", "backup", copy)
    as_copied, killed_rows = copy.read_bytes(), 3 * ROWS_A_WRITE
    killed(office)
    before = contents(office)
    code, out, _ = sipas("database", "restore", copy)
    assert code == 0
    for words in (f"số phiếu: {ROWS_A_WRITE}", "2026-11-20", "nay lại có hiệu lực", "giấy hẹn", "kiosk"):
        assert words in out
    assert names(office / "sipas.db") == names(copy)
    assert copy.read_bytes() == as_copied
    assert not (office / "sipas.db-wal").exists()
    kept = kept_aside(office)
    assert kept.read_bytes() == before["sipas.db"]
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == before["sipas.db-wal"]
    assert len(names(kept)) == killed_rows
    with sole_server(settings()):
        pass


def test_what_was_kept_aside_can_be_restored_with_its_log(office: Path, sipas: Ended) -> None:
    copy = office.parent / "copy.db"
    sipas("database", "backup", copy)
    killed(office)
    sipas("database", "restore", copy)
    assert sipas("database", "restore", kept_aside(office))[0] == 0
    assert len(names(office / "sipas.db")) == 3 * ROWS_A_WRITE


def test_a_restore_into_an_empty_home_needs_nothing_there(office: Path, sipas: Ended) -> None:
    copy = office.parent / "copy.db"
    sipas("database", "backup", copy)
    for file in office.iterdir():
        file.unlink()
    code, out, _ = sipas("database", "restore", copy)
    assert code == 0
    assert "được giữ lại" not in out
    assert names(office / "sipas.db") == names(copy)


def test_a_backup_of_an_older_version_is_brought_to_todays_shape(office: Path, sipas: Ended) -> None:
    copy = office.parent / "copy.db"
    sipas("database", "backup", copy)
    command.downgrade(migrations._config(f"sqlite:///{copy}"), "0009")
    assert sipas("database", "restore", copy)[0] == 0
    restored = open_database()
    assert migrations.is_current(restored)
    restored.close()


def test_nothing_is_restored_under_a_running_server(office: Path, sipas: Ended) -> None:
    copy = office.parent / "copy.db"
    sipas("database", "backup", copy)
    before = contents(office)
    with sole_server(settings()):
        code, _, err = sipas("database", "restore", copy)
    assert code == 2
    assert f"một máy chủ khác đang chạy trên thư mục {office}" in err
    assert contents(office) == before


@pytest.mark.anyio
async def test_a_server_started_otherwise_is_seen_too(office: Path, sipas: Ended) -> None:
    copy = office.parent / "copy.db"
    sipas("database", "backup", copy)
    app = create_app()
    async with app.router.lifespan_context(app):
        code, _, err = sipas("database", "restore", copy)
    assert code == 2
    assert "một máy chủ khác đang chạy" in err
    assert not list(office.glob("*before-restore*"))


def damaged(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    half = len(content) // 2
    content[half : half + 40_000] = b"\xa5" * 40_000
    copy.write_bytes(content)


def newer(copy: Path) -> None:
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def anothers(copy: Path) -> None:
    copy.unlink()
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE response (x)")


def cut_off(copy: Path) -> None:
    os.truncate(copy, copy.stat().st_size // 2)


def no_database(copy: Path) -> None:
    copy.write_bytes(b"no database at all " * 300)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (damaged, "tệp bị hỏng"),
        (cut_off, "tệp bị hỏng"),
        (newer, "phiên bản '9999' mà chương trình này không biết"),
        (anothers, "cơ sở dữ liệu của chương trình khác"),
        (no_database, "không phải cơ sở dữ liệu SQLite"),
        (Path.unlink, "chưa có gì thay đổi"),
    ],
    ids=["damaged", "cut off", "newer", "another program's", "no database", "no file"],
)
def test_a_copy_that_cannot_serve_changes_nothing(
    office: Path, sipas: Ended, spoil: Callable[[Path], None], words: str
) -> None:
    copy = office.parent / "copy.db"
    sipas("database", "backup", copy)
    killed(office)
    spoil(copy)
    before, there = contents(office), {file.name for file in office.iterdir()}
    code, out, err = sipas("database", "restore", copy)
    assert (code, out) == (2, "")
    assert "[FILE]" in err
    assert words in err
    assert contents(office) == before
    assert {file.name for file in office.iterdir()} - there <= {"serve.lock", "sipas.db.server-lock"}


def test_the_database_is_no_backup_of_itself(office: Path, sipas: Ended) -> None:
    code, _, err = sipas("database", "restore", office / "sipas.db")
    assert code == 2
    assert "đó chính là cơ sở dữ liệu đang dùng" in err


@pytest.mark.parametrize("step", range(9))
def test_a_restore_cut_off_anywhere_leaves_the_old_database_or_the_new_one(
    office: Path, sipas: Ended, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    copy = office.parent / "copy.db"
    sipas("database", "backup", copy)
    killed(office)
    taken: list[str] = []

    def until(name: str, act: Callable[..., object]) -> Callable[..., object]:
        def done(*given: object) -> object:
            if len(taken) == step:
                raise KeyboardInterrupt
            taken.append(name)
            return act(*given)

        return done

    with monkeypatch.context() as cut:
        cut.setattr(sqlite_files, "sync", until("sync", sqlite_files.sync))
        cut.setattr(Path, "rename", until("rename", Path.rename))
        cut.setattr(Path, "replace", until("replace", Path.replace))
        assert sipas("database", "restore", copy)[0] == 130
    decided = any(name == "replace" for name in taken)
    open_database().close()
    assert len(names(office / "sipas.db")) == ROWS_A_WRITE * (1 if decided else 3)
    assert not list(office.glob("*restoring*"))
    if decided:
        assert len(names(kept_aside(office))) == 3 * ROWS_A_WRITE


def test_what_a_killed_restore_prepared_is_no_copy_that_stays(office: Path) -> None:
    part = sqlite_files.part_of(office / "sipas.db")
    part.write_bytes(b"half a copy")
    with sole_server(settings()):
        assert not part.exists()


def test_postgresql_has_tools_of_its_own(office: Path, sipas: Ended) -> None:
    address = "postgresql://a:geheim@127.0.0.1:1/c"
    code, _, err = sipas("database", "restore", office / "x", SIPAS_DATABASE_URL=address)
    assert code == 2
    assert "pg_restore" in err
    assert "psql" in err
    code, _, err = sipas("database", "backup", office / "x")
    assert code == 2
    assert "pg_dump" in err
    assert "geheim" not in err


def test_a_large_database_is_said_to_be_checked(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serving, "LARGE_BYTES", 1)
    with sole_server(settings()):
        assert f"đang kiểm tra cơ sở dữ liệu {office / 'sipas.db'}" in capsys.readouterr().err


def test_two_restores_in_one_second_keep_both_databases(
    office: Path, sipas: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = office.parent / "copy.db"
    sipas("database", "backup", copy)
    moment = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
    monkeypatch.setattr(backups.clock, "now", lambda: moment)
    for _ in range(2):
        assert sipas("database", "restore", copy)[0] == 0
    kept = sorted(file.name for file in office.glob("sipas.db.before-restore-*[0-9]"))
    assert kept == ["sipas.db.before-restore-20261130-100000", "sipas.db.before-restore-20261130-100000-2"]
