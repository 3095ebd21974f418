"""Estimate runs and editions, immutable; the parts of the lake they come from; what became of comments."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, LargeBinary
from sqlmodel import Field, SQLModel


class EstimateRun(SQLModel, table=True):
    """One computation: data cut, forms, settings, code version, the rows (Parquet) and their hash."""

    __tablename__ = "estimate_run"

    run_id: str = Field(primary_key=True, max_length=36)
    round_code: str = Field(foreign_key="round.round_code", index=True, max_length=40)
    created_at: datetime
    created_by: str = Field(max_length=120)
    settings: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    data_cut: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    form_versions: list[str] = Field(sa_column=Column(JSON, nullable=False))
    code_version: str = Field(max_length=80)
    row_count: int
    content_hash: str = Field(max_length=64)
    rows: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class LakePart(SQLModel, table=True):
    """One Parquet file of mixed responses: by round, form version, month and the batch that wrote it."""

    __tablename__ = "lake_part"

    part_name: str = Field(primary_key=True, max_length=240)
    round_code: str = Field(index=True, max_length=40)
    form_version: str = Field(max_length=64)
    month: str = Field(max_length=7)
    mixed_on: str = Field(max_length=10)
    row_count: int
    content_hash: str = Field(max_length=64)


STEPS = ("checked", "sealed", "published", "withdrawn")


class Edition(SQLModel, table=True):
    """A round's results as one whole: the declared tables, each a run, from one data cut. Never changed."""

    __tablename__ = "edition"

    edition_id: str = Field(primary_key=True, max_length=36)
    round_code: str = Field(foreign_key="round.round_code", index=True, max_length=40)
    created_at: datetime
    created_by: str = Field(max_length=120)
    tables: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    settings: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    data_cut: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    drivers: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    code_version: str = Field(max_length=80)
    content_hash: str = Field(max_length=64)
    replaces: str | None = Field(default=None, foreign_key="edition.edition_id", max_length=36)
    reason: str = Field(default="", max_length=400)


class EditionStep(SQLModel, table=True):
    """A step of an edition towards the public: taken once, by a named person."""

    __tablename__ = "edition_step"
    __table_args__ = (CheckConstraint(f"step IN {STEPS}", name="known_step"),)

    edition_id: str = Field(primary_key=True, foreign_key="edition.edition_id", max_length=36)
    step: str = Field(primary_key=True, max_length=20)
    taken_at: datetime
    taken_by: str = Field(max_length=120)
    note: str = Field(default="", max_length=400)


COMMENT_STATES = ("new", "passed_on", "answered")


class CommentHandling(SQLModel, table=True):
    """A comment as staff may read it, and what became of it. Days only; nothing that leads to a response."""

    __tablename__ = "comment_handling"
    __table_args__ = (CheckConstraint(f"status IN {COMMENT_STATES}", name="known_status"),)

    comment_id: str = Field(primary_key=True, max_length=36)
    masked: str
    folded: str
    mask_version: int
    topic: str = Field(default="", index=True, max_length=40)
    topic_by: str = Field(default="", max_length=120)
    status: str = Field(default="new", index=True, max_length=20)
    note: str = Field(default="", max_length=1000)
    handled_on: date | None = None
    handled_by: str = Field(default="", max_length=120)
