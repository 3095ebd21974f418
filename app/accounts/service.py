"""The rules of accounts: log-in sessions, machines' keys, the trail. Staff themselves are in `staff.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from sqlmodel import Session, col, delete, select

from app.accounts import passwords
from app.accounts.actors import COMMAND_LINE, EVERYWHERE, Actor, Grant, is_within, missing_role, require
from app.accounts.tables import ROLES, ApiKey, AuditEntry, RoleGrant, Staff, StaffSession
from app.core import clock
from app.core.config import settings
from app.core.errors import Invalid, NotFound, NotSignedIn
from app.core.tokens import digest, new_secret

__all__ = [
    "COMMAND_LINE",
    "EVERYWHERE",
    "Actor",
    "Credential",
    "Grant",
    "ROLES",
    "ApiKey",
    "IssuedKey",
    "actor_of_key",
    "actor_of_session",
    "authenticate",
    "check_role",
    "close_session",
    "create_key",
    "find_credential",
    "is_within",
    "list_keys",
    "missing_role",
    "open_session",
    "record_audit",
    "require",
    "revoke_key",
    "revoke_sessions",
    "touch_session",
]

LONGEST_SESSION = timedelta(days=7)
TOUCH_EVERY = timedelta(minutes=5)
KEY_PREFIX = "sipas_"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a log-in is compared with; None where nobody has the name."""

    staff_id: str | None
    password_hash: str | None


def find_credential(session: Session, username: str) -> Credential:
    """The stored side of a log-in, for whoever verifies outside a transaction."""
    staff = session.exec(
        select(Staff).where(Staff.username == username.strip().lower(), Staff.active)
    ).first()
    return Credential(staff.staff_id, staff.password_hash) if staff else Credential(None, None)


def is_still(session: Session, credential: Credential) -> bool:
    """Whether a log-in verified a moment ago holds: no new password meanwhile, the person not locked out."""
    staff = session.exec(
        select(Staff).where(Staff.staff_id == credential.staff_id, Staff.active).with_for_update()
    ).first()
    return staff is not None and staff.password_hash == credential.password_hash


def authenticate(session: Session, username: str, password: str) -> str:
    """A new session's token; the same error, after the same time, for a wrong name and a wrong password."""
    credential = find_credential(session, username)
    if not passwords.matches(credential.password_hash, password) or credential.staff_id is None:
        raise wrong_log_in()
    return open_session(session, credential.staff_id)


def wrong_log_in() -> NotSignedIn:
    return NotSignedIn(
        "the username or the password is not right",
        where="username",
        remedy="check both; an administrator can set a new password",
        code="wrong_log_in",
    )


def open_session(session: Session, staff_id: str) -> str:
    """A new server-side session; only the digest of its token is stored. Ended ones are cleared away."""
    token, now = new_secret(), clock.now()
    session.exec(delete(StaffSession).where(col(StaffSession.expires_at) < now))
    session.add(
        StaffSession(
            token_digest=digest(token),
            staff_id=staff_id,
            csrf_token=new_secret(),
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(hours=settings().session_hours),
        )
    )
    return token


def actor_of_session(session: Session, token: str) -> Actor:
    """Who holds this session; NotSignedIn when it is unknown, ended, revoked or its holder inactive."""
    found = session.exec(
        select(StaffSession, Staff)
        .join(Staff, col(StaffSession.staff_id) == Staff.staff_id)
        .where(
            StaffSession.token_digest == digest(token), StaffSession.expires_at > clock.now(), Staff.active
        )
    ).first()
    if found is None:
        raise NotSignedIn("nobody is signed in", remedy="log in and try again")
    opened, staff = found
    grants = session.exec(select(RoleGrant).where(RoleGrant.staff_id == staff.staff_id)).all()
    return Actor(staff.username, "staff", _as_grants(grants), opened.csrf_token)


def _as_grants(grants: Sequence[RoleGrant]) -> tuple[Grant, ...]:
    return tuple(Grant(grant.role, grant.unit_path) for grant in grants)


def needs_touch(session: Session, token: str) -> bool:
    """Whether the session's last use is old enough to be worth writing down."""
    opened = session.get(StaffSession, digest(token))
    return opened is not None and clock.now() - opened.last_seen_at > TOUCH_EVERY


def touch_session(session: Session, token: str) -> None:
    """Let the session last from now on, never past its longest life."""
    opened = session.get(StaffSession, digest(token))
    if opened is None:
        return
    now = clock.now()
    opened.last_seen_at = now
    opened.expires_at = min(
        now + timedelta(hours=settings().session_hours), opened.created_at + LONGEST_SESSION
    )
    session.add(opened)


def close_session(session: Session, token: str) -> None:
    """Log out: the token is worth nothing from now on."""
    session.exec(delete(StaffSession).where(col(StaffSession.token_digest) == digest(token)))


def revoke_sessions(session: Session, staff_id: str) -> int:
    """End every session of one person; how many there were."""
    return session.exec(delete(StaffSession).where(col(StaffSession.staff_id) == staff_id)).rowcount


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key: `secret` is shown once and stored nowhere."""

    key_id: str
    secret: str


def create_key(session: Session, name: str, *, role: str, unit_path: str, by: Actor) -> IssuedKey:
    """A machine's credential with one role over one subtree."""
    check_role(role)
    if not name.strip():
        raise Invalid("a key needs a name", where="name", remedy="name the program that will use it")
    issued = IssuedKey(uuid4().hex[:12], KEY_PREFIX + new_secret())
    session.add(
        ApiKey(
            key_id=issued.key_id,
            name=name.strip()[:120],
            key_digest=digest(issued.secret),
            role=role,
            unit_path=unit_path,
            created_at=clock.now(),
        )
    )
    record_audit(session, by, "key created", issued.key_id, name=name, role=role, unit_path=unit_path)
    return issued


def actor_of_key(session: Session, key: str) -> Actor:
    """Which machine this is; NotSignedIn when the key is unknown or revoked."""
    found = session.exec(
        select(ApiKey).where(ApiKey.key_digest == digest(key), col(ApiKey.revoked_at).is_(None))
    ).first()
    if found is None:
        raise NotSignedIn(
            "the API key is unknown or revoked", where="Authorization", remedy="ask for a new key"
        )
    return Actor(f"key:{found.name}", "key", (Grant(found.role, found.unit_path),))


def list_keys(session: Session) -> Sequence[ApiKey]:
    """Every key, newest first."""
    return session.exec(select(ApiKey).order_by(col(ApiKey.created_at).desc(), col(ApiKey.key_id))).all()


def get_key(session: Session, key_id: str) -> ApiKey:
    found = session.get(ApiKey, key_id)
    if found is None:
        raise NotFound("key {key} is not known", where="key", remedy="see the list of keys", key=key_id)
    return found


def revoke_key(session: Session, key_id: str, *, by: Actor) -> None:
    """The key opens nothing from now on; revoking twice is no error."""
    key = get_key(session, key_id)
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        session.add(key)
        record_audit(session, by, "key revoked", key_id, name=key.name)


def check_role(role: str) -> None:
    if role not in ROLES:
        raise Invalid(
            "role {role} is not known",
            where="role",
            remedy="use one of: {roles}",
            role=role,
            roles=", ".join(ROLES),
        )


def record_audit(session: Session, actor: Actor, action: str, target: str, **detail: object) -> None:
    """Write down what was done, by whom, to what; never what a citizen answered."""
    session.add(
        AuditEntry(
            entry_id=uuid4().hex,
            at=clock.now(),
            actor=actor.name[:120],
            action=action[:80],
            target=target[:200],
            detail=detail,
        )
    )
