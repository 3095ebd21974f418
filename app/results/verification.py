"""Is it still what the stored answers give? An edition, or an exported file of one run, computed once more.

An edition is computed again from the answers that were mixed until its cut and compared part by part. A file
is first compared cell by cell with the run it names, then that run is computed again in the same way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session

from app.core.database import Database
from app.core.errors import Invalid, NotFound
from app.results import estimation, runs
from app.results.behind_files import edition_behind, edition_named, edition_of_run
from app.results.columns import STORED_LATER, Column, key_columns
from app.results.cut import Cut
from app.results.editions import content_hash_of, questions
from app.results.exports.sheet import Sheet, sheet_of
from app.results.request import EstimateRequest
from app.results.service import refresh_lake
from app.results.tables import Edition, EstimateRun
from app.results.verified_files import Rows, read_published

SHOWN_CELLS = 20
PARTS = {
    "answers": "phiếu trả lời / answers",
    "forms": "mẫu phiếu / forms",
    "names": "tên đơn vị, thủ tục / names of units and services",
    "register": "số hồ sơ / register",
    "settings": "thiết lập / settings",
    "code": "phiên bản chương trình / code",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`lines` say what was compared and what differs; same when `differences` is 0."""

    lines: tuple[str, ...]
    differences: int

    @property
    def is_same(self) -> bool:
        return self.differences == 0


def verify(database: Database, file_or_edition: str) -> Verdict:
    """Compute again and compare a file, an edition, or the edition of a run; all by what they print.

    Raises: NotFound for an id nothing has, Invalid for a file or its run.
    """
    refresh_lake(database)
    path = Path(file_or_edition)
    with database.read() as session:
        if path.is_file():
            return _verify_file(session, path)
        return verify_edition(session, edition_named(session, file_or_edition))


def verify_edition(session: Session, edition: Edition) -> Verdict:
    """Every table of an edition, and its content hash."""
    lines = [f"{edition.edition_id}: {edition.round_code}, {edition.content_hash}"]
    found: list[str] = []
    cut = Cut(mixed=True, through=edition.data_cut["mixed_through"], from_table=True)
    every = questions(session, edition.round_code, cut=cut)
    hidden = estimation.settled(every[0])
    rows: dict[str, str] = {}
    for inputs in every:
        name = ",".join(inputs.request.by)
        if name not in edition.tables:
            found.append(f"bảng mới / a table that was not there: {name}")
            continue
        stored = runs.get_run(session, edition.tables[name])
        again = estimation.compute(estimation.counted_again(session, inputs), hidden=hidden)
        rows[name] = runs.content_hash(again, inputs.request.by)
        found += _stored_rows(stored, name)
        found += _changed_rows(session, stored, again)
    found += [f"bảng không còn / no longer there: {name}" for name in sorted(set(edition.tables) - set(rows))]
    found = [*_changed_parts(edition.data_cut, every[0]), *found]
    if not found and content_hash_of(estimation.parts_of(every[0]), rows) != edition.content_hash:
        found.append("mã băm nội dung đã ghi không khớp / the recorded content hash does not fit")
    counted = f"{len(rows)} bảng / tables"
    return Verdict((*lines, counted, *found), len(found))


def _verify_file(session: Session, path: Path) -> Verdict:
    rows, run_id = _published(session, path)
    run = _run_of(session, run_id)
    lines = [f"{path.name}: {len(rows)} dòng / rows, {run.record.round_code}, {run_id}"]
    found = list(_changed_cells(rows, sheet_of(session, run, language="vi")))
    edition = edition_of_run(session, run_id)
    if edition is not None:
        verdict = verify_edition(session, edition)
        return Verdict((*lines, *found, *verdict.lines), len(found) + verdict.differences)
    inputs = estimation.gather(session, _asked(run.record), cut=Cut(from_table=True))
    found += _changed_parts(run.record.data_cut, inputs)
    found += _stored_rows(run, ",".join(run.by))
    found += _changed_rows(session, run, estimation.compute(inputs))
    return Verdict((*lines, *found), len(found))


