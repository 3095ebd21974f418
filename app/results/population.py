"""The population of a round: dossiers finished (or residents) by unit, service, submission and month.

Where a unit's month has answers but its volumes are not in yet, the nearest month that is known, before it if
there is one, stands in and is marked provisional.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from sqlmodel import Session

from analysis.cells import Register, register
from app.rounds.tables import Round
from app.units.service import Finished, finished_of

LOOK_BACK_MONTHS = 24
MONTHS_A_YEAR = 12
LEAST_KNOWN = 0.8

UnitMonth = tuple[str, str]


def months_between(first: date, last: date) -> tuple[str, ...]:
    """Every month touched, as YYYY-MM."""
    start, stop = _number(first), _number(last)
    return tuple(_month(number) for number in range(start, stop + 1))


def population_of(
    session: Session, survey: Round, *, units: Collection[str], answered: Iterable[UnitMonth]
) -> Register:
    """The register of these units over the round's period."""
    period = months_between(survey.period_start_on, survey.period_end_on)
    earlier = _number(survey.period_start_on) - LOOK_BACK_MONTHS
    months = tuple(_month(n) for n in range(earlier, _number(survey.period_end_on) + 1))
    known: dict[UnitMonth, list[Finished]] = defaultdict(list)
    for volume in finished_of(session, units, months, survey.population_kind):
        known[volume.unit_code, volume.month].append(volume)
    rows = [(v.month, v, False) for key, found in known.items() if key[1] in period for v in found]
    if survey.population_kind == "finished_dossiers":
        rows += _stand_ins(known, missing=sorted(set(answered) - known.keys()))
    return register(
        {
            "unit": [v.unit_code for _, v, _ in rows],
            "service": [v.service_code for _, v, _ in rows],
            "submission": [v.submission for _, v, _ in rows],
            "month": [month for month, _, _ in rows],
        },
        [v.finished for _, v, _ in rows],
        provisional=[mark for _, _, mark in rows],
    )


def poorly_known(lineage: Mapping[str, tuple[str, ...]], registered: Collection[str]) -> frozenset[str]:
    """Units, and "" for the whole, of whose lowest units more than a fifth have no dossiers on record.

    How much of their population the figure leaves out cannot be known, so it is not called covered.
    """
    above = {unit for line in lineage.values() for unit in line[:-1]}
    found: dict[str, list[bool]] = defaultdict(list)
    for unit, line in lineage.items():
        if unit not in above:
            for code in ("", *line[:-1]):
                found[code].append(unit in registered)
    return frozenset(code for code, known in found.items() if sum(known) < LEAST_KNOWN * len(known))


def _stand_ins(
    known: dict[UnitMonth, list[Finished]], missing: list[UnitMonth]
) -> list[tuple[str, Finished, bool]]:
    months: dict[str, list[str]] = defaultdict(list)
    for unit, month in sorted(known):
        months[unit].append(month)
    rows = []
    for unit, month in missing:
        nearest = _nearest(months[unit], month)
        rows += [(month, volume, True) for volume in known.get((unit, nearest), ())]
    return rows


def _nearest(months: list[str], month: str) -> str:
    before = [known for known in months if known < month]
    after = [known for known in months if known > month]
    return before[-1] if before else after[0] if after else ""


def _number(day: date) -> int:
    return day.year * MONTHS_A_YEAR + day.month - 1


def _month(number: int) -> str:
    return f"{number // MONTHS_A_YEAR:04d}-{number % MONTHS_A_YEAR + 1:02d}"
