"""The opt_in design: strata, PSUs, cells and their weights for every row of a cube.

Strata are unit x month and PSUs unit x date.  Where a month of a unit has one PSU only, the unit's whole
period is its stratum; where the whole period has one, each response is its own PSU (element variance).
There is no finite-population correction, ever: who answers may depend on how satisfied they are.
"""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import BoolArray, FloatArray, IntArray, sums_by
from analysis.cells import Cells, cell_of_rows, encode_months
from analysis.cube import Cube, group_rows
from analysis.errors import InvalidArgument

VARIANCES = ("psu", "element")
LEVERAGES = ("answers", "none")


@dataclass(frozen=True, slots=True)
class OptInDesign:
    """A cube with its weights and its sampling structure.

    Shapes: `row_cell`, `row_psu`, `row_unit` (cube rows,); `psu_*` (psus,); `stratum_size` (strata,) the
    number of PSUs (people, in an element stratum); `leverage` (cells,) is a_c of docs/methods.md section 3;
    `roster_*` one entry a (cell, psu) with answers, sorted by cell, `roster_start` (cells + 1,).
    PSUs are numbered by stratum.
    Source: docs/methods.md section 3.  Check: tests/golden/opt_in.
    """

    cube: Cube
    cells: Cells
    row_cell: IntArray
    row_psu: IntArray
    row_unit: IntArray
    psu_label: tuple[tuple[str, str, str], ...]
    psu_stratum: IntArray
    stratum_size: FloatArray
    stratum_element: BoolArray
    cell_stratum: IntArray
    leverage: FloatArray
    roster_start: IntArray
    roster_psu: IntArray
    roster_answers: FloatArray


def design_opt_in(
    cube: Cube, cells: Cells, *, variance: str = "psu", leverage: str = "answers", psu: str = "date"
) -> OptInDesign:
    """Strata, PSUs and weights for a cube.

    `variance="element"` treats every response as its own PSU and every unit as one stratum;
    `leverage="none"` sets a_c to 1 (parity with R); `psu` names another key as PSU (e.g. a response number).
    Shapes: as OptInDesign.  Units: none.  Raises: InvalidArgument for an unknown option.
    Source: docs/methods.md section 3.  Check: tests/golden/opt_in.
    """
    _require_choice("variance", variance, VARIANCES)
    _require_choice("leverage", leverage, LEVERAGES)
    months, month = encode_months(cube)
    unit = cube.code("unit")
    keys = np.column_stack([unit, month, cube.code(psu)])
    sizes = (len(cube.label("unit")), len(months), len(cube.label(psu)))
    _, first, row_psu = np.unique(group_rows(keys, sizes), return_index=True, return_inverse=True)
    psu_unit, psu_month = unit[first], month[first]
    stratum, element = psu_strata(psu_unit, psu_month, everybody=variance == "element")
    people = sums_by(stratum[row_psu], cube.responses, count=len(element))
    row_cell = cell_of_rows(cube, cells)
    start, roster_psu, roster_answers = _roster(row_cell, row_psu, cube=cube, cells=len(cells.level))
    row_stratum = stratum[row_psu]
    cell_stratum = np.full(len(cells.level), -1, dtype=np.int64)
    cell_stratum[row_cell] = row_stratum
    names, dates = cube.label("unit"), cube.label(psu)
    psu_codes = zip(psu_unit.tolist(), psu_month.tolist(), cube.code(psu)[first].tolist(), strict=True)
    return OptInDesign(
        cube=cube,
        cells=cells,
        row_cell=row_cell,
        row_psu=row_psu,
        row_unit=unit,
        psu_label=tuple((names[u], months[m], dates[d]) for u, m, d in psu_codes),
        psu_stratum=stratum,
        stratum_size=np.where(element, people, np.bincount(stratum, minlength=len(element))),
        stratum_element=element,
        cell_stratum=cell_stratum,
        leverage=_leverage(cells, row_cell, row_stratum=row_stratum, wanted=leverage),
        roster_start=start,
        roster_psu=roster_psu,
        roster_answers=roster_answers,
    )


def psu_strata(unit: IntArray, month: IntArray, *, everybody: bool = False) -> tuple[IntArray, BoolArray]:
    """The stratum of every PSU, and which strata need element variance.

    Shapes: unit, month (psus,), sorted -> stratum (psus,), element (strata,).  Units: codes.
    Raises: nothing.
    Source: docs/methods.md section 3.  Check: tests/unit/analysis/test_opt_in_design.py.
    """
    pairs = np.column_stack([unit, month]).reshape(-1, 2)
    unit_months, size = np.unique(pairs, axis=0, return_counts=True)
    lonely = np.zeros(int(unit.max(initial=-1)) + 1, dtype=np.bool_)
    lonely[unit_months[size == 1, 0]] = True
    whole = np.full(len(lonely), everybody, dtype=np.bool_) | lonely
    folded = np.where(whole[unit], -1, month) if len(unit) else month
    strata, stratum = np.unique(np.column_stack([unit, folded]).reshape(-1, 2), axis=0, return_inverse=True)
    single = np.bincount(stratum, minlength=len(strata)) == 1
    return stratum.reshape(-1), single | np.full(len(strata), everybody)


def _roster(
    row_cell: IntArray, row_psu: IntArray, *, cube: Cube, cells: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Answers by cell and PSU, sorted by cell, and where each cell starts."""
    pairs = row_cell * (int(row_psu.max(initial=0)) + 1) + row_psu
    _, first, group = np.unique(pairs, return_index=True, return_inverse=True)
    start = np.searchsorted(row_cell[first], np.arange(cells + 1))
    return start, row_psu[first], sums_by(group, cube.responses, count=len(first))


def _leverage(cells: Cells, row_cell: IntArray, *, row_stratum: IntArray, wanted: str) -> FloatArray:
    """sqrt(n/(n-1)), and 1 where the cell is exactly a stratum: m/(m-1) corrects there already."""
    plain = np.ones(len(cells.level))
    if wanted == "none":
        return plain
    width = int(row_stratum.max(initial=0)) + 1
    cell, stratum = np.divmod(np.unique(row_cell * width + row_stratum), width)
    strata_of_cell = np.bincount(cell, minlength=len(plain))
    cells_of_stratum = np.bincount(stratum, minlength=width)
    alone = cell[(strata_of_cell[cell] == 1) & (cells_of_stratum[stratum] == 1)]
    several = cells.answers > 1
    plain[several] = np.sqrt(cells.answers[several] / (cells.answers[several] - 1))
    plain[alone] = 1.0
    return plain


def _require_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InvalidArgument(name=name, value=value, wanted="one of " + ", ".join(choices))
