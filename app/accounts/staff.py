"""Staff: who may log in, and the roles they were given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import column, table
from sqlalchemy import select as plain_select
from sqlmodel import Session, col, select

from app.accounts import passwords
from app.accounts.actors import EVERYWHERE, Actor, Grant
from app.accounts.service import check_role, record_audit, revoke_sessions
from app.accounts.tables import RoleGrant, Staff
from app.core import clock
from app.core.errors import Conflict, Invalid, NotFound

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
# The register stands above this room: its table is named as text, as a foreign key would name it.
UNIT = table("unit", column("unit_code"), column("path"))


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff as lists show them."""

    username: str
    display_name: str
    active: bool
    grants: tuple[Grant, ...]


def may_manage(actor: Actor, person: Person) -> bool:
    """Whether every role of the person lies where the actor is administrator; nobody's are everybody's."""
    return all(
        actor.may("administrator", held.unit_path) for held in person.grants or (Grant("viewer", EVERYWHERE),)
    )


def path_of_unit(session: Session, unit_code: str) -> str:
    """The path a grant keeps for a unit; no code means everywhere."""
    if not unit_code:
        return EVERYWHERE
    found = (
        session.connection().execute(plain_select(UNIT.c.path).where(UNIT.c.unit_code == unit_code)).scalar()
    )
    if found is None:
        raise NotFound(
            "unit {unit} is not known", where="unit", remedy="see the list of units", unit=unit_code
        )
    return str(found)


def create_staff(session: Session, username: str, password: str, *, display_name: str, by: Actor) -> str:
    """A new member of staff without any role yet; the id."""
    username = username.strip().lower()
    if not USERNAME.fullmatch(username):
        raise Invalid(
            "username {username} cannot be used",
            where="username",
            remedy="use 3 to 64 small letters, digits, dots, dashes",
            username=username,
        )
    if session.exec(select(Staff).where(Staff.username == username)).first():
        raise Conflict(
            "username {username} is taken", where="username", remedy="choose another", username=username
        )
    passwords.check_strength(password, username)
    staff = Staff(
        staff_id=uuid4().hex,
        username=username,
        display_name=(display_name or username)[:120],
        password_hash=passwords.hashed(password),
        created_at=clock.now(),
    )
    session.add(staff)
    session.flush()
    record_audit(session, by, "staff created", username)
    return staff.staff_id


def grant(session: Session, username: str, *, role: str, unit_path: str, by: Actor) -> None:
    """Give a role over one subtree; giving it twice is no error."""
    check_role(role)
    staff = get_staff(session, username)
    wanted = RoleGrant(grant_id=uuid4().hex, staff_id=staff.staff_id, role=role, unit_path=unit_path)
    held = session.exec(
        select(RoleGrant).where(
            RoleGrant.staff_id == staff.staff_id, RoleGrant.role == role, RoleGrant.unit_path == unit_path
        )
    ).first()
    if held is None:
        session.add(wanted)
        record_audit(session, by, "role granted", staff.username, role=role, unit_path=unit_path)


def ungrant(session: Session, username: str, *, role: str, unit_path: str, by: Actor) -> None:
    """Take a role away; taking one that is not there is no error."""
    staff = get_staff(session, username)
    held = session.exec(
        select(RoleGrant).where(
            RoleGrant.staff_id == staff.staff_id, RoleGrant.role == role, RoleGrant.unit_path == unit_path
        )
    ).first()
    if held is not None:
        session.delete(held)
        record_audit(session, by, "role taken", staff.username, role=role, unit_path=unit_path)


def get_staff(session: Session, username: str) -> Staff:
    found = session.exec(select(Staff).where(Staff.username == username.strip().lower())).first()
    if found is None:
        raise NotFound(
            "nobody is called {username}",
            where="username",
            remedy="see: sipas accounts list",
            username=username,
        )
    return found


def set_password(session: Session, username: str, password: str, *, by: Actor) -> None:
    """A new password; everything opened with the old one is closed."""
    staff = get_staff(session, username)
    passwords.check_strength(password, staff.username)
    staff.password_hash = passwords.hashed(password)
    session.add(staff)
    revoke_sessions(session, staff.staff_id)
    record_audit(session, by, "password set", staff.username)


def deactivate(session: Session, username: str, *, by: Actor) -> None:
    """The person may not log in any more; what they did stays in the trail."""
    staff = get_staff(session, username)
    staff.active = False
    session.add(staff)
    revoke_sessions(session, staff.staff_id)
    record_audit(session, by, "staff deactivated", staff.username)


def activate(session: Session, username: str, *, by: Actor) -> None:
    """The person may log in again, with the password and roles from before."""
    staff = get_staff(session, username)
    staff.active = True
    session.add(staff)
    record_audit(session, by, "staff activated", staff.username)


def end_sessions(session: Session, username: str, *, by: Actor) -> int:
    """Log the person out everywhere; how many sessions there were."""
    staff = get_staff(session, username)
    ended = revoke_sessions(session, staff.staff_id)
    record_audit(session, by, "sessions revoked", staff.username, count=ended)
    return ended


def list_staff(session: Session) -> Sequence[Person]:
    """Everybody, by username."""
    grants: dict[str, list[Grant]] = {}
    for held in session.exec(select(RoleGrant).order_by(col(RoleGrant.unit_path), col(RoleGrant.role))):
        grants.setdefault(held.staff_id, []).append(Grant(held.role, held.unit_path))
    return [
        Person(staff.username, staff.display_name, staff.active, tuple(grants.get(staff.staff_id, ())))
        for staff in session.exec(select(Staff).order_by(col(Staff.username)))
    ]


def get_person(session: Session, username: str) -> Person:
    """One member of staff with the roles held. Raises: NotFound."""
    staff = get_staff(session, username)
    held = session.exec(select(RoleGrant).where(RoleGrant.staff_id == staff.staff_id)).all()
    grants = sorted((Grant(one.role, one.unit_path) for one in held), key=lambda one: one.unit_path)
    return Person(staff.username, staff.display_name, staff.active, tuple(grants))
