"""The lake: mixed responses laid down once as Parquet, one small whole number an item.

One part a (round, form version, month, mixed batch), its rows in an order that says nothing about who came
when. A part's name holds the hash of its content, so a part is never overwritten; the manifest (`lake_part`)
says which parts count. What is not in a counted part is read from the table: nothing is lost or doubled.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, delete, or_, select

from app.collection.tables import Response
from app.core.config import settings
from app.results.cut import EVERYTHING, Cut
from app.results.inserts import insert_new
from app.results.rows import keyed_rows
from app.results.tables import LakePart

FOLDER = "lake"
SUFFIX = ".parquet"
NAME_HASH_LENGTH = 16
FETCH_ROWS = 5000


@dataclass(frozen=True, slots=True)
class Laid:
    """What laying down found and wrote: batches to take from the manifest, parts to put in it."""

    batches: tuple[str, ...]
    parts: tuple[LakePart, ...]


@dataclass(frozen=True, slots=True)
class Flat:
    """A round's responses: files that count, the rows that are in none of them, the forms they answered."""

    parts: tuple[Path, ...]
    loose: pa.Table | None
    form_versions: frozenset[str]
    mixed_through: str


def folder() -> Path:
    """Where the parts of this home are."""
    return settings().home / FOLDER


def stale_batches(session: Session) -> tuple[date, ...]:
    """Mixed batches whose parts are missing, damaged, or not of the size the table says."""
    held = _table_batches(session)
    laid = dict.fromkeys(held, 0)
    broken: set[date] = set()
    for part in session.exec(select(LakePart)):
        day = date.fromisoformat(part.mixed_on)
        laid[day] = laid.get(day, 0) + part.row_count
        if not _is_whole(part):
            broken.add(day)
    return tuple(sorted(day for day, count in laid.items() if held.get(day) != count or day in broken))


def lay_down(session: Session) -> Laid:
    """Write the parts of every batch that has none; needs a reading session only."""
    stale = stale_batches(session)
    parts = [part for day in stale for part in _lay_batch(session, day)]
    return Laid(tuple(day.isoformat() for day in stale), tuple(parts))


def register_parts(session: Session, laid: Laid) -> None:
    """Make the parts count; a short write."""
    if not laid.batches:
        return
    session.connection().execute(delete(LakePart).where(col(LakePart.mixed_on).in_(laid.batches)))
    insert_new(session, laid.parts)


def forget_parts(session: Session) -> None:
    """Empty the manifest, so that everything is laid down again."""
    session.connection().execute(delete(LakePart))


def sweep(session: Session) -> int:
    """Delete files that no part of the manifest names; how many went."""
    named = {part.part_name for part in session.exec(select(LakePart))}
    found = sorted(folder().rglob("*")) if folder().exists() else []
    files = [p for p in found if p.is_file() and p.relative_to(folder()).as_posix() not in named]
    for path in files:
        path.unlink()
    return len(files)


def flat(session: Session, round_code: str, cut: Cut = EVERYTHING) -> Flat:
    """Every response of a round within the cut, once: from parts, and from the table what no part holds.

    The rows outside the parts are found in one statement against the batches already settled, so a mix that
    runs in between moves nothing out of sight.
    """
    stale = stale_batches(session)
    settled = max((day for day in _table_batches(session) if day not in stale), default=None)
    wanted = select(LakePart).where(LakePart.round_code == round_code)
    parts = [part for part in session.exec(wanted) if date.fromisoformat(part.mixed_on) not in stale]
    parts = [part for part in parts if not cut.through or part.mixed_on <= cut.through]
    outside: list[ColumnElement[bool]] = [col(Response.mixed_on).is_(None), col(Response.mixed_on).in_(stale)]
    outside += [col(Response.mixed_on) > settled] if settled else [col(Response.mixed_on).is_not(None)]
    here = cast(ColumnElement[bool], Response.round_code == round_code)
    among = [] if cut.from_table else [or_(*outside)]
    rows = _rows(session, here, *among, *_within(cut))
    groups = sorted(keyed_rows(session, rows).items())
    tables = [group.table() for _, group in groups]
    counted = [] if cut.from_table else parts
    return Flat(
        mixed_through=cut.through or max((part.mixed_on for part in parts), default=""),
        parts=tuple(folder() / name for name in sorted(part.part_name for part in counted)),
        loose=pa.concat_tables(tables, promote_options="permissive") if tables else None,
        form_versions=frozenset(p.form_version for p in counted) | {version for (_, version, _), _ in groups},
    )


def _within(cut: Cut) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if cut.mixed:
        found.append(col(Response.mixed_on).is_not(None))
    if cut.through:
        found.append(col(Response.mixed_on) <= date.fromisoformat(cut.through))
    return found


def _table_batches(session: Session) -> dict[date, int]:
    """Batch -> rows, from the index alone."""
    mixed = col(Response.mixed_on)
    found = session.exec(
        select(mixed, func.count()).where(mixed.is_not(None)).group_by(mixed).order_by(mixed)
    )
    return {day: count for day, count in found if day is not None}


def _is_whole(part: LakePart) -> bool:
    path = folder() / part.part_name
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == part.content_hash


def _lay_batch(session: Session, day: date) -> Iterator[LakePart]:
    rows = _rows(session, col(Response.mixed_on) == day)
    for (round_code, form_version, month), group in sorted(keyed_rows(session, rows).items()):
        content = _parquet(group.table())
        digest = hashlib.sha256(content).hexdigest()
        name = (
            f"{quote(round_code, safe='')}/{month}/"
            f"{day.isoformat()}-{form_version[:NAME_HASH_LENGTH]}-{digest[:NAME_HASH_LENGTH]}{SUFFIX}"
        )
        _write_whole(folder() / name, content)
        yield LakePart(
            part_name=name,
            round_code=round_code,
            form_version=form_version,
            month=month,
            mixed_on=day.isoformat(),
            row_count=group.row_count,
            content_hash=digest,
        )


def _rows(session: Session, *wanted: ColumnElement[bool]) -> Iterator[Any]:
    columns = (
        Response.round_code,
        Response.form_version,
        Response.answered_on,
        Response.unit_code,
        Response.service_code,
        Response.submission,
        Response.mode,
        Response.stage,
        Response.outcome,
        Response.flags,
        Response.answers,
    )
    statement = select(*columns).where(*wanted)  # type: ignore[call-overload]
    return iter(session.connection().execution_options(yield_per=FETCH_ROWS).execute(statement))


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", store_schema=True)
    return bytes(sink.getvalue())


def _write_whole(path: Path, content: bytes) -> None:
    """The whole file or none, on the disk before its name is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
