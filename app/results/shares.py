"""The shares of a run as its readers need them: few columns, labels as numbers, kept in memory while in use.

Runs never change, so what was read once stays right; the least used are let go beyond `MOST_BYTES`.
"""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from app.results.columns import DIMENSION_COLUMNS

FORMULAS = ("satisfied_share", "pooled_answers", "equal_criteria")
KEY = ("measure_kind", "measure", "formula")
COUNTED, COMPLETE_ONLY = "complete_and_usable", "complete_only"
FIGURE, UNIT, PARENT = "figure", "unit_code", "parent_code"
TEXTS = (UNIT, "unit_name", PARENT, FIGURE, "state", "reasons")
MOST_BYTES = 400_000_000

Mask = NDArray[np.bool_]
Run = tuple[str, str]
"""A run and the rule of partial forms."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text column as numbers: `code` (rows,), and the label of every number."""

    code: NDArray[np.int32]
    labels: tuple[str, ...]

    def among(self, wanted: Collection[str]) -> Mask:
        """Rows whose label is one of these."""
        chosen = set(wanted)
        known = np.array([label in chosen for label in self.labels], dtype=np.bool_)
        return known[self.code] if len(self.labels) else np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Shares:
    """`parents` unit -> the unit above it, in display order; `most` figure -> its largest n."""

    table: pa.Table
    labelled: Mapping[str, Labelled]
    parents: Mapping[str, str]
    most: Mapping[str, int]

    def chosen(self, wanted: Mapping[str, Collection[str]]) -> pa.Table:
        """The rows with these labels, in their order."""
        masks: Iterable[Mask] = (self.labelled[column].among(codes) for column, codes in wanted.items())
        mask = np.ones(self.table.num_rows, dtype=np.bool_)
        for one in masks:
            mask &= one
        return self.table.take(pa.array(np.flatnonzero(mask)))


def shares_of(packed: bytes, numbers: Sequence[str], rule: str = COUNTED) -> Shares:
    """The published shares of a run's rows by one rule of partial forms; means and single levels stay out."""
    rows = pq.read_table(pa.BufferReader(packed))
    main = rows.filter(
        pc.and_(
            pc.is_in(rows["formula"], pa.array(FORMULAS)),
            pc.equal(rows["partial_rule"], rule),
        )
    )
    figure = pc.binary_join_element_wise(*(main[name] for name in KEY), ":")
    main = main.append_column(FIGURE, figure)
    places = [
        c.name for columns in DIMENSION_COLUMNS.values() for c in columns if c.name in main.column_names
    ]
    main = main.select([*dict.fromkeys([*TEXTS, *places, *numbers])]).combine_chunks()
    labelled = {name: _labelled(main[name]) for name in dict.fromkeys([UNIT, FIGURE, *places])}
    return Shares(_encoded(main), labelled, _parents(main), _most(main))


class Kept:
    """The shares read last, by run and rule, up to so many bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._shares: dict[Run, Shares] = {}
        self._most_bytes = most_bytes
        self._lock = threading.Lock()

    def get(self, run: Run) -> Shares | None:
        with self._lock:
            found = self._shares.pop(run, None)
            if found is not None:
                self._shares[run] = found
            return found

    def keep(self, run: Run, shares: Shares) -> None:
        with self._lock:
            self._shares[run] = shares
            while len(self._shares) > 1 and self._bytes() > self._most_bytes:
                self._shares.pop(next(iter(self._shares)))

    def _bytes(self) -> int:
        return sum(one.table.nbytes for one in self._shares.values())


def _labelled(column: pa.ChunkedArray) -> Labelled:
    encoded = column.combine_chunks().dictionary_encode()
    code = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    return Labelled(code, tuple(encoded.dictionary.to_pylist()))


def _encoded(table: pa.Table) -> pa.Table:
    """Texts as dictionaries: a name that stands in thousands of rows is kept once."""
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            table = table.set_column(place, field.name, table[field.name].dictionary_encode())
    return table


def _parents(table: pa.Table) -> dict[str, str]:
    pairs = table.select([UNIT, PARENT]).group_by([UNIT, PARENT], use_threads=False).aggregate([])
    return dict(zip(pairs[UNIT].to_pylist(), pairs[PARENT].to_pylist(), strict=True))


def _most(table: pa.Table) -> dict[str, int]:
    found = table.select([FIGURE, "n"]).group_by(FIGURE, use_threads=False).aggregate([("n", "max")])
    return {key: n or 0 for key, n in zip(found[FIGURE].to_pylist(), found["n_max"].to_pylist(), strict=True)}
