"""Alerts: raised once, closed when over, acknowledged by a person; what is told of them is queued here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlmodel import Session, col, delete, select

from app.accounts.service import EVERYWHERE, Actor, is_within, record_audit, require
from app.alerts.rules import Finding
from app.alerts.tables import RULES as RULES
from app.alerts.tables import Alert, AlertDelivery, AlertReceiver
from app.alerts.views import STATES as STATES
from app.alerts.views import AlertView as AlertView
from app.alerts.views import Wanted as Wanted
from app.alerts.views import list_alerts as list_alerts
from app.alerts.views import open_alerts as open_alerts
from app.alerts.views import paths_of
from app.core import clock
from app.core.errors import Invalid, NotFound

NOTE_LENGTH = 400
TOLD_AGAIN_AFTER = timedelta(hours=24)
KEPT_FOR = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a look at the rules changed."""

    opened: int = 0
    closed: int = 0
    standing: int = 0
    told: int = 0


def has_news(session: Session, findings: Iterable[Finding], *, among: Sequence[str]) -> bool:
    """Whether anything was found that does not stand just so, or stands and was not found."""
    known = {_key(alert): alert.detail for alert in _standing(session, among)}
    return known != {one.key: dict(one.detail) for one in findings}


def reconcile(session: Session, findings: Iterable[Finding], *, among: Sequence[str] = RULES) -> Changes:
    """Raise what is new, close what is over, leave the rest; whoever must be told gets a delivery.

    `among`: the rules that were looked at. What others found stands.
    """
    now, found = clock.now(), {one.key: one for one in findings}
    standing = _standing(session, among)
    stored = {_key(alert): alert for alert in standing}
    opened = [
        _opened(session, stored.get(key) or _find(session, key), one, now) for key, one in found.items()
    ]
    over = [alert for key, alert in stored.items() if key not in found]
    for alert in over:
        alert.closed_at = now
        session.add(alert)
    session.flush()
    _tell(session, [alert for alert in opened if alert is not None], "opened", now)
    _tell(session, over, "closed", now)
    fresh = sum(alert is not None for alert in opened)
    return Changes(fresh, len(over), len(found) - fresh)


def forget_old(session: Session) -> int:
    """Delete what was over long ago, with what was sent of it; how many alerts."""
    before = clock.now() - KEPT_FOR
    old = select(Alert.alert_id).where(col(Alert.closed_at) < before)
    session.exec(delete(AlertDelivery).where(col(AlertDelivery.alert_id).in_(old)))
    return session.exec(delete(Alert).where(col(Alert.closed_at) < before)).rowcount


def _find(session: Session, key: tuple[str, str, str, str]) -> Alert | None:
    rule, unit, subject, period = key
    return session.exec(
        select(Alert).where(
            Alert.rule == rule, Alert.unit_code == unit, Alert.subject == subject, Alert.period == period
        )
    ).first()


def _standing(session: Session, among: Sequence[str]) -> Sequence[Alert]:
    chosen = col(Alert.closed_at).is_(None), col(Alert.rule).in_(among)
    return session.exec(select(Alert).where(*chosen)).all()


def _key(alert: Alert) -> tuple[str, str, str, str]:
    return alert.rule, alert.unit_code, alert.subject, alert.period


def _opened(session: Session, known: Alert | None, finding: Finding, now: datetime) -> Alert | None:
    """The alert where it is new or comes back after a day; None where it stands already."""
    if known is None:
        known = Alert(
            alert_id=uuid4().hex,
            rule=finding.rule,
            unit_code=finding.unit_code,
            subject=finding.subject,
            period=finding.period,
            detail=dict(finding.detail),
            opened_at=now,
            seen_at=now,
        )
        session.add(known)
        return known
    closed_at, known.closed_at = known.closed_at, None
    known.seen_at, known.detail = now, dict(finding.detail)
    session.add(known)
    if closed_at is None or now - closed_at < TOLD_AGAIN_AFTER:
        return None
    known.opened_at, known.acknowledged_at, known.acknowledged_by, known.note = now, None, "", ""
    return known


def _tell(session: Session, alerts: Sequence[Alert], event: str, now: datetime) -> None:
    """One delivery for each receiver whose units these are; that an alert is over goes to webhooks alone."""
    if not alerts:
        return
    receivers = session.exec(select(AlertReceiver).where(col(AlertReceiver.removed_at).is_(None))).all()
    paths = paths_of(session, alerts)
    session.add_all(
        AlertDelivery(
            delivery_id=uuid4().hex,
            alert_id=alert.alert_id,
            receiver_id=receiver.receiver_id,
            event=event,
            due_at=now,
        )
        for alert in alerts
        for receiver in receivers
        if is_within(paths.get(alert.unit_code, EVERYWHERE), receiver.unit_path)
        and (event == "opened" or receiver.kind == "webhook")
    )


def acknowledge(session: Session, alert_id: str, *, note: str, by: Actor) -> Alert:
    """Somebody has seen it and says what is done. Raises: NotFound, Forbidden, Invalid."""
    alert = session.get(Alert, alert_id)
    if alert is None:
        raise NotFound("alert {alert} is not known", where="alert", remedy="see the list", alert=alert_id)
    path = paths_of(session, [alert]).get(alert.unit_code, EVERYWHERE)
    require(by, "analyst", path)
    if not 0 < len(note.strip()) <= NOTE_LENGTH:
        raise Invalid(
            "the note is empty or longer than {most} letters",
            where="note",
            remedy="say in a sentence what is done about it",
            most=NOTE_LENGTH,
        )
    alert.acknowledged_at, alert.acknowledged_by, alert.note = clock.now(), by.name[:120], note.strip()
    session.add(alert)
    record_audit(session, by, "alert acknowledged", alert_id, rule=alert.rule, unit=alert.unit_code)
    return alert
