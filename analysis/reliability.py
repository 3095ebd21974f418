"""Two different rules: reliability marks a figure for review, disclosure hides it.

Reliability follows the NCHS presentation standards on the Korn-Graubard interval and never hides anything
by itself.  Disclosure protects the people who answered: it hides, whatever the reliability.
Hiding further cells so that nothing can be found by subtraction is the work of `suppression`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import BoolArray, FloatArray, as_floats, side_by_side
from analysis.errors import InvalidArgument
from analysis.intervals import ShareEvidence, kg_interval
from analysis.opt_in_table import Estimates

FEWEST_RESPONDENTS = 5
FEWEST_RELIABLE = 30
FEWEST_DF = 8
WIDEST = 0.30
NARROW_ENOUGH = 0.05
WIDEST_RELATIVE = 1.30
MOST_BLANK_SHARE = 0.20
LEAST_COVERED_SHARE = 0.80


@dataclass(frozen=True, slots=True)
class Marks:
    """Reasons found, one flag array a reason.

    Shapes: `flags` (reasons, ...) over the shape of the figures; `names` (reasons,).
    """

    names: tuple[str, ...]
    flags: BoolArray

    @property
    def any(self) -> BoolArray:
        """Where at least one reason holds."""
        return np.asarray(self.flags.any(axis=0), dtype=np.bool_)

    def reasons(self, *index: int) -> tuple[str, ...]:
        """The reasons for one figure, in a fixed order."""
        return tuple(name for name, flag in zip(self.names, self.flags, strict=True) if flag[index])


def nchs_marks(evidence: ShareEvidence) -> Marks:
    """Why a share needs review by the NCHS presentation standards; an empty reason list is `ok`.

    n below 30, effective n below 30, a 95 % Korn-Graubard interval 0.30 wide or more, or wider than 0.05 and
    than 130 % of the share, fewer than 8 degrees of freedom, a share of 0 or 1.
    Shapes: as the evidence.  Units: shares, people.  Raises: nothing.
    Source: Parker et al., NCHS Series 2 No. 175 (2017); docs/methods.md section 13.
    Check: tests/unit/analysis/test_reliability.py.
    """
    low, high = kg_interval(evidence, 0.95)
    width = high - low
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = width / evidence.p
        effective = np.minimum(evidence.n, evidence.n_effective)
    return _marks(
        {
            "n_below_30": evidence.n < FEWEST_RELIABLE,
            "n_effective_below_30": effective < FEWEST_RELIABLE,
            "interval_0.30_wide": width >= WIDEST,
            "relative_width_above_130_pct": (width > NARROW_ENOUGH) & (relative > WIDEST_RELATIVE),
            "df_below_8": ~(evidence.df >= FEWEST_DF),
            "share_0_or_1": (evidence.p <= 0) | (evidence.p >= 1),
        }
    )


def complement_unreliable(evidence: ShareEvidence) -> BoolArray:
    """Where 1 - p, the dissatisfied, fails the relative-width rule although p passes: a footnote, no state.

    Shapes: as the evidence.  Units: shares.  Raises: nothing.
    Source: Parker et al. (2017), complement rule.  Check: tests/unit/analysis/test_reliability.py.
    """
    low, high = kg_interval(evidence, 0.95)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = (high - low) / (1 - evidence.p)
    return np.asarray((high - low > NARROW_ENOUGH) & (relative > WIDEST_RELATIVE), dtype=np.bool_)


def review_marks(estimates: Estimates) -> Marks:
    """Every reason to review an opt_in table: NCHS, blanks, coverage, register, degrees of freedom.

    The NCHS rules are defined for shares; a mean score gets those about n and degrees of freedom.
    Shapes: flags (reasons, domains, measures).  Units: as Estimates.  Raises: nothing.
    Source: docs/methods.md sections 3 and 13.  Check: tests/unit/analysis/test_reliability.py.
    """
    by_measure = side_by_side(lambda m: nchs_marks(estimates.evidence(m)), range(len(estimates.measures)))
    flags = np.stack([marks.flags for marks in by_measure], axis=-1)
    names = list(by_measure[0].names)
    share = np.array([measure.is_share for measure in estimates.measures])
    for rule in ("interval_0.30_wide", "relative_width_above_130_pct", "share_0_or_1"):
        flags[names.index(rule)] &= share
    flags[names.index("df_below_8")] |= estimates.df_satterthwaite < FEWEST_DF
    shape = estimates.estimate.shape
    with np.errstate(invalid="ignore"):
        blank = estimates.blank > MOST_BLANK_SHARE * estimates.asked
        uncovered = estimates.covered_share < LEAST_COVERED_SHARE
    more = {
        "blank_above_20_pct": blank,
        "coverage_below_80_pct": np.broadcast_to(uncovered[:, None], shape),
        "over_count": np.broadcast_to(estimates.over_count[:, None], shape),
        "provisional": np.broadcast_to(estimates.provisional[:, None], shape),
        "no_population": np.broadcast_to(estimates.no_population[:, None], shape),
    }
    return Marks((*names, *more), np.concatenate([flags, np.stack(list(more.values()))]))


def disclosure_marks(
    respondents: ArrayLike, dissenters: ArrayLike, *, fewest: int = FEWEST_RESPONDENTS
) -> Marks:
    """What must be hidden to protect the people who answered.

    Hidden with fewer than 5 respondents in the domain, or with fewer than 5 who are not dissenters: there
    "everybody but one" would name someone.
    Shapes: both broadcast.  Units: people; a dissenter did not answer "satisfied".
    Raises: InvalidArgument when there are more dissenters than respondents or `fewest` is below 1.
    Source: docs/methods.md section 13.  Check: tests/unit/analysis/test_reliability.py.
    """
    n, against = np.broadcast_arrays(as_floats(respondents), as_floats(dissenters))
    if fewest < 1:
        raise InvalidArgument(name="fewest", value=fewest, wanted="1 or more people")
    if np.any(against > n):
        raise InvalidArgument(name="dissenters", value=float(against[against > n][0]), wanted="at most n")
    few = n < fewest
    name = f"fewer_than_{fewest}"
    return _marks({f"{name}_respondents": few, f"{name}_not_dissenting": ~few & (n - against < fewest)})


def _marks(flags: Mapping[str, FloatArray | BoolArray]) -> Marks:
    return Marks(tuple(flags), np.stack([np.asarray(flag, dtype=np.bool_) for flag in flags.values()]))
