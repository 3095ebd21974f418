"""How answers spread over the levels of a question: the single-level shares of an edition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlmodel import Session, select

from app.results.tables import Edition, EstimateRun

COLUMNS = ("unit_code", "measure_kind", "measure", "answer_level", "estimate", "n")
KEPT_TABLES = 4


@dataclass(frozen=True, slots=True)
class Spread:
    """A question's shares in percent, lowest level first; none where they are not published."""

    kind: str
    measure: str
    shares: tuple[float, ...]
    n: int | None


def spreads_of(session: Session, edition: Edition, unit: str) -> list[Spread]:
    """Every question of a unit the caller may see, in the order of the edition."""
    table = _levels(session, edition.tables["unit"])
    found: dict[tuple[str, str], list[Mapping[str, object]]] = {}
    for row in table.filter(pc.equal(table["unit_code"], unit)).to_pylist():
        found.setdefault((row["measure_kind"], row["measure"]), []).append(row)
    return [_spread(kind, measure, rows) for (kind, measure), rows in found.items()]


def _spread(kind: str, measure: str, rows: Sequence[Mapping[str, object]]) -> Spread:
    ordered = sorted(rows, key=lambda row: str(row["answer_level"]).zfill(2))
    shares = [row["estimate"] for row in ordered]
    known = tuple(share for share in shares if isinstance(share, float))
    n = ordered[0]["n"]
    if len(known) < len(shares):
        return Spread(kind, measure, (), None)
    return Spread(kind, measure, known, n if isinstance(n, int) else None)


_kept: dict[str, pa.Table] = {}


def _levels(session: Session, run_id: str) -> pa.Table:
    """The single-level rows of a run; runs never change, so the last ones used stay in memory."""
    found = _kept.get(run_id)
    if found is None:
        packed = session.exec(select(EstimateRun.rows).where(EstimateRun.run_id == run_id)).one()
        rows = pq.read_table(pa.BufferReader(packed), columns=[*COLUMNS, "formula", "partial_rule"])
        chosen = pc.and_(
            pc.equal(rows["formula"], "level_share"), pc.equal(rows["partial_rule"], "complete_and_usable")
        )
        found = rows.filter(chosen).select(list(COLUMNS)).combine_chunks()
        while len(_kept) >= KEPT_TABLES:
            _kept.pop(next(iter(_kept)), None)
        _kept[run_id] = found
    return found
