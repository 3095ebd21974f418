"""Survey rounds: a period, units, a basis, and the form each mode shows."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

MODES = ("kiosk", "receipt", "poster", "portal", "paper", "interviewer")
BASES = ("opt_in", "probability")


class Round(SQLModel, table=True):
    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint(f"basis IN {BASES}", name="known_basis"),
        CheckConstraint("period_start_on <= period_end_on", name="period"),
    )

    round_code: str = Field(primary_key=True, max_length=40)
    title: str = Field(max_length=200)
    basis: str
    population_kind: str = Field(max_length=40)
    period_start_on: date
    period_end_on: date
    created_at: datetime
    closed_at: datetime | None = None


class RoundUnit(SQLModel, table=True):
    """A unit whose whole subtree takes part."""

    __tablename__ = "round_unit"

    round_code: str = Field(primary_key=True, foreign_key="round.round_code", max_length=40)
    unit_code: str = Field(primary_key=True, foreign_key="unit.unit_code", max_length=35)


class RoundForm(SQLModel, table=True):
    __tablename__ = "round_form"
    __table_args__ = (CheckConstraint(f"mode IN {MODES}", name="known_mode"),)

    round_code: str = Field(primary_key=True, foreign_key="round.round_code", max_length=40)
    mode: str = Field(primary_key=True)
    form_version: str = Field(foreign_key="form_version.form_version", max_length=64)
