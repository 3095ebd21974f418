"""Stata files of release 118 (Stata 14 and later), written a batch at a time in constant memory. Pure.

Extended missing values .a, .b ... keep apart why there is no number. Source of the layout: Stata, `help dta`.
"""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.core.errors import Invalid
from app.results.exports.labelled import (
    Labelled,
    Variable,
    encoded,
    identity_lines,
    long_texts,
    shortened,
)

LABEL_LETTERS = 80
VALUE_LABEL_BYTES = 32_000
TEXT_BYTES = 2_045
NOTE_BYTES = 67_000
MOST_VARIABLES = 32_767
BYTE, LONG, DOUBLE = 65_530, 65_528, 65_526
MISSING_BYTE, MISSING_LONG, MISSING_DOUBLE = 101, 2_147_483_621, 0x7FE0000000000000
DOUBLE_STEP = 0x10000000000
LARGEST_BYTE, SMALLEST_LONG = 100, -2_147_483_647
DTYPES = {BYTE: "<i1", LONG: "<i4", DOUBLE: "<f8"}


def write_dta(data: Labelled, path: Path) -> None:
    """The whole file. Raises: Invalid for what Stata cannot hold."""
    if len(data.variables) > MOST_VARIABLES:
        raise Invalid(
            "{count} columns are more than this format holds",
            where="format",
            remedy="export as CSV, Parquet or JSON",
            count=len(data.variables),
        )
    row = np.dtype([(f"f{i}", _dtype(v)) for i, v in enumerate(data.variables)])
    before, after = _sections_before(data), _value_labels(data.variables)
    with path.open("wb") as file:
        file.write(b"<stata_dta>")
        header = _header(data)
        file.write(header + _map(len(header), before, data.row_count * row.itemsize, after))
        file.write(b"".join(before) + b"<data>")
        _write_rows(file, data, row)
        file.write(b"</data><strls></strls>" + after + b"</stata_dta>")


def _write_rows(file: BinaryIO, data: Labelled, row: np.dtype[Any]) -> None:
    for batch in data.batches():
        block = np.zeros(batch.num_rows, dtype=row)
        for i, variable in enumerate(data.variables):
            block[f"f{i}"] = _values(batch.column(variable.name), variable)
        file.write(block.tobytes())


def _values(column: Any, variable: Variable) -> NDArray[Any]:
    if variable.kind == "text":
        return encoded(column, variable, most=TEXT_BYTES)
    if variable.kind == "real":
        return _reals(column.to_numpy(zero_copy_only=False), variable)
    kind, codes = _type(variable), column.cast("int64").fill_null(SMALLEST_LONG)
    first = MISSING_BYTE if kind == BYTE else MISSING_LONG
    whole = codes.to_numpy(zero_copy_only=False)
    _require_range(whole, variable)
    stored = np.where(whole == SMALLEST_LONG, first, whole)
    for place, code in enumerate(variable.missing, start=1):
        stored[whole == code] = first + place
    return stored.astype(DTYPES[kind])


def _reals(values: NDArray[Any], variable: Variable) -> NDArray[np.float64]:
    numbers = values.astype("<f8")
    bits = numbers.view("<u8")
    none = np.isnan(numbers)
    for place, code in enumerate(variable.missing, start=1):
        bits[numbers == code] = MISSING_DOUBLE + place * DOUBLE_STEP
    bits[none] = MISSING_DOUBLE
    return numbers


def _require_range(codes: NDArray[np.int64], variable: Variable) -> None:
    if len(codes) and (codes.max() >= MISSING_LONG or codes.min() < SMALLEST_LONG):
        raise Invalid(
            "a number in {column} is larger than this format holds",
            where="format",
            remedy="export as CSV, Parquet or JSON",
            column=variable.name,
        )


def _type(variable: Variable) -> int:
    """The storage type: small labelled codes take a byte."""
    if variable.kind == "text":
        return max(1, min(variable.width, TEXT_BYTES))
    if variable.kind == "real":
        return DOUBLE
    small = variable.values and max(variable.values) <= LARGEST_BYTE and min(variable.values) >= 0
    return BYTE if small else LONG


def _dtype(variable: Variable) -> str:
    kind = _type(variable)
    return DTYPES.get(kind, f"S{kind}")


