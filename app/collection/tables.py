"""What citizens answered: one row a response, free text in a table that shares no key with it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index
from sqlmodel import Field, SQLModel

OUTCOMES = ("complete", "usable", "breakoff")


class Response(SQLModel, table=True):
    """One person's form, never changed. `received_at` is dropped by the daily mix, which sets `mixed_on`."""

    __tablename__ = "response"
    __table_args__ = (
        CheckConstraint(f"outcome IN {OUTCOMES}", name="known_outcome"),
        Index("ix_response_round_day", "round_code", "answered_on"),
        Index("ix_response_mixed_on", "mixed_on"),
    )

    response_id: str = Field(primary_key=True, max_length=36)
    content_digest: str = Field(max_length=64)
    round_code: str = Field(max_length=40)
    form_version: str = Field(max_length=64)
    unit_code: str = Field(max_length=35)
    service_code: str = Field(default="", max_length=35)
    mode: str = Field(max_length=20)
    submission: str = Field(default="unknown", max_length=20)
    stage: str = Field(default="", max_length=20)
    outcome: str
    answered_on: date
    duration_seconds: int | None = None
    language: str = Field(max_length=5)
    flags: str = Field(default="", max_length=80)
    answers: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    received_at: datetime | None = None
    mixed_on: date | None = None


class ResponseComment(SQLModel, table=True):
    """Free text with what an analyst needs to place it, and nothing that leads to the response.

    `mixed_on` is the day of the last mix, the same in every mixed row.
    """

    __tablename__ = "response_comment"
    __table_args__ = (Index("ix_response_comment_round_unit", "round_code", "unit_code"),)

    comment_id: str = Field(primary_key=True, max_length=36)
    round_code: str = Field(max_length=40)
    unit_code: str = Field(max_length=35)
    service_code: str = Field(default="", max_length=35)
    item_code: str = Field(max_length=40)
    answered_on: date
    language: str = Field(max_length=5)
    body: str
    mixed_on: date | None = None
