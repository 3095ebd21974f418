"""Parquet with its labels: every column says what it means, the file which data it is."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from app.results.exports.labelled import Labelled, Variable
from app.results.exports.labelled_run import arrow_table
from app.results.exports.sheet import Sheet

KEY = "sipas"


def write_run_parquet(sheet: Sheet, path: Path, data: Labelled) -> None:
    """The published values, null where there is none; labels and the run's identity in the metadata."""
    table = arrow_table(sheet)
    described = {v.name: v for v in data.variables}
    fields = [described_field(field, described[field.name]) for field in table.schema]
    schema = pa.schema(fields, metadata=file_metadata(data))
    pq.write_table(table.cast(schema), path, compression="zstd")


def described_field(field: Any, variable: Variable) -> Any:
    """The field with its label, its values and its missing codes."""
    facts = {"label": variable.label}
    meanings: Mapping[Any, str] = {**variable.values, **variable.texts}
    if meanings:
        facts["values"] = _json(meanings)
    if variable.missing and variable.values:
        facts["missing"] = _json(variable.missing)
    return field.with_metadata(facts)


def file_metadata(data: Labelled) -> dict[str, str]:
    """`sipas`: JSON of title, language and identity."""
    return {KEY: _json({"title": data.title, "language": data.language, **data.identity})}


def _json(value: Mapping[Any, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
