"""A run's columns with their published values: rounded here and nowhere before."""

from typing import Any

from sqlmodel import Session

from app.core.language import translator
from app.results.columns import Column, columns_of
from app.results.method import Labels, labels_of
from app.results.rounding import rounded_column
from app.results.runs import Run

MOST_DIGITS = 12


class Sheet:
    """A run's columns with their published values."""

    def __init__(self, run: Run, labels: Labels, *, digits: int = 0) -> None:
        self.run, self.labels = run, labels
        self.columns = columns_of(run.by)
        self.digits = {c.name: max(c.digits, min(digits, MOST_DIGITS)) for c in self.columns}
        self.values = {column.name: self._published(column) for column in self.columns}

    @property
    def row_count(self) -> int:
        return int(self.run.rows.num_rows)

    def dicts(self) -> list[dict[str, Any]]:
        """Rows by column name."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows()]

    def rows(self) -> Any:
        """Row tuples; None where nothing is published."""
        return zip(*self.values.values(), strict=True)

    def _published(self, column: Column) -> list[Any]:
        table = self.run.rows
        if column.name == "run_id":
            return [self.run.record.run_id] * table.num_rows
        if column.name == "note":
            return [self.labels.note] * table.num_rows
        if column.name == "measure_name":
            keys = zip(table["measure_kind"].to_pylist(), table["measure"].to_pylist(), strict=True)
            return [self.labels.measures.get(key, key[1]) for key in keys]
        values = table[column.name]
        if column.kind != "real":
            return list(values.to_pylist())
        numbers = rounded_column(values.to_numpy(zero_copy_only=False), self.digits[column.name])
        return [None if x != x else x for x in (numbers + 0.0).tolist()]


def sheet_of(session: Session, run: Run, *, language: str, digits: int = 0) -> Sheet:
    """A run with its words in one language."""
    labels = labels_of(session, run.record, translate=translator(language))
    return Sheet(run, labels, digits=digits)


def as_json(sheet: Sheet) -> dict[str, Any]:
    """The run and its rows as plain values."""
    record = sheet.run.record
    return {
        "run": {
            "run_id": record.run_id,
            "round": record.round_code,
            "created_at": record.created_at.isoformat(),
            "settings": record.settings,
            "data_cut": record.data_cut,
            "form_versions": record.form_versions,
            "code_version": record.code_version,
            "content_hash": record.content_hash,
            "note": sheet.labels.note,
        },
        "rows": sheet.dicts(),
    }
