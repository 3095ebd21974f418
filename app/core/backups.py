"""A copy of the SQLite database while it runs, and a copy put back in its place: whole or not at all."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.core import clock, migrations
from app.core.config import Settings
from app.core.errors import Conflict, Invalid, NotFound, Said
from app.core.files import check_writable, reason_of, written_whole
from app.core.serving import at_rest, settle
from app.core.sqlite_files import (
    damage_in,
    decide_restore,
    finish_restore,
    forget,
    part_of,
    read_only,
    sqlite_path,
    sync,
)
from app.core.trouble import unusable_file

HEADER = b"SQLite format 3\0"
CARRIED = ("", "-wal", "-journal")
OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class Restored:
    """What the database holds now, and where the one before it is kept (None: there was none)."""

    path: Path
    kept: Path | None
    responses: int
    unmixed: int
    answered_on: str
    mixed_on: str


def backup(config: Settings, copy: Path) -> None:
    """Copy the database as it is at this moment, beside a running server too; one file, its owner's only.

    Raises: Invalid, Conflict for a name that is taken, NotFound, Unavailable.
    """
    path = _path(config, remedy="make the copy with pg_dump; docs/deployment.md says how")
    settle(config)
    _refuse_taken(copy)
    check_writable(copy, option="FILE")
    if not path.exists():
        raise NotFound("there is no database {path} yet", where="SIPAS_HOME", path=str(path))
    try:
        with written_whole(copy, option="FILE") as beside:
            beside.touch(mode=OWNER_ONLY)
            _copy_online(path, beside)
    except sqlite3.Error as error:
        raise unusable_file(path, str(error)) from error
    sync(copy.absolute().parent)


def restore(config: Settings, copy: Path) -> Restored:
    """Put a copy in the place of the database, which is kept aside with its log; the copy stays as it is.

    What takes the place is checked, brought to today's shape and on the disk before anything is moved.
    Raises: Invalid for a copy that is none of ours, Conflict while a server runs, Unavailable.
    """
    path = _path(
        config, remedy="restore with pg_restore, or psql for a plain dump; docs/deployment.md says how"
    )
    with at_rest(config):
        finish_restore(path)
        _refuse_no_copy(path, copy)
        with _part(path) as part:
            _carry(copy, part)
            _give_to_owner(part, path)
            _examine(part, copy)
            held = _held(part)
            moment = f"{clock.now().astimezone(config.zone):%Y%m%d-%H%M%S}"
            kept = decide_restore(path, part, moment)
        finish_restore(path)
    return Restored(path, kept if kept.exists() else None, *held)


def _path(config: Settings, *, remedy: str) -> Path:
    path = sqlite_path(config)
    if path is None:
        raise Invalid(
            "this command is for SQLite only; the database of the settings is another",
            where="SIPAS_DATABASE_URL",
            remedy=remedy,
        )
    return path


def _refuse_taken(copy: Path) -> None:
    if copy.is_file():
        raise Conflict(
            "the file {path} exists already; a backup replaces no file",
            where="FILE",
            remedy="choose another folder or name",
            path=str(copy),
        )


def _copy_online(path: Path, beside: Path) -> None:
    """In one step, so that no writer makes it begin anew; without WAL, so that it is one file anywhere."""
    with closing(read_only(path)) as source, closing(sqlite3.connect(beside)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        if found := damage_in(target):
            raise unusable_file(path, f"malformed: {found}")


def _refuse_no_copy(path: Path, copy: Path) -> None:
    try:
        with copy.open("rb") as file:
            header = file.read(len(HEADER))
    except FileNotFoundError as error:
        raise _refused(copy, Said("there is no such file")) from error
    except OSError as error:
        raise _refused(copy, reason_of(error, copy), remedy="check the path and the rights") from error
    if path.exists() and copy.samefile(path):
        raise _refused(copy, Said("it is the database itself"))
    if header != HEADER:
        raise _refused(copy, Said("it is no SQLite database"))


def _refused(copy: Path, reason: Said, *, remedy: str = "") -> Invalid:
    return Invalid(
        "the copy {path} cannot be restored, and nothing was changed: {reason}",
        where="FILE",
        remedy=remedy or "choose another copy",
        path=str(copy),
        reason=reason,
    )


@contextmanager
def _part(path: Path) -> Iterator[Path]:
    """A place beside the database to prepare at, empty afterwards."""
    part = part_of(path)
    try:
        yield part
    finally:
        with suppress(OSError):
            forget(part)


def _carry(copy: Path, part: Path) -> None:
    """The bytes of the copy, with the log that may lie beside it: it may hold its newest rows."""
    part.touch(mode=OWNER_ONLY)
    try:
        for tail in CARRIED:
            source = copy.with_name(copy.name + tail)
            if source.exists():
                shutil.copyfile(source, part.with_name(part.name + tail))
    except OSError as error:
        raise _refused(
            copy, reason_of(error, part), remedy="check the path, the rights and the disk"
        ) from error


def _give_to_owner(part: Path, path: Path) -> None:
    """The server's user must be able to write it, also where root restores."""
    like = path if path.exists() else path.parent
    if os.geteuid() != like.stat().st_uid:
        os.chown(part, like.stat().st_uid, like.stat().st_gid)
    if like == path:
        part.chmod(like.stat().st_mode)


def _examine(part: Path, copy: Path) -> None:
    """Sound, ours, and of today's shape when this ends well. Raises: Invalid."""
    try:
        with closing(sqlite3.connect(part)) as connection:
            _one_file(connection)
            found = damage_in(connection)
            stands_at = "" if found else _revision(connection)
    except sqlite3.DatabaseError as error:
        raise _refused(copy, Said("it is damaged: {told}", told=str(error))) from error
    if found:
        raise _refused(copy, Said("it is damaged: {told}", told=found))
    if not stands_at:
        raise _refused(copy, Said("it is a database of another program"))
    if stands_at not in migrations.known():
        raise _refused(
            copy,
            Said("it is of version {value}, which this program does not know", value=repr(stands_at)),
            remedy="install the version of the program that made it, or a newer one",
        )
    migrations.upgrade(f"sqlite:///{part}")


def _one_file(connection: sqlite3.Connection) -> None:
    """Take what the log holds into the file, so that nothing but the file counts."""
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA journal_mode=DELETE")


def _revision(connection: sqlite3.Connection) -> str:
    """Where the migrations of the copy stand; empty for a database of somebody else."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if not {"alembic_version", "response"} <= tables:
        return ""
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else ""


def _held(part: Path) -> tuple[int, int, str, str]:
    """Responses, those not mixed yet, the newest day answered and mixed; the part is one file afterwards."""
    with closing(sqlite3.connect(part)) as connection:
        _one_file(connection)
        every, mixed, answered_on, mixed_on = connection.execute(
            "SELECT count(*), count(mixed_on), max(answered_on), max(mixed_on) FROM response"
        ).fetchone()
    return every, every - mixed, answered_on or "–", mixed_on or "–"
