"""A round at a glance: who answered, how satisfied, what changed, how the units stand, what needs a look."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.accounts.service import Actor
from app.alerts.views import AlertView, open_alerts
from app.console.results_charts import Drawn, bar_of
from app.console.results_page import Opened
from app.console.telling import month_words
from app.core.language import translator
from app.core.numbers import number
from app.results.charts import NARROW, WIDE, Frame, IntervalBars, Mark, interval_bars
from app.results.comparing import Compared
from app.results.last_round import Before, LastRound, before_round, headline_changes
from app.results.overall import Asked, asked_otherwise
from app.results.reading import EditionTables, Estimate
from app.results.standing import standings
from app.rounds.service import Round

AT_A_GLANCE = 20
SHOWN_ALERTS = 6
SHOWN_FALLS = 5
OF_A_KIOSK = "kiosk_"
A_MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True, slots=True)
class Stand:
    """A unit's row and its place against the whole."""

    row: Estimate
    way: str


@dataclass(frozen=True, slots=True)
class Overview:
    """`shown` of the `units` are drawn: all, or the lowest; `others` are overall questions of other forms.

    `falls` are the units that fell for certain since the last round, `alerts` those of this round: the first
    of each, `all_falls` and `all_alerts` how many there are.
    """

    opened: Opened
    top: str
    name: str
    own: Estimate | None
    before: Before
    change: Compared | None
    others: Sequence[Asked]
    units: Sequence[Stand]
    shown: Sequence[Stand]
    falls: Sequence[Compared]
    all_falls: int
    hidden: int
    provisional: Sequence[str]
    alerts: Sequence[AlertView]
    all_alerts: int

    @property
    def last(self) -> LastRound | None:
        return self.before.last

    def count(self, way: str) -> int:
        return sum(one.way == way for one in self.units)


def overview_of(session: Session, actor: Actor, opened: Opened, *, language: str) -> Overview:
    """The round as the reader may see it, from the first unit without one above."""
    tables = opened.tables
    top = tables.tops[0]
    own = tables.one(unit=top, figure=tables.headline)
    units = _units(tables, top, own)
    before = before_round(session, opened.survey, language=language, within=actor.paths("viewer"))
    below = [one.row.unit for one in units]
    changes = headline_changes(session, tables, before.last, units=[top, *below])
    falls = _falls(changes, below)
    alerts = alerts_of(open_alerts(session, actor, language=language), opened.survey)
    return Overview(
        opened=opened,
        top=top,
        name=tables.unit_name(top),
        own=own,
        before=before,
        change=changes.get(top),
        others=asked_otherwise(tables, top),
        units=units,
        shown=units[:AT_A_GLANCE],
        falls=falls[:SHOWN_FALLS],
        all_falls=len(falls),
        hidden=sum(one.row.estimate is None for one in units),
        provisional=[month_words(one) for one in opened.edition.data_cut.get("provisional_months", ())],
        alerts=alerts[:SHOWN_ALERTS],
        all_alerts=len(alerts),
    )


def alerts_of(alerts: Sequence[AlertView], survey: Round) -> list[AlertView]:
    """Those about this round, by its code or a month of it; what is about no round, a kiosk, stays."""
    return [one for one in alerts if one.rule.startswith(OF_A_KIOSK) or _is_of(one.period, survey)]


def _is_of(period: str, survey: Round) -> bool:
    first, last = (f"{day:%Y-%m}" for day in (survey.period_start_on, survey.period_end_on))
    return period == survey.round_code or (bool(A_MONTH.fullmatch(period)) and first <= period <= last)


def units_finding(found: Overview, language: str) -> str:
    """One sentence about the units."""
    say = translator(language)
    facts = {
        "count": len(found.units),
        "down": found.count("down"),
        "up": found.count("up"),
        "name": found.name,
    }
    if not facts["down"] and not facts["up"]:
        return say("None of %(count)s units differs for certain from %(name)s") % facts
    return say("Of %(count)s units %(down)s are lower for certain than %(name)s, %(up)s higher") % facts


def finding(found: Overview, language: str) -> str:
    """The round in one sentence, as true as its interval and its change allow."""
    say, own = translator(language), found.own
    if own is None or own.estimate is None:
        return say("%(name)s: the share cannot be published yet") % {"name": found.name}
    facts = {"name": found.name, "value": number(own.estimate, language, 1)}
    change = found.change.change if found.change else None
    if change is None or change.difference is None or found.last is None:
        return say("%(name)s: %(value)s%% are satisfied") % facts
    facts |= {"points": number(abs(change.difference), language, 1), "round": found.last.survey.round_code}
    if change.arrow > 0:
        return say("%(name)s: %(value)s%% are satisfied, %(points)s points more than in %(round)s") % facts
    if change.arrow < 0:
        return say("%(name)s: %(value)s%% are satisfied, %(points)s points lower than in %(round)s") % facts
    return say("%(name)s: %(value)s%% are satisfied, no different for certain from %(round)s") % facts


def glance(found: Overview, language: str) -> Drawn:
    """The units as bars on one scale."""
    say = translator(language)
    name_of = found.opened.tables.unit_name
    rows = [bar_of(one.row, name_of(one.row.unit), one.way, say) for one in found.shown]
    reference = None
    if found.own is not None and found.own.estimate is not None:
        reference = Mark(found.own.estimate, found.name)
    wide, narrow = (
        interval_bars(_frame(found, language, width), IntervalBars(rows, reference))
        for width in (WIDE, NARROW)
    )
    return Drawn(wide, narrow)


def _units(tables: EditionTables, top: str, own: Estimate | None) -> list[Stand]:
    """Units directly below, lowest first, hidden ones last."""
    rows = tables.rows(unit=tables.children(top), figure=tables.headline)
    found = [Stand(row, way) for row, way in zip(rows, standings([(row, own) for row in rows]), strict=True)]
    return sorted(found, key=lambda one: (one.row.estimate is None, one.row.estimate or 0.0))


def _falls(changes: Mapping[str, Compared], units: Sequence[str]) -> list[Compared]:
    fallen = [changes[unit] for unit in units if unit in changes and changes[unit].change.arrow < 0]
    return sorted(fallen, key=lambda one: one.change.difference or 0.0)


def _frame(found: Overview, language: str, width: int) -> Frame:
    say = translator(language)
    return Frame(
        title=units_finding(found, language),
        measure=say("Share satisfied or very satisfied in percent; interval 95%"),
        description=say("The same numbers stand in the table of results."),
        language=language,
        width=width,
        key=f"glance-{width}",
    )
