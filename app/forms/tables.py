"""Published form versions, locked by the hash of everything in them, and definitions that wait."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel


class FormVersion(SQLModel, table=True):
    __tablename__ = "form_version"
    __table_args__ = (UniqueConstraint("form_code", "number"),)

    form_version: str = Field(primary_key=True, max_length=64)
    form_code: str = Field(max_length=40, index=True)
    number: int
    document: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    published_at: datetime
    published_by: str = Field(max_length=120)


DECISIONS = ("", "approved", "refused", "withdrawn")


class FormProposal(SQLModel, table=True):
    """A checked definition that waits for a second person; what was decided about it, by whom."""

    __tablename__ = "form_proposal"
    __table_args__ = (CheckConstraint(f"decision IN {DECISIONS}", name="known_decision"),)

    proposal_id: str = Field(primary_key=True, max_length=36)
    form_code: str = Field(index=True, max_length=40)
    form_version: str = Field(max_length=64)
    document: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    note: str = Field(default="", max_length=400)
    proposed_at: datetime
    proposed_by: str = Field(max_length=120)
    decision: str = Field(default="", max_length=20)
    reason: str = Field(default="", max_length=400)
    decided_at: datetime | None = None
    decided_by: str = Field(default="", max_length=120)
