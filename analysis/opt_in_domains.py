"""Domains of an opt_in run: groupings of the cube's rows.

A table is one grouping; a roll-up is another grouping of the same rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import IntArray
from analysis.cells import encode_months
from analysis.cube import group_rows
from analysis.opt_in_design import OptInDesign

REGISTER_KEYS = ("unit", "service", "submission", "month")


@dataclass(frozen=True, slots=True)
class Domains:
    """A grouping of the cube's rows into domains.

    Shapes: `code` (cube rows,), -1 outside every domain; `labels` one tuple a domain; `key_code` (L0 keys,)
    the domain of each register key, or None where the register cannot know it (mode, age).
    """

    code: IntArray
    labels: tuple[tuple[str, ...], ...]
    key_code: IntArray | None = None


def domains_by(
    design: OptInDesign, by: Sequence[str], *, relabel: Mapping[str, Mapping[str, str]] | None = None
) -> Domains:
    """Domains from crossing keys of the cube (or `month`); without a key everything is one domain.

    `relabel` maps a key's labels to others (unit to its parent, service to its field); a label it does not
    name leaves the domains.  Domains that the register knows but nobody answered are kept, with n = 0.
    Shapes: as Domains.  Units: none.  Raises: UnknownName for a key the cube does not have.
    Source: docs/methods.md section 3.  Check: tests/unit/analysis/test_opt_in.py.
    """
    registered = all(key in REGISTER_KEYS for key in by)
    maps = relabel or {}
    columns = [_column(design, key, relabel=maps.get(key), registered=registered) for key in by]
    rows, keys = len(design.row_cell), len(design.cells.key_cell) if registered else 0
    codes = np.column_stack([np.zeros(rows + keys, dtype=np.int64), *(codes for codes, _ in columns)])
    inside = (codes >= 0).all(axis=1)
    combined = group_rows(np.maximum(codes, 0), [1, *(len(names) for _, names in columns)])
    _, first, number = np.unique(combined[inside], return_index=True, return_inverse=True)
    whole = np.full(rows + keys, -1, dtype=np.int64)
    whole[inside] = number
    picked = codes[inside][first]
    labels = tuple(tuple(columns[k][1][c] for k, c in enumerate(row)) for row in picked[:, 1:].tolist())
    return Domains(whole[:rows], labels, whole[rows:] if registered else None)


def _column(
    design: OptInDesign, key: str, *, relabel: Mapping[str, str] | None, registered: bool
) -> tuple[IntArray, list[str]]:
    """One key's codes over the cube's rows (then the register's keys), and its labels."""
    labels, codes = (
        encode_months(design.cube) if key == "month" else (design.cube.label(key), design.cube.code(key))
    )
    key_labels = [k[REGISTER_KEYS.index(key)] for k in design.cells.key_labels] if registered else []
    distinct = sorted({*labels, *key_labels})
    renamed = {label: label if relabel is None else relabel.get(label) for label in distinct}
    names = sorted({name for name in renamed.values() if name is not None})
    position = {name: i for i, name in enumerate(names)}
    number = {label: -1 if name is None else position[name] for label, name in renamed.items()}
    row_codes = np.array([number[label] for label in labels], dtype=np.int64)[codes]
    key_codes = np.array([number[label] for label in key_labels], dtype=np.int64)
    return np.concatenate([row_codes, key_codes]), names
