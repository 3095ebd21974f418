"""Responses as columns: keys as text, one small whole number an item, in an order that tells nothing."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
from sqlmodel import Session

from app.forms.answers import coded, coded_columns
from app.forms.service import get_form

PREFIX = "a_"
"""Before every item's column: a form may name an item `mode` or begin a code with a digit."""

KEYS = ("unit_code", "answered_on", "service_code", "submission", "mode", "stage", "outcome", "flags")
_CHUNK_ROWS = 4096


class RowsOfForm:
    """Rows of one form version, gathered row by row and kept as arrays."""

    def __init__(self, form: Any) -> None:
        self._form = form
        self._columns = coded_columns(form)
        self._keys: list[tuple[Any, ...]] = []
        self._pending: list[list[int]] = []
        self._chunks: list[np.ndarray[Any, np.dtype[np.int32]]] = []

    @property
    def row_count(self) -> int:
        return len(self._keys)

    def add(self, row: Any) -> None:
        codes = coded(self._form, row.answers, stage=row.stage or None)
        self._keys.append(tuple(getattr(row, key) for key in KEYS))
        self._pending.append([codes[name] for name in self._columns])
        if len(self._pending) >= _CHUNK_ROWS:
            self._pack()

    def table(self) -> pa.Table:
        """One column a key and an item, sorted by unit, day, service, then by everything else."""
        self._pack()
        keys = list(zip(*self._keys, strict=True))
        columns = {name: pa.array(keys[i]) for i, name in enumerate(KEYS)}
        columns["month"] = pa.array([day.isoformat()[:7] for day in keys[KEYS.index("answered_on")]])
        codes = np.concatenate(self._chunks)
        for i, name in enumerate(self._columns):
            columns[PREFIX + name] = pa.array(_smallest(codes[:, i]))
        table = pa.table(columns)
        return table.sort_by([(name, "ascending") for name in table.column_names])

    def _pack(self) -> None:
        if self._pending:
            self._chunks.append(np.array(self._pending, dtype=np.int32).reshape(len(self._pending), -1))
            self._pending = []


def keyed_rows(session: Session, rows: Iterable[Any]) -> dict[tuple[str, str, str], RowsOfForm]:
    """Rows by round, form version and month."""
    groups: dict[tuple[str, str, str], RowsOfForm] = {}
    for row in rows:
        key = (row.round_code, row.form_version, row.answered_on.isoformat()[:7])
        if key not in groups:
            groups[key] = RowsOfForm(get_form(session, row.form_version))
        groups[key].add(row)
    return groups


def _smallest(codes: "np.ndarray[Any, np.dtype[np.int32]]") -> "np.ndarray[Any, Any]":
    """The narrowest whole numbers that hold the column."""
    low, high = int(codes.min(initial=0)), int(codes.max(initial=0))
    return codes.astype(np.result_type(np.min_scalar_type(min(low, -1)), np.min_scalar_type(-high - 1)))
