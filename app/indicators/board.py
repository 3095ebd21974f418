"""The board: every index of a unit with its newest figure, what it changed, its parts and its target."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlmodel import Session

from app.accounts.service import EVERYWHERE, Actor, is_within
from app.core import numbers
from app.indicators import figures
from app.indicators.definitions import INDICATORS, LEGAL, SATISFACTION
from app.indicators.figures import Sum
from app.indicators.legal import scores_of
from app.indicators.lines import Change, Line, line_of
from app.indicators.service import IndicatorValue, list_values, open_targets
from app.indicators.targets import Targets
from app.results.legal import LegalScore
from app.results.signals import open_newest
from app.rounds.service import Round, list_rounds, units_of
from app.units.service import Unit, get_unit, list_units

if TYPE_CHECKING:
    from app.results.reading import Estimate

Group = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What to show: a unit means everything below it too; no period is the newest of each."""

    unit_code: str = ""
    indicator: str = ""
    period: str = ""


def board(session: Session, actor: Actor, asked: Asked) -> list[Line]:
    """The lines in the order of the indices, then of units; ours first."""
    targets, units = open_targets(session), {u.unit_code: u for u in list_units(session)}
    top = get_unit(session, asked.unit_code).path if asked.unit_code else EVERYWHERE
    groups: dict[Group, list[IndicatorValue]] = {}
    for value in list_values(session, actor, asked.indicator, legal_of=_legal_of(units, actor, asked)):
        path = units[value.unit_code].path if value.unit_code in units else EVERYWHERE
        if is_within(path, top) and asked.indicator in ("", value.indicator):
            groups.setdefault((value.indicator, value.unit_code, value.body), []).append(value)
    names = {code: unit.name for code, unit in units.items()}
    legal = _legal(groups, asked.period)
    lines = [
        _group(values, names, targets, asked.period, legal=legal.get(group))
        for group, values in groups.items()
    ]
    order = {code: place for place, code in enumerate(INDICATORS)}
    typed = sorted(
        (line for line in lines if line is not None),
        key=lambda line: (
            order.get(line.indicator, 99),
            units[line.unit_code].sort_key if line.unit_code in units else "",
            line.body,
        ),
    )
    return [*_ours(session, actor, asked, targets), *typed]


def _legal_of(units: Mapping[str, Unit], actor: Actor, asked: Asked) -> Collection[str] | None:
    """Among other indices the Circular's score is shown of the unit asked for, or of the tops alone."""
    if asked.indicator == LEGAL:
        return list(units) if asked.period else None
    if asked.unit_code:
        return [asked.unit_code]
    seen = {code for code, unit in units.items() if actor.may("viewer", unit.path)}
    return [code for code in seen if units[code].parent_code not in seen]


def _group(
    values: Sequence[IndicatorValue],
    names: Mapping[str, str],
    targets: Targets,
    period: str,
    *,
    legal: LegalScore | None,
) -> Line | None:
    """One index of one body: its newest period, or the one asked for."""
    wanted, now = _now(values, period)
    if not now:
        return None
    known = {(value.part, value.period): value for value in values}
    whole = next((value for value in now if not value.part), None)
    parts = tuple(line_of(value, names, known) for value in _in_order(now) if value.part)
    line = line_of(whole or _empty(now[0]), names, known)
    target = targets.of(line.indicator, line.unit_code, year=int(wanted[:4]))
    past = sorted((v for v in values if not v.part and v.period != wanted), key=lambda v: v.period)
    if legal is not None and whole is None:
        line = replace(line, score=Decimal(str(legal.total)), largest=Decimal(str(int(legal.possible))))
    return replace(
        line,
        target=target,
        verdict=figures.verdict(line.compared, target),
        parts=parts,
        total=_sum(line, parts) if legal is None else None,
        legal=legal,
        history=tuple(line_of(value, names, known) for value in reversed(past)),
    )


def _now(values: Sequence[IndicatorValue], period: str) -> tuple[str, list[IndicatorValue]]:
    """The period asked for, else the newest, and its values."""
    wanted = period or max(value.period for value in values)
    return wanted, [value for value in values if value.period == wanted]


def _legal(groups: Mapping[Group, Sequence[IndicatorValue]], period: str) -> dict[Group, LegalScore | None]:
    """The Circular's scores, all at once."""
    asked = [group for group in groups if group[0] == LEGAL]
    return dict(zip(asked, scores_of([_now(groups[group], period)[1] for group in asked]), strict=True))


def _in_order(values: Sequence[IndicatorValue]) -> list[IndicatorValue]:
    known = list(INDICATORS[values[0].indicator].parts)
    return sorted(values, key=lambda v: (known.index(v.part) if v.part in known else len(known), v.part))


def _sum(line: Line, parts: Sequence[Line]) -> Sum | None:
    scores = [part.score for part in parts if part.score is not None]
    whole = INDICATORS[line.indicator].whole
    complete = bool(whole) and {part.part for part in parts} == set(whole)
    return figures.sum_of(scores, line.score, complete=complete)


def _empty(value: IndicatorValue) -> IndicatorValue:
    """The whole of parts that came without it."""
    return IndicatorValue(**{**value.model_dump(), "part": "", "score": None, "largest": None, "detail": {}})


def _ours(session: Session, actor: Actor, asked: Asked, targets: Targets) -> list[Line]:
    """The satisfaction share of this survey: of the unit asked for, or of the tops that may be seen."""
    if asked.indicator not in ("", SATISFACTION):
        return []
    for survey in list_rounds(session):
        if asked.period and str(survey.period_end_on.year) != asked.period[:4]:
            continue
        if asked.unit_code and asked.unit_code not in units_of(session, survey.round_code):
            continue
        tables = open_newest(session, survey.round_code, within=actor.paths("viewer"))
        if tables is None:
            continue
        units = (asked.unit_code,) if asked.unit_code else tables.tops
        rows = tables.rows("unit", unit=units, figure=tables.headline)
        return [_our_line(row, survey, targets) for row in rows]
    return []


def _our_line(row: "Estimate", survey: Round, targets: Targets) -> Line:
    """Hidden figures stay hidden: no score, no verdict."""
    target = targets.of(SATISFACTION, row.unit, year=survey.period_end_on.year)
    return Line(
        indicator=SATISFACTION,
        part="",
        unit_code=row.unit,
        unit_name=row.names["unit"],
        body="",
        period=str(survey.period_end_on.year),
        measure="pct",
        score=None if row.estimate is None else numbers.rounded(row.estimate, 1),
        largest=None,
        rank=None,
        rank_of=None,
        change=Change(),
        source=survey.title,
        target=target,
        verdict=figures.verdict_of_interval(row.low, row.high, target),
        low=row.low,
        high=row.high,
        round_code=survey.round_code,
    )
