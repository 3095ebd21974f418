"""A device's credential changes by itself, so that one copied earlier is worth nothing later.

Who shows a copy while it is good is handed the next one as well: then only one of the two goes on, and where
it is the copy, the device itself says that it is not connected and is connected anew.

The server hands the next credential out in the reply to a heartbeat. The one in use stays good until the next
one is first shown: a lost reply, or a device switched off in between, locks nobody out. The next follows from
the one in use and the server's key: two pages that ask at once get the same, and no table holds it.
"""

from datetime import timedelta

from sqlmodel import Session

from app.core import clock
from app.core.config import settings
from app.core.tokens import digest, keyed_digest
from app.kiosks.service import kiosk_in_use
from app.kiosks.tables import Kiosk

PURPOSE = "kiosk_credential"


def ask_for_rotation(session: Session, kiosk_id: str) -> Kiosk:
    """Have this kiosk's device take another credential at its next heartbeat, however young its own is."""
    kiosk = kiosk_in_use(session, kiosk_id)
    kiosk.credential_at = None
    session.add(kiosk)
    session.flush()
    return kiosk


def next_credential(session: Session, kiosk: Kiosk, shown: str) -> str | None:
    """The credential this device is to show from now on, or None; one shown for the first time takes over."""
    if kiosk.next_digest == digest(shown):
        kiosk.credential_digest, kiosk.next_digest, kiosk.credential_at = kiosk.next_digest, None, clock.now()
        session.add(kiosk)
        session.flush()
    if not _is_due(kiosk):
        return None
    made = keyed_digest(PURPOSE, shown.encode())
    kiosk.next_digest = digest(made)
    session.add(kiosk)
    session.flush()
    return made


def _is_due(kiosk: Kiosk) -> bool:
    age = timedelta(days=settings().credential_days)
    return kiosk.credential_at is None or clock.now() - kiosk.credential_at >= age
