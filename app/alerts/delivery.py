"""Telling receivers: what is due is taken under a lease, sent outside any transaction, then written down.

A server that dies in between sends again: at least once, each delivery under its own id. Receivers are told
side by side, each within its own few seconds, so a slow one keeps neither the others nor the watch waiting.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from app.alerts import mail, webhook
from app.alerts.tables import Alert, AlertDelivery, AlertReceiver
from app.alerts.telling import Message, NotSent
from app.alerts.views import AlertView, views_of
from app.core import clock
from app.core.database import Database
from app.core.logs import get_logger

log = get_logger("alerts")
LEASE = timedelta(minutes=10)
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
MOST_AT_ONCE = 100
RECEIVERS_AT_ONCE = 16
SENDERS: Mapping[str, Callable[[AlertReceiver, Sequence[Message]], None]] = {
    "email": mail.send,
    "webhook": webhook.send,
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one receiver is told at once."""

    receiver: AlertReceiver
    messages: tuple[Message, ...]


def deliver(database: Database) -> int:
    """Send what is due; how many deliveries arrived."""
    with database.write() as session:
        parcels = take_due(session)
    arrived = 0
    for parcel, trouble in _all_sent(parcels):
        with database.write() as session:
            settle(session, parcel, trouble)
        arrived += 0 if trouble else len(parcel.messages)
    return arrived


def _all_sent(parcels: Sequence[Parcel]) -> Iterator[tuple[Parcel, str]]:
    """Each parcel with what became of it, in the order they end; no thread outlives the last."""
    if not parcels:
        return
    with ThreadPoolExecutor(min(len(parcels), RECEIVERS_AT_ONCE), "alert-sender") as senders:
        sending = {senders.submit(_sent, parcel): parcel for parcel in parcels}
        for sent in as_completed(sending):
            yield sending[sent], sent.result()


def _sent(parcel: Parcel) -> str:
    """Empty when it arrived; else what went wrong, in a few words without addresses."""
    try:
        SENDERS[parcel.receiver.kind](parcel.receiver, parcel.messages)
    except NotSent as error:
        log.warning("alert_not_sent", receiver=parcel.receiver.receiver_id, reason=str(error))
        return str(error)
    except Exception as error:  # whatever one receiver does, the others are told and it is tried again
        log.error("alert_send_failed", receiver=parcel.receiver.receiver_id, kind=type(error).__name__)
        return type(error).__name__
    return ""


def take_due(session: Session) -> list[Parcel]:
    """Due deliveries by receiver; nobody else takes them for a while."""
    now = clock.now()
    rows = session.exec(
        select(AlertDelivery, AlertReceiver, Alert)
        .join(AlertReceiver, col(AlertDelivery.receiver_id) == AlertReceiver.receiver_id)
        .join(Alert, col(AlertDelivery.alert_id) == Alert.alert_id)
        .where(col(AlertDelivery.due_at) <= now, col(AlertReceiver.removed_at).is_(None))
        .order_by(col(AlertDelivery.due_at), col(AlertDelivery.delivery_id))
        .with_for_update(skip_locked=True)
    ).all()
    by_receiver: dict[str, list[tuple[AlertDelivery, AlertReceiver, Alert]]] = {}
    for row in rows:
        by_receiver.setdefault(row[1].receiver_id, []).append(row)
    taken = [found[:MOST_AT_ONCE] for found in by_receiver.values()]
    for delivery, _, _ in (row for found in taken for row in found):
        delivery.due_at, delivery.attempts = now + LEASE, delivery.attempts + 1
        session.add(delivery)
    return [_parcel(session, found) for found in taken]


def _parcel(session: Session, rows: Sequence[tuple[AlertDelivery, AlertReceiver, Alert]]) -> Parcel:
    receiver = rows[0][1]
    views: list[AlertView] = views_of(session, [alert for _, _, alert in rows], receiver.language)
    messages = [
        Message(delivery.delivery_id, delivery.event, view, dict(alert.detail))
        for (delivery, _, alert), view in zip(rows, views, strict=True)
    ]
    return Parcel(receiver, tuple(messages))


def settle(session: Session, parcel: Parcel, trouble: str) -> None:
    """Write down that it arrived, or when to try again; after the last wait it is given up."""
    now = clock.now()
    wanted = col(AlertDelivery.delivery_id).in_([message.delivery_id for message in parcel.messages])
    for delivery in session.exec(select(AlertDelivery).where(wanted)).all():
        waits = BACK_OFF[delivery.attempts - 1 :][:1] if trouble else ()
        delivery.due_at = now + waits[0] if waits else None
        delivery.delivered_at = None if trouble else now
        delivery.last_error = trouble[:200]
        session.add(delivery)
