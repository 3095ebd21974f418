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
    Raises: BadSpec for an unknown column; NotNumeric for text where numbers are needed.
    Source: none.  Check: tests/unit/analysis/test_spec_columns.py
    """
    match = _CONDITION.match(name) if isinstance(name, str) and name not in table else None
    if match:
        return _condition(column_of(table, match["name"], where=where), match["sign"], match["value"])
    column = column_of(table, name, where=where)
    if column.numbers is not None:
        return column.numbers
    values = [_LOGICAL.get(text, np.nan) for text in column.text]
    odd = np.flatnonzero(np.isnan(values) & column.known)
    if odd.size:
        raise NotNumeric(name=column.name, value=str(column.text[odd[0]]), row=int(odd[0]) + 1)
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


def _condition(column: Column, sign: str, value: str) -> FloatArray:
    wanted = value.strip("'\"")
    number = _parsed(np.array([wanted]))
    if column.numbers is not None and number is not None:
        held = _SIGNS[sign](column.numbers, float(number[0]))
    elif sign in ("==", "!="):
        held = (column.text == wanted) == (sign == "==")
    else:
        row = int(np.flatnonzero(column.known)[0])
        raise NotNumeric(name=column.name, value=str(column.text[row]), row=row + 1)
    return np.where(column.known, held, np.nan).astype(np.float64)
