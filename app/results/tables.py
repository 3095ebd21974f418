"""Estimate runs, immutable, and the parts of the lake they were computed from."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary
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
