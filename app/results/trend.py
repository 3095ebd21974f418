"""A unit's share over the rounds, with control limits: which rounds are a signal and which are noise.

The centre is the mean of the rounds before the newest one, weighted by their effective size, so that a fall
does not pull down what it is compared with. Hidden rounds have no point and no limits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from analysis.control import FALSE_ALARM, control_chart
from app.results.choices import rounds_with_editions, why_not_comparable
from app.results.editions import newest
from app.results.reading import EditionTables, Estimate, open_edition
from app.rounds.service import Round

FEWEST_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Turn:
    """One round of the series; limits in percent, None where there are none."""

    survey: Round
    row: Estimate | None
    limits: tuple[float, float] | None = None
    is_signal: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Oldest first. `centre` in percent, None with too few rounds; `false_alarm` counts both sides."""

    turns: tuple[Turn, ...]
    centre: float | None = None
    false_alarm: float = FALSE_ALARM

    @property
    def signals(self) -> tuple[Turn, ...]:
        return tuple(turn for turn in self.turns if turn.is_signal)


def editions_until(
    session: Session, survey: Round, tables: EditionTables, *, within: Sequence[str] = ("/",)
) -> list[tuple[Round, EditionTables]]:
    """A round's edition and the newest one of every comparable round that ended before it."""
    found = [(survey, tables)]
    for other in rounds_with_editions(session):
        if other.period_end_on >= survey.period_end_on or why_not_comparable(survey, other):
            continue
        edition = newest(session, other.round_code)
        if edition is not None:
            found.append((other, open_edition(session, edition, language=tables.language, within=within)))
    return found


def series_of(editions: Sequence[tuple[Round, EditionTables]], unit: str, figure: str) -> Series:
    """The unit's figure in each round's edition, with limits."""
    ordered = sorted(editions, key=lambda one: one[0].period_start_on)
    return limited([Turn(survey, tables.one(unit=unit, figure=figure)) for survey, tables in ordered])


def limited(turns: Sequence[Turn]) -> Series:
    """The same rounds, oldest first, with limits and signals; none where too few of them are published."""
    known = [(i, turn.row) for i, turn in enumerate(turns) if turn.row and _counts(turn.row)]
    if len(known) < FEWEST_ROUNDS:
        return Series(tuple(turns))
    shares = [(row.estimate or 0.0) / 100 for _, row in known]
    sizes = [row.n_effective or 0.0 for _, row in known]
    centre = _centre(shares[:-1], sizes[:-1])
    chart = control_chart(shares, sizes, centre=centre, spread="sampling")
    found = list(turns)
    for place, (i, row) in enumerate(known):
        limits = (100 * float(chart.low[place]), 100 * float(chart.high[place]))
        found[i] = Turn(turns[i].survey, row, limits, bool(chart.outside[place]))
    return Series(tuple(found), centre=100 * centre)


def _counts(row: Estimate) -> bool:
    return row.estimate is not None and bool(row.n_effective)


def _centre(shares: Sequence[float], sizes: Sequence[float]) -> float:
    """The weighted mean, kept off 0 and 1 by half an answer on each side."""
    total = sum(sizes)
    mean = sum(share * size for share, size in zip(shares, sizes, strict=True)) / total
    return mean if 0 < mean < 1 else (total * mean + 0.5) / (total + 1)