def _header(data: Labelled) -> bytes:
    label = shortened(data.title, _fits_label).encode()
    return b"".join(
        (
            b"<header><release>118</release><byteorder>LSF</byteorder><K>",
            struct.pack("<H", len(data.variables)),
            b"</K><N>",
            struct.pack("<Q", data.row_count),
            b"</N><label>",
            struct.pack("<H", len(label)) + label,
            b"</label><timestamp>\0</timestamp></header>",
        )
    )


def _sections_before(data: Labelled) -> list[bytes]:
    """The seven sections between the map and the rows, in their order."""
    variables = data.variables
    return [
        _section("variable_types", *(struct.pack("<H", _type(v)) for v in variables)),
        _section("varnames", *(_padded(v.name, 129) for v in variables)),
        _section("sortlist", b"\0\0" * (len(variables) + 1)),
        _section("formats", *(_padded(_format(v), 57) for v in variables)),
        _section("value_label_names", *(_padded(v.name if _labels(v) else "", 129) for v in variables)),
        _section("variable_labels", *(_padded(shortened(v.label, _fits_label), 321) for v in variables)),
        _section("characteristics", *_notes(data)),
    ]


def _section(name: str, *parts: bytes) -> bytes:
    return f"<{name}>".encode() + b"".join(parts) + f"</{name}>".encode()


def _padded(text: str, width: int) -> bytes:
    return text.encode().ljust(width, b"\0")


def _format(variable: Variable) -> str:
    if variable.kind == "text":
        return f"%-{min(max(variable.width, 1), 40)}s"
    return f"%12.{variable.digits}f" if variable.kind == "real" else "%10.0g"


def _labels(variable: Variable) -> dict[int, str]:
    """Value labels as Stata keeps them; measured numbers have none, or readers would take them for groups."""
    if variable.kind != "whole" or not variable.values:
        return {}
    missing = enumerate(variable.missing.values(), start=1)
    return {**variable.values, **{MISSING_LONG + place: text for place, text in missing}}


def _notes(data: Labelled) -> list[bytes]:
    """Notes of the data set (`notes list`): where it is from, and every label too long for its place."""
    texts = [*identity_lines(data), *data.notes, *long_texts(data, label=_fits_label, value=_fits_value)]
    notes = [_note("_dta", f"note{i}", text) for i, text in enumerate(texts, start=1)]
    return [_note("_dta", "note0", str(len(texts))), *notes] if texts else []


def _note(variable: str, name: str, text: str) -> bytes:
    content = text.encode()
    if len(content) > NOTE_BYTES:
        raise Invalid(
            "a text of {count} letters is more than this format holds",
            where="format",
            remedy="export as CSV, Parquet or JSON",
            count=len(text),
        )
    body = _padded(variable, 129) + _padded(name, 129) + content + b"\0"
    return b"<ch>" + struct.pack("<I", len(body)) + body + b"</ch>"


def _value_labels(variables: Sequence[Variable]) -> bytes:
    return _section("value_labels", *(_label_table(v.name, _labels(v)) for v in variables if _labels(v)))


def _label_table(name: str, labels: dict[int, str]) -> bytes:
    texts = [shortened(text, _fits_value).encode() + b"\0" for text in labels.values()]
    starts = np.cumsum([0, *map(len, texts)])[:-1].astype("<i4")
    body = struct.pack("<II", len(texts), sum(map(len, texts)))
    body += starts.tobytes() + np.array(list(labels), dtype="<i4").tobytes() + b"".join(texts)
    return b"<lbl>" + struct.pack("<I", len(body)) + _padded(name, 129) + b"\0\0\0" + body + b"</lbl>"


def _map_size() -> int:
    return len(_section("map", b"\0" * 8 * 14))


def _map(header: int, before: Sequence[bytes], rows: int, after: bytes) -> bytes:
    """Where each section starts; the first is the file's own beginning."""
    start = len(b"<stata_dta>") + header
    places = [0, start]
    start += _map_size()
    for part in before:
        places.append(start)
        start += len(part)
    for size in (len(b"<data></data>") + rows, len(b"<strls></strls>"), len(after), len(b"</stata_dta>")):
        places.append(start)
        start += size
    return _section("map", struct.pack("<14Q", *places, start))


def _fits_label(text: str) -> bool:
    return len(text) <= LABEL_LETTERS and len(text.encode()) < 4 * LABEL_LETTERS


def _fits_value(text: str) -> bool:
    return len(text.encode()) < VALUE_LABEL_BYTES
