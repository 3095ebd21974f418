"""The array types that every function of the library speaks, and the checks at its door."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import ShapeMismatch

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Given = TypeVar("Given")
Found = TypeVar("Found")


def as_floats(values: ArrayLike) -> FloatArray:
    """The values as float64 (a view where they already are).

    Shapes: any.  Units: unchanged.  Raises: ValueError (numpy's) when a value is not a number.
    Source: none.  Check: tests/unit/analysis/test_intervals.py
    """
    return np.asarray(values, dtype=np.float64)


def as_codes(values: ArrayLike, *, name: str) -> IntArray:
    """The values as int64 codes; a fraction is refused, not cut off.

    Shapes: any.  Units: codes.  Raises: ShapeMismatch when a value is not a whole number.
    Source: none.  Check: tests/unit/analysis/test_cube.py
    """
    given = np.asarray(values)
    codes = given.astype(np.int64)
    if not np.array_equal(codes, given):
        raise ShapeMismatch(what=name, found="a value that is not a whole number", wanted="whole numbers")
    return codes


def require_length(values: NDArray[np.generic], length: int, *, name: str) -> None:
    """Stop where an array's first axis is not as long as its partner's.

    Shapes: any.  Units: none.  Raises: ShapeMismatch naming the array and both lengths.
    Source: none.  Check: tests/unit/analysis/test_cube.py
    """
    if values.shape[:1] != (length,):
        raise ShapeMismatch(what=name, found=f"shape {values.shape}", wanted=f"{length} rows")


def sums_by(codes: IntArray, values: ArrayLike, *, count: int) -> FloatArray:
    """Sum of the values by code, for codes 0 to count - 1.

    Shapes: codes, values (n,) -> (count,).  Units: of the values.  Raises: ValueError for a bad code.
    Source: none.  Check: tests/unit/analysis/test_cube.py
    """
    return np.asarray(np.bincount(codes, as_floats(values), minlength=count), dtype=np.float64)


def side_by_side(compute: Callable[[Given], Found], given: Iterable[Given]) -> list[Found]:
    """`compute` of everything given, in its order, on all processors; for work done inside numpy and scipy.

    Shapes: any.  Units: none.  Raises: what `compute` raises.  Source: none.
    Check: tests/unit/analysis/test_cube.py
    """
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(compute, given))
