"""What may be shown of each figure: `ok`, `review(reasons)` or `suppressed(reasons)` (RECIPE step 14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import BoolArray, FloatArray
from analysis.opt_in_domains import Domains
from analysis.opt_in_sums import group_sum
from analysis.opt_in_table import Estimates
from analysis.reliability import Marks, disclosure_marks, review_marks
from app.results.figures import Figure

SEPARATOR = "; "


@dataclass(frozen=True, slots=True)
class States:
    """State and reasons of every figure: both (domains, figures)."""

    state: NDArray[Any]
    reasons: NDArray[Any]


@dataclass(frozen=True, slots=True)
class People:
    """Who stands behind every figure: both (domains, figures)."""

    respondents: FloatArray
    dissenters: FloatArray


def people_behind(estimates: Estimates, figures: Sequence[Figure], domains: Domains) -> People:
    """Respondents, and those of them who were not satisfied with at least one of the figure's items."""
    cube, inside = estimates.design.cube, np.flatnonzero(domains.code >= 0)
    gather = group_sum(domains.code[inside], len(domains.labels))
    levels = cube.levels[inside].astype(np.float64)
    dissenters = np.zeros(estimates.n.shape)
    for m, figure in enumerate(figures):
        against = 1 - np.asarray(figure.satisfied)
        for position in (cube.item(item) for item in figure.measure.items):
            np.maximum(dissenters[:, m], gather @ (levels[:, position] @ against), out=dissenters[:, m])
    return People(estimates.n, np.minimum(dissenters, estimates.n))


def states_of(
    estimates: Estimates, people: People, *, fewest: int, hidden: BoolArray | None = None
) -> States:
    """Disclosure hides, reliability marks; a figure without degrees of freedom is not published either.

    Whether a figure is hidden for its own few people or to protect another one is not told: that would
    bound the number of people.
    """
    own = disclosure_marks(people.respondents, people.dissenters, fewest=fewest).any
    nobody = people.respondents == 0
    few = (own & ~nobody) if hidden is None else (own & ~nobody) | hidden
    flags = {"too_few_people": few, "no_answers": nobody & ~few}
    flags["no_degrees_of_freedom"] = ~(estimates.df >= 1) & ~nobody & ~few
    suppressed = Marks(tuple(flags), np.stack(list(flags.values())))
    review = review_marks(estimates)
    state = np.where(suppressed.any, "suppressed", np.where(review.any, "review", "ok")).astype(object)
    reasons = np.where(suppressed.any, _texts(suppressed), _texts(review))
    return States(state, reasons)


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
