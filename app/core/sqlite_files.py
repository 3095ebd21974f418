"""A SQLite database as files: where it lies, whether it is sound, and how another takes its place.

The files beside it (`-wal`, `-shm`, `-journal`) belong to it by name alone: SQLite would replay the log of
one database over another. So they move together. A whole copy named `sipas.db.restoring-<time>` is a restore
that was decided; whoever opens the database next finishes it, wherever it was cut off.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.core.config import Settings
from app.core.errors import Conflict, Said
from app.core.trouble import unusable_address, unusable_file

TAILS = ("-wal", "-shm", "-journal")
RESTORING, BEFORE = ".restoring-", ".before-restore-"


def sqlite_path(config: Settings) -> Path | None:
    """The file of the database, links followed as SQLite does; None where it is none. Raises: Invalid."""
    try:
        address = make_url(config.sqlalchemy_url)
    except (ArgumentError, ValueError) as error:
        raise unusable_address(config.sqlalchemy_url) from error
    on_file = address.get_backend_name() == "sqlite" and address.database not in (None, "", ":memory:")
    return Path(str(address.database)).resolve() if on_file else None


def check_sound(path: Path) -> None:
    """Read every page of the database, changing nothing. Raises: Unavailable."""
    try:
        with closing(read_only(path)) as connection:
            found = damage_in(connection)
    except sqlite3.Error as error:
        raise unusable_file(path, str(error)) from error
    if found:
        raise unusable_file(path, f"malformed: {found}")


def damage_in(connection: sqlite3.Connection) -> str:
    """The first damage a look at every page finds; empty where there is none."""
    told = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    return "" if told == "ok" else " ".join(told.removeprefix("*** in database main ***").split())


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that also leaves the log beside the file as it is."""
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)


def decide_restore(path: Path, copy: Path, moment: str) -> Path:
    """Name a whole copy as the next database, from here on it will be; where the present one will be kept."""
    sync(copy)
    free = next(name for name in _names(moment) if not _kept(path, name).exists())
    copy.replace(path.with_name(f"{path.name}{RESTORING}{free}"))
    sync(path.parent)
    return _kept(path, free)


def finish_restore(path: Path) -> None:
    """Put a copy that was decided on in its place; the present database is kept aside, log and all.

    May be cut off anywhere and done again; what an attempt cut off before its decision left is deleted. To be
    called by the sole user of the home. Raises: Conflict.
    """
    forget(part_of(path))
    for copy in sorted(path.parent.glob(f"{path.name}{RESTORING}*")):
        kept = _kept(path, copy.name.removeprefix(path.name + RESTORING))
        for tail in ("", *TAILS):
            _move(path.with_name(path.name + tail), kept.with_name(kept.name + tail))
        sync(path.parent)
        copy.replace(path)
        sync(path.parent)


def part_of(path: Path) -> Path:
    """Where a copy is prepared, one place a home."""
    return path.with_name(f".{path.name}.restore.part")


def forget(part: Path) -> None:
    """Delete a prepared copy with all its files."""
    for tail in ("", *TAILS):
        part.with_name(part.name + tail).unlink(missing_ok=True)


def is_restoring(path: Path) -> bool:
    """Whether a restore was decided and cut off before its end."""
    return any(path.parent.glob(f"{path.name}{RESTORING}*"))


def sync(path: Path) -> None:
    """Wait until the file, or the names in the folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _names(moment: str) -> tuple[str, ...]:
    return (moment, *(f"{moment}-{number}" for number in range(2, 100)))


def _kept(path: Path, moment: str) -> Path:
    return path.with_name(f"{path.name}{BEFORE}{moment}")


def _move(source: Path, target: Path) -> None:
    """Never over another file: what is kept aside is nobody's to lose."""
    if not source.exists():
        return
    if target.exists():
        raise Conflict(
            "a restore was cut off, and {path} stands in its way: {reason}",
            where=str(source.parent),
            remedy="move the file {name} elsewhere, then try again",
            path=str(source),
            name=source.name,
            reason=Said("{kept} is kept already", kept=target.name),
        )
    source.rename(target)
