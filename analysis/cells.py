"""Weighting cells: from unit x service x submission x month upwards until no cell is thin.

The rule looks at the number of answers and of dossiers only, never at what was answered, and is
deterministic.  At each level the thin cells of one parent are merged; while the merged cell is thin it
takes in its sibling with the fewest answers (tie: lowest code); when no sibling is left it is the parent
cell, one level up.  Cells never cross units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import BoolArray, FloatArray, IntArray, as_floats, require_length, sums_by
from analysis.cube import Cube, encode_labels, group_rows
from analysis.errors import InvalidArgument, UnknownName

FEWEST_ANSWERS = 10
LARGEST_WEIGHT_RATIO = 5.0
LEVELS = ("L0", "L1", "L2", "L3", "L4")
CellKey = tuple[str, str, str, str]
UNIT_STATES = ("ok", "provisional", "no_population", "no_answers")


@dataclass(frozen=True, slots=True)
class Register:
    """Finished dossiers by unit x service x submission x month ("YYYY-MM"): the population.

    Shapes: all (rows,).  Units: `volume` dossiers; `provisional` marks a month estimated from earlier shares.
    Source: docs/methods.md section 3.  Check: tests/unit/analysis/test_cells.py.
    """

    unit: tuple[str, ...]
    service: tuple[str, ...]
    submission: tuple[str, ...]
    month: tuple[str, ...]
    volume: FloatArray
    provisional: BoolArray


@dataclass(frozen=True, slots=True)
class Cells:
    """The weighting cells of one run.

    Shapes: `key_*` (L0 keys,): every unit x service x submission x month with answers or dossiers;
    the rest (cells,) and, for units, (units,).
    Units: `population` dossiers and `answers` people a cell; `level` 0-4 is the finest level that holds
    the whole cell; `unit_state` an index into UNIT_STATES.
    """

    units: tuple[str, ...]
    key_unit: IntArray
    key_labels: tuple[CellKey, ...]
    key_cell: IntArray
    key_answers: FloatArray
    key_population: FloatArray
    population: FloatArray
    answers: FloatArray
    level: IntArray
    cell_unit: IntArray
    unit_state: IntArray

    @property
    def over_count(self) -> BoolArray:
        """Cells with more answers than dossiers: kept, but to be reviewed.  Shapes: (cells,)."""
        return np.asarray(self.answers > self.population, dtype=np.bool_)

    @property
    def weight(self) -> FloatArray:
        """Dossiers an answer stands for, 0 where nobody answered.  Shapes: (cells,)."""
        return np.divide(
            self.population, self.answers, out=np.zeros_like(self.population), where=self.answers > 0
        )


def register(
    keys: Mapping[str, Sequence[str]], volume: ArrayLike, *, provisional: ArrayLike | None = None
) -> Register:
    """The population register from columns `unit`, `service`, `submission`, `month`.

    Shapes: all (rows,).  Units: dossiers.
    Raises: InvalidArgument for a negative volume, ShapeMismatch, UnknownName for a column.
    Source: docs/methods.md section 3.  Check: tests/unit/analysis/test_cells.py.
    """
    names = ("unit", "service", "submission", "month")
    for name in names:
        if name not in keys:
            raise UnknownName(kind="register column", value=name, known=", ".join(keys))
    counts = as_floats(volume)
    marks = (
        np.zeros(len(counts), dtype=np.bool_)
        if provisional is None
        else np.asarray(provisional, dtype=np.bool_)
    )
    columns = [np.asarray(["" if x is None else str(x) for x in keys[name]], dtype=object) for name in names]
    for name, column in zip((*names, "provisional"), (*columns, marks), strict=True):
        require_length(column, len(counts), name=name)
    if np.any(~(counts >= 0)):
        raise InvalidArgument(
            name="volume", value=float(counts[~(counts >= 0)][0]), wanted="zero or more dossiers"
        )
    unit, service, submission, month = (tuple(column.tolist()) for column in columns)
    return Register(unit, service, submission, month, counts, marks)


def weighting_cells(cube: Cube, population: Register, *, fields: Mapping[str, str]) -> Cells:
    """The cells of a cube against the register; `fields` names each service's field.

    A service without a field stands for itself.  A unit without dossiers gets one cell of weight 1.
    Shapes: as Cells.  Units: dossiers, people.  Raises: UnknownName when the cube lacks a key.
    Source: docs/methods.md section 3.  Check: tests/unit/analysis/test_cells.py.
    """
    keys, answers, dossiers, provisional = _count_keys(cube, population)
    units = tuple(sorted({key[0] for key in keys}))
    unit_code = {unit: i for i, unit in enumerate(units)}
    key_unit = np.array([unit_code[key[0]] for key in keys], dtype=np.int64)
    state = _unit_states(key_unit, len(units), answers=answers, dossiers=dossiers, provisional=provisional)
    weighted = dossiers.copy()
    bare = state[key_unit] == UNIT_STATES.index("no_population")
    weighted[bare] = answers[bare]
    ancestors = _ancestors(keys, key_unit, fields)
    ancestors[bare, :-1] = ancestors.max(initial=0) + 1 + key_unit[bare, None]
    cell, level = collapse(ancestors, answers, weighted)
    whole = np.isin(np.arange(level.size), cell[bare])
    return Cells(
        units=units,
        key_unit=key_unit,
        key_labels=tuple(keys),
        key_cell=cell,
        key_answers=answers,
        key_population=dossiers,
        population=sums_by(cell, weighted, count=level.size),
        answers=sums_by(cell, answers, count=level.size),
        level=np.where(whole, len(LEVELS) - 1, level),
        cell_unit=_first_of(cell, key_unit, level.size),
        unit_state=state,
    )


def cell_of_rows(cube: Cube, cells: Cells) -> IntArray:
    """The weighting cell of every row of the cube.

    Shapes: (cube rows,).  Units: cell numbers.  Raises: UnknownName for a row whose key has no cell.
    Source: docs/methods.md section 3.  Check: tests/unit/analysis/test_cells.py.
    """
    position = {key: cell for key, cell in zip(cells.key_labels, cells.key_cell.tolist(), strict=True)}
    distinct, row_key = cube_keys(cube)
    missing = [key for key in distinct if key not in position]
    if missing:
        raise UnknownName(kind="weighting cell for", value=missing[0], known=f"{len(position)} keys")
    return np.array([position[key] for key in distinct], dtype=np.int64)[row_key]


def collapse(ancestors: IntArray, answers: FloatArray, dossiers: FloatArray) -> tuple[IntArray, IntArray]:
    """Merge thin cells: the cell of every key, and the level of every cell.

    Shapes: ancestors (keys, 5), column l the number of the key's cell at level l (column 4: the unit);
    answers, dossiers (keys,) -> cell (keys,) from 0, level (cells,).  Units: people, dossiers.
    Raises: ShapeMismatch.  Source: docs/methods.md section 3.  Check: tests/unit/analysis/test_cells.py.
    """
    require_length(answers, len(ancestors), name="answers")
    require_length(dossiers, len(ancestors), name="dossiers")
    unit = ancestors[:, -1]
    unit_answers = sums_by(unit, answers, count=0)[unit] if len(unit) else answers
    unit_dossiers = sums_by(unit, dossiers, count=0)[unit] if len(unit) else dossiers
    scaled = LARGEST_WEIGHT_RATIO * unit_dossiers
    most = np.divide(scaled, unit_answers, out=np.zeros_like(scaled), where=unit_answers > 0)
    _, start, child = np.unique(ancestors[:, 0], return_index=True, return_inverse=True)
    cell = start[child].astype(np.int64)
    for step in range(ancestors.shape[1] - 1):
        cell = _merge_level(cell, ancestors[:, step : step + 2], sums=(answers, dossiers), most=most)
    _, first, number = np.unique(cell, return_index=True, return_inverse=True)
    return number, _levels_used(number, ancestors, len(first))


def _merge_level(
    cell: IntArray, ancestors: IntArray, *, sums: tuple[FloatArray, FloatArray], most: FloatArray
) -> IntArray:
    """Merge among the children (first column) of each parent (second column)."""
    _, first, child = np.unique(ancestors[:, 0], return_index=True, return_inverse=True)
    n = sums_by(child, sums[0], count=len(first))
    dossiers = sums_by(child, sums[1], count=len(first))
    thin = _thin(n, dossiers, most[first])
    merged = np.arange(len(first))
    for children in _families_with_a_thin_child(ancestors[first, 1], thin):
        limit = most[first[children[0]]]
        chosen = _grow(children, thin[children], n=n[children], dossiers=dossiers[children], most=limit)
        merged[chosen] = chosen.min()
    touched = np.bincount(merged, minlength=len(first))[merged] > 1
    return np.where(touched[child], first[merged[child]], cell)


def _families_with_a_thin_child(parent: IntArray, thin: BoolArray) -> list[IntArray]:
    """The children of every parent that has several, at least one of them thin."""
    _, number, size = np.unique(parent, return_inverse=True, return_counts=True)
    wanted = (sums_by(number, thin, count=0) > 0) & (size > 1)
    chosen = np.flatnonzero(wanted[number])
    order = chosen[np.argsort(number[chosen], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(number[order])) + 1) if len(order) else []


def _grow(
    children: IntArray, thin: BoolArray, *, n: FloatArray, dossiers: FloatArray, most: float
) -> IntArray:
    """The thin children together, and siblings by fewest answers until they are thin no more."""
    if thin.all():
        return children
    inside = thin.copy()
    for sibling in np.lexsort((children, n)):
        if not _thin(n[inside].sum(), dossiers[inside].sum(), most):
            break
        inside[sibling] = True
    return children[inside]


def _thin(n: FloatArray, dossiers: FloatArray, most: FloatArray | float) -> BoolArray:
    return np.asarray((n < FEWEST_ANSWERS) | (dossiers == 0) | (dossiers > most * n), dtype=np.bool_)


def _levels_used(number: IntArray, ancestors: IntArray, count: int) -> IntArray:
    level = np.full(count, ancestors.shape[1] - 1, dtype=np.int64)
    for step in reversed(range(ancestors.shape[1])):
        low, high = np.full(count, np.iinfo(np.int64).max), np.full(count, -1)
        np.minimum.at(low, number, ancestors[:, step])
        np.maximum.at(high, number, ancestors[:, step])
        level[low == high] = step
    return level


def _ancestors(keys: Sequence[CellKey], key_unit: IntArray, fields: Mapping[str, str]) -> IntArray:
    tables = (
        [(u, s, m, t) for u, s, m, t in keys],
        [(u, s, m) for u, s, m, _ in keys],
        [(u, fields.get(s, s), m) for u, s, m, _ in keys],
        [(u, fields.get(s, s)) for u, s, _, _ in keys],
    )
    columns = []
    for table in tables:
        number = {key: i for i, key in enumerate(sorted(set(table)))}
        columns.append(np.array([number[key] for key in table], dtype=np.int64))
    return np.column_stack([*columns, key_unit])


def cube_keys(cube: Cube) -> tuple[list[CellKey], IntArray]:
    """The (unit, service, submission, month) of the cube, and which one every row has.

    Shapes: keys, codes (rows,).  Units: none.  Raises: UnknownName when the cube lacks a key.
    Source: docs/methods.md section 3.  Check: tests/unit/analysis/test_cells.py.
    """
    months, month = encode_months(cube)
    names = ("unit", "service", "submission")
    codes = np.column_stack([*(cube.code(name) for name in names), month])
    labels = [*(cube.label(name) for name in names), months]
    distinct, first, row_key = np.unique(
        group_rows(codes, [len(x) for x in labels]), return_index=True, return_inverse=True
    )
    rows = codes[first].tolist()
    keys = [(labels[0][u], labels[1][s], labels[2][m], labels[3][t]) for u, s, m, t in rows]
    return keys[: len(distinct)], row_key


def encode_months(cube: Cube) -> tuple[tuple[str, ...], IntArray]:
    """The months of the cube's dates, and the month of every row.

    Shapes: labels "YYYY-MM", codes (rows,).  Units: none.  Raises: UnknownName when there is no key `date`.
    Source: docs/methods.md section 3.  Check: tests/unit/analysis/test_cells.py.
    """
    codes, months = encode_labels([date[:7] for date in cube.label("date")])
    return months, codes[cube.code("date")] if len(cube.responses) else cube.code("date")


def _count_keys(cube: Cube, population: Register) -> tuple[list[CellKey], FloatArray, FloatArray, BoolArray]:
    observed, row_key = cube_keys(cube)
    registered = list(
        zip(population.unit, population.service, population.submission, population.month, strict=True)
    )
    keys = sorted(set(observed) | set(registered))
    position = {key: i for i, key in enumerate(keys)}
    here = np.array([position[key] for key in observed], dtype=np.int64)
    there = np.array([position[key] for key in registered], dtype=np.int64)
    counted = sums_by(row_key, cube.responses, count=len(observed))
    answers = sums_by(here, counted, count=len(keys))
    dossiers = sums_by(there, population.volume, count=len(keys))
    marks = sums_by(there, population.provisional, count=len(keys)) > 0
    return keys, answers, dossiers, marks


def _unit_states(
    key_unit: IntArray, count: int, *, answers: FloatArray, dossiers: FloatArray, provisional: BoolArray
) -> IntArray:
    n = sums_by(key_unit, answers, count=count)
    total = sums_by(key_unit, dossiers, count=count)
    marked = sums_by(key_unit, provisional, count=count) > 0
    names = np.select([n == 0, total == 0, marked], ["no_answers", "no_population", "provisional"], "ok")
    return np.array([UNIT_STATES.index(name) for name in names], dtype=np.int64)


def _first_of(cell: IntArray, values: IntArray, count: int) -> IntArray:
    first = np.zeros(count, dtype=np.int64)
    first[cell[::-1]] = values[::-1]
    return first
