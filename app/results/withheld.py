"""Which cells the newest edition of a round hides: pages of counts and files of responses hide them too."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlmodel import Session, select

from app.forms.service import get_form
from app.results.columns import DIMENSION_COLUMNS
from app.results.figures import measured_items, questionnaires
from app.results.tables import Edition, EstimateRun

Cell = tuple[str, str]
"""A unit and a label of the table's other dimension; no label in the table of units."""
Cells = frozenset[Cell]
SUPPRESSED, COMPLETE_ONLY, SHARE, HEADLINE = "suppressed", "complete_only", "satisfied_share", "headline"
HARMLESS = ("no_answers", "no_degrees_of_freedom")
"""Reasons for which nobody has to be protected."""
MOST_KEPT = 64
_TEXTS = ("measure_kind", "measure", "formula", "partial_rule", "state", "reasons")


@dataclass(frozen=True, slots=True)
class Withheld:
    """What one table hides: shares of single `items`, `cells` where a form is hidden, `complete`.

    All figures of a form are hidden with its rating; `complete` are figures of complete forms alone.
    """

    items: Mapping[str, Cells] = field(default_factory=dict)
    cells: Cells = frozenset()
    complete: Cells = frozenset()


NOTHING = Withheld()


def withheld_by(session: Session, edition: Edition | None, dimension: str = "") -> Withheld:
    """What an edition hides in its table of units by this dimension; nothing where there is no such table."""
    name = f"unit,{dimension}" if dimension else "unit"
    if edition is None or name not in edition.tables:
        return NOTHING
    run_id = edition.tables[name]
    found = _kept.pop(run_id, None) or _read(session, run_id, dimension)
    _kept[run_id] = found
    for oldest in list(_kept)[:-MOST_KEPT]:
        _kept.pop(oldest, None)
    return found


_kept: dict[str, Withheld] = {}
"""By run, which never changes; the last ones read."""


def main_items(forms: Sequence[Any]) -> list[tuple[str, ...]]:
    """For each questionnaire the questions hidden wherever it is: its rating, or all where it has none."""
    ratings = {item.code for item in measured_items(forms) if item.kind == HEADLINE}
    families = (items for items, _ in questionnaires(forms))
    return [items[:1] if items[0] in ratings else items for items in families]


def _read(session: Session, run_id: str, dimension: str) -> Withheld:
    wanted = select(EstimateRun.rows, EstimateRun.form_versions).where(EstimateRun.run_id == run_id)
    packed, versions = session.exec(wanted).one()
    label = DIMENSION_COLUMNS[dimension][0].name if dimension else ""
    rows = pq.read_table(pa.BufferReader(packed), columns=["unit_code", *([label] if label else []), *_TEXTS])
    harmless = pc.is_in(rows["reasons"], pa.array(HARMLESS))
    hidden = rows.filter(pc.and_not(pc.equal(rows["state"], SUPPRESSED), harmless))
    alone = pc.equal(hidden["partial_rule"], COMPLETE_ONLY)
    whole = hidden.filter(pc.invert(alone))
    shares = whole.filter(pc.equal(whole["formula"], SHARE))
    mains = [item for items in main_items([get_form(session, one) for one in versions]) for item in items]
    return Withheld(
        _by_item(shares, label),
        frozenset(_cells(shares.filter(_is_main(shares, mains)), label)),
        frozenset(_cells(hidden.filter(alone), label)),
    )


def _by_item(shares: pa.Table, label: str) -> dict[str, Cells]:
    found: dict[str, set[Cell]] = {}
    for item, cell in zip(shares["measure"].to_pylist(), _cells(shares, label), strict=True):
        found.setdefault(item, set()).add(cell)
    return {item: frozenset(cells) for item, cells in found.items()}


def _is_main(shares: pa.Table, mains: Collection[str]) -> Any:
    if not mains:
        return pc.equal(shares["measure_kind"], HEADLINE)
    return pc.is_in(shares["measure"], pa.array(sorted(mains), pa.string()))


def _cells(rows: pa.Table, label: str) -> Iterable[Cell]:
    labels = rows[label].to_pylist() if label else [""] * rows.num_rows
    return zip(rows["unit_code"].to_pylist(), labels, strict=True)
