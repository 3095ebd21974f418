"""Weighting cells chosen by an analyst, in place of the collapsing rule."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import IntArray, sums_by
from analysis.cells import UNIT_STATES, CellKey, Cells, cube_keys
from analysis.cube import Cube
from analysis.errors import InvalidArgument, UnknownName


def assigned_cells(cube: Cube, assignment: Mapping[CellKey, str], population: Mapping[str, float]) -> Cells:
    """Cells by name: `assignment` of each (unit, service, submission, month), dossiers of each cell.

    Shapes: as Cells; `level` is 0 and `key_population` spreads a cell's dossiers by its answers.
    Units: dossiers.  Raises: UnknownName for a key without a cell or a cell without dossiers,
    InvalidArgument for a cell that crosses units.
    Source: docs/methods.md section 3 for cells that are given.  Check: tests/golden/opt_in.
    """
    keys, row_key = cube_keys(cube)
    for key in keys:
        if key not in assignment:
            raise UnknownName(kind="weighting cell for", value=key, known=f"{len(assignment)} keys")
    names = sorted({assignment[key] for key in keys})
    for name in names:
        if name not in population:
            raise UnknownName(kind="population of cell", value=name, known=", ".join(population))
    position = {name: i for i, name in enumerate(names)}
    key_cell = np.array([position[assignment[key]] for key in keys], dtype=np.int64)
    units = sorted({key[0] for key in keys})
    key_unit = np.array([units.index(key[0]) for key in keys], dtype=np.int64)
    key_answers = sums_by(row_key, cube.responses, count=len(keys))
    answers = sums_by(key_cell, key_answers, count=len(names))
    dossiers = np.array([float(population[name]) for name in names])
    return Cells(
        units=tuple(units),
        key_unit=key_unit,
        key_labels=tuple(keys),
        key_cell=key_cell,
        key_answers=key_answers,
        key_population=key_answers * (dossiers / answers)[key_cell],
        population=dossiers,
        answers=answers,
        level=np.zeros(len(names), dtype=np.int64),
        cell_unit=_unit_of_cell(key_cell.tolist(), key_unit.tolist(), names),
        unit_state=np.full(len(units), UNIT_STATES.index("ok"), dtype=np.int64),
    )


def _unit_of_cell(key_cell: list[int], key_unit: list[int], names: list[str]) -> IntArray:
    unit: dict[int, int] = {}
    for cell, here in zip(key_cell, key_unit, strict=True):
        if unit.setdefault(cell, here) != here:
            raise InvalidArgument(
                name=f"cell {names[cell]!r}", value="more than one unit", wanted="cells within a unit"
            )
    return np.array([unit[cell] for cell in range(len(names))], dtype=np.int64)
