"""The sample design: who could have been drawn, in which strata and stages, with what weights.

A design is built once from whole columns and handed to every estimator.  A domain never cuts it: rows
outside a domain count as zeros, so sampling units without members keep their place.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.arrays import FloatArray, IntArray, as_floats, require_length
from analysis.errors import BadFpc, BadWeights, InvalidArgument, NotNested, ShapeMismatch

Lonely = Literal["error", "mark", "adjust", "certainty", "average", "remove"]
Labels = NDArray[np.generic] | Sequence[Hashable]


class Adjustment(Protocol):
    """What weighting to known totals takes out of an influence function."""

    def residual(self, influence: FloatArray) -> FloatArray:
        """The part of each column that the totals do not explain, (n, k)."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of sampling.

    Shapes: `unit` and `stratum` (n,) codes of every row; `stratum_of_unit` (units,); `sampled` and
    `population` (strata,), the units drawn and the units there are (inf where no correction applies).
    """

    unit: IntArray
    stratum: IntArray
    stratum_of_unit: IntArray
    sampled: FloatArray
    population: FloatArray
    labels: tuple[str, ...]

    @property
    def unsampled_share(self) -> FloatArray:
        """1 - f of every stratum, (strata,)."""
        with np.errstate(invalid="ignore"):
            share = (self.population - self.sampled) / self.population
        return np.where(np.isinf(self.population), 1.0, share)


@dataclass(frozen=True, slots=True)
class Replicates:
    """Replicate weights with what turns their spread into a variance.

    Shapes: `weights` (n, r) full analysis weights; `rscales` (r,).  Units: `scale` of the whole sum;
    `mse` measures the spread around the estimate, not around the mean of the replicates.
    """

    weights: FloatArray
    scale: float
    rscales: FloatArray
    mse: bool = False


@dataclass(frozen=True, slots=True)
class SurveyDesign:
    """Weights, stages, the rule for lonely sampling units, and what weighting took out of the variance.

    Shapes: `weights` (n,).  Units: population units for each respondent.
    `lone_in_domain` applies `adjust` and `average` also where a domain lies in one unit of its stratum.
    """

    weights: FloatArray
    stages: tuple[Stage, ...]
    lonely: Lonely = "error"
    lone_in_domain: bool = False
    adjustments: tuple[Adjustment, ...] = ()
    replicates: Replicates | None = None

    @property
    def size(self) -> int:
        """Rows of the file."""
        return len(self.weights)


def survey_design(
    weights: ArrayLike,
    *,
    ids: Sequence[Labels] = (),
    strata: Sequence[Labels] = (),
    fpc: Sequence[ArrayLike] = (),
    nest: bool = False,
    lonely: Lonely = "error",
) -> SurveyDesign:
    """A design from whole columns, one in `ids`, `strata` and `fpc` for each stage.

    Without `ids` every row is its own unit.  `fpc` holds the number of units there are (of units in the
    stratum, then of second-stage units in the unit); values that are all at most 1 are read as sampling
    fractions.  With several stages and no `fpc` the first stage alone gives the variance (ultimate cluster).
    `nest` says that unit codes start again in every stratum.

    Shapes: every column (n,).  Units: weights in population units.
    Raises: BadWeights, NotNested, BadFpc, InvalidArgument for an unknown `lonely`, ShapeMismatch.
    Source: R survey 4.1 `svydesign`, `as.fpc`; Lumley (2010) ch. 2-3.
    Check: tests/golden/oracle (P01-P08, P28-P33, P41, P42).
    """
    if lonely not in get_args(Lonely):
        raise InvalidArgument(name="lonely", value=lonely, wanted="one of " + ", ".join(get_args(Lonely)))
    base = _checked_weights(weights)
    units, groups = _nested_codes(ids, strata, len(base), nest=nest)
    if fpc and len(fpc) != len(units):
        found = f"{len(fpc)} population count(s) for {len(units)} stage(s)"
        raise BadFpc(stage=len(units), stratum="every stratum", found=found)
    populations = _populations(fpc, len(base))
    stages = tuple(
        _stage(units[i], groups[i], populations[i] if fpc else None, number=i + 1) for i in range(len(units))
    )
    return SurveyDesign(weights=base, stages=stages if fpc else stages[:1], lonely=lonely)


def with_replicates(
    design: SurveyDesign,
    weights: ArrayLike,
    *,
    scale: float,
    rscales: ArrayLike = 1.0,
    mse: bool = False,
) -> SurveyDesign:
    """The design with given replicate weights, which then supply every variance.

    Shapes: weights (n, r) full analysis weights; rscales (r,) or one number.  Units: none.
    Raises: ShapeMismatch, BadWeights when a replicate weight is missing or negative.
    Source: R survey 4.1 `svrepdesign`; Wolter (2007) ch. 3-5.  Check: tests/golden/oracle (P24-P27).
    """
    columns = as_floats(weights)
    require_length(columns, design.size, name="replicate weights")
    if columns.ndim != 2 or columns.shape[1] < 2:
        raise ShapeMismatch(
            what="replicate weights", found=f"shape {columns.shape}", wanted="two columns or more"
        )
    wrong = ~(columns >= 0)
    if np.any(wrong):
        row, column = np.argwhere(wrong)[0]
        raise BadWeights(
            value=columns[row, column], row=int(row) + 1, wanted="zero or more in every replicate"
        )
    spread = np.broadcast_to(as_floats(rscales), columns.shape[1:])
    return replace(design, replicates=Replicates(columns, float(scale), spread, mse))


def without_fpc(design: SurveyDesign) -> SurveyDesign:
    """The same design as if drawn with replacement: ultimate clusters, no correction.

    Shapes: as the design.  Units: as the design.  Raises: nothing.
    Source: Lumley (2010) section 3.3.  Check: tests/unit/analysis/test_survey_design.py
    """
    first = design.stages[0]
    return replace(design, stages=(replace(first, population=np.full_like(first.population, np.inf)),))


def codes_of(columns: Sequence[Labels], size: int) -> tuple[IntArray, tuple[tuple[Hashable, ...], ...]]:
    """Codes of the combinations that occur, in sorted order, with their labels.

    Shapes: columns (n,) each -> codes (n,), one label tuple a code.  Units: codes.  Raises: ShapeMismatch.
    Source: none.  Check: tests/unit/analysis/test_survey_design.py
    """
    code = np.zeros(size, dtype=np.int64)
    labels: list[tuple[Hashable, ...]] = [()]
    for values in columns:
        array = np.asarray(values)
        require_length(array, size, name="a column of the design")
        found, inverse = np.unique(array, return_inverse=True)
        present, code = np.unique(code * len(found) + inverse.reshape(-1), return_inverse=True)
        names = found.tolist()
        labels = [(*labels[key // len(names)], names[key % len(names)]) for key in present.tolist()]
        code = code.reshape(-1).astype(np.int64)
    return code, tuple(labels)


def _checked_weights(weights: ArrayLike) -> FloatArray:
    base = as_floats(weights)
    wrong = np.flatnonzero(~((base >= 0) & np.isfinite(base)))
    if wrong.size:
        raise BadWeights(
            value=float(base[wrong[0]]), row=int(wrong[0]) + 1, wanted="a finite number, zero or more"
        )
    if not np.any(base > 0):
        raise BadWeights(value=0, row=1, wanted="at least one weight above zero")
    return base


def _nested_codes(
    ids: Sequence[Labels], strata: Sequence[Labels], size: int, *, nest: bool
) -> tuple[list[IntArray], list[tuple[IntArray, tuple[str, ...]]]]:
    """Unit codes of each stage, and the stratum codes and labels each stage is drawn in."""
    columns: list[Labels] = [np.asarray(c) for c in ids] or [np.arange(size)]
    stratum, labels = codes_of(strata[:1], size)
    first = codes_of([stratum, columns[0]] if nest else [columns[0]], size)[0]
    _require_nested(first, stratum, labels)
    units, groups = [first], [(stratum, tuple("|".join(map(_shown, label)) for label in labels))]
    for number, column in enumerate(columns[1:], start=1):
        within = codes_of([units[-1], *strata[number : number + 1]], size)[0]
        groups.append((within, ()))
        units.append(codes_of([within, column], size)[0])
    return units, groups


def _require_nested(unit: IntArray, stratum: IntArray, labels: tuple[tuple[Hashable, ...], ...]) -> None:
    lowest = np.full(unit.max() + 1, len(labels))
    highest = np.full(unit.max() + 1, -1)
    np.minimum.at(lowest, unit, stratum)
    np.maximum.at(highest, unit, stratum)
    split = np.flatnonzero(lowest != highest)
    if split.size:
        raise NotNested(first=labels[lowest[split[0]]], second=labels[highest[split[0]]])


def _populations(fpc: Sequence[ArrayLike], size: int) -> FloatArray:
    """Population counts as given, (stages, n), negative where they are fractions to be turned into counts."""
    if not fpc:
        return np.empty((0, size))
    counts = np.vstack([np.broadcast_to(as_floats(column), (size,)) for column in fpc])
    if not np.all(counts > 0):
        stage, row = np.argwhere(~(counts > 0))[0]
        raise BadFpc(stage=int(stage) + 1, stratum=f"of row {row + 1}", found=f"{counts[stage, row]}")
    if np.any(counts > 1) and np.any(counts < 1):
        stage, row = np.argwhere(counts < 1)[0]
        raise BadFpc(stage=int(stage) + 1, stratum=f"of row {row + 1}", found="fractions mixed with counts")
    return counts if np.any(counts > 1) else -counts


def _stage(
    unit: IntArray, group: tuple[IntArray, tuple[str, ...]], population: FloatArray | None, *, number: int
) -> Stage:
    stratum, labels = group
    of_unit = np.empty(unit.max() + 1, dtype=np.int64)
    of_unit[unit] = stratum
    sampled = np.bincount(of_unit, minlength=stratum.max() + 1).astype(np.float64)
    there_are = np.full(len(sampled), np.inf)
    if population is not None:
        there_are[stratum] = population
        _require_constant(population, there_are[stratum], (stratum, labels), number=number)
        there_are = np.where(there_are < 0, sampled / -there_are, there_are)
        _require_enough(there_are, sampled, labels, number=number)
    return Stage(unit, stratum, of_unit, sampled, there_are, labels)


def _require_constant(
    given: FloatArray, used: FloatArray, group: tuple[IntArray, tuple[str, ...]], *, number: int
) -> None:
    row = np.flatnonzero(given != used)
    if row.size:
        raise BadFpc(
            stage=number,
            stratum=_label(group[1], int(group[0][row[0]])),
            found=f"{abs(given[row[0]])} and {abs(used[row[0]])}",
        )


def _require_enough(
    population: FloatArray, sampled: FloatArray, labels: tuple[str, ...], *, number: int
) -> None:
    short = np.flatnonzero(population < sampled * (1 - 1e-12))
    if short.size:
        found = f"{population[short[0]]:g} units for {sampled[short[0]]:g} drawn"
        raise BadFpc(stage=number, stratum=_label(labels, int(short[0])), found=found)


def _shown(value: Hashable) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _label(labels: tuple[str, ...], code: int) -> str:
    return repr(labels[code]) if labels else f"number {code + 1}"
