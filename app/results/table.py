"""From arrays of estimates to rows: one row a domain and figure, columns as in `columns`.

Everything is built on (domains, figures) arrays; a row that is hidden loses its numbers here, once, so that
no export, page or difference can show them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.cells import LEVELS
from analysis.opt_in_table import VARIANCE_KINDS, Estimates
from app.results.book import Book
from app.results.columns import STORED_LATER, Column, columns_of
from app.results.figures import Figure
from app.results.groupings import Grouping, dimension_values, domain_order
from app.results.states import States

Array = NDArray[Any]


@dataclass(slots=True)
class Block:
    """One grouping estimated: figures in columns, domains in rows, with their states."""

    grouping: Grouping
    figures: tuple[Figure, ...]
    estimates: Estimates
    states: States
    keep: Array
    provisional_population: Array
    mode_shares: Sequence[str]
    whole_hidden: Array
    weights_hidden: Array
    columns: dict[str, Array] = field(default_factory=dict)


def build_rows(
    blocks: Sequence[Block], by: Sequence[str], *, book: Book, constants: Mapping[str, str]
) -> pa.Table:
    """All blocks as one table, sorted by domain and figure, without the columns added at export."""
    wanted = [column for column in columns_of(by) if column.name not in STORED_LATER]
    parts = [_block_columns(block, wanted, book=book, constants=constants) for block in blocks]
    merged = {c.name: np.concatenate([part[c.name] for part in parts]) for c in wanted} if parts else {}
    if not merged:
        return pa.table({c.name: pa.array([], _TYPES[c.kind]) for c in wanted})
    order = _order(blocks, book)
    hidden = merged["state"][order] == "suppressed"
    return pa.table({c.name: _arrow(merged[c.name][order], c, hidden) for c in wanted})


_TYPES = {"text": pa.string(), "whole": pa.int64(), "real": pa.float64()}


def _arrow(values: Array, column: Column, hidden: Array) -> pa.Array:
    masked = np.zeros(len(values), dtype=np.bool_) if column.kept else hidden.copy()
    if column.kind == "text":
        return pa.array(values.astype(object), _TYPES["text"], mask=masked)
    masked |= ~np.isfinite(values.astype(np.float64))
    if column.kind == "whole":
        values = np.where(masked, 0, values).astype(np.int64)
    return pa.array(values, _TYPES[column.kind], mask=masked)


def _block_columns(
    block: Block, wanted: Sequence[Column], *, book: Book, constants: Mapping[str, str]
) -> dict[str, Array]:
    """The flattened columns of a block, kept rows only."""
    domain, figure = np.nonzero(block.keep)
    source: dict[str, Array] = {}
    for name, texts in _dimension_texts(block, book).items():
        source[name] = texts[domain]
    for name, texts in _figure_texts(block.figures).items():
        source[name] = texts[figure]
    for name, values in _figure_values(block).items():
        source[name] = values[domain, figure]
    for name, values in _domain_values(block).items():
        source[name] = values[domain]
    for name, text in constants.items():
        source[name] = np.full(len(domain), text, dtype=object)
    source["level_pct"] = np.full(len(domain), block.estimates.level * 100)
    return {column.name: source[column.name] for column in wanted}


def _dimension_texts(block: Block, book: Book) -> dict[str, Array]:
    keys, labels = block.grouping.keys, block.grouping.domains.labels
    rows = [dimension_values(keys, label, book) for label in labels]
    names = rows[0].keys() if rows else ()
    return {name: np.array([row[name] for row in rows], dtype=object) for name in names}


def _figure_texts(figures: Sequence[Figure]) -> dict[str, Array]:
    rows = [
        {
            "measure_kind": f.kind,
            "measure": f.code,
            "formula": f.measure.formula,
            "answer_level": "" if f.answer_level is None else str(f.answer_level),
            "partial_rule": "complete_only" if f.sensitivity else "complete_and_usable",
            "measured_in": f.measured_in,
        }
        for f in figures
    ]
    return {name: np.array([row[name] for row in rows], dtype=object) for name in rows[0]}


def _figure_values(block: Block) -> dict[str, Array]:
    e = block.estimates
    factor = np.array([100.0 if f.measured_in == "pct" else 1.0 for f in block.figures])
    return {
        "state": block.states.state,
        "reasons": block.states.reasons,
        "estimate": e.estimate * factor,
        "se": e.se * factor,
        "low": e.low * factor,
        "high": e.high * factor,
        "n": e.n,
        "n_effective": e.n_effective,
        "n_star": e.n_star,
        "n_kish": e.n_kish,
        "design_effect": e.design_effect,
        "df": e.df,
        "df_satterthwaite": e.df_satterthwaite,
        "asked": e.asked,
        "blank": e.blank,
        "blank_pct": _ratio(e.blank, e.asked) * 100,
        "no_opinion": e.no_opinion,
        "sum_weights": np.where(block.weights_hidden[:, None], np.nan, e.sum_weights),
    }


def _domain_values(block: Block) -> dict[str, Array]:
    e = block.estimates
    registered = block.grouping.domains.key_code is not None
    told = np.where(block.whole_hidden, np.nan, e.responses)
    reach = _ratio(told, e.population) * 100
    return {
        "responses": told,
        "population": e.population if registered else np.where(block.whole_hidden, np.nan, e.population),
        "provisional_population": block.provisional_population,
        "covered_pct": e.covered_share * 100,
        "responses_per_100_dossiers": reach if registered else np.full(len(reach), np.nan),
        "mode_shares": np.where(block.whole_hidden, "", np.array(block.mode_shares, dtype=object)),
        "cell_level": np.array(["", *LEVELS], dtype=object)[e.cell_level + 1],
        "variance_kind": np.array(VARIANCE_KINDS, dtype=object)[e.variance_kind],
    }


def _ratio(top: Array, bottom: Array) -> Array:
    ratio: Array = np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=np.asarray(bottom) > 0)
    return ratio


def _order(blocks: Sequence[Block], book: Book) -> Array:
    """Rows by domain, then figure: the rank of a domain is found once, whatever block it stands in."""
    keys = blocks[0].grouping.keys
    everyone = {label for block in blocks for label in block.grouping.domains.labels}
    ranked = sorted(everyone, key=lambda label: domain_order(keys, label, book))
    rank = {label: i for i, label in enumerate(ranked)}
    domain, figure = [], []
    for block in blocks:
        ranks = np.array([rank[label] for label in block.grouping.domains.labels], dtype=np.int64)
        here = np.nonzero(block.keep)
        domain.append(ranks[here[0]])
        figure.append(here[1] + 1_000_000 * block.figures[0].sensitivity)
    order: Array = np.lexsort((np.concatenate(figure), np.concatenate(domain)))
    return order
