"""The course of a round: dossiers finished, codes issued, forms begun, usable, complete; by place and by day.

Counts of answers are not sensitive by themselves: they say nothing of what was answered. They are never
crossed with answers or comments here, and days are joined to weeks where few people answer a day.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import Session

from app.accounts.service import is_within
from app.results.counts import COUNT, counts_of
from app.results.flows import Course, Flow, Span, Tally
from app.results.population import months_between
from app.results.round_register import (
    Place,
    dossiers_of,
    issued_by_service,
    places_of,
    service_names,
    started_by_mode,
)
from app.rounds.service import MODES, Round

FEWEST_A_DAY = 5
FLAGS = ("unstamped", "hurried", "repeat", "unverified", "clock")
DOUBTFUL = ("unstamped", "hurried", "repeat", "unverified")


class RoundCounts:
    """Everything counted of a round, for the units somebody may see."""

    def __init__(self, session: Session, survey: Round, *, within: Sequence[str]) -> None:
        self.survey = survey
        self.places = places_of(session, survey, within)
        self._session = session
        self._counts = counts_of(session, survey.round_code)
        self._dossiers = dossiers_of(session, survey)
        self._issued = issued_by_service(session, survey)
        self._started = started_by_mode(session, survey)
        self._known = {(unit, month) for (unit, _, month), n in self._dossiers.items() if n}
        self._comparable = _of_known_months(self._counts.by_service, self._known)

    @property
    def tops(self) -> list[Place]:
        """Units without a visible unit above them, in order."""
        return [one for one in self.places.values() if one.parent_code not in self.places]

    def choices(self) -> list[tuple[str, str, int]]:
        """(code, name, depth) of every visible unit."""
        base = min((one.path.count("/") for one in self.places.values()), default=0)
        return [(one.code, one.name, one.path.count("/") - base) for one in self.places.values()]

    def course(self, unit: str, by: str) -> Course:
        """The unit with everything below it; rows by unit, service or mode."""
        here = {one.code for one in self.places.values() if is_within(one.path, self.places[unit].path)}
        rows = {"service": self._by_service, "mode": self._by_mode}.get(by, self._by_unit)(unit, here)
        total = self._total(unit, here)
        spans, weekly = self._spans(here)
        months = {month for code, month in self._known if code in here}
        wanted = months_between(self.survey.period_start_on, self.survey.period_end_on)
        return Course(
            total=total,
            rows=tuple(rows),
            spans=tuple(spans),
            weekly=weekly,
            flags=self._flags(here),
            months_known=tuple(month for month in wanted if month in months),
            months_missing=tuple(month for month in wanted if month not in months),
        )

    def _total(self, unit: str, here: set[str]) -> Flow:
        return self._units({code: unit for code in here}, [unit])[0]

    def _by_unit(self, unit: str, here: set[str]) -> list[Flow]:
        """The unit's own row where it has answers of its own, then those directly below it."""
        children = [one for one in self.places.values() if one.parent_code == unit]
        owner = {unit: unit}
        for child in children:
            inside = (p.code for p in self.places.values() if is_within(p.path, child.path))
            owner |= dict.fromkeys(inside, child.code)
        rows = self._units({code: owner[code] for code in here}, [unit, *(one.code for one in children)])
        return [row for row in rows if row.code != unit or not children or row.arrived or row.dossiers]

    def _units(self, owner: Mapping[str, str], shown: Sequence[str]) -> list[Flow]:
        found: dict[str, Tally] = {code: Tally() for code in shown}
        for row in _summed(self._counts.by_mode, owner, "unit_code", "outcome", "flags"):
            tally = found[owner[row["unit_code"]]]
            tally.outcomes[row["outcome"]] += row[COUNT]
            tally.flagged += row[COUNT] if _is_doubtful(row["flags"]) else 0
        for row in _summed(self._comparable, owner, "unit_code"):
            found[owner[row["unit_code"]]].known += row[COUNT]
        for (code, _, _), finished in self._dossiers.items():
            if code in owner:
                found[owner[code]].dossiers += finished
        for (code, _), issued in self._issued.items():
            if code in owner:
                found[owner[code]].issued += issued
        for (code, _), started in self._started.items():
            if code in owner:
                found[owner[code]].started += started
        without = self._unrecorded()
        return [found[code].flow(code, self.places[code].name, without=without) for code in shown]

    def _by_service(self, _unit: str, here: set[str]) -> list[Flow]:
        found = defaultdict[str, Tally](Tally)
        for row in _summed(self._counts.by_service, here, "service_code", "outcome"):
            found[row["service_code"]].outcomes[row["outcome"]] += row[COUNT]
        for row in _summed(self._comparable, here, "service_code"):
            found[row["service_code"]].known += row[COUNT]
        for (code, service, _), finished in self._dossiers.items():
            if code in here:
                found[service].dossiers += finished
        for (code, service), issued in self._issued.items():
            if code in here:
                found[service].issued += issued
        names = service_names(self._session)
        flows = [
            tally.flow(code, names.get(code, code), without=(*self._unrecorded(), "started"))
            for code, tally in found.items()
        ]
        return sorted(flows, key=lambda flow: (-(flow.dossiers or 0), -flow.arrived, flow.code))

    def _by_mode(self, _unit: str, here: set[str]) -> list[Flow]:
        found = defaultdict[str, Tally](Tally)
        for row in _summed(self._counts.by_mode, here, "mode", "outcome", "flags"):
            tally = found[row["mode"]]
            tally.outcomes[row["outcome"]] += row[COUNT]
            tally.flagged += row[COUNT] if _is_doubtful(row["flags"]) else 0
        for (code, mode), started in self._started.items():
            if code in here:
                found[mode].started += started
        issued = sum(n for (code, _), n in self._issued.items() if code in here)
        if issued:
            found["receipt"].issued = issued
        order = [mode for mode in MODES if mode in found]
        without = (*self._unrecorded(), "dossiers", "in_known_months")
        return [
            found[mode].flow(mode, "", without=without if mode == "receipt" else (*without, "issued"))
            for mode in order
        ]

    def _unrecorded(self) -> tuple[str, ...]:
        """Counts of which nothing at all is known for the round: not zero, but not recorded."""
        return tuple(
            name for name, rows in (("issued", self._issued), ("started", self._started)) if not rows
        )

    def _spans(self, here: set[str]) -> tuple[list[Span], bool]:
        """Every day of the round so far; weeks where fewer than five people answer a day."""
        days: dict[date, list[int]] = defaultdict(lambda: [0, 0])
        for row in _summed(self._counts.by_day, here, "day", "outcome"):
            days[date.fromisoformat(row["day"])][row["outcome"] == "breakoff"] += row[COUNT]
        if not days:
            return [], False
        last = max(days)
        weekly = sum(usable for usable, _ in days.values()) < FEWEST_A_DAY * len(days)
        step = timedelta(days=7 if weekly else 1)
        spans, start = [], self.survey.period_start_on
        while start <= last:
            inside = [counts for day, counts in days.items() if start <= day < start + step]
            spans.append(Span(start, sum(one[0] for one in inside), sum(one[1] for one in inside)))
            start += step
        return spans, weekly

    def _flags(self, here: set[str]) -> dict[str, int]:
        counts = Counter[str]()
        for row in _summed(self._counts.by_mode, here, "flags"):
            for flag in filter(None, (row["flags"] or "").split(",")):
                counts[flag] += row[COUNT]
        return {flag: counts[flag] for flag in FLAGS}


def _summed(table: pa.Table, units: Collection[str], *keys: str) -> list[dict[str, Any]]:
    """Responses of these units by the keys."""
    chosen = table.filter(pc.is_in(table["unit_code"], pa.array(sorted(units), pa.string())))
    summed = chosen.group_by(list(keys)).aggregate([(COUNT, "sum")])
    return list(summed.rename_columns([*keys, COUNT]).to_pylist())


def _of_known_months(table: pa.Table, known: Collection[tuple[str, str]]) -> pa.Table:
    """Usable forms of months whose dossiers are in."""
    key = pc.binary_join_element_wise(table["unit_code"], table["month"], "/")
    counted = pc.is_in(key, pa.array([f"{unit}/{month}" for unit, month in sorted(known)], pa.string()))
    return table.filter(pc.and_(counted, pc.not_equal(table["outcome"], "breakoff")))


def _is_doubtful(flags: str | None) -> bool:
    return any(flag in DOUBTFUL for flag in (flags or "").split(","))
