"""The score of Circular 01/2018 on the board: what citizens rated in a round, and what is typed of the unit.

Its decree was replaced on 1 July 2025: the score is the formula of its year, not a grade in force.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.accounts.service import Actor, record_audit
from app.core import numbers
from app.indicators.definitions import LEGAL
from app.indicators.entries import Entry
from app.indicators.service import record_computed
from app.indicators.tables import IndicatorValue
from app.results.legal import GRADES, INDEX_COUNT, LegalScore, Rated, citizens_points, legal_scores
from app.rounds.service import Round, get_round
from app.units.service import known_units

LARGEST = "2"
QUARTER_DAYS = 100


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


GRADE_WORDS = dict(zip(GRADES, (_("weak"), _("average"), _("fair"), _("good"), _("excellent")), strict=True))


@dataclass(frozen=True, slots=True)
class Computed:
    """How many units got figures from a round, and for which period."""

    units: int
    period: str


def compute(session: Session, round_code: str, *, by: Actor) -> Computed:
    """Take the citizens' points of a round into the board, for every unit the actor operates."""
    survey = get_round(session, round_code)
    found, period = citizens_points(session, round_code), period_of(survey)
    units = {unit.unit_code: unit for unit in known_units(session, found)}
    mine = [code for code in sorted(found) if by.may("operator", units[code].path)]
    for code in mine:
        for index, rated in found[code].items():
            entry = _entry(code, index, rated, survey=survey, period=period)
            detail = {"round": round_code, **_counts(rated)}
            record_computed(session, entry, detail, by=by)
    record_audit(session, by, "legal score computed", round_code, units=len(mine))
    return Computed(len(mine), period)


def period_of(survey: Round) -> str:
    """The quarter a round lies in, or its year where it is longer."""
    end: date = survey.period_end_on
    if (end - survey.period_start_on).days > QUARTER_DAYS:
        return str(end.year)
    return f"{end.year}-Q{(end.month - 1) // 3 + 1}"


def _entry(code: str, index: int, rated: Rated, *, survey: Round, period: str) -> Entry:
    score = str(numbers.rounded(rated.points / rated.dossiers, 1))
    return Entry(LEGAL, str(index), code, "", period, score, LARGEST, None, None, None, None, survey.title)


def _counts(rated: Rated) -> dict[str, int]:
    return {"dossiers": rated.dossiers, "points": rated.points, "squares": rated.squares}


def scores_of(units: Sequence[Sequence[IndicatorValue]]) -> list[LegalScore | None]:
    """The score of each unit and period from its parts, computed and typed."""
    return legal_scores([_parts_of(values) for values in units])


def _parts_of(values: Sequence[IndicatorValue]) -> tuple[dict[int, Rated], dict[int, float]]:
    parts = {int(v.part): v for v in values if v.part.isdigit() and 1 <= int(v.part) <= INDEX_COUNT}
    rated = {index: _rated(v.detail) for index, v in parts.items() if v.detail.get("dossiers")}
    return rated, {i: float(v.score) for i, v in parts.items() if v.score is not None and i not in rated}


def chances_of(score: LegalScore, *, unit_code: str, period: str) -> Mapping[str, float]:
    """The chance of each grade; the same each time the page is asked for."""
    return score.chances(seed=zlib.crc32(f"{unit_code}:{period}".encode()))


def _rated(detail: Mapping[str, int]) -> Rated:
    return Rated(detail["dossiers"], detail["points"], detail["squares"])
