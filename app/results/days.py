"""The days of a round for one unit: spans that may be told, and rows of months with their days. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from app.results.flows import DAY, Flow, Span, Tally, joined, stretches

WEEK = 7


@dataclass(frozen=True, slots=True)
class Days:
    """Outcomes and forms begun by day; `months` brings dossiers, codes and what is known of them.

    Months of `hidden` tell nothing; those of `apart` do not tell complete forms from others. `without` are
    counts of which nothing is known at all.
    """

    first_on: date
    outcomes: Mapping[date, Counter[str]]
    started: Counter[date]
    months: Mapping[str, Tally]
    hidden: frozenset[str]
    apart: frozenset[str]
    unknown_months: frozenset[str]
    without: tuple[str, ...]
    fewest: int

    @property
    def weekly(self) -> bool:
        """Whether fewer than `fewest` people answer a day, on those on which anybody does."""
        usable = sum(_usable(counts) for counts in self.outcomes.values())
        return usable < self.fewest * len(self.outcomes)

    def spans(self) -> list[Span]:
        """Every day from the first to the last answer, joined where few answered; no hidden months."""
        if not self.outcomes:
            return []
        every = stretches(self.first_on, max(self.outcomes), days=WEEK if self.weekly else 1)
        found: list[Span] = []
        for month, inside in groupby(every, key=lambda one: _month(one[0])):
            if month not in self.hidden:
                found += joined([self._span(*ends) for ends in inside], fewest=self.fewest)
        return found

    def rows(self, spans: Sequence[Span]) -> list[Flow]:
        """A row for each month, and below it one for each of its spans."""
        found: list[Flow] = []
        for month in sorted({*map(_month, self.outcomes), *self.months}):
            inside = [span for span in spans if _month(span.from_on) == month]
            found += [self._month_row(month), *self._span_rows(month, inside)]
        return found

    def _span(self, first: date, last: date) -> Span:
        counts: Counter[str] = Counter()
        for day in _days(first, last):
            counts.update(self.outcomes.get(day, {}))
        return Span(first, last, _usable(counts), counts["breakoff"], counts["usable"])

    def _month_row(self, month: str) -> Flow:
        tally = replace(self.months.get(month, Tally()), outcomes=Counter())
        for day, counts in self.outcomes.items():
            tally.outcomes.update(counts if _month(day) == month else {})
        tally.started = sum(n for day, n in self.started.items() if _month(day) == month)
        tally.known = _usable(tally.outcomes)
        unknown = ("in_known_months",) if month in self.unknown_months else ()
        flow = tally.flow(month, "", without=(*self.without, *unknown, "flagged"))
        if month in self.hidden:
            return flow.without_people()
        return replace(flow, complete=None) if month in self.apart else flow

    def _span_rows(self, month: str, spans: Sequence[Span]) -> list[Flow]:
        few = any(0 < span.partial < self.fewest for span in spans)
        told = not few and month not in self.apart
        return [self._span_row(span, told=told) for span in spans]

    def _span_row(self, span: Span, *, told: bool) -> Flow:
        begun = sum(self.started[day] for day in _days(span.from_on, span.through_on))
        return Flow(
            span.code,
            "",
            started=None if "started" in self.without else begun,
            arrived=span.usable + span.rest,
            usable=span.usable,
            complete=span.usable - span.partial if told else None,
            flagged=None,
        )


def _usable(counts: Mapping[str, int]) -> int:
    return counts.get("usable", 0) + counts.get("complete", 0)


def _month(day: date) -> str:
    return day.isoformat()[:7]


def _days(first: date, last: date) -> list[date]:
    return [first + step * DAY for step in range((last - first).days + 1)]
