"""Facts of a domain that stand beside its figures: stand-in dossiers, how the forms came. Pure."""

from typing import Any

import numpy as np

from analysis.arrays import FloatArray
from analysis.cells import Cells, Register
from analysis.opt_in_design import OptInDesign
from app.results.groupings import Grouping


def touches_provisional(design: OptInDesign, grouping: Grouping, register: Register) -> Any:
    """Domains with a response in a cell whose population is partly a stand-in: (domains,)."""
    marked = _provisional_cells(design.cells, register)[design.row_cell]
    rows = grouping.domains.code >= 0
    hits = np.bincount(grouping.domains.code[rows], marked[rows], minlength=len(grouping.domains.labels))
    return hits > 0


def provisional_population(design: OptInDesign, grouping: Grouping, register: Register) -> FloatArray:
    """Dossiers of each domain taken from another month; NaN where the register cannot know: (domains,)."""
    key_code, count = grouping.domains.key_code, len(grouping.domains.labels)
    if key_code is None:
        return np.full(count, np.nan)
    known = key_code >= 0
    amounts = _provisional_keys(design.cells, register)[known]
    return np.asarray(np.bincount(key_code[known], amounts, minlength=count), dtype=np.float64)


def mode_shares(design: OptInDesign, grouping: Grouping) -> list[str]:
    """`kiosk 62%; receipt 38%` for every domain."""
    modes, code = design.cube.label("mode"), grouping.domains.code
    inside, count = code >= 0, len(grouping.domains.labels)
    flat = code[inside] * len(modes) + design.cube.code("mode")[inside]
    table = np.bincount(flat, design.cube.responses[inside], minlength=count * len(modes))
    table = table.reshape(count, len(modes))
    shares = 100 * table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    return [
        "; ".join(f"{mode} {share:.0f}%" for mode, share in zip(modes, row, strict=True) if share > 0)
        for row in shares.tolist()
    ]


def _provisional_cells(cells: Cells, register: Register) -> Any:
    marked = _provisional_keys(cells, register) > 0
    return np.bincount(cells.key_cell, marked, minlength=len(cells.level)) > 0


def _provisional_keys(cells: Cells, register: Register) -> FloatArray:
    """Stand-in dossiers of every L0 key of the register."""
    keys = zip(register.unit, register.service, register.submission, register.month, strict=True)
    amounts = dict(zip(keys, (register.volume * register.provisional).tolist(), strict=True))
    return np.array([amounts.get(key, 0.0) for key in cells.key_labels])
