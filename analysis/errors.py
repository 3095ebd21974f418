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
