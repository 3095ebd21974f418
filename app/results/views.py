"""A run for a page: which figures it has, and the rows of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import Session

from app.results.exports.sheet import Sheet, sheet_of
from app.results.runs import Run

PAGE_DIGITS = 6
FIGURE_FIELDS = ("measure_kind", "measure", "formula")


@dataclass(frozen=True, slots=True)
class FigureChoice:
    """A figure to choose: `key` goes into the address."""

    key: str
    kind: str
    name: str
    formula: str


@dataclass(frozen=True, slots=True)
class RunView:
    """One figure of a run, rounded, with what a reader must know."""

    run_id: str
    by: tuple[str, ...]
    within: tuple[str, ...]
    figures: tuple[FigureChoice, ...]
    chosen: FigureChoice | None
    rows: Sequence[dict[str, Any]]
    row_count: int
    note: str
    method: Sequence[tuple[str, str]]
    responses: int


def view_of(session: Session, run: Run, *, language: str, figure: str, limit: int) -> RunView:
    """The chosen figure, or the first; `limit` rows of it at most."""
    shares = _published_shares(run.rows)
    sheet = sheet_of(session, Run(run.record, shares.slice(0, 0)), language=language)
    figures = _figures(shares, sheet)
    chosen = next((one for one in figures if one.key == figure), figures[0] if figures else None)
    rows = _rows_of(shares, chosen) if chosen else shares
    # the page rounds, once: rounded here as well, 80.1478 would be 80.15 and then 80.2
    shown = Sheet(Run(run.record, rows.slice(0, limit)), sheet.labels, digits=PAGE_DIGITS)
    outcomes = run.record.data_cut["responses"]
    return RunView(
        run_id=run.record.run_id,
        by=run.by,
        within=tuple(run.record.settings["within"]),
        figures=figures,
        chosen=chosen,
        rows=shown.dicts(),
        row_count=rows.num_rows,
        note=sheet.labels.note,
        method=sheet.labels.method,
        responses=sum(outcomes.values()),
    )


def _published_shares(rows: pa.Table) -> pa.Table:
    share = pc.is_in(rows["formula"], pa.array(["satisfied_share", "pooled_answers", "equal_criteria"]))
    return rows.filter(pc.and_(share, pc.equal(rows["partial_rule"], "complete_and_usable")))


def _figures(shares: pa.Table, sheet: Sheet) -> tuple[FigureChoice, ...]:
    columns = [shares[name].to_pylist() for name in FIGURE_FIELDS]
    found = dict.fromkeys(zip(*columns, strict=True))
    order = ("headline", "overall", "factor", "criterion")
    ranked = sorted(found, key=lambda one: order.index(one[0]))
    names = sheet.labels.measures
    return tuple(FigureChoice(":".join(f), f[0], names.get((f[0], f[1]), f[1]), f[2]) for f in ranked)


def _rows_of(shares: pa.Table, chosen: FigureChoice) -> pa.Table:
    wanted = chosen.key.split(":")
    masks = [pc.equal(shares[name], value) for name, value in zip(FIGURE_FIELDS, wanted, strict=True)]
    return shares.filter(pc.and_(pc.and_(masks[0], masks[1]), masks[2]))
