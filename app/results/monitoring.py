"""The course of a round: dossiers finished, codes issued, forms begun, usable, complete; by place and by day.

Nothing here is crossed with what was answered. But how many answered stands beside every figure, so where a
figure is hidden the count is too (`told`); days are joined until five people answered, never across months.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import Session

from app.accounts.service import is_within
from app.results.counts import COUNT, counts_of
from app.results.days import Days
from app.results.flows import Course, Flow, Tally
from app.results.known_months import KnownMonths
from app.results.population import months_between
from app.results.round_register import (
    Place,
    dossiers_by_service,
    dossiers_of,
    issued_by_service,
    places_of,
    service_names,
    started_by_mode,
)
from app.results.small_counts import DIRECT
from app.results.told import Told
from app.rounds.service import MODES, Round

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
        known = {key for key, n in self._dossiers.items() if n}
        self._comparable = _of_known_months(self._counts.by_service, known)
        self._told = told = Told(session, survey, self._counts, places_of(session, survey, ("/",)))
        answered = _unit_months(self._counts.by_service)
        self._months = KnownMonths(known, answered, is_hidden=lambda unit: bool(told.months_hidden(unit)))

    @property
    def tops(self) -> list[Place]:
        """Units without a visible unit above them, in order."""
        return [one for one in self.places.values() if one.parent_code not in self.places]

    def choices(self) -> list[tuple[str, str, int]]:
        """(code, name, depth) of every visible unit."""
        base = min((one.path.count("/") for one in self.places.values()), default=0)
        return [(one.code, one.name, one.path.count("/") - base) for one in self.places.values()]

    def course(self, unit: str, by: str) -> Course:
        """The unit with everything below it; rows by unit, service, mode or day."""
        here = self._below(unit)
        days = self._days(unit, here)
        spans = days.spans()
        kinds = {"service": self._by_service, "mode": self._by_mode}
        rows = days.rows(spans) if by == "day" else kinds.get(by, self._by_unit)(unit, here)
        months = {month for code, month in self._months.known if code in here}
        wanted = months_between(self.survey.period_start_on, self.survey.period_end_on)
        hidden = self._told.months_hidden(unit)
        return Course(
            total=self._total(unit, here),
            rows=tuple(rows),
            spans=tuple(spans),
            weekly=days.weekly,
            flags={} if self._told.hides(unit) else self._flags(here),
            months_known=tuple(month for month in wanted if month in months),
            months_missing=tuple(month for month in wanted if month not in months),
            months_hidden=tuple(month for month in wanted if month in hidden),
        )

    def _below(self, unit: str) -> set[str]:
        top = self.places[unit].path
        return {one.code for one in self.places.values() if is_within(one.path, top)}

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
        own = f"{unit}{DIRECT}"
        if children and self._told.hides(own):
            rows[0] = rows[0].without_people()
        return [row for row in rows if row.code != unit or not children or row.arrived or row.dossiers]

    def _units(self, owner: Mapping[str, str], shown: Sequence[str]) -> list[Flow]:
        found: dict[str, Tally] = {code: Tally() for code in shown}
        for row in _summed(self._counts.by_mode, owner, "unit_code", "outcome", "flags"):
            tally = found[owner[row["unit_code"]]]
            tally.outcomes[row["outcome"]] += row[COUNT]
            tally.flagged += row[COUNT] if _is_doubtful(row["flags"]) else 0
        for row in _summed(self._comparable, owner, "unit_code"):
            found[owner[row["unit_code"]]].known += row[COUNT]
        for code, finished in _parts(self._dossiers, owner, 0):
            found[owner[code]].dossiers += finished
        for code, issued in _parts(self._issued, owner, 0):
            found[owner[code]].issued += issued
        for code, started in _parts(self._started, owner, 0):
            found[owner[code]].started += started
        without = self._unrecorded()
        flows = [found[code].flow(code, self.places[code].name, without=without) for code in shown]
        return [self._veiled(flow, flow.code, known=self._tells(flow.code)) for flow in flows]

    def _by_service(self, unit: str, here: set[str]) -> list[Flow]:
        found = defaultdict[str, Tally](Tally)
        for row in _summed(self._counts.by_service, here, "service_code", "outcome"):
            found[row["service_code"] or ""].outcomes[row["outcome"]] += row[COUNT]
        for row in _summed(self._comparable, here, "service_code"):
            found[row["service_code"] or ""].known += row[COUNT]
        for service, finished in dossiers_by_service(self._session, self.survey, here).items():
            found[service].dossiers += finished
        for service, issued in _parts(self._issued, here, 1):
            found[service].issued += issued
        names = service_names(self._session)
        known = self._months.are_all(here)
        flows = [
            tally.flow(code, names.get(code, code), without=(*self._unrecorded(), "started"))
            for code, tally in found.items()
        ]
        veiled = [self._veiled(flow, unit, "service", flow.code, known=known) for flow in flows]
        return sorted(veiled, key=lambda flow: (-(flow.dossiers or 0), -(flow.arrived or 0), flow.code))

    def _by_mode(self, unit: str, here: set[str]) -> list[Flow]:
        found = defaultdict[str, Tally](Tally)
        for row in _summed(self._counts.by_mode, here, "mode", "outcome", "flags"):
            tally = found[row["mode"]]
            tally.outcomes[row["outcome"]] += row[COUNT]
            tally.flagged += row[COUNT] if _is_doubtful(row["flags"]) else 0
        for mode, started in _parts(self._started, here, 1):
            found[mode].started += started
        issued = sum(n for _, n in _parts(self._issued, here, 0))
        if issued:
            found["receipt"].issued = issued
        without = (*self._unrecorded(), "dossiers", "in_known_months")
        flows = [
            found[mode].flow(mode, "", without=without if mode == "receipt" else (*without, "issued"))
            for mode in MODES
            if mode in found
        ]
        return [self._veiled(flow, unit, "mode", flow.code, known=True) for flow in flows]

    def _days(self, unit: str, here: set[str]) -> Days:
        days: dict[date, Counter[str]] = defaultdict(Counter)
        for row in _summed(self._counts.by_day, here, "day", "outcome"):
            days[date.fromisoformat(row["day"])][row["outcome"]] += row[COUNT]
        started: Counter[date] = Counter()
        for day, n in _parts(self._started, here, 2):
            started[day] += n
        months: dict[str, Tally] = defaultdict(Tally)
        for month, n in _parts(self._dossiers, here, 1):
            months[month].dossiers += n
        for month, n in _parts(self._issued, here, 2):
            months[month].issued += n
        every = {*months, *(day.isoformat()[:7] for day in days)}
        return Days(
            first_on=self.survey.period_start_on,
            outcomes=days,
            started=started,
            months=months,
            hidden=frozenset(self._told.months_hidden(unit)),
            apart=frozenset(m for m in every if self._told.hides_complete(unit, "month", m)),
            unknown_months=self._months.unknown(here),
            without=self._unrecorded(),
            fewest=self._told.fewest,
        )

    def _veiled(self, flow: Flow, unit: str, by: str = "", label: str = "", *, known: bool) -> Flow:
        """The flow as far as it may be told; `known` whether the months with dossiers may be told apart."""
        if self._told.hides(unit, by, label):
            return flow.without_people()
        flow = flow if known else replace(flow, in_known_months=None)
        return replace(flow, complete=None) if self._told.hides_complete(unit, by, label) else flow

    def _tells(self, unit: str) -> bool:
        return self._months.tell(unit, self._below(unit))

    def _unrecorded(self) -> tuple[str, ...]:
        """Counts of which nothing at all is known for the round: not zero, but not recorded."""
        return tuple(
            name for name, rows in (("issued", self._issued), ("started", self._started)) if not rows
        )

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


def _parts(rows: Mapping[Any, int], units: Collection[str], place: int) -> Iterator[tuple[Any, int]]:
    """One part of each key of these units, with its count; the unit is the first part."""
    return ((key[place], count) for key, count in rows.items() if key[0] in units)


def _unit_months(table: pa.Table) -> set[tuple[str, str]]:
    """Units and months with usable forms."""
    usable = table.filter(pc.not_equal(table["outcome"], "breakoff"))
    pairs = usable.group_by(["unit_code", "month"]).aggregate([])
    return set(zip(pairs["unit_code"].to_pylist(), pairs["month"].to_pylist(), strict=True))


def _of_known_months(table: pa.Table, known: Collection[tuple[str, str]]) -> pa.Table:
    """Usable forms of months whose dossiers are in."""
    key = pc.binary_join_element_wise(table["unit_code"], table["month"], "/")
    counted = pc.is_in(key, pa.array([f"{unit}/{month}" for unit, month in sorted(known)], pa.string()))
    return table.filter(pc.and_(counted, pc.not_equal(table["outcome"], "breakoff")))


def _is_doubtful(flags: str | None) -> bool:
    return any(flag in DOUBTFUL for flag in (flags or "").split(","))
