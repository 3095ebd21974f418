"""One export from what is wanted to the file: in this process, or in another one (`apart`)."""

from dataclasses import dataclass
from pathlib import Path

from app.core import clock
from app.core.database import Database
from app.results.editions import compute_edition, get_edition, newest
from app.results.exports.codebook import Described, digest_of
from app.results.exports.edition_files import (
    READ_ME_NAME,
    TableExport,
    clear,
    describe,
    file_stem,
    pack,
    write_edition_file,
)
from app.results.exports.response_files import check_response_format, write_responses
from app.results.exports.responses import ResponseRequest, Responses, Source, report_lines, source_of
from app.results.service import refresh_lake
from app.rounds.service import get_round

Wanted = TableExport | ResponseRequest


@dataclass(frozen=True, slots=True)
class Made:
    """A file on the disk: its name for people, its rows, its hash, what was hidden."""

    name: str
    kind: str
    rows: int
    digest: str
    report: str = ""


def make(database: Database, wanted: Wanted, path: Path) -> Made:
    """Write the file.  Raises: NotFound, Invalid."""
    if isinstance(wanted, TableExport):
        return _edition(database, wanted, path)
    return _responses(database, wanted, path)


def _edition(database: Database, wanted: TableExport, path: Path) -> Made:
    with database.read() as session:
        rows = write_edition_file(session, wanted, path)
        stem = file_stem(get_edition(session, wanted.edition_id), wanted.table)
    return Made(f"{stem}.{wanted.kind}", wanted.kind, rows, digest_of(path))


def _responses(database: Database, wanted: ResponseRequest, path: Path) -> Made:
    check_response_format(wanted.kind)
    _require_edition(database, wanted.round_code)
    stem = f"{wanted.round_code}-responses"
    with database.read() as session:
        source = source_of(session, wanted.round_code)
        archive = wanted.kind == "zip"
        found = (
            _write_archive(source, wanted, path, stem) if archive else write_responses(source, wanted, path)
        )
    report = " ".join(f"{line}." for line in report_lines(found.released, wanted.language))
    return Made(f"{stem}.{wanted.kind}", wanted.kind, found.data.row_count, digest_of(path), report)


def _require_edition(database: Database, round_code: str) -> None:
    """An edition says what the file hides and which answers it holds: one is computed where there is none."""
    with database.read() as session:
        get_round(session, round_code)
        found = newest(session, round_code)
    if found is None or not found.data_cut["mixed_through"]:
        compute_edition(database, round_code)
    else:
        refresh_lake(database)


def _write_archive(source: Source, wanted: ResponseRequest, path: Path, stem: str) -> Responses:
    """The CSV with its descriptions."""
    folder = path.parent / f".{path.name}.d"
    folder.mkdir()
    try:
        found = write_responses(source, wanted, folder / f"{stem}.csv")
        describe(folder, [Described(found.data, f"{stem}.csv")], title=stem, made_on=clock.today())
        (folder / READ_ME_NAME).write_text("\n".join(found.data.notes) + "\n", encoding="utf-8")
        pack(folder, path)
    finally:
        clear(folder)
    return found
