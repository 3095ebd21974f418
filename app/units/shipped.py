"""The real units and procedures shipped with the program, and the map from old communes to new ones."""

import csv
from collections.abc import Collection
from datetime import date
from pathlib import Path

from sqlalchemy import delete, insert
from sqlmodel import Session, col

from app.core.errors import NotFound
from app.core.tabular import read_file
from app.units.imports import IN_FORCE_ON, SERVICES, UNITS, Imported
from app.units.tables import UnitSuccession

FOLDER = Path(__file__).parent / "reference"


def load_units(session: Session, *, province: str = "", only: Collection[str] = ()) -> Imported:
    """Provinces and communes in force, all, of one province or `only` these, with their forerunners."""
    rows = read_file(FOLDER / "units.csv", UNITS.columns)
    kept = [row for row in rows if not province or province in (row.cells["code"], row.cells["parent_code"])]
    kept = [row for row in kept if not only or row.cells["code"] in only]
    if not kept:
        raise NotFound(
            "province {value} is not known", where="province", remedy="use its two digits", value=province
        )
    done = UNITS.store(session, kept, "units.csv")
    _load_succession(session, {row.cells["code"] for row in kept})
    return done


def _load_succession(session: Session, new_codes: set[str]) -> None:
    with (FOLDER / "succession.csv").open(encoding="utf-8", newline="") as file:
        found = [_succession(row) for row in csv.DictReader(file) if row["new_code"] in new_codes]
    session.execute(delete(UnitSuccession).where(col(UnitSuccession.new_code).in_(new_codes)))
    session.execute(insert(UnitSuccession), found)


def _succession(row: dict[str, str]) -> dict[str, str | bool | date]:
    return {**row, "is_default": row["is_default"] == "1", "effective_on": IN_FORCE_ON}


def load_services(session: Session, *, codes: tuple[str, ...] = ()) -> Imported:
    """The sample of real procedures, or only those of the given codes."""
    rows = read_file(FOLDER / "services.csv", SERVICES.columns)
    kept = [row for row in rows if not codes or row.cells["code"] in codes]
    return SERVICES.store(session, kept, "services.csv")
