"""Who is told of alerts: e-mail addresses and webhooks, named by an administrator of their units."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlmodel import Session, col, select

from app.accounts.service import Actor, record_audit
from app.alerts.addresses import check_address
from app.alerts.tables import RECEIVER_KINDS as RECEIVER_KINDS
from app.alerts.tables import AlertDelivery
from app.alerts.tables import AlertReceiver as AlertReceiver
from app.core import clock
from app.core.errors import Invalid, NotFound
from app.core.language import LANGUAGES
from app.core.tokens import keyed_digest

MAILBOX = re.compile(r"[^@\s\x00-\x1f,;<>\"]{1,64}@[^@\s\x00-\x1f,;<>\"]{1,255}")
SECRET_PURPOSE = "alert webhook"
NAME_LENGTH, ADDRESS_LENGTH = 120, 400


@dataclass(frozen=True, slots=True)
class NewReceiver:
    """`unit_path` is where it is told of; the language is that of its messages."""

    kind: str
    name: str
    address: str
    unit_path: str = "/"
    language: str = "vi"


@dataclass(frozen=True, slots=True)
class Issued:
    """A new receiver; the secret of a webhook is shown this once and stored nowhere."""

    receiver: AlertReceiver
    secret: str


def add_receiver(session: Session, new: NewReceiver, *, by: Actor) -> Issued:
    """Tell this address from now on. Raises: Invalid for what cannot be told."""
    _check(new)
    receiver = AlertReceiver(
        receiver_id=uuid4().hex,
        kind=new.kind,
        name=new.name.strip(),
        address=new.address.strip(),
        language=new.language,
        unit_path=new.unit_path,
        created_at=clock.now(),
        created_by=by.name[:120],
    )
    session.add(receiver)
    session.flush()
    record_audit(session, by, "alert receiver added", receiver.receiver_id, kind=new.kind, path=new.unit_path)
    return Issued(receiver, secret_of(receiver.receiver_id) if new.kind == "webhook" else "")


def secret_of(receiver_id: str) -> str:
    """The webhook's key, derived from the installation's own: a reader of the database cannot sign."""
    return keyed_digest(SECRET_PURPOSE, receiver_id.encode())


def list_receivers(session: Session) -> Sequence[AlertReceiver]:
    """Those that are told now, by name."""
    return session.exec(
        select(AlertReceiver)
        .where(col(AlertReceiver.removed_at).is_(None))
        .order_by(col(AlertReceiver.name), col(AlertReceiver.receiver_id))
    ).all()


def get_receiver(session: Session, receiver_id: str) -> AlertReceiver:
    """Raises: NotFound."""
    found = session.get(AlertReceiver, receiver_id)
    if found is None:
        raise NotFound(
            "receiver {receiver} is not known",
            where="receiver",
            remedy="see the list of receivers",
            receiver=receiver_id,
        )
    return found


def remove_receiver(session: Session, receiver_id: str, *, by: Actor) -> None:
    """Tell it no more; what waits for it is dropped. Removing twice is no error."""
    receiver = get_receiver(session, receiver_id)
    if receiver.removed_at is None:
        receiver.removed_at = clock.now()
        session.add(receiver)
        record_audit(session, by, "alert receiver removed", receiver_id)
    waiting = select(AlertDelivery).where(AlertDelivery.receiver_id == receiver_id)
    for delivery in session.exec(waiting.where(col(AlertDelivery.due_at).is_not(None))).all():
        delivery.due_at = None
        session.add(delivery)


def troubles(session: Session) -> dict[str, tuple[int, str]]:
    """By receiver: how many messages did not arrive so far, and what went wrong with one of them."""
    found: dict[str, tuple[int, str]] = {}
    late = select(AlertDelivery).where(col(AlertDelivery.last_error) != "")
    for delivery in session.exec(late.where(col(AlertDelivery.delivered_at).is_(None))).all():
        count, _ = found.get(delivery.receiver_id, (0, ""))
        found[delivery.receiver_id] = (count + 1, delivery.last_error)
    return found


def _one_of(where: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise Invalid(
            "{value} is not known",
            where=where,
            remedy="use one of: {known}",
            value=value,
            known=", ".join(known),
        )


def _check(new: NewReceiver) -> None:
    _one_of("kind", new.kind, RECEIVER_KINDS)
    _one_of("language", new.language, LANGUAGES)
    if not 0 < len(new.name.strip()) <= NAME_LENGTH or len(new.address) > ADDRESS_LENGTH:
        raise Invalid(
            "a receiver needs a name of up to {most} letters",
            where="name",
            remedy="name the office or program that is told",
            most=NAME_LENGTH,
        )
    if new.kind == "webhook":
        check_address(new.address.strip())
    elif not MAILBOX.fullmatch(new.address.strip()):
        raise Invalid(
            "{value} is not an e-mail address", where="address", remedy="write one address", value=new.address
        )
