"""Kiosks: a device is connected by a one-time code and then carries a credential that can be revoked."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from sqlmodel import Session, col, delete, select, update

from app.core import clock
from app.core.config import settings
from app.core.errors import Conflict, Invalid, NotFound, NotSignedIn
from app.core.tokens import digest, new_secret
from app.kiosks.accounting import device_id_of, lock_devices
from app.kiosks.hours import checked_hours
from app.kiosks.tables import EnrolmentCode, KioskDevice
from app.kiosks.tables import Kiosk as Kiosk
from app.units.service import get_unit

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is read as another
CODE_LENGTH = 8
ENROL_PAGE = "/kiosk/enrol"
NAME_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A kiosk that waits for its device; `code` is shown once and stored nowhere."""

    kiosk_id: str
    code: str


def create_enrolment(session: Session, unit_code: str, name: str) -> Enrolment:
    """A new kiosk of this unit and the one-time code that connects its device."""
    unit = get_unit(session, unit_code)
    name = name.strip() or unit.name
    if len(name) > NAME_LENGTH:
        raise Invalid(
            "longer than {max_length} characters", where="name", remedy="shorten it", max_length=NAME_LENGTH
        )
    kiosk = Kiosk(kiosk_id=uuid4().hex, unit_code=unit_code, name=name, created_at=clock.now())
    session.add(kiosk)
    session.flush()
    return Enrolment(kiosk.kiosk_id, renew_code(session, kiosk.kiosk_id))


def renew_code(session: Session, kiosk_id: str) -> str:
    """Another one-time code for a kiosk: an earlier one that was not used is worth nothing from now on."""
    kiosk = kiosk_in_use(session, kiosk_id)
    session.exec(
        delete(EnrolmentCode).where(
            col(EnrolmentCode.kiosk_id) == kiosk.kiosk_id, col(EnrolmentCode.redeemed_at).is_(None)
        )
    )
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    expires_at = clock.now() + timedelta(minutes=settings().enrolment_minutes)
    session.add(EnrolmentCode(code_digest=digest(code), kiosk_id=kiosk_id, expires_at=expires_at))
    session.flush()
    return f"{code[:4]}-{code[4:]}"


def enrolment_link(code: str) -> str:
    """Where the device goes, its code behind `#`: a browser sends that part to no server and no log."""
    return f"{settings().link_base}{ENROL_PAGE}#{code}"


def redeem_enrolment(session: Session, code: str) -> tuple[Kiosk, str]:
    """The kiosk and its device's credential; the code is spent, an earlier device of it is cut off."""
    now = clock.now()
    spent = session.exec(
        update(EnrolmentCode)
        .where(
            col(EnrolmentCode.code_digest) == digest(_plain(code)),
            col(EnrolmentCode.redeemed_at).is_(None),
            col(EnrolmentCode.expires_at) > now,
        )
        .values(redeemed_at=now)
        .returning(col(EnrolmentCode.kiosk_id))
    ).first()
    if spent is None:
        raise _wrong_code()
    kiosk = get_kiosk(session, str(spent[0]))
    if kiosk.revoked_at is not None:
        raise _wrong_code()
    credential = new_secret()
    kiosk.credential_digest, kiosk.enrolled_at = digest(credential), now
    kiosk.device_id = device_id_of(kiosk.credential_digest)
    kiosk.credential_at, kiosk.next_digest = now, None
    session.add(kiosk)
    session.flush()
    lock_devices(session.connection(), {kiosk.device_id: kiosk.kiosk_id})
    return kiosk, credential


def kiosk_of(session: Session, credential: str) -> Kiosk:
    """The kiosk with this credential, or with the next one it was handed; NotSignedIn when it has none."""
    shown = digest(credential)
    is_its = (col(Kiosk.credential_digest) == shown) | (col(Kiosk.next_digest) == shown)
    found = session.exec(select(Kiosk).where(is_its, col(Kiosk.revoked_at).is_(None))).first()
    if found is None:
        raise NotSignedIn(
            "this device is not connected (any more)",
            where="credential",
            remedy="connect it with a new one-time code",
            code="kiosk_unknown",
        )
    return found


def kiosk_of_device(session: Session, device_id: str) -> Kiosk:
    """The kiosk this device was or is connected as, also after it was replaced or cut off."""
    found = session.get(KioskDevice, device_id)
    if found is None:
        raise NotFound(
            "device {device} was never connected here",
            where="device",
            remedy="bring the file in on the server the device was connected to",
            device=device_id,
        )
    return get_kiosk(session, found.kiosk_id)


def list_kiosks(session: Session) -> Sequence[Kiosk]:
    """Every kiosk, those in use first, by unit and name."""
    return session.exec(
        select(Kiosk).order_by(col(Kiosk.revoked_at).is_not(None), col(Kiosk.unit_code), col(Kiosk.name))
    ).all()


def get_kiosk(session: Session, kiosk_id: str) -> Kiosk:
    """The kiosk of that id."""
    found = session.get(Kiosk, kiosk_id)
    if found is None:
        raise NotFound(
            "kiosk {kiosk} is not known",
            where="kiosk",
            remedy="look it up in the list of kiosks",
            kiosk=kiosk_id,
        )
    return found


def kiosk_in_use(session: Session, kiosk_id: str) -> Kiosk:
    """The kiosk of that id. Raises: NotFound; Conflict for one that was cut off, which is for good."""
    kiosk = get_kiosk(session, kiosk_id)
    if kiosk.revoked_at is not None:
        raise Conflict(
            "kiosk {kiosk} was cut off",
            where="kiosk",
            remedy="connect the device as a new kiosk",
            kiosk=kiosk_id,
        )
    return kiosk


def set_hours(session: Session, kiosk_id: str, hours: str) -> Kiosk:
    """Opening hours of one kiosk; empty: those of the setting."""
    kiosk = get_kiosk(session, kiosk_id)
    kiosk.opening_hours = checked_hours(hours)
    session.add(kiosk)
    session.flush()
    return kiosk


def revoke(session: Session, kiosk_id: str) -> Kiosk:
    """Cut a device off; what it sent stays. Revoking twice is no error."""
    kiosk = get_kiosk(session, kiosk_id)
    kiosk.revoked_at = kiosk.revoked_at or clock.now()
    session.add(kiosk)
    session.flush()
    return kiosk


def _plain(code: str) -> str:
    """The code as it was made, whatever case, blanks and hyphens somebody typed."""
    return "".join(sign for sign in code.upper() if sign.isalnum())


def _wrong_code() -> Invalid:
    return Invalid(
        "this code is wrong, used or out of date",
        where="code",
        code="code_invalid",
        remedy="type it again, or ask the operator for a new one",
    )
