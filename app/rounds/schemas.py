"""Rounds on the wire."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field


class RoundIn(BaseModel):
    """`forms` maps a mode to a form version, or to a form code for its newest version."""

    model_config = ConfigDict(extra="forbid")

    round: str = Field(max_length=40)
    title: str = Field(max_length=200)
    period_start_on: date
    period_end_on: date
    units: list[str] = Field(max_length=4000)
    forms: dict[str, str]
    basis: str = "opt_in"
    population_kind: str = "finished_dossiers"


class RoundOut(BaseModel):
    """`accepts_until_on` is the last day on which an answer of the period may still arrive."""

    round: str
    title: str
    basis: str
    population_kind: str
    period_start_on: date
    period_end_on: date
    accepts_until_on: date
    closed_at: datetime | None
    units: list[str]
    forms: dict[str, str]
