"""An edition written down by hand: rounds, units and figures whose true comparison is known beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from scipy.special import betaincinv
from sqlmodel import Session

from app.core.collation import sort_key
from app.results.columns import STORED_LATER, columns_of
from app.results.request import EstimateRequest
from app.results.tables import Edition, EstimateRun
from app.rounds.tables import Round, RoundUnit
from app.units.tables import Unit

HEADLINE = "headline:q_overall:satisfied_share"
PROVINCE = "24"
_TYPES = {"text": pa.string(), "whole": pa.int64(), "real": pa.float64()}


@dataclass(frozen=True)
class Shown:
    """One figure: percent satisfied of n people drawn at random; hidden where the percent is None."""

    pct: float | None
    n: int = 400
    weight: float | None = None

    def columns(self) -> dict[str, Any]:
        if self.pct is None:
            return {"state": "suppressed", "reasons": "fewer_than_5_respondents"}
        p = self.pct / 100
        hits, misses = self.n * p + 0.5, self.n * (1 - p) + 0.5
        return {
            "state": "ok",
            "reasons": "",
            "estimate": self.pct,
            "se": 100 * (p * (1 - p) / self.n) ** 0.5,
            "low": 0.0 if p == 0 else 100 * float(betaincinv(hits, misses, 0.025)),
            "high": 100.0 if p == 1 else 100 * float(betaincinv(hits, misses, 0.975)),
            "n": self.n,
            "n_effective": float(self.n),
            "n_star": float(self.n),
            "n_kish": float(self.n),
            "df": float(self.n - 1),
            "responses": self.n,
            "population": self.weight or 10.0 * self.n,
            "sum_weights": self.weight or 10.0 * self.n,
            "blank_pct": 2.5,
        }


def some_units(session: Session, tree: Mapping[str, tuple[str, str | None]]) -> None:
    """Code -> (name, code of the unit above), parents first."""
    paths = {"": "/"}
    for code, (name, parent) in tree.items():
        paths[code] = f"{paths[parent or '']}{code}/"
        unit = Unit(
            unit_code=code,
            name=name,
            kind="commune" if parent else "province",
            parent_code=parent,
            path=paths[code],
            sort_key=sort_key(name),
            valid_from_on=date(2020, 1, 1),
        )
        session.add(unit)
        session.flush()


def an_edition(
    session: Session,
    round_code: str,
    figures: Mapping[tuple[str, str], Shown],
    *,
    start_on: date,
    end_on: date,
    drivers: Mapping[str, Any] | None = None,
    basis: str = "opt_in",
) -> Edition:
    """A round with one edition that holds its table by unit: (unit, figure) -> what is shown."""
    survey = Round(
        round_code=round_code,
        title=f"Đợt {round_code}",
        basis=basis,
        population_kind="finished_dossiers",
        period_start_on=start_on,
        period_end_on=end_on,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    session.add(survey)
    session.flush()
    units = {unit for unit, _ in figures}
    tops = [unit for unit in units if _unit(session, unit).parent_code not in units]
    session.add_all(RoundUnit(round_code=round_code, unit_code=unit) for unit in tops)
    table = _table(session, figures)
    run_id = sha256(f"{round_code}{figures}".encode()).hexdigest()[:32]
    asked = EstimateRequest(round_code, ("unit",)).as_settings()
    common: dict[str, Any] = {
        "round_code": round_code,
        "created_at": datetime(2026, 10, 2, tzinfo=UTC),
        "created_by": "tests",
        "settings": asked,
        "data_cut": _CUT,
        "code_version": "tests",
        "content_hash": sha256(run_id.encode()).hexdigest(),
    }
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    run = EstimateRun(
        run_id=run_id,
        form_versions=[],
        row_count=table.num_rows,
        rows=bytes(sink.getvalue()),
        **common,
    )
    edition = Edition(edition_id=run_id[::-1], tables={"unit": run_id}, drivers=dict(drivers or {}), **common)
    session.add_all([run, edition])
    session.flush()
    return edition


_CUT: dict[str, Any] = {
    "fingerprint": "0" * 64,
    "mixed_through": "",
    "unmixed_responses": 0,
    "responses": {},
    "modes": {},
    "flags": {},
    "population": 0.0,
    "provisional_population": 0.0,
    "provisional_months": [],
    "units_with_population": 0,
    "units_with_answers": 0,
    "cells": {},
}


def _table(session: Session, figures: Mapping[tuple[str, str], Shown]) -> pa.Table:
    rows = [_row(session, unit, figure, shown) for (unit, figure), shown in figures.items()]
    wanted = [column for column in columns_of(("unit",)) if column.name not in STORED_LATER]
    return pa.table({c.name: pa.array([r.get(c.name) for r in rows], _TYPES[c.kind]) for c in wanted})


def _row(session: Session, unit: str, figure: str, shown: Shown) -> dict[str, Any]:
    kind, measure, formula = figure.split(":")
    found = _unit(session, unit)
    return {
        "unit_code": unit,
        "unit_name": found.name,
        "parent_code": found.parent_code or "",
        "measure_kind": kind,
        "measure": measure,
        "formula": formula,
        "answer_level": "",
        "partial_rule": "complete_and_usable",
        "measured_in": "pct",
        **shown.columns(),
    }


def _unit(session: Session, code: str) -> Unit:
    found = session.get(Unit, code)
    if found is None:
        raise LookupError(code)
    return found


def ten_communes() -> dict[str, tuple[str, str | None]]:
    """A province with ten communes, c00 to c09."""
    return {PROVINCE: ("Tỉnh Thử", None)} | {f"c{i:02d}": (f"Xã {i:02d}", PROVINCE) for i in range(10)}


def headline_of(shares: Sequence[float | None], *, n: int = 400) -> dict[tuple[str, str], Shown]:
    """The headline of the ten communes in order, and of their province."""
    known = [share for share in shares if share is not None]
    found = {(PROVINCE, HEADLINE): Shown(sum(known) / len(known), n * len(known))}
    return found | {(f"c{i:02d}", HEADLINE): Shown(share, n) for i, share in enumerate(shares)}
