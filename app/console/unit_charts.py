"""A unit's charts: the trend with its limits, the profile against peers, the services."""

from dataclasses import replace

from app.console.results_charts import Drawn, bar_of, hidden_words, is_shaky
from app.console.unit_figures import UnitFigures
from app.core.language import Translator, translator
from app.core.numbers import number
from app.results.charts import (
    NARROW,
    WIDE,
    Frame,
    IntervalBars,
    LevelRow,
    Mark,
    Profile,
    ProfileRow,
    ShareLevels,
    Trend,
    TrendPoint,
    interval_bars,
    profile,
    share_levels,
    trend_with_limits,
)
from app.results.trend import Turn


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


CHARTS = ("trend", "profile", "services", "levels")
LEVEL_NAMES = (
    _("Very dissatisfied"),
    _("Dissatisfied"),
    _("Neither"),
    _("Satisfied with it"),
    _("Very satisfied"),
)


def drawn(found: UnitFigures, name: str, language: str) -> Drawn:
    """One of the charts, wide and narrow, without its title: the page writes that."""
    frame = _frame(found, name, language)
    wide = replace(frame, width=WIDE, key=f"{name}-wide")
    narrow = replace(frame, width=NARROW, key=f"{name}-narrow")
    return Drawn(_draw(found, name, wide), _draw(found, name, narrow))


def picture(found: UnitFigures, name: str, language: str) -> str:
    """One of the charts as a picture that stands alone."""
    return _draw(found, name, replace(_frame(found, name, language), headed=True))


def trend_finding(found: UnitFigures, language: str) -> str:
    """What the series says, in one sentence."""
    say, series = translator(language), found.series
    if found.before.awaited:
        rounds = ", ".join(sorted(one.round_code for one in found.before.awaited))
        return say("%(name)s: the figures of %(rounds)s are being computed, come back in a moment") % {
            "name": found.name,
            "rounds": rounds,
        }
    if series.centre is None:
        return say("%(name)s: too few rounds for control limits yet") % {"name": found.name}
    if not series.signals:
        return say("%(name)s: no round stands out from chance") % {"name": found.name}
    rounds = ", ".join(turn.survey.round_code for turn in series.signals)
    facts = {"name": found.name, "rounds": rounds}
    return say("%(name)s: more than chance in %(rounds)s") % facts


def profile_finding(found: UnitFigures, language: str) -> str:
    say = translator(language)
    below = [line.row for line in found.profile if line.way == "down"]
    above = [line for line in found.profile if line.way == "up"]
    if not found.above_name:
        return say("%(name)s, criterion by criterion") % {"name": found.name}
    facts = {"name": found.name, "above": found.above_name, "down": len(below), "up": len(above)}
    if not below and not above:
        return say("%(name)s: no criterion differs for certain from %(above)s") % facts
    return say("%(name)s: against %(above)s %(down)s lower for certain, %(up)s higher") % facts


def services_finding(found: UnitFigures, language: str) -> str:
    say = translator(language)
    known = [one.row for one in found.services if one.row.estimate is not None]
    if not known:
        return say("Services: none can be published on its own")
    words = {"service": known[0].names["service"], "value": number(known[0].estimate, language, 1)}
    return say("Lowest service: %(service)s, %(value)s%%") % words


def levels_finding(found: UnitFigures, language: str) -> str:
    """Where most people are dissatisfied."""
    say = translator(language)
    known = [(name, one) for name, one in found.levels if one.shares]
    if not known:
        return say("%(name)s: answers by level are not published") % {"name": found.name}
    name, worst = max(known, key=lambda one: one[1].shares[0] + one[1].shares[1])
    value = number(worst.shares[0] + worst.shares[1], language, 1)
    return say("Most are dissatisfied with “%(criterion)s”: %(value)s%%") % {
        "criterion": name,
        "value": value,
    }


def _frame(found: UnitFigures, name: str, language: str) -> Frame:
    say = translator(language)
    findings = {
        "trend": trend_finding,
        "profile": profile_finding,
        "services": services_finding,
        "levels": levels_finding,
    }
    survey, edition = found.opened.survey, found.opened.edition.edition_id[:8]
    source = say(
        "%(round)s; edition %(edition)s. n: people who answered. Computed here; not the SIPAS index."
    )
    return Frame(
        title=findings[name](found, language),
        measure=say("Share satisfied or very satisfied in percent; interval 95%"),
        description=say("The same numbers stand in the table beside the chart."),
        source=source % {"round": survey.title, "edition": edition},
        language=language,
        key=name,
    )


def _draw(found: UnitFigures, name: str, frame: Frame) -> str:
    say = translator(frame.language)
    if name == "trend":
        return trend_with_limits(frame, _trend(found, say))
    if name == "profile":
        return profile(frame, _profile(found, say))
    if name == "levels":
        return share_levels(frame, _levels(found, say))
    return interval_bars(frame, _services(found, say))


def _trend(found: UnitFigures, say: Translator) -> Trend:
    return Trend(
        points=[_point(turn, say) for turn in found.series.turns],
        centre=found.series.centre,
        centre_label=say("Mean before"),
        limits_label=say("control limits"),
    )


def _point(turn: Turn, say: Translator) -> TrendPoint:
    row = turn.row
    return TrendPoint(
        label=turn.survey.round_code,
        value=row.estimate if row else None,
        low=row.low if row else None,
        high=row.high if row else None,
        n=row.n if row else None,
        limits=turn.limits,
        solid=row is not None and not is_shaky(row.reasons),
        signal=say("signal") if turn.is_signal else "",
        words=say("hidden") if row else "–",
    )


def _profile(found: UnitFigures, say: Translator) -> Profile:
    rows = [
        ProfileRow(
            label=line.row.figure_name,
            value=line.row.estimate,
            low=line.row.low,
            high=line.row.high,
            n=line.row.n,
            peers=line.peers,
            last=line.last,
            solid=not is_shaky(line.row.reasons),
            sign=line.way,
            words=hidden_words(line.row, say),
        )
        for line in found.profile
    ]
    has_peers = any(line.peers for line in found.profile)
    return Profile(
        rows,
        own_label=say("this round, interval 95%"),
        peers_label=say("middle half of the peers") if has_peers else "",
        last_label=say("the unit's last round") if found.last else "",
    )


def _levels(found: UnitFigures, say: Translator) -> ShareLevels:
    rows = [LevelRow(name, one.shares, one.n, words=say("not published")) for name, one in found.levels]
    return ShareLevels([say(word) for word in LEVEL_NAMES], rows)


def _services(found: UnitFigures, say: Translator) -> IntervalBars:
    own = found.own
    reference = Mark(own.estimate, found.name) if own and own.estimate is not None else None
    rows = [bar_of(one.row, one.row.names["service"], one.way, say) for one in found.services]
    return IntervalBars(rows, reference)
