"""How many answers there are, by unit, service, mode and day: the lake's parts and the rest.

Parts never change, so their counts stay in memory; only what no part holds is counted anew.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from app.collection.tables import Response
from app.results import lake
from app.results.tables import LakePart

BY_MODE = ("unit_code", "mode", "outcome", "flags")
BY_SERVICE = ("unit_code", "service_code", "month", "outcome")
BY_DAY = ("unit_code", "day", "outcome")
GROUPS = (BY_MODE, BY_SERVICE, BY_DAY)
COUNT = "responses"
_KEYS = ("unit_code", "service_code", "mode", "outcome", "flags", "day")


@dataclass(frozen=True, slots=True)
class Counts:
    """One table a group of GROUPS: its keys and how many responses; abandoned forms included."""

    by_mode: pa.Table
    by_service: pa.Table
    by_day: pa.Table


def counts_of(session: Session, round_code: str) -> Counts:
    """The counts of a round as it is now."""
    laid_on, paths = _laid(session, round_code)
    laid = _of_parts(paths) if paths else ()
    loose = _loose(session, round_code, [day for day in _mixed_days(session) if day not in laid_on])
    found = [_added(group, [*(laid[i : i + 1]), _grouped(loose, group)]) for i, group in enumerate(GROUPS)]
    return Counts(*found)


@lru_cache(maxsize=8)
def _of_parts(paths: tuple[str, ...]) -> tuple[pa.Table, ...]:
    names = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    source = (
        "SELECT unit_code, service_code, mode, outcome, flags, month, CAST(answered_on AS VARCHAR) AS day "
        f"FROM read_parquet([{names}], union_by_name = true)"
    )
    with duckdb.connect(":memory:") as connection:
        return tuple(
            connection.sql(
                f"SELECT {', '.join(group)}, COUNT(*) AS {COUNT} FROM ({source}) GROUP BY ALL"
            ).to_arrow_table()
            for group in GROUPS
        )


def _laid(session: Session, round_code: str) -> tuple[set[date], tuple[str, ...]]:
    """The batches that are laid down, and the files of this round; a batch without its file is not laid."""
    parts = session.exec(select(LakePart.round_code, LakePart.part_name, LakePart.mixed_on)).all()
    own = {lake.folder() / name: day for code, name, day in parts if code == round_code}
    missing = {day for path, day in own.items() if not path.is_file()}
    laid = {day for _, _, day in parts} - missing
    paths = sorted(str(path) for path, day in own.items() if day in laid)
    return {date.fromisoformat(day) for day in laid}, tuple(paths)


def _mixed_days(session: Session) -> list[date]:
    """Every batch in the table, stepping through the index: a plain DISTINCT would read every row."""
    mixed = col(Response.mixed_on)
    days = select(func.min(mixed).label("day")).cte("mixed_days", recursive=True)
    later = select(func.min(mixed)).where(mixed > days.c.day).scalar_subquery()
    days = days.union_all(select(later).where(days.c.day.is_not(None)))
    return [day for day in session.exec(select(days.c.day)) if day is not None]


def _loose(session: Session, round_code: str, unlaid: list[date]) -> pa.Table:
    """Responses in no part, counted by every key."""
    keys = (
        Response.unit_code,
        Response.service_code,
        Response.mode,
        Response.outcome,
        Response.flags,
        Response.answered_on,
    )
    mixed = col(Response.mixed_on)
    # coalesce keeps the planner from the index of rounds, which leads through every answer of the round
    here = func.coalesce(Response.round_code, "") == round_code
    loose: Any = select(*keys, func.count()).where(here, or_(mixed.is_(None), mixed.in_(unlaid)))  # type: ignore[call-overload]
    rows = session.connection().execute(loose.group_by(*keys)).all()
    columns = list(zip(*rows, strict=True)) if rows else [()] * (len(_KEYS) + 1)
    days = [day.isoformat() for day in columns[5]]
    texts = {name: pa.array(columns[i], pa.string()) for i, name in enumerate(_KEYS[:-1])}
    return pa.table(
        texts
        | {"day": pa.array(days, pa.string()), "month": pa.array([day[:7] for day in days], pa.string())}
        | {COUNT: pa.array(columns[-1], pa.int64())}
    )


def _grouped(table: pa.Table, group: tuple[str, ...]) -> pa.Table:
    return _added(group, [table.select([*group, COUNT])])


def _added(group: tuple[str, ...], tables: list[pa.Table]) -> pa.Table:
    plain = [
        pa.table({name: table[name].cast(pa.string()) for name in group} | {COUNT: table[COUNT]})
        for table in tables
    ]
    summed = pa.concat_tables(plain).group_by(list(group)).aggregate([(COUNT, "sum")])
    return summed.rename_columns([*group, COUNT])
