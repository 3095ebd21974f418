"""What can go wrong in a calculation, by name.

AnalysisError
|-- InvalidArgument          a setting outside its range, or a word that is not one of the choices
|-- ShapeMismatch            arrays that do not belong together
|-- UnknownName              an item, key or label that the data do not hold
|-- CubeMismatch             cubes of different shape cannot be added
`-- (further blocks below, one for each part of the library)

Every class has a stable `code`; its message is built from named fields and shows the offending value.
"""

from typing import ClassVar


class AnalysisError(Exception):
    """Base of the tree.  A subclass sets `code` and `template`; fields are given by name.

    Example: `class LonelyPsu(AnalysisError): code = "lonely_psu"; template = "stratum {stratum!r} ..."`
    and `raise LonelyPsu(stratum="H1")`.
    """

    code: ClassVar[str] = "analysis_error"
    template: ClassVar[str] = "the calculation cannot be done"

    def __init__(self, **fields: object) -> None:
        self.fields = fields
        super().__init__(self.template.format(**fields))


class InvalidArgument(AnalysisError):
    """A setting outside its range."""

    code = "invalid_argument"
    template = "{name} is {value!r}; give {wanted}"


class ShapeMismatch(AnalysisError):
    """Arrays that do not belong together."""

    code = "shape_mismatch"
    template = "{what} has {found}; it needs {wanted}"


class UnknownName(AnalysisError):
    """A name that the data do not hold."""

    code = "unknown_name"
    template = "there is no {kind} {value!r}; known: {known}"


class CubeMismatch(AnalysisError):
    """Two cubes that count different things."""

    code = "cube_mismatch"
    template = "these cubes cannot be added: {part} is {left!r} in one and {right!r} in the other"


# -- designs, domains, estimators, weighting -------------------------------------------------


class BadWeights(AnalysisError):
    """A weight that cannot be one."""

    code = "bad_weights"
    template = "the weight in row {row} is {value}; give {wanted}"


class NotNested(AnalysisError):
    """One sampling unit in two strata."""

    code = "not_nested"
    template = (
        "the same sampling unit lies in stratum {first} and in stratum {second}; "
        "set nest to true if unit codes start again in every stratum"
    )


class BadFpc(AnalysisError):
    """A population count that does not fit what was drawn."""

    code = "bad_fpc"
    template = (
        "the population count of stage {stage}, stratum {stratum}, is {found}; give one count a stratum "
        "for every stage, not below the number of units drawn"
    )


class LonelyPsu(AnalysisError):
    """A stratum with one sampling unit, where nothing says how to treat it."""

    code = "lonely_psu"
    template = (
        "stratum {strata} has only one sampling unit at stage {stage}, so it shows no spread; choose lonely: "
        "adjust, certainty, average or remove, or merge the stratum with another"
    )


class NotAShare(AnalysisError):
    """Values other than 0 and 1 where a share was asked for."""

    code = "not_a_share"
    template = "{name} holds {value!r}; a share needs 0 and 1, or a condition such as {name}>=4"


class NotNumeric(AnalysisError):
    """Text where a number was asked for."""

    code = "not_numeric"
    template = "{name} holds {value!r} in row {row}; give numbers, or a condition such as {name}=={value}"


class MarginsDisagree(AnalysisError):
    """Margins that add to different totals."""

    code = "margins_disagree"
    template = (
        "margin {first} adds to {first_total:g} and margin {second} to {second_total:g}; make them agree"
    )


class EmptyMargin(AnalysisError):
    """A population category in which nobody answered."""

    code = "empty_margin"
    template = (
        "nobody in the sample is in {category} of {margin}, which has a population of {population:g}; "
        "merge the category with another"
    )


class UnknownCategory(AnalysisError):
    """A sample category of which the population is not known."""

    code = "unknown_category"
    template = "{category} of {margin} is in the sample and has no population total above zero; give one"


class CalibrationFailed(AnalysisError):
    """Totals that these weights cannot reach."""

    code = "calibration_failed"
    template = (
        "{method} did not reach the totals after {rounds} rounds; the largest relative gap is {gap:.3g}, "
        "in {total}; widen the bounds, merge small categories or check the totals"
    )


class TrimImpossible(AnalysisError):
    """Bounds that cannot hold the sum of the weights."""

    code = "trim_impossible"
    template = "{rows} weights between {lower:g} and {upper:g} cannot add to {total:g}; widen the bounds"


class CannotFit(AnalysisError):
    """A model that the data do not determine."""

    code = "cannot_fit"
    template = "the model cannot be fitted: {reason}"


class BadSpec(AnalysisError):
    """A SPEC that asks for something unclear."""

    code = "bad_spec"
    template = "{where}: {problem}"


# -- comparison, ranks, small areas, drivers, publication rules, planning --------------------


class RollUpMismatch(AnalysisError):
    """A declared total that is not the sum of its parts."""

    code = "roll_up_mismatch"
    template = "cell {total} is declared as a total of {stated}, its parts add to {parts}; declare every part"


class CannotBeProtected(AnalysisError):
    """A hidden cell that figures already published give away."""

    code = "cannot_be_protected"
    template = "cell {cell} can be computed from frozen cells to within {width}; withdraw one of them"


class TooFewPsus(AnalysisError):
    """A bootstrap of sampling units where a stratum has fewer than two of them."""

    code = "too_few_psus"
    template = (
        "stratum {stratum!r} has {found} sampling unit(s); merge it with another, a bootstrap needs two"
    )
