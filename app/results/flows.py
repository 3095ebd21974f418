"""The way of answers as numbers: dossiers finished, codes issued, forms begun, usable, complete. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from analysis.planning import SampleTarget, sample_size

LEVEL = 0.95
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Flow:
    """Counts of one place; None where the register or the program does not know, or where it is not told.

    `in_known_months` are the usable forms of months whose dossiers are in: what `dossiers` is compared with.
    `hidden`: few people answered, or the count would tell of few others.
    """

    code: str
    name: str
    dossiers: int | None = None
    issued: int | None = None
    started: int | None = None
    arrived: int | None = 0
    usable: int | None = 0
    complete: int | None = 0
    in_known_months: int | None = None
    flagged: int | None = 0
    hidden: bool = False

    @property
    def per_100(self) -> float | None:
        """Usable forms for every 100 finished dossiers."""
        if not self.dossiers or self.in_known_months is None:
            return None
        return 100 * self.in_known_months / self.dossiers

    @property
    def rr1(self) -> float | None:
        """AAPOR response rate 1: complete forms over everybody drawn, all of unknown eligibility included."""
        return self.complete / self.issued if self.issued and self.complete is not None else None

    @property
    def rr2(self) -> float | None:
        """AAPOR response rate 2: complete and partial forms over everybody drawn."""
        return self.usable / self.issued if self.issued and self.usable is not None else None

    @property
    def is_empty(self) -> bool:
        """Nothing is known to have happened here, and nothing is hidden."""
        return not (self.hidden or self.arrived or self.dossiers or self.issued or self.started)

    def without_people(self) -> "Flow":
        """The place with its dossiers alone."""
        return Flow(
            self.code,
            self.name,
            dossiers=self.dossiers,
            arrived=None,
            usable=None,
            complete=None,
            flagged=None,
            hidden=True,
        )


@dataclass(frozen=True, slots=True)
class Span:
    """Days that are counted together: one, a week, or as many as it takes until enough people answered."""

    from_on: date
    through_on: date
    usable: int
    rest: int
    partial: int = 0

    @property
    def code(self) -> str:
        """`2026-07-01`, or the first and the last day."""
        first, last = self.from_on.isoformat(), self.through_on.isoformat()
        return first if first == last else f"{first}/{last}"

    @property
    def days(self) -> int:
        return (self.through_on - self.from_on).days + 1

    def joined(self, other: "Span") -> "Span":
        """This span and the one right after it."""
        return Span(
            self.from_on,
            other.through_on,
            self.usable + other.usable,
            self.rest + other.rest,
            self.partial + other.partial,
        )


@dataclass(frozen=True, slots=True)
class Course:
    """The course of a round for one unit and everything below it; no spans of months that are hidden."""

    total: Flow
    rows: tuple[Flow, ...]
    spans: tuple[Span, ...]
    weekly: bool
    flags: Mapping[str, int]
    months_known: tuple[str, ...]
    months_missing: tuple[str, ...]
    months_hidden: tuple[str, ...] = ()


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
            "arrived": self.outcomes.total(),
            "usable": usable,
            "complete": self.outcomes["complete"],
            "flagged": self.flagged,
        }
        return Flow(code, name, **(values | dict.fromkeys(without)))


def joined(spans: Iterable[Span], *, fewest: int) -> list[Span]:
    """Neighbouring spans put together until each holds nobody or at least `fewest` usable forms."""
    found: list[Span] = []
    for span in spans:
        if found and 0 < found[-1].usable < fewest:
            found[-1] = found[-1].joined(span)
        else:
            found.append(span)
    while len(found) > 1 and 0 < found[-1].usable < fewest:
        last = found.pop()
        found[-1] = found[-1].joined(last)
    return found


def stretches(first: date, last: date, *, days: int) -> list[tuple[date, date]]:
    """First and last days of stretches of so many days; none reaches into another month."""
    found, start = [], first
    while start <= last:
        end = min(start + days * DAY - DAY, last)
        while (end.year, end.month) != (start.year, start.month):
            end = end.replace(day=1) - DAY
        found.append((start, end))
        start = end + DAY
    return found


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
