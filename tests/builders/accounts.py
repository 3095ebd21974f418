"""Staff who are signed in and machines that hold a key."""

from uuid import uuid4

import httpx
from sqlmodel import Session, select

from app.accounts import service, staff
from app.accounts.actors import COMMAND_LINE
from app.accounts.dependencies import cookie_name
from app.accounts.tables import StaffSession
from app.core.database import Database
from app.core.tokens import digest

PASSWORD = "hoa sen nở buổi sớm"


def a_member_of_staff(
    session: Session, username: str = "", *, role: str = "administrator", unit_path: str = "/"
) -> str:
    """Somebody with one role, whose password is PASSWORD; the username."""
    username = username or f"staff-{uuid4().hex[:8]}"
    staff.create_staff(session, username, PASSWORD, display_name="", by=COMMAND_LINE)
    staff.grant(session, username, role=role, unit_path=unit_path, by=COMMAND_LINE)
    return username


def signed_in(
    client: httpx.AsyncClient, database: Database, *, role: str = "administrator", unit_path: str = "/"
) -> str:
    """Sets the session cookie of somebody with this role; returns the CSRF token that posts must carry."""
    with database.write() as session:
        username = a_member_of_staff(session, role=role, unit_path=unit_path)
        token = service.open_session(session, staff.get_staff(session, username).staff_id)
    client.cookies.set(cookie_name(), token)
    with database.read() as session:
        return session.exec(
            select(StaffSession.csrf_token).where(StaffSession.token_digest == digest(token))
        ).one()


def an_api_key(session: Session, role: str = "administrator", unit_path: str = "/") -> str:
    """The secret of a new key."""
    return service.create_key(session, "a test", role=role, unit_path=unit_path, by=COMMAND_LINE).secret
