"""The way of answers as numbers: dossiers finished, codes issued, forms begun, usable, complete. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from analysis.planning import SampleTarget, sample_size

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Flow:
    """Counts of one place; None where the register or the program does not know.

    `in_known_months` are the usable forms of months whose dossiers are in: what `dossiers` is compared with.
    """

    code: str
    name: str
    dossiers: int | None = None
    issued: int | None = None
    started: int | None = None
    arrived: int = 0
    usable: int = 0
    complete: int = 0
    in_known_months: int | None = None
    flagged: int = 0

    @property
    def per_100(self) -> float | None:
        """Usable forms for every 100 finished dossiers."""
        if not self.dossiers or self.in_known_months is None:
            return None
        return 100 * self.in_known_months / self.dossiers

    @property
    def rr1(self) -> float | None:
        """AAPOR response rate 1: complete forms over everybody drawn, all of unknown eligibility included."""
        return self.complete / self.issued if self.issued else None

    @property
    def rr2(self) -> float | None:
        """AAPOR response rate 2: complete and partial forms over everybody drawn."""
        return self.usable / self.issued if self.issued else None


@dataclass(frozen=True, slots=True)
class Span:
    """A day or a week of the round."""

    from_on: date
    usable: int
    rest: int


@dataclass(frozen=True, slots=True)
class Course:
    """The course of a round for one unit and everything below it."""

    total: Flow
    rows: tuple[Flow, ...]
    spans: tuple[Span, ...]
    weekly: bool
    flags: Mapping[str, int]
    months_known: tuple[str, ...]
    months_missing: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """Sums for one place while they are gathered."""

    dossiers: int = 0
    issued: int = 0
    started: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    known: int = 0
    flagged: int = 0

    def flow(self, code: str, name: str, *, without: Sequence[str] = ()) -> Flow:
        usable = self.outcomes["usable"] + self.outcomes["complete"]
        values: dict[str, Any] = {
            "dossiers": self.dossiers,
            "issued": self.issued,
            "started": self.started,
            "in_known_months": self.known,
        }
        values |= dict.fromkeys(without)
        arrived = self.outcomes.total()
        complete = self.outcomes["complete"]
        return Flow(
            code, name, arrived=arrived, usable=usable, complete=complete, flagged=self.flagged, **values
        )


def wanted_answers(flow: Flow, *, margin_points: float, design_effect: float) -> int | None:
    """Answers that give the margin at the 95 % level, whatever the share; None without dossiers.

    The dossiers are those known so far; the design effect is that of the unit's own figures where there are
    some. Never fewer than a simple random sample would need.
    """
    if not flow.dossiers:
        return None
    target = SampleTarget(
        margin=margin_points / 100,
        population=float(flow.dossiers),
        level=LEVEL,
        design_effect=max(design_effect, 1.0),
    )
    return sample_size(target).answers