def _run_of(session: Session, run_id: str) -> runs.Run:
    try:
        return runs.get_run(session, run_id)
    except NotFound as error:
        raise Invalid(
            "the file belongs to the run {run_id}, which is not stored here",
            where="run_id",
            remedy="verify it on the system it came from",
            run_id=run_id,
        ) from error


def _published(session: Session, path: Path) -> tuple[Rows, str]:
    """The rows of a file of results. Raises: Invalid for another file, with the edition it came from."""
    try:
        return read_published(path)
    except Invalid as error:
        edition = edition_behind(session, path)
        if edition is None:
            raise
        raise Invalid(
            "{value} holds no table of results that could be compared cell by cell",
            where="file",
            remedy="verify the edition it came from: sipas verify {edition_id}",
            value=repr(path.name),
            edition_id=edition.edition_id,
        ) from error


def _asked(record: EstimateRun) -> EstimateRequest:
    asked = dict(record.settings)
    tuples = {name: tuple(asked[name]) for name in ("by", "measures", "within")}
    return EstimateRequest(**{**asked, **tuples})


def _changed_parts(cut: Mapping[str, Any], inputs: estimation.Inputs) -> list[str]:
    now = estimation.parts_of(inputs)
    found = [f"khác / differs: {word}" for name, word in PARTS.items() if cut["parts"].get(name) != now[name]]
    counted = runs.count_by(inputs, "outcome")
    if counted != cut["responses"]:
        found.append(f"phiếu / responses: {_counts(cut['responses'])} → {_counts(counted)}")
    return found


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "0"


def _stored_rows(stored: runs.Run, name: str) -> list[str]:
    """Whether somebody changed the rows after they were recorded."""
    if runs.content_hash(stored.rows, stored.by) == stored.record.content_hash:
        return []
    return [f"bảng {name}: các dòng đã ghi bị sửa / its recorded rows were changed"]


def _changed_rows(session: Session, stored: runs.Run, again: Any) -> list[str]:
    if runs.content_hash(again, stored.by) == stored.record.content_hash:
        return []
    before = sheet_of(session, stored, language="vi")
    after = sheet_of(session, runs.Run(stored.record, again), language="vi")
    return [*_changed_cells(before.dicts(), after)]


def _changed_cells(rows: Sequence[Mapping[str, Any]], sheet: Sheet) -> Iterator[str]:
    """The cells of these rows that differ from the sheet's, the first ones in words; names do not count."""
    keys = key_columns(sheet.run.by)
    compared = [column for column in sheet.columns if column.name not in (*STORED_LATER, *keys)]
    there = {_key(row, keys): row for row in sheet.dicts()}
    here = {_key(row, keys): row for row in rows}
    found = [f"thiếu dòng / missing row: {_said(key)}" for key in there if key not in here]
    found += [f"dòng lạ / unknown row: {_said(key)}" for key in here if key not in there]
    for key in here.keys() & there.keys():
        for column in compared:
            now, then = here[key].get(column.name), there[key][column.name]
            if not _is_same(now, then, column):
                found.append(f"{_said(key)}: {column.name} {then!r} → {now!r}")
    yield from sorted(found)[:SHOWN_CELLS]
    if len(found) > SHOWN_CELLS:
        yield f"… {len(found) - SHOWN_CELLS} chỗ khác nữa / more differences"


def _is_same(now: Any, then: Any, column: Column) -> bool:
    """Whether two values are the same as published; empty text and nothing are one."""
    if column.kind == "text" or now is None or then is None:
        return (now or None) == (then or None) if column.kind == "text" else now == then
    nearest = 0.5 * 10.0**-column.digits if column.kind == "real" else 0.0
    return abs(float(now) - float(then)) <= nearest * 1.001


def _key(row: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(row.get(name) or "") for name in keys)


def _said(key: Sequence[str]) -> str:
    return " ".join(part for part in key if part) or "-"
