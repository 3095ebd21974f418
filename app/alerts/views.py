"""Alerts as people read them: what stands, filtered by who asks and what for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from app.accounts.service import EVERYWHERE, Actor, is_within
from app.alerts import words
from app.alerts.tables import Alert
from app.core import clock
from app.core.collation import sort_key
from app.core.language import translator
from app.units.service import get_unit, known_units

STATES = ("open", "acknowledged", "closed")
RECENT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as people read it; `link` is the page that explains it, `level` is bad or warn."""

    alert_id: str
    rule: str
    rule_name: str
    level: str
    unit_code: str
    unit_name: str
    period: str
    subject: str
    sentence: str
    advice: str
    link: str
    opened_at: datetime
    closed_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    note: str
    state: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts: an empty word is every; a unit means everything below it as well."""

    unit_code: str = ""
    state: str = ""
    rule: str = ""


def open_alerts(
    session: Session, actor: Actor, unit_code: str | None = None, *, language: str = "vi"
) -> list[AlertView]:
    """What stands now, acknowledged or not, of the units the actor may see; the gravest first."""
    found = list_alerts(session, actor, Wanted(unit_code or ""), language=language)
    return [one for one in found if one.state != "closed"]


def list_alerts(session: Session, actor: Actor, wanted: Wanted, *, language: str = "vi") -> list[AlertView]:
    """Alerts of the units the actor may see: what stands first, then the gravest, in Vietnamese order."""
    statement = select(Alert).order_by(
        col(Alert.closed_at).is_not(None), col(Alert.opened_at).desc(), col(Alert.alert_id)
    )
    if wanted.rule:
        statement = statement.where(Alert.rule == wanted.rule)
    if wanted.state != "closed":
        recent = col(Alert.closed_at) >= clock.now() - RECENT
        statement = statement.where(or_(col(Alert.closed_at).is_(None), recent))
    alerts = session.exec(statement).all()
    paths = paths_of(session, alerts)
    top = get_unit(session, wanted.unit_code).path if wanted.unit_code else EVERYWHERE
    seen = [alert for alert in alerts if _is_seen(actor, paths.get(alert.unit_code, EVERYWHERE), top)]
    views = views_of(session, [a for a in seen if not wanted.state or state_of(a) == wanted.state], language)
    order = {one.alert_id: sort_key(one.unit_name) for one in views}
    return sorted(
        views, key=lambda one: (STATES.index(one.state), one.level != "bad", one.rule, order[one.alert_id])
    )


def _is_seen(actor: Actor, path: str, top: str) -> bool:
    return is_within(path, top) and actor.may("viewer", path)


def state_of(alert: Alert) -> str:
    """open, acknowledged or closed."""
    if alert.closed_at is not None:
        return "closed"
    return "open" if alert.acknowledged_at is None else "acknowledged"


def paths_of(session: Session, alerts: Iterable[Alert]) -> dict[str, str]:
    """Where the alerts' units stand in the tree."""
    units = known_units(session, {alert.unit_code for alert in alerts})
    return {unit.unit_code: unit.path for unit in units}


def views_of(session: Session, alerts: Sequence[Alert], language: str) -> list[AlertView]:
    """Alerts in one language, in the order given."""
    units = known_units(session, {alert.unit_code for alert in alerts})
    names = {unit.unit_code: unit.name for unit in units}
    return [_view(alert, names, language) for alert in alerts]


def _view(alert: Alert, names: Mapping[str, str], language: str) -> AlertView:
    say = translator(language)
    name = names.get(alert.unit_code, alert.unit_code) or say("The whole round")
    return AlertView(
        alert_id=alert.alert_id,
        rule=alert.rule,
        rule_name=say(words.RULE_NAMES[alert.rule]),
        level=words.level_of(alert.rule),
        unit_code=alert.unit_code,
        unit_name=name,
        period=alert.period,
        subject=alert.subject,
        sentence=words.sentence(alert.rule, alert.detail, unit_name=name, language=language),
        advice=say(words.ADVICE[alert.rule]),
        link=words.link(alert.rule, alert.unit_code, alert.detail | {"round": alert.period}),
        opened_at=alert.opened_at,
        closed_at=alert.closed_at,
        acknowledged_at=alert.acknowledged_at,
        acknowledged_by=alert.acknowledged_by,
        note=alert.note,
        state=state_of(alert),
    )
