"""Weighting to known counts: post-stratification and raking.

Both leave behind an adjustment that takes out of every influence function what the counts explain.
Raking works on the table of cells, not on the rows.
"""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from analysis.arrays import FloatArray, IntArray, require_length, sums_by
from analysis.design import Labels, SurveyDesign, codes_of
from analysis.errors import CalibrationFailed, EmptyMargin, InvalidArgument, MarginsDisagree, UnknownCategory

AGREEMENT = 1e-6
R_PASSES = 10
RakingVariance = Literal["greg", "r"]


@dataclass(frozen=True, slots=True)
class Margin:
    """Categories of the sample with their population totals.

    Shapes: `code` (n,); `labels` and `totals` (c,).  Units: population units.
    """

    name: str
    code: IntArray
    labels: tuple[tuple[Hashable, ...], ...]
    totals: FloatArray


@dataclass(frozen=True, slots=True)
class CellMeansOut:
    """Removes the mean of the residuals in every cell, weighted by the base weight.

    Source: Valliant (1993); R survey 4.1 `svyrecvar`.  Shapes: all (n,).
    """

    code: IntArray
    base: FloatArray
    final: FloatArray

    def residual(self, influence: FloatArray) -> FloatArray:
        """The influence less its cell means.

        Shapes: (n, k) -> (n, k).  Units: unchanged.  Raises: nothing.
        Source: Valliant (1993).  Check: tests/golden/oracle (P09, P38).
        """
        plain = influence / _nonzero(self.final)[:, None]
        return influence - _means(plain, self.code, self.base) * self.final[:, None]


@dataclass(frozen=True, slots=True)
class MarginMeansOut:
    """Removes what the raking margins explain, by passing over them in turn.

    `rule` "greg" weights the means by the base weight and goes on until nothing changes, which is the
    regression of Deville, Särndal & Sautory; "r" takes plain means in ten passes, as R survey's `rake` does.
    """

    codes: tuple[IntArray, ...]
    base: FloatArray
    final: FloatArray
    rule: RakingVariance

    def residual(self, influence: FloatArray) -> FloatArray:
        """The influence less its margins.

        Shapes: (n, k) -> (n, k).  Units: unchanged.  Raises: nothing.
        Source: Deville, Särndal & Sautory (1993); R survey 4.1 `svyrecvar`.
        Check: tests/golden/oracle (P10, P37).
        """
        plain = influence / _nonzero(self.final)[:, None]
        weight = (self.final != 0).astype(np.float64) if self.rule == "r" else self.base
        size = np.abs(plain).max(initial=0.0)
        for _ in range(R_PASSES if self.rule == "r" else 1000):
            before = plain
            for code in self.codes:
                plain = plain - _means(plain, code, weight)
            if self.rule == "greg" and np.abs(plain - before).max(initial=0.0) <= 1e-13 * size:
                break
        return plain * self.final[:, None]


def margin(name: str, values: Sequence[Labels], totals: Mapping[tuple[Hashable, ...], float]) -> Margin:
    """The categories of the sample joined to their totals.

    Shapes: values, a sequence of (n,) columns that are crossed.  Units: population units.
    Raises: UnknownCategory for a sample category without a total, EmptyMargin for a total without sample.
    Source: R survey 4.1 `postStratify`.  Check: tests/unit/analysis/test_calibration.py
    """
    code, labels = codes_of(list(values), len(values[0]))
    for label in labels:
        if not totals.get(label, 0) > 0:
            raise UnknownCategory(category=_shown(label), margin=name)
    for label, total in totals.items():
        if total > 0 and label not in labels:
            raise EmptyMargin(category=_shown(label), margin=name, population=float(total))
    return Margin(name, code, labels, np.array([float(totals[label]) for label in labels]))


def post_stratify(design: SurveyDesign, cells: Margin) -> SurveyDesign:
    """Weights that add to the population of every cell; replicates are weighted again one by one.

    Shapes: as the design.  Units: population units.
    Raises: EmptyMargin where a cell has no weight; ShapeMismatch.
    Source: Holt & Smith (1979); Valliant (1993).  Check: tests/golden/oracle (P09, P38).
    """
    require_length(cells.code, design.size, name=f"margin {cells.name}")
    base = design.weights
    final = _to_cells(base, cells, required=True)
    out = CellMeansOut(cells.code, base, final)
    weighted = replace(design, weights=final, adjustments=(*design.adjustments, out))
    return _replicated(weighted, lambda w: _to_cells(w, cells, required=False))


