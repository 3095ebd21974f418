"""What is watched: shares that fall out of control, shares below a target, answers and flags so far.

Shares come from the newest edition of each round; a hidden figure is never watched, since an alert would tell
what is hidden.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlmodel import Session

from app.core import clock
from app.results.editions import newest
from app.rounds.service import Round, list_rounds, units_of
from app.units.service import finished_of, known_units

if TYPE_CHECKING:
    from app.results.reading import EditionTables, Estimate

FALSE_ALARM = 0.0027  # both sides of a chart; half of it below, the side that is told of
BASE_MONTHS = 6
WATCHED_MONTHS = 2
FLAGGED_SHARE = 0.10
LATE_REGISTER_DAYS = 92
FLAGS_OF_THE_CLOCK = ("", "clock")


@dataclass(frozen=True, slots=True)
class Fall:
    """A month whose share is lower than chance explains. Shares 0-1; `in_run`: by a long run."""

    unit: str
    month: str
    share: float
    centre: float
    low: float
    in_run: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """Answers of a unit and everything below it, and how many of them carry a flag."""

    answers: int
    flagged: int


def open_newest(
    session: Session, round_code: str, *, within: Sequence[str] = ("/",)
) -> "EditionTables | None":
    """The tables of a round's newest edition, as somebody who may see these subtrees does."""
    from app.results.reading import open_edition  # loads the libraries of tables

    edition = newest(session, round_code)
    return open_edition(session, edition, within=within) if edition else None


def falls(session: Session) -> list[Fall]:
    """Months at the end of the series that fell, unit by unit; computed anew only when an edition is new."""
    editions = (newest(session, survey.round_code) for survey in list_rounds(session))
    key = tuple(edition.edition_id for edition in editions if edition)
    if key not in _falls:
        found = _falls_now(session)
        _falls.clear()
        _falls[key] = found
    return _falls[key]


_falls: dict[tuple[str, ...], list[Fall]] = {}


def _falls_now(session: Session) -> list[Fall]:
    series: dict[str, dict[str, Estimate]] = defaultdict(dict)
    for survey in reversed(list_rounds(session)):  # the newest round has the last word on a month
        tables = open_newest(session, survey.round_code)
        if tables is not None and "month" in tables.dimensions:
            for row in tables.rows("month", figure=tables.headline):
                if row.is_published and row.unit:
                    series[row.unit][row.place["month"]] = row
    months = sorted({month for found in series.values() for month in found})
    return [
        fall for unit, found in series.items() for fall in _falls_of(unit, found, months[-WATCHED_MONTHS:])
    ]


def _falls_of(unit: str, found: "Mapping[str, Estimate]", watched: Sequence[str]) -> list[Fall]:
    months = sorted(found)
    shares = [(found[month].estimate or 0.0) / 100 for month in months]
    counts = [found[month].n_effective or 0.0 for month in months]
    fallen = fallen_points(shares, counts, watched=sum(month in watched for month in months))
    return [
        Fall(unit, months[place], shares[place], centre, low, in_run) for place, centre, low, in_run in fallen
    ]


def fallen_points(
    shares: Sequence[float], counts: Sequence[float], *, watched: int
) -> list[tuple[int, float, float, bool]]:
    """(place, centre, lower limit, by a run) of the last points that are lower than chance explains.

    The centre is the mean of the points before the watched ones; fewer than `BASE_MONTHS` say nothing.
    A run ends nine points on the lower side.
    """
    from analysis.control import control_chart  # heavy

    base = len(shares) - watched
    weight = sum(counts[:base])
    if watched < 1 or base < BASE_MONTHS or weight <= 0:
        return []
    centre = sum(s * n for s, n in zip(shares[:base], counts[:base], strict=True)) / weight
    if not 0 < centre < 1:
        return []
    chart = control_chart(shares, counts, centre=centre, false_alarm=FALSE_ALARM)
    return [
        (place, centre, float(chart.low[place]), not chart.outside[place])
        for place in range(base, len(shares))
        if shares[place] < centre and (chart.outside[place] or chart.in_run[place])
    ]


def answers_so_far(session: Session, round_code: str) -> dict[str, Counted]:
    """By unit of the round, everything below included; answers that were broken off do not count."""
    from app.results.counts import COUNT, counts_of  # loads the libraries of tables

    rows = [
        (row["unit_code"], row["flags"] not in FLAGS_OF_THE_CLOCK, row[COUNT])
        for row in counts_of(session, round_code).by_mode.to_pylist()
        if row["outcome"] != "breakoff"
    ]
    units = known_units(session, units_of(session, round_code))
    above = {unit.unit_code: [code for code in unit.path.split("/") if code] for unit in units}
    known = set(above)
    return _summed(rows, {code: [u for u in line if u in known] for code, line in above.items()})


def last_answers(session: Session, survey: Round) -> dict[str, date]:
    """The last day with an answer of every unit that had dossiers of late; the day before the round else."""
    from app.results.counts import counts_of  # loads the libraries of tables

    found = dict.fromkeys(_busy_units(session, survey), survey.period_start_on - timedelta(days=1))
    for row in counts_of(session, survey.round_code).by_day.to_pylist():
        unit, day = row["unit_code"], date.fromisoformat(row["day"])
        if unit in found and row["outcome"] != "breakoff":
            found[unit] = max(found[unit], day)
    return found


def _busy_units(session: Session, survey: Round) -> list[str]:
    """Units of the round with dossiers in the last months; the register is some weeks late."""
    from app.results.population import months_between  # loads the libraries of arrays

    today = clock.today()
    months = months_between(today - timedelta(days=LATE_REGISTER_DAYS), today)
    rows = finished_of(session, units_of(session, survey.round_code), months, survey.population_kind)
    return sorted({row.unit_code for row in rows if row.finished})


def _summed(
    rows: Iterable[tuple[str, bool, int]], lineage: Mapping[str, Sequence[str]]
) -> dict[str, Counted]:
    answers, flagged = dict.fromkeys(lineage, 0), dict.fromkeys(lineage, 0)
    for unit, is_flagged, count in rows:
        for code in lineage.get(unit, ()):
            answers[code] += count
            flagged[code] += count if is_flagged else 0
    return {code: Counted(answers[code], flagged[code]) for code in lineage}


def too_many_flags(counted: Counted) -> bool:
    """Whether more answers carry a flag than a tenth and chance explain."""
    from analysis.control import probability_limits  # heavy

    if not counted.answers:
        return False
    _, high = probability_limits(FLAGGED_SHARE, [float(counted.answers)], false_alarm=FALSE_ALARM)
    return counted.flagged / counted.answers > float(high[0])
