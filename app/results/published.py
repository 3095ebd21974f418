"""What the public may see: editions that were published, whole; replaced and withdrawn ones say so."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import Session, select

from app.core import clock
from app.core.config import settings
from app.core.errors import Gone, NotFound
from app.core.files import check_format
from app.kiosks.fleet import fleet
from app.results.columns import columns_of
from app.results.editions import list_editions, steps_of
from app.results.exports.run_files import write_run
from app.results.exports.sheet import sheet_of
from app.results.reading import Estimate
from app.results.runs import Run, get_run
from app.results.tables import Edition, EstimateRun
from app.rounds.service import Round, get_round, list_rounds, units_of

CURRENT, REPLACED, WITHDRAWN = "current", "replaced", "withdrawn"
FILE_KINDS = ("csv", "xlsx", "json")
WORKBOOK_ROWS = 100_000
FOLDER = "public"
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class PublicEdition:
    """An edition that was published: since when, whether it still stands, and why not."""

    edition: Edition
    state: str
    published_on: date
    withdrawn_on: date | None = None
    reason: str = ""

    @property
    def edition_id(self) -> str:
        return self.edition.edition_id


@dataclass(frozen=True, slots=True)
class Integrity:
    """How the answers came: forms by how they ended, marked ones, and what kiosks lost or sent twice.

    `on_kiosks` are the edition's own; `made_on_kiosks` what connected devices have numbered, 0 where answers
    of kiosks came by files: then nothing is known of lost ones.
    """

    complete: int
    usable: int
    breakoff: int
    flagged: int
    on_kiosks: int
    made_on_kiosks: int
    missing: int
    duplicate: int


def public_editions(session: Session, round_code: str) -> list[PublicEdition]:
    """Every edition of a round that was ever published, the newest publication first."""
    found = [_public(session, edition) for edition in list_editions(session, round_code)]
    published = sorted((one for one in found if one), key=lambda one: one[0], reverse=True)
    standing = False
    result = []
    for _, one in published:
        if one.state != WITHDRAWN:
            result.append(replace(one, state=REPLACED if standing else CURRENT))
            standing = True
        else:
            result.append(one)
    return result


def _public(session: Session, edition: Edition) -> tuple[datetime, PublicEdition] | None:
    steps = {step.step: step for step in steps_of(session, edition.edition_id)}
    if "published" not in steps:
        return None
    zone, gone = settings().zone, steps.get("withdrawn")
    taken = steps["published"].taken_at
    return taken, PublicEdition(
        edition,
        WITHDRAWN if gone else CURRENT,
        taken.astimezone(zone).date(),
        gone.taken_at.astimezone(zone).date() if gone else None,
        gone.note if gone else "",
    )


def public_rounds(session: Session) -> list[tuple[Round, PublicEdition]]:
    """Rounds with a published edition, the newest period first, with the edition that stands."""
    found = ((survey, public_editions(session, survey.round_code)) for survey in list_rounds(session))
    return [(survey, _standing(editions)) for survey, editions in found if editions]


def public_edition(session: Session, round_code: str, edition_id: str = "") -> PublicEdition:
    """That edition of a round, or the one that stands. Raises: NotFound for what was never published."""
    editions = public_editions(session, get_round(session, round_code).round_code)
    chosen = [one for one in editions if one.edition_id == edition_id] if edition_id else editions
    if not chosen:
        raise NotFound(
            "no results of round {round} are published here",
            where="round",
            remedy="see the list of published results",
            round=round_code,
        )
    return _standing(chosen)


def _standing(editions: Sequence[PublicEdition]) -> PublicEdition:
    """The one that is not withdrawn and not replaced, else the newest."""
    return next((one for one in editions if one.state == CURRENT), editions[0])


def for_public(row: Estimate) -> Estimate:
    """The row as the public sees it: SIPAS_REVIEW_ROWS may hide what is marked for review."""
    if settings().review_rows == "shown" or row.state != "review":
        return row
    return replace(row, estimate=None, se=None, low=None, high=None, n=None)


def file_kinds(session: Session, edition: Edition, table: str) -> Sequence[str]:
    """The formats a table is offered in: a workbook only where it stays one that can be opened."""
    wanted = select(EstimateRun.row_count).where(EstimateRun.run_id == edition.tables[table])
    rows = session.exec(wanted).one()
    return FILE_KINDS if rows <= WORKBOOK_ROWS else tuple(kind for kind in FILE_KINDS if kind != "xlsx")


def public_file(session: Session, public: PublicEdition, table: str, *, kind: str, language: str) -> Path:
    """A published table as a file, made once and kept. Raises: Gone when withdrawn, NotFound, Invalid."""
    if public.state == WITHDRAWN:
        raise Gone(
            "these results were withdrawn on {day}",
            where="edition",
            remedy="see the published results of this round",
            day=public.withdrawn_on,
        )
    if table not in public.edition.tables:
        raise NotFound("there is nothing at this address")
    check_format(kind, file_kinds(session, public.edition, table))
    name = f"{public.edition_id}-{table.replace(',', '-')}-{language}-{settings().review_rows}.{kind}"
    path = settings().home / FOLDER / name
    with _one_at_a_time:
        if not path.exists():
            _write(session, public.edition, table, path=path, language=language)
    return path


def _write(session: Session, edition: Edition, table: str, *, path: Path, language: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    run = get_run(session, edition.tables[table])
    sheet = sheet_of(session, Run(run.record, _rows_for_public(run)), language=language)
    unfinished = path.with_name(f".{uuid4().hex}{path.suffix}")
    try:
        write_run(sheet, unfinished, path.suffix.removeprefix("."), language)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _rows_for_public(run: Run) -> pa.Table:
    """The run's rows; where reviewed figures are hidden, those lose their numbers as hidden ones do."""
    rows = run.rows
    if settings().review_rows == "shown":
        return rows
    reviewed = pc.equal(rows["state"], "review")
    for column in columns_of(run.by):
        if not column.kept and column.name in rows.column_names:
            place = rows.column_names.index(column.name)
            values = pc.if_else(reviewed, pa.scalar(None, rows[column.name].type), rows[column.name])
            rows = rows.set_column(place, column.name, values)
    return rows


def integrity_of(session: Session, edition: Edition) -> Integrity:
    """Forms as the edition counted them; kiosks of the round's units as they stand now."""
    cut, units = edition.data_cut, units_of(session, edition.round_code)
    found = fleet(session, now=clock.now(), may=lambda kiosk: kiosk.unit_code in units)
    outcomes = cut["responses"]
    return Integrity(
        complete=outcomes.get("complete", 0),
        usable=outcomes.get("usable", 0),
        breakoff=outcomes.get("breakoff", 0),
        flagged=sum(count for flag, count in cut.get("flags", {}).items() if flag),
        on_kiosks=cut["modes"].get("kiosk", 0),
        made_on_kiosks=sum(one.tally.made for one in found),
        missing=sum(one.tally.missing for one in found),
        duplicate=sum(one.tally.duplicate for one in found),
    )
