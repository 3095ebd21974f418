"""Published form versions: never changed, locked by the hash of everything in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
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
