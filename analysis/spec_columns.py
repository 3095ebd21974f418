"""The columns of an analyst's file, as numbers and as categories, and conditions such as `c1>=4`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.arrays import BoolArray, FloatArray
from analysis.design import Labels
from analysis.errors import BadSpec, NotNumeric

MISSING = ("", "NA")
_CONDITION = re.compile(r"^\s*(?P<name>.+?)\s*(?P<sign>>=|<=|==|!=|>|<)\s*(?P<value>.+?)\s*$")
_LOGICAL = {"TRUE": 1.0, "FALSE": 0.0, "true": 1.0, "false": 0.0, "True": 1.0, "False": 0.0}
_SIGNS: dict[str, Callable[[FloatArray, float], BoolArray]] = {
    ">=": np.greater_equal,
    "<=": np.less_equal,
    ">": np.greater,
    "<": np.less,
    "==": np.equal,
    "!=": np.not_equal,
}
Table = Mapping[str, "Column"]


class CommaForPoint(NotNumeric):
    """A number written with a decimal comma."""

    template = "{name} holds {value!r} in row {row}; write the number with a point: {pointed}"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its text with "" for missing, and its numbers (NaN for missing) where all of it is numeric.

    Shapes: (n,) each.
    """

    name: str
    text: NDArray[np.str_]
    numbers: FloatArray | None

    @property
    def known(self) -> BoolArray:
        """Rows with a value, (n,)."""
        return np.asarray(self.text != "", dtype=np.bool_)

    @property
    def categories(self) -> Labels:
        """What makes rows equal: numbers where the column is numeric, so that they sort as numbers."""
        return self.text if self.numbers is None else np.nan_to_num(self.numbers)


def table_of(columns: Mapping[str, ArrayLike]) -> dict[str, Column]:
    """Columns read from a file (text) or given as arrays (text or numbers).

    Shapes: (n,) each.  Units: as given.  Raises: BadSpec where columns differ in length.
    Source: none.  Check: tests/unit/analysis/test_spec_columns.py
    """
    table = {name: _column(name, np.asarray(values)) for name, values in columns.items()}
    lengths = {len(column.text) for column in table.values()}
    if len(lengths) > 1:
        raise BadSpec(where="input", problem=f"columns have different lengths: {sorted(lengths)}")
    return table


def shown(value: object) -> str:
    """A category as people write it: 2024, not 2024.0.

    Shapes: none.  Units: none.  Raises: nothing.  Source: none.
    Check: tests/unit/analysis/test_spec_columns.py
    """
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def column_of(table: Table, name: object, *, where: str) -> Column:
    """The column of this name.

    Shapes: none.  Units: none.  Raises: BadSpec that lists the columns there are.
    Source: none.  Check: tests/unit/analysis/test_spec_columns.py
    """
    if not isinstance(name, str) or name not in table:
        raise BadSpec(where=where, problem=f"there is no column {name!r}; the file has {', '.join(table)}")
    return table[name]


def numbers_of(table: Table, name: object, *, where: str) -> FloatArray:
    """The numbers of a column, or 1 and 0 for a condition on a column; NaN where the value is missing.

    Shapes: (n,).  Units: as in the file.
    Raises: BadSpec for an unknown column, or a condition that compares numbers with text; NotNumeric for
    text where numbers are needed, CommaForPoint where it is a number with a decimal comma.
    Source: none.  Check: tests/unit/analysis/test_spec_columns.py
    """
    match = _CONDITION.match(name) if isinstance(name, str) and name not in table else None
    if match:
        column = column_of(table, match["name"], where=where)
        return _condition(column, match["sign"], match["value"].strip("'\""), where=where)
    column = column_of(table, name, where=where)
    if column.numbers is not None:
        return column.numbers
    values = [_LOGICAL.get(text, np.nan) for text in column.text]
    if np.any(np.isnan(values) & column.known):
        raise _not_numeric(column)
    return np.array(values)


def is_condition(name: str) -> bool:
    """Whether a name reads as a condition on a column, such as `c1>=4`.

    Shapes: none.  Units: none.  Raises: nothing.  Source: none.
    Check: tests/unit/analysis/test_spec_columns.py
    """
    return _CONDITION.match(name) is not None


def _column(name: str, values: NDArray[np.generic]) -> Column:
    if values.dtype.kind in "fiub":
        numbers = values.astype(np.float64)
        text = np.array(["" if np.isnan(x) else shown(x) for x in numbers.tolist()], dtype=np.str_)
        return Column(name, text, numbers)
    text = np.array([_stripped(value) for value in values.tolist()], dtype=np.str_)
    return Column(name, text, _parsed(text))


def _stripped(value: object) -> str:
    text = "" if value is None else shown(value)
    return "" if text in MISSING or text.lower() == "nan" else text


def _parsed(text: NDArray[np.str_]) -> FloatArray | None:
    known = text != ""
    if not known.any():
        return np.full(len(text), np.nan)
    try:
        found = text[known].astype(np.float64)
    except ValueError:
        return None
    if not np.all(np.isfinite(found)):
        return None
    numbers = np.full(len(text), np.nan)
    numbers[known] = found
    return numbers


def _condition(column: Column, sign: str, wanted: str, *, where: str) -> FloatArray:
    if column.numbers is not None and _is_number(wanted):
        held = _SIGNS[sign](column.numbers, float(wanted))
    elif column.numbers is not None and column.known.any():
        problem = f"{column.name}{sign}{wanted} compares numbers with {wanted!r}; {_number_for(wanted)}"
        raise BadSpec(where=where, problem=problem)
    elif column.numbers is None and sign not in ("==", "!="):
        raise _not_numeric(column)
    else:
        held = (column.text == wanted) == (sign == "==")
    return np.where(column.known, held, np.nan).astype(np.float64)


def _number_for(wanted: str) -> str:
    pointed = _with_point(wanted)
    return f"write the number with a point: {pointed}" if pointed else "write a number, such as 4"


def _not_numeric(column: Column) -> NotNumeric:
    """The value at fault: the first that is neither a number nor a logical, else a logical among numbers."""
    held = [(int(row), str(column.text[row])) for row in np.flatnonzero(column.known)]
    odd = [pair for pair in held if pair[1] not in _LOGICAL and not _is_number(pair[1])]
    row, value = (odd or [pair for pair in held if pair[1] in _LOGICAL])[0]
    pointed = _with_point(value)
    if pointed:
        return CommaForPoint(name=column.name, value=value, row=row + 1, pointed=pointed)
    return NotNumeric(name=column.name, value=value, row=row + 1)


def _with_point(text: str) -> str:
    """A number with one decimal comma as it should be written; empty for any other text."""
    pointed = text.replace(",", ".")
    return pointed if text.count(",") == 1 and _is_number(pointed) else ""


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False
