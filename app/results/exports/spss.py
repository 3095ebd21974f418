"""SPSS files: labels, user-missing codes and notes; written by ReadStat from one table in memory."""

import textwrap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.results.exports.labelled import (
    Labelled,
    Variable,
    encoded,
    identity_lines,
    long_texts,
    shortened,
)

LABEL_BYTES = 255
VALUE_LABEL_BYTES = 120
TITLE_BYTES = 64
NOTE_LETTERS, NOTE_BYTES = 26, 80
TEXT_BYTES = 32_000


def write_sav(data: Labelled, path: Path) -> None:
    """The whole file. Raises: Invalid for what SPSS cannot hold."""
    import pandas as pd  # type: ignore[import-untyped]
    import pyreadstat

    variables = data.variables
    columns: dict[str, list[Any]] = {v.name: [] for v in variables}
    for batch in data.batches():
        for variable in variables:
            columns[variable.name].append(_values(batch.column(variable.name), variable))
    frame = pd.DataFrame({v.name: _joined(columns.pop(v.name), v) for v in variables}, copy=False)
    pyreadstat.write_sav(
        frame,
        str(path),
        file_label=shortened(data.title, _fits(TITLE_BYTES)),
        column_labels={v.name: shortened(v.label, _fits(LABEL_BYTES)) for v in variables},
        note=_notes(data),
        row_compress=True,
        variable_value_labels={v.name: labels for v in variables if (labels := _labels(v))},
        missing_ranges={v.name: _missing(v) for v in variables if v.missing},
        variable_measure={v.name: _measure(v) for v in variables},
        variable_format={v.name: _format(v) for v in variables if v.kind != "text"},
    )


def _values(column: Any, variable: Variable) -> NDArray[Any]:
    if variable.kind == "text":
        return encoded(column, variable, most=TEXT_BYTES)
    numbers = column.to_numpy(zero_copy_only=False)
    return np.asarray(numbers, dtype=np.float64) if column.null_count or variable.kind == "real" else numbers


def _joined(parts: list[NDArray[Any]], variable: Variable) -> Any:
    import pandas as pd

    if variable.kind != "text":
        return np.concatenate(parts) if parts else np.zeros(0)
    whole = np.concatenate(parts) if parts else np.zeros(0, dtype="S1")
    texts, codes = np.unique(whole, return_inverse=True)
    return pd.array(np.array([text.decode() for text in texts], dtype=object)[codes], dtype=object)


def _labels(variable: Variable) -> dict[int | float, str]:
    meanings = {**variable.values, **variable.missing} if variable.kind != "text" else {}
    return {code: shortened(text, _fits(VALUE_LABEL_BYTES)) for code, text in meanings.items()}


def _missing(variable: Variable) -> list[Any]:
    return [{"lo": min(variable.missing), "hi": max(variable.missing)}]


def _measure(variable: Variable) -> str:
    return "nominal" if variable.kind == "text" or variable.values else "scale"


def _format(variable: Variable) -> str:
    return f"F12.{variable.digits}" if variable.kind == "real" else "F8.0"


def _notes(data: Labelled) -> list[str]:
    """Lines of 80 bytes; every label too long for its place stands here whole."""
    fits = {"label": _fits(LABEL_BYTES), "value": _fits(VALUE_LABEL_BYTES)}
    texts = [*identity_lines(data), *data.notes, *long_texts(data, **fits)]
    return [line for text in texts for line in _lines(text)]


def _lines(text: str) -> list[str]:
    if len(text.encode()) <= NOTE_BYTES:
        return [text]
    return textwrap.wrap(text, NOTE_LETTERS, break_long_words=True)


def _fits(most: int) -> Any:
    return lambda text: len(text.encode()) <= most
