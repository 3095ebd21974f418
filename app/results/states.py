"""What may be shown of each figure: `ok`, `review(reasons)` or `suppressed(reasons)` (methods, 13)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import BoolArray
from analysis.opt_in_table import Estimates
from analysis.reliability import Marks, review_marks

SEPARATOR = "; "
UNREGISTERED = "units_without_register"


@dataclass(frozen=True, slots=True)
class States:
    """State and reasons of every figure: both (domains, figures)."""

    state: NDArray[Any]
    reasons: NDArray[Any]


def states_of(estimates: Estimates, *, fewest: int, hidden: BoolArray, poorly_known: BoolArray) -> States:
    """Disclosure hides, reliability marks; a figure without degrees of freedom is not published either.

    Shapes: `hidden` (domains, figures), `poorly_known` (domains,).

    Whether a figure is hidden for its own few people or to protect another one is not told: that would
    bound the number of people.
    """
    nobody = estimates.n == 0
    few = ((estimates.n < fewest) & ~nobody) | hidden
    flags = {"too_few_people": few, "no_answers": nobody & ~few}
    flags["no_degrees_of_freedom"] = ~(estimates.df >= 1) & ~nobody & ~few
    suppressed = Marks(tuple(flags), np.stack(list(flags.values())))
    review = _also(review_marks(estimates), UNREGISTERED, poorly_known[:, None] & ~nobody)
    state = np.where(suppressed.any, "suppressed", np.where(review.any, "review", "ok")).astype(object)
    reasons = np.where(suppressed.any, _texts(suppressed), _texts(review))
    return States(state, reasons)


def _also(marks: Marks, name: str, flag: BoolArray) -> Marks:
    return Marks((*marks.names, name), np.concatenate([marks.flags, flag[None]]))


def _texts(marks: Marks) -> NDArray[Any]:
    """The reasons as text; every combination is written once."""
    powers = (1 << np.arange(len(marks.names)))[:, None, None]
    combined = (marks.flags * powers).sum(axis=0)
    distinct, place = np.unique(combined, return_inverse=True)
    texts = [
        SEPARATOR.join(name for bit, name in enumerate(marks.names) if code >> bit & 1)
        for code in distinct.tolist()
    ]
    return np.array(texts, dtype=object)[place].reshape(combined.shape)
