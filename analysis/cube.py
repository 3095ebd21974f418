"""The cube: exact integer counts of answers, keyed by what estimation needs to tell apart.

One row per (unit, service, submission, mode, date, further keys); per item the answers at each level,
blanks and "no opinion".  Whole numbers, so cubes of days, shards and provinces merge by `+` and every
engine gives the same cube.  Eligibility is decided before: only eligible responses count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.arrays import BoolArray, IntArray, as_codes, require_length
from analysis.errors import CubeMismatch, InvalidArgument, UnknownName

BLANK = 0
NO_OPINION = -1
NOT_ASKED = -2

CountArray = NDArray[np.signedinteger[Any]]
_COUNT_TYPES = (np.int8, np.int16, np.int32)
_CLOSE = 4


@dataclass(frozen=True, slots=True)
class Cube:
    """Counts of eligible responses and of their answers.

    Shapes: `codes` (rows, keys) into `labels`; `responses` (rows,); `counts` (rows, items, levels + 2):
    answers at level 1..levels, then blanks, then no opinion / not applicable.  What is left of
    `responses` was not asked the item.
    Units: people.  Rows are unique and sorted by code; labels are sorted and all in use.
    Source: docs/methods.md section 3.  Check: tests/unit/analysis/test_cube.py.
    """

    keys: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    codes: IntArray
    items: tuple[str, ...]
    responses: IntArray
    counts: CountArray

    @property
    def level_count(self) -> int:
        """How many levels an answer can take."""
        return int(self.counts.shape[2]) - 2

    @property
    def levels(self) -> CountArray:
        """Answers at each level: (rows, items, levels)."""
        return self.counts[:, :, :-2]

    @property
    def blank(self) -> CountArray:
        """Items left blank: (rows, items)."""
        return self.counts[:, :, -2]

    @property
    def no_opinion(self) -> CountArray:
        """Items answered "no opinion" or "not applicable": (rows, items)."""
        return self.counts[:, :, -1]

    def code(self, key: str) -> IntArray:
        """The code of `key` in every row: (rows,).  Raises: UnknownName."""
        return self.codes[:, self._position(key)]

    def label(self, key: str) -> tuple[str, ...]:
        """The labels that the codes of `key` stand for.  Raises: UnknownName."""
        return self.labels[self._position(key)]

    def item(self, name: str) -> int:
        """The position of an item.  Raises: UnknownName."""
        if name not in self.items:
            raise UnknownName(kind="item", value=name, known=", ".join(self.items))
        return self.items.index(name)

    def select(self, rows: BoolArray) -> "Cube":
        """The cube of the chosen rows.  Shapes: rows (rows,) bool.  Raises: ShapeMismatch."""
        require_length(rows, len(self.responses), name="rows")
        return canonical(self, self.codes[rows], self.responses[rows], self.counts[rows])

    def __add__(self, other: "Cube") -> "Cube":
        """Both together, row by row where the keys agree.  Raises: CubeMismatch."""
        return merge_cubes((self, other))

    def _position(self, key: str) -> int:
        if key not in self.keys:
            raise UnknownName(kind="key", value=key, known=", ".join(self.keys))
        return self.keys.index(key)


def cube_from_rows(
    keys: Mapping[str, ArrayLike], answers: Mapping[str, ArrayLike], *, level_count: int = 5
) -> Cube:
    """Count responses held as arrays, one element a response.

    Shapes: every array (n,).  Units: answers are levels 1..level_count, 0 blank, -1 no opinion or not
    applicable, -2 not asked; keys are labels (None: unknown, kept as the empty label) or dates.
    Raises: ShapeMismatch for unequal lengths, InvalidArgument for an answer off the scale.
    Source: docs/methods.md section 3.  Check: tests/unit/analysis/test_cube.py.
    """
    encoded = {name: encode_labels(values) for name, values in keys.items()}
    n = len(next(iter(encoded.values()))[0]) if encoded else 0
    for name, (codes, _) in encoded.items():
        require_length(codes, n, name=f"key {name!r}")
    labels = tuple(labels for _, labels in encoded.values())
    matrix = np.column_stack([codes for codes, _ in encoded.values()]).astype(np.int64)
    row_keys, group = _unique_rows(matrix, labels)
    responses = np.bincount(group, minlength=len(row_keys)).astype(np.int64)
    counts = np.zeros((len(row_keys), len(answers), level_count + 2), dtype=count_type(responses))
    for j, (item, values) in enumerate(answers.items()):
        counts[:, j] = _tally(_checked_answers(item, values, n, level_count), group, counts.shape)
    return Cube(tuple(keys), labels, row_keys, tuple(answers), responses, counts)


def merge_cubes(cubes: Iterable[Cube]) -> Cube:
    """Add cubes that count the same items over the same keys.

    Shapes: as Cube.  Units: people.  Raises: CubeMismatch when items, keys or levels differ, InvalidArgument
    when there is nothing to add.
    Source: sums of disjoint sets.  Check: tests/unit/analysis/test_cube.py (algebra over seeds).
    """
    parts = list(cubes)
    if not parts:
        raise InvalidArgument(name="cubes", value=parts, wanted="at least one cube")
    for part in parts[1:]:
        _require_same_form(parts[0], part)
    labels = tuple(
        tuple(sorted(set().union(*columns))) for columns in zip(*(p.labels for p in parts), strict=True)
    )
    codes = np.concatenate([_recode(part, labels) for part in parts])
    responses = np.concatenate([part.responses for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    whole = Cube(parts[0].keys, labels, codes, parts[0].items, responses, counts)
    return canonical(whole, codes, responses, counts)


def encode_labels(values: ArrayLike) -> tuple[IntArray, tuple[str, ...]]:
    """Codes into sorted text labels; None becomes the empty label, a date its ISO form.

    Shapes: (n,) -> (n,) codes.  Units: none.  Raises: nothing.
    Source: none.  Check: tests/unit/analysis/test_cube.py.
    """
    array = np.asarray(values)
    if array.dtype.kind == "M":
        array = array.astype("datetime64[D]")
    if array.dtype.kind in "Miub":
        distinct, codes = np.unique(array, return_inverse=True)
        return _sorted_by_text([str(x) for x in distinct], codes)
    texts = ["" if x is None else str(x) for x in array.tolist()]
    labels = tuple(sorted(set(texts)))
    position = {label: i for i, label in enumerate(labels)}
    return np.fromiter(map(position.__getitem__, texts), dtype=np.int64, count=len(texts)), labels


def group_rows(codes: NDArray[np.integer], sizes: Iterable[int]) -> IntArray:
    """One number per row out of several codes, in the order of the codes.

    Shapes: codes (n, k), sizes k -> (n,).  Units: none.
    Raises: InvalidArgument when the keys span more than 2^62 combinations.
    Source: mixed radix.  Check: tests/unit/analysis/test_cube.py.
    """
    combined = np.zeros(len(codes), dtype=np.int64)
    span = 1
    for column, size in enumerate(sizes):
        span *= max(int(size), 1)
        if span > 2**62:
            raise InvalidArgument(name="keys", value=f"{span} combinations", wanted="at most 2^62")
        combined = combined * max(int(size), 1) + codes[:, column]
    return combined


def number_groups(codes: IntArray) -> tuple[IntArray, IntArray]:
    """The first row of every distinct number, in their order, and each row's place among them.

    As `np.unique` tells them; where the numbers lie close together they are looked up instead of sorted.
    Shapes: codes (n,), not negative -> (groups,), (n,).  Units: none.  Raises: nothing.
    Source: counting sort.  Check: tests/unit/analysis/test_cube.py.
    """
    span = int(codes.max(initial=-1)) + 1
    if span > _CLOSE * len(codes):
        _, first, place = np.unique(codes, return_index=True, return_inverse=True)
        return first, place
    row = np.full(span, -1, dtype=np.int64)
    row[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    taken = row >= 0
    return row[taken], (np.cumsum(taken) - 1)[codes]


def _sorted_by_text(labels: list[str], codes: NDArray[np.integer]) -> tuple[IntArray, tuple[str, ...]]:
    order = sorted(range(len(labels)), key=labels.__getitem__)
    rank = np.empty(len(labels), dtype=np.int64)
    rank[order] = np.arange(len(labels))
    return rank[codes], tuple(labels[i] for i in order)


def count_type(responses: IntArray) -> type[np.signedinteger[Any]]:
    """The smallest integer type that holds the counts of every group: fine cubes take a byte a count.

    Shapes: (groups,).  Units: people.  Raises: nothing.
    Source: none.  Check: tests/unit/analysis/test_cube.py.
    """
    most = int(responses.max(initial=0))
    return next((kind for kind in _COUNT_TYPES if most <= np.iinfo(kind).max), np.int64)


def _checked_answers(item: str, values: ArrayLike, n: int, level_count: int) -> IntArray:
    codes = as_codes(values, name=f"item {item!r}")
    require_length(codes, n, name=f"item {item!r}")
    outside = (codes < NOT_ASKED) | (codes > level_count)
    if np.any(outside):
        raise InvalidArgument(
            name=f"item {item!r}",
            value=int(codes[outside][0]),
            wanted=f"a whole number from -2 to {level_count}",
        )
    return codes


def _tally(answers: IntArray, group: IntArray, shape: tuple[int, ...]) -> IntArray:
    width = shape[2] + 1
    slot = np.where(answers >= 1, answers - 1, width - 3 - answers)
    flat = np.bincount(group * width + slot, minlength=shape[0] * width)
    return flat.reshape(shape[0], width)[:, :-1]


def _unique_rows(codes: IntArray, labels: tuple[tuple[str, ...], ...]) -> tuple[IntArray, IntArray]:
    combined = group_rows(codes, [len(x) for x in labels])
    _, first, group = np.unique(combined, return_index=True, return_inverse=True)
    return codes[first], group


def canonical(form: Cube, codes: IntArray, responses: IntArray, counts: CountArray) -> Cube:
    """The one form of a cube: unused labels dropped, rows sorted, rows with the same keys added.

    Shapes: codes (rows, keys) into form.labels, responses (rows,), counts (rows, items, levels + 2).
    Units: people.  Raises: InvalidArgument when the keys span too many combinations.
    Source: none.  Check: tests/unit/analysis/test_cube.py.
    """
    used = [np.unique(codes[:, k]) for k in range(len(form.keys))]
    codes = np.column_stack([np.searchsorted(u, codes[:, k]) for k, u in enumerate(used)]).astype(np.int64)
    labels = tuple(tuple(form.labels[k][i] for i in u) for k, u in enumerate(used))
    combined = group_rows(codes, [len(x) for x in labels])
    order = np.argsort(combined, kind="stable")
    starts = np.flatnonzero(np.diff(combined[order], prepend=-1))
    responses, counts = responses[order], counts[order]
    if 0 < len(starts) < len(order):
        responses = np.add.reduceat(responses, starts)
        counts = np.add.reduceat(counts, starts, axis=0, dtype=count_type(responses))
    counts = counts.astype(count_type(responses), copy=False)
    return Cube(form.keys, labels, codes[order][starts], form.items, responses, counts)


def _recode(cube: Cube, labels: tuple[tuple[str, ...], ...]) -> IntArray:
    columns = []
    for k, merged in enumerate(labels):
        position = {label: i for i, label in enumerate(merged)}
        target = np.array([position[label] for label in cube.labels[k]], dtype=np.int64)
        columns.append(target[cube.codes[:, k]])
    return np.column_stack(columns)


def _require_same_form(left: Cube, right: Cube) -> None:
    parts = (
        ("keys", left.keys, right.keys),
        ("items", left.items, right.items),
        ("levels", left.level_count, right.level_count),
    )
    for part, here, there in parts:
        if here != there:
            raise CubeMismatch(part=part, left=here, right=there)
