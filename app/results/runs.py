"""Immutable runs: what was asked, of which data, by which code, the rows and their hash."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlmodel import Session, col, select

from app.core import clock
from app.core.errors import NotFound
from app.results.columns import STORED_LATER, columns_of
from app.results.estimation import ELIGIBLE, Inputs, cells_of, eligible_cube, parts_of
from app.results.inserts import insert_new
from app.results.release import code_version
from app.results.rounding import rounded_column
from app.results.tables import EstimateRun

RUN_ID_LENGTH = 32
LISTED_RUNS = 200
FEWEST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Run:
    """A recorded run and its rows, numbers unrounded."""

    record: EstimateRun
    rows: pa.Table

    @property
    def by(self) -> tuple[str, ...]:
        return tuple(self.record.settings["by"])


def run_id_of(inputs: Inputs) -> str:
    """Equal inputs, equal run: asking the same of the same data records nothing twice."""
    return inputs.fingerprint[:RUN_ID_LENGTH]


def new_run(inputs: Inputs, rows: pa.Table, *, by_whom: str) -> Run:
    """The run, not yet recorded."""
    record = EstimateRun(
        run_id=run_id_of(inputs),
        round_code=inputs.survey.round_code,
        created_at=clock.now(),
        created_by=by_whom,
        settings=inputs.request.as_settings(),
        data_cut=data_cut(inputs),
        form_versions=[version.form_version for version in inputs.versions],
        code_version=code_version(),
        row_count=rows.num_rows,
        content_hash=content_hash(rows, inputs.request.by),
        rows=_packed(rows),
    )
    return Run(record, rows)


def record_run(session: Session, run: Run) -> None:
    """Keep the run; one that is there already stays as it is."""
    insert_new(session, [run.record])


def find_run(session: Session, run_id: str) -> Run | None:
    record = session.get(EstimateRun, run_id)
    return Run(record, pq.read_table(pa.BufferReader(record.rows))) if record else None


def get_run(session: Session, run_id: str) -> Run:
    """Raises: NotFound."""
    found = find_run(session, run_id)
    if found is None:
        raise NotFound(
            "the run {run_id} is not known",
            where="run_id",
            remedy="list the runs and take an id from there",
            run_id=run_id,
        )
    return found


def list_runs(session: Session, round_code: str = "") -> list[dict[str, Any]]:
    """Runs without their rows, newest first."""
    fields = [column for column in EstimateRun.__table__.columns if column.name != "rows"]  # type: ignore[attr-defined]
    statement = select(*fields).order_by(col(EstimateRun.created_at).desc(), EstimateRun.run_id)
    if round_code:
        statement = statement.where(EstimateRun.round_code == round_code)
    return [dict(row._mapping) for row in session.connection().execute(statement.limit(LISTED_RUNS))]


def data_cut(inputs: Inputs) -> dict[str, Any]:
    """What the figures rest on, in numbers."""
    cube, register = eligible_cube(inputs), inputs.register
    cut: dict[str, Any] = {
        "fingerprint": inputs.fingerprint,
        "parts": parts_of(inputs),
        "mixed_through": inputs.mixed_through,
        "unmixed_responses": inputs.unmixed,
        "responses": count_by(inputs, "outcome"),
        "modes": _told(count_by(inputs, "mode", outcomes=ELIGIBLE)),
        "flags": inputs.flags,
        "population": float(register.volume.sum()),
        "provisional_population": float(register.volume[register.provisional].sum()),
        "provisional_months": sorted(
            {m for m, p in zip(register.month, register.provisional, strict=True) if p}
        ),
        "units": len(inputs.book.units),
        "units_with_population": len(set(register.unit)),
        "units_with_answers": 0 if cube is None else len(cube.label("unit")),
        "cells": {},
    }
    if cube is not None:
        cells = cells_of(inputs, cube)
        used, count = np.unique(cells.level[cells.answers > 0], return_counts=True)
        cut["cells"] = {f"L{level}": n for level, n in zip(used.tolist(), count.tolist(), strict=True)}
    return cut


def content_hash(rows: pa.Table, by: Sequence[str]) -> str:
    """A hash over the rows as they are published: rounded, in order, hidden numbers as nothing."""
    digest = hashlib.sha256()
    for column in columns_of(by):
        if column.name in STORED_LATER:
            continue
        digest.update(column.name.encode() + b"\0")
        values = rows.column(column.name)
        if column.kind == "text":
            texts = values.fill_null("\x00").combine_chunks().dictionary_encode()
            digest.update("\x1f".join(texts.dictionary.to_pylist()).encode())
            digest.update(texts.indices.to_numpy(zero_copy_only=False).astype(np.int32).tobytes())
            continue
        numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
        digest.update((rounded_column(numbers, column.digits) + 0.0).tobytes())
    return digest.hexdigest()


def _told(counts: dict[str, int]) -> dict[str, int]:
    """Counts by way of answering, where none is so small that its figures are hidden."""
    return counts if min(counts.values(), default=0) >= FEWEST_TOLD else {}


def count_by(inputs: Inputs, key: str, outcomes: Sequence[str] | None = None) -> dict[str, int]:
    """Responses by a key of the cube."""
    cube = inputs.cube if outcomes is None else eligible_cube(inputs, outcomes)
    if cube is None or not len(cube.responses):
        return {}
    counts = np.bincount(cube.code(key), cube.responses, minlength=len(cube.label(key)))
    return dict(zip(cube.label(key), counts.astype(int).tolist(), strict=True))


def _packed(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd")
    return bytes(sink.getvalue())
