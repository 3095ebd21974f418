"""Targets: at least so much, for a unit and everything below it, from a year on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session, col, select

from app.indicators.tables import IndicatorTarget as IndicatorTarget
from app.units.service import list_units

Rows = Mapping[tuple[str, str], Sequence[IndicatorTarget]]


@dataclass(frozen=True, slots=True)
class Targets:
    """Every target, and each unit's way down; "" stands above all units."""

    rows: Rows
    lineage: Mapping[str, Sequence[str]]

    def has(self, indicator: str) -> bool:
        return any(named == indicator for named, _ in self.rows)

    def own(self, indicator: str, unit_code: str, *, year: int) -> Decimal | None:
        """What was set for this very unit: the newest year up to the one asked for."""
        set_for = [row for row in self.rows.get((indicator, unit_code), ()) if row.year <= year]
        return Decimal(set_for[-1].target) if set_for else None

    def of(self, indicator: str, unit_code: str, *, year: int) -> Decimal | None:
        """What holds for the unit: its own target, else that of the nearest unit above."""
        for code in (*reversed(self.lineage.get(unit_code, ())), ""):
            found = self.own(indicator, code, year=year)
            if found is not None:
                return found
        return None


def open_targets(session: Session) -> Targets:
    """Every target as it stands."""
    rows: dict[tuple[str, str], list[IndicatorTarget]] = {}
    for row in list_targets(session):
        rows.setdefault((row.indicator, row.unit_code), []).append(row)
    units = list_units(session) if rows else ()
    return Targets(rows, {unit.unit_code: [code for code in unit.path.split("/") if code] for unit in units})


def list_targets(session: Session) -> Sequence[IndicatorTarget]:
    """Every target, by index, unit and year."""
    order = (col(IndicatorTarget.indicator), col(IndicatorTarget.unit_code), col(IndicatorTarget.year))
    return session.exec(select(IndicatorTarget).order_by(*order)).all()
