"""Who may do what: staff, their roles over a unit's subtree, sessions, machines' keys, and the trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

ROLES = ("administrator", "operator", "analyst", "viewer")


class Staff(SQLModel, table=True):
    __tablename__ = "staff"

    staff_id: str = Field(primary_key=True)
    username: str = Field(unique=True, max_length=64)
    display_name: str = Field(max_length=120)
    password_hash: str
    active: bool = True
    created_at: datetime


class RoleGrant(SQLModel, table=True):
    """A role over one unit and everything below it; the path is kept as text, `/` is everything."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="known_role"),
        UniqueConstraint("staff_id", "role", "unit_path"),
    )

    grant_id: str = Field(primary_key=True)
    staff_id: str = Field(foreign_key="staff.staff_id", index=True)
    role: str
    unit_path: str = Field(max_length=400)


class StaffSession(SQLModel, table=True):
    __tablename__ = "staff_session"

    token_digest: str = Field(primary_key=True)
    staff_id: str = Field(foreign_key="staff.staff_id", index=True)
    csrf_token: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class ApiKey(SQLModel, table=True):
    """A machine's credential: only the digest is stored."""

    __tablename__ = "api_key"
    __table_args__ = (CheckConstraint(f"role IN {ROLES}", name="known_role"),)

    key_id: str = Field(primary_key=True)
    name: str = Field(max_length=120)
    key_digest: str = Field(unique=True)
    role: str
    unit_path: str = Field(max_length=400)
    created_at: datetime
    revoked_at: datetime | None = None


class AuditEntry(SQLModel, table=True):
    """What staff and machines did; never what citizens answered."""

    __tablename__ = "audit_entry"

    entry_id: str = Field(primary_key=True)
    at: datetime = Field(index=True)
    actor: str = Field(max_length=120)
    action: str = Field(max_length=80)
    target: str = Field(max_length=200)
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
