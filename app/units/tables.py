"""The register: units, services, and how many dossiers were finished where, for what and when."""

from datetime import date

from sqlalchemy import CheckConstraint, Column, String, UniqueConstraint
from sqlmodel import Field, SQLModel

SUBMISSIONS = ("counter", "online", "post", "unknown")
POPULATION_KINDS = ("finished_dossiers", "residents_18")
UNIT_SORT_LENGTH, SERVICE_SORT_LENGTH = 600, 2000


def _sort_column(length: int) -> Column[str]:
    """Compared byte by byte: PostgreSQL would otherwise order keys by the rules of its own locale."""
    plain = String(length).with_variant(String(length, collation="C"), "postgresql")
    return Column("sort_key", plain, nullable=False, index=True)


class Unit(SQLModel, table=True):
    """A body whose service is judged. The official code stays while kind and name may change with time."""

    __tablename__ = "unit"

    unit_code: str = Field(primary_key=True, max_length=35)
    name: str = Field(max_length=200)
    kind: str = Field(max_length=40)
    parent_code: str | None = Field(default=None, foreign_key="unit.unit_code", index=True)
    path: str = Field(unique=True, max_length=400)
    sort_key: str = Field(sa_column=_sort_column(UNIT_SORT_LENGTH))
    valid_from_on: date
    valid_to_on: date | None = None


class UnitSuccession(SQLModel, table=True):
    """Which old unit went into which new one; `part` where it was split, the main heir marked."""

    __tablename__ = "unit_succession"
    __table_args__ = (
        CheckConstraint("kind IN ('whole', 'part')", name="known_kind"),
        UniqueConstraint("old_code", "new_code"),
    )

    succession_id: int | None = Field(default=None, primary_key=True)
    old_code: str = Field(index=True, max_length=35)
    old_name: str = Field(max_length=200)
    new_code: str = Field(index=True, max_length=35)
    kind: str
    is_default: bool
    effective_on: date


class Service(SQLModel, table=True):
    """An administrative procedure by its national code."""

    __tablename__ = "service"

    service_code: str = Field(primary_key=True, max_length=35)
    name: str = Field(max_length=600)
    field: str = Field(max_length=200, index=True)
    level: str = Field(max_length=60)
    sort_key: str = Field(sa_column=_sort_column(SERVICE_SORT_LENGTH))


class Volume(SQLModel, table=True):
    """Dossiers finished in one cell: the population of opt-in rounds. Empty service: not told apart."""

    __tablename__ = "volume"
    __table_args__ = (
        CheckConstraint(f"submission IN {SUBMISSIONS}", name="known_submission"),
        CheckConstraint(f"population_kind IN {POPULATION_KINDS}", name="known_population_kind"),
        CheckConstraint(
            "finished >= 0 AND on_time >= 0 AND late >= 0 AND on_time + late <= finished", name="counts"
        ),
    )

    unit_code: str = Field(primary_key=True, foreign_key="unit.unit_code", max_length=35)
    service_code: str = Field(primary_key=True, max_length=35)
    submission: str = Field(primary_key=True)
    month: str = Field(primary_key=True, max_length=7)
    population_kind: str = Field(primary_key=True)
    finished: int
    on_time: int
    late: int