def rake(
    design: SurveyDesign,
    margins: Sequence[Margin],
    *,
    variance: RakingVariance = "greg",
    tolerance: float = 1e-10,
    rounds: int = 1000,
) -> SurveyDesign:
    """Weights that add to every margin, found by proportional fitting on the table of cells.

    Shapes: as the design.  Units: population units; tolerance relative to a category's total.
    Raises: MarginsDisagree, EmptyMargin, CalibrationFailed, InvalidArgument without margins.
    Source: Deming & Stephan (1940); Deville, Särndal & Sautory (1993).
    Check: tests/golden/oracle (P10, P37).
    """
    if not margins:
        raise InvalidArgument(name="rake", value="no margins", wanted="one margin or more")
    _require_agreement(margins)
    for one in margins:
        require_length(one.code, design.size, name=f"margin {one.name}")
        _require_weight(sums_by(one.code, design.weights, count=len(one.totals)), one)
    final = _fitted(design.weights, margins, tolerance=tolerance, rounds=rounds)
    out = MarginMeansOut(tuple(one.code for one in margins), design.weights, final, variance)
    weighted = replace(design, weights=final, adjustments=(*design.adjustments, out))
    return _replicated(weighted, lambda w: _fitted(w, margins, tolerance=tolerance, rounds=rounds))


def _replicated(design: SurveyDesign, reweigh: Callable[[FloatArray], FloatArray]) -> SurveyDesign:
    if design.replicates is None:
        return design
    columns = np.stack([reweigh(column) for column in design.replicates.weights.T], axis=1)
    return replace(design, replicates=replace(design.replicates, weights=columns))


def _to_cells(weights: FloatArray, cells: Margin, *, required: bool) -> FloatArray:
    sums = sums_by(cells.code, weights, count=len(cells.totals))
    if required:
        _require_weight(sums, cells)
    factor = np.where(sums > 0, cells.totals / np.where(sums > 0, sums, 1.0), 0.0)
    return weights * factor[cells.code]


def _require_weight(sums: FloatArray, cells: Margin) -> None:
    bare = np.flatnonzero(sums <= 0)
    if bare.size:
        label, total = cells.labels[bare[0]], float(cells.totals[bare[0]])
        raise EmptyMargin(category=_shown(label), margin=cells.name, population=total)


def _fitted(weights: FloatArray, margins: Sequence[Margin], *, tolerance: float, rounds: int) -> FloatArray:
    cell, codes = _cell_table(margins, len(weights))
    table = sums_by(cell, weights, count=codes.shape[1])
    start = table.copy()
    gap, worst = np.inf, ""
    for _ in range(rounds):
        for one, code in zip(margins, codes, strict=True):
            sums = sums_by(code, table, count=len(one.totals))
            table *= np.where(sums > 0, one.totals / np.where(sums > 0, sums, 1.0), 0.0)[code]
        gap, worst = _largest_gap(table, margins, codes)
        if gap <= tolerance:
            return weights * np.where(start > 0, table / np.where(start > 0, start, 1.0), 0.0)[cell]
    raise CalibrationFailed(method="raking", rounds=rounds, gap=gap, total=worst)


def _cell_table(margins: Sequence[Margin], rows: int) -> tuple[IntArray, IntArray]:
    """The cell of every row, and every cell's category in each margin, (margins, cells).

    Cells are all crossings where those are no more than the rows, else the ones that occur: no sorting then.
    """
    shape = tuple(len(one.totals) for one in margins)
    if math.prod(shape) <= max(rows, 1000):
        cell = np.zeros(rows, dtype=np.int64)
        for one in margins:
            cell = cell * len(one.totals) + one.code
        return cell, np.stack(np.unravel_index(np.arange(math.prod(shape)), shape))
    cell, keys = codes_of([one.code for one in margins], rows)
    return cell, np.array(keys, dtype=np.int64).reshape(len(keys), len(margins)).T


def _largest_gap(table: FloatArray, margins: Sequence[Margin], codes: IntArray) -> tuple[float, str]:
    worst, where = 0.0, ""
    for one, code in zip(margins, codes, strict=True):
        sums = sums_by(code, table, count=len(one.totals))
        gaps = np.where(sums > 0, np.abs(sums / one.totals - 1), 0.0)
        if gaps.max() >= worst:
            worst, where = float(gaps.max()), f"{one.name} {_shown(one.labels[int(gaps.argmax())])}"
    return worst, where


def _require_agreement(margins: Sequence[Margin]) -> None:
    first = margins[0]
    for other in margins[1:]:
        left, right = float(first.totals.sum()), float(other.totals.sum())
        if abs(left - right) > AGREEMENT * max(left, right):
            raise MarginsDisagree(first=first.name, second=other.name, first_total=left, second_total=right)


def _means(columns: FloatArray, code: IntArray, weight: FloatArray) -> FloatArray:
    count = int(code.max()) + 1
    base = sums_by(code, weight, count=count)
    base = np.where(base == 0, 1.0, base)
    means = np.stack([sums_by(code, weight * column, count=count) / base for column in columns.T], axis=1)
    return np.asarray(means[code])


def _nonzero(weights: FloatArray) -> FloatArray:
    return np.where(weights == 0, 1.0, weights)


def _shown(label: tuple[Hashable, ...]) -> str:
    return repr("|".join(map(str, label)))
