"""Values of other indices as they were announced, digit by digit, and targets."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column
from sqlmodel import Field, SQLModel


class IndicatorValue(SQLModel, table=True):
    """One figure of an index: of a unit of the register, or of a body named in words under it.

    An empty part is the whole index. `score`, `largest`, `change_points` are decimal texts (80.90 stays so).
    `change_ranks` is positive when the rank got better.
    """

    __tablename__ = "indicator_value"
    __table_args__ = (
        CheckConstraint("rank IS NULL OR rank >= 1", name="ranks_begin_at_one"),
        CheckConstraint("rank_of IS NULL OR rank IS NULL OR rank <= rank_of", name="rank_within_its_group"),
    )

    indicator: str = Field(primary_key=True, max_length=40)
    part: str = Field(primary_key=True, default="", max_length=80)
    unit_code: str = Field(primary_key=True, default="", max_length=35)
    body: str = Field(primary_key=True, default="", max_length=120)
    period: str = Field(primary_key=True, max_length=7)
    score: str | None = Field(default=None, max_length=24)
    largest: str | None = Field(default=None, max_length=24)
    rank: int | None = None
    rank_of: int | None = None
    change_points: str | None = Field(default=None, max_length=24)
    change_ranks: int | None = None
    source: str = Field(max_length=400)
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    entered_at: datetime
    entered_by: str = Field(max_length=120)


class IndicatorTarget(SQLModel, table=True):
    """At least this much, in the index's own measure, for a unit and everything below it, from a year on."""

    __tablename__ = "indicator_target"

    indicator: str = Field(primary_key=True, max_length=40)
    unit_code: str = Field(primary_key=True, default="", max_length=35)
    year: int = Field(primary_key=True)
    target: str = Field(max_length=24)
    source: str = Field(default="", max_length=400)
    entered_at: datetime
    entered_by: str = Field(max_length=120)
