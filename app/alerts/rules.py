"""The rules: each looks at what is stored and says what it found. Numbers only, no words, no person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session

from app.core import clock
from app.indicators.definitions import PLAN, SATISFACTION
from app.indicators.targets import Targets, open_targets
from app.kiosks.fleet import fleet
from app.results import signals
from app.rounds.service import Round, list_rounds

BEHIND = 0.8
BEGIN_AT = 0.25
SILENT_DAYS = 14


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found about one unit; `subject` tells kiosks apart, `period` when it is about."""

    rule: str
    unit_code: str
    period: str
    subject: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.rule, self.unit_code, self.subject, self.period


def find_all(session: Session) -> list[Finding]:
    """Everything that needs somebody's eye now."""
    targets = open_targets(session)
    rounds = running_rounds(session)
    found = [*kiosk_findings(session), *fallen_units(session)]
    for survey in rounds:
        found += below_target(session, survey, targets)
        found += collection_findings(session, survey, targets)
        found += silent_units(session, survey)
    return found


def running_rounds(session: Session) -> list[Round]:
    """Rounds that are asking, or the newest one begun where none is."""
    today = clock.today()
    begun = [one for one in list_rounds(session) if one.period_start_on <= today]
    asking = [one for one in begun if one.closed_at is None and today <= one.period_end_on]
    return asking or begun[:1]


def below_target(session: Session, survey: Round, targets: Targets) -> Iterator[Finding]:
    """Units whose whole interval lies below the target."""
    if not targets.has(SATISFACTION):
        return
    tables = signals.open_newest(session, survey.round_code)
    if tables is None:
        return
    for row in tables.rows("unit", figure=tables.headline):
        target = targets.of(SATISFACTION, row.unit, year=survey.period_end_on.year)
        if target is not None and row.high is not None and row.high < float(target):
            numbers = {"estimate": row.estimate, "low": row.low, "high": row.high}
            detail = {"round": survey.round_code, "target": f"{target.normalize():f}", **_rounded(numbers)}
            yield Finding("below_target", row.unit, survey.round_code, detail=detail)


def fallen_units(session: Session) -> Iterator[Finding]:
    """Months that fell out of control."""
    for fall in signals.falls(session):
        numbers = {"estimate": fall.share * 100, "centre": fall.centre * 100, "low": fall.low * 100}
        detail = {"month": fall.month, "in_run": fall.in_run, **_rounded(numbers)}
        yield Finding("control_signal", fall.unit, fall.month, detail=detail)


def collection_findings(session: Session, survey: Round, targets: Targets) -> Iterator[Finding]:
    """Samples behind their plan while the round is asking, and answers with too many flags."""
    passed = elapsed_share(survey, clock.today())
    for unit, counted in signals.answers_so_far(session, survey.round_code).items():
        plan = targets.own(PLAN, unit, year=survey.period_end_on.year)
        expected = float(plan or 0) * passed
        if plan is not None and BEGIN_AT <= passed < 1 and counted.answers < BEHIND * expected:
            detail = {"answers": counted.answers, "expected": round(expected), "plan": int(plan)}
            yield Finding("sample_behind", unit, survey.round_code, detail=detail)
        if signals.too_many_flags(counted):
            detail = {"answers": counted.answers, "flagged": counted.flagged}
            yield Finding("flagged_high", unit, survey.round_code, detail=detail)


def silent_units(session: Session, survey: Round) -> Iterator[Finding]:
    """Units with dossiers that have collected nothing for `SILENT_DAYS` while their round asks."""
    today = clock.today()
    if survey.closed_at is not None or not survey.period_start_on <= today <= survey.period_end_on:
        return
    for unit, since in signals.last_answers(session, survey).items():
        days = (today - since).days
        if days > SILENT_DAYS:
            yield Finding(
                "unit_silent", unit, survey.round_code, detail={"round": survey.round_code, "days": days}
            )


def elapsed_share(survey: Round, today: date) -> float:
    """How much of the period is over, 0 to 1."""
    days = (survey.period_end_on - survey.period_start_on).days + 1
    return min(max((today - survey.period_start_on).days / days, 0.0), 1.0)


def kiosk_findings(session: Session) -> Iterator[Finding]:
    """Kiosks that say nothing in opening hours or have no room, and numbers that went astray."""
    day = clock.today().isoformat()
    for one in fleet(session, now=clock.now(), may=lambda _: True, by_day=False):
        unit, kiosk, tally = one.kiosk.unit_code, one.kiosk.kiosk_id, one.tally
        for flag, rule in (("silent", "kiosk_silent"), ("full", "kiosk_full")):
            if flag in one.flags:
                yield Finding(rule, unit, day, kiosk)
        if tally.missing:
            yield Finding("kiosk_gap", unit, "", kiosk, {"missing": tally.missing, "made": tally.made})
        if tally.aside:
            yield Finding("kiosk_aside", unit, "", kiosk, {"aside": tally.aside})
        if tally.duplicate:
            yield Finding("kiosk_duplicate", unit, "", kiosk, {"duplicate": tally.duplicate})


def _rounded(numbers: Mapping[str, float | None]) -> dict[str, float | None]:
    """As they will be shown: an alert whose last digits move is the same alert."""
    return {name: None if value is None else round(value, 1) for name, value in numbers.items()}
