"""Indices on the wire."""

from pydantic import BaseModel, ConfigDict, Field


class ValueIn(BaseModel):
    """One figure; numbers as texts, so that 80.90 keeps its digits. Columns as in a file."""

    model_config = ConfigDict(extra="forbid")

    indicator: str
    part: str = ""
    unit: str = ""
    body: str = ""
    year: str
    score: str = ""
    max: str = ""
    rank: str = ""
    of: str = ""
    change_points: str = ""
    change_ranks: str = ""
    source: str = Field(max_length=400)


class TargetIn(BaseModel):
    """At least this much, from that year on; `unit` empty is everywhere."""

    model_config = ConfigDict(extra="forbid")

    indicator: str
    unit: str = ""
    year: str
    target: str
    source: str = Field("", max_length=400)


class Counts(BaseModel):
    inserted: int
    updated: int
    unchanged: int


class LineOut(BaseModel):
    """A figure of the board; `shown` and `change_shown` are the forms people quote."""

    indicator: str
    name: str
    part: str
    unit: str
    unit_name: str
    body: str
    year: str
    score: str | None
    max: str | None
    share_pct: str | None
    low: float | None
    high: float | None
    rank: int | None
    of: int | None
    change_points: str | None
    change_ranks: int | None
    target: str | None
    verdict: str
    shown: str
    change_shown: str
    source: str
    parts: list["LineOut"] = []
