"""What is asked of an estimate: the round, the domains, the figures, the rules. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.core.errors import Invalid
from app.results.demographics import DEMOGRAPHICS

DIMENSIONS = ("unit", "service", "field", "submission", "mode", "month", *DEMOGRAPHICS)
MEASURE_SETS = ("headline", "criteria", "factors", "overall", "mean", "levels", "sensitivity")
VARIANCES = ("psu", "element")
LEVERAGES = ("answers", "none")


@dataclass(frozen=True, slots=True)
class EstimateRequest:
    """One question to the data; together with the data cut it settles every figure.

    `within` holds the unit paths somebody may see ("/" is everything). An empty `variance` leaves the choice
    to the basis: days are the clusters of opt_in rounds, people those of probability rounds.
    """

    round_code: str
    by: tuple[str, ...] = ()
    measures: tuple[str, ...] = MEASURE_SETS
    level: float = 0.95
    within: tuple[str, ...] = ("/",)
    variance: str = ""
    leverage: str = "answers"

    def as_settings(self) -> dict[str, Any]:
        """Plain values, for the run's record and its hash."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @property
    def demographics(self) -> tuple[str, ...]:
        """The dimensions that only the answers themselves know."""
        return tuple(word for word in self.by if word in DEMOGRAPHICS)

    @property
    def whole(self) -> bool:
        """Whether nothing of the round is left out."""
        return self.within == ("/",)


def words_of(text: str) -> tuple[str, ...]:
    """`unit, service` as words; empty text is no word."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def check_request(request: EstimateRequest) -> EstimateRequest:
    """The request in its one canonical form. Raises: Invalid, naming what is not known and what is."""
    by = _known(request.by, DIMENSIONS, where="by", message="the dimension {value} is not known")
    measures = _known(
        request.measures, MEASURE_SETS, where="measures", message="the set of measures {value} is not known"
    )
    if not measures:
        raise _unknown("", MEASURE_SETS, where="measures", message="the set of measures {value} is not known")
    _known(
        (request.variance or "psu",), VARIANCES, where="variance", message="the variance {value} is not known"
    )
    _known((request.leverage,), LEVERAGES, where="leverage", message="the leverage {value} is not known")
    if not 0.5 <= request.level < 1:
        raise Invalid(
            "the level {value} is not between 0.5 and 1",
            where="level",
            remedy="give for instance 0.95",
            value=request.level,
        )
    return EstimateRequest(
        round_code=request.round_code,
        by=tuple(word for word in DIMENSIONS if word in by),
        measures=tuple(word for word in MEASURE_SETS if word in measures),
        level=request.level,
        within=tuple(sorted(set(request.within))),
        variance=request.variance,
        leverage=request.leverage,
    )


def _known(words: Sequence[str], known: Sequence[str], *, where: str, message: str) -> Sequence[str]:
    for word in words:
        if word not in known:
            raise _unknown(word, known, where=where, message=message)
    return words


def _unknown(word: str, known: Sequence[str], *, where: str, message: str) -> Invalid:
    return Invalid(
        message, where=where, remedy="use one of: {known}", value=repr(word), known=", ".join(known)
    )


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
