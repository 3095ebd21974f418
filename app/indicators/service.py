"""Values and targets: entered one by one or from a file, all or nothing, every change in the trail."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, func, or_, select

from app.accounts.service import EVERYWHERE, Actor, record_audit, require
from app.core import clock
from app.core.errors import Invalid, NotFound
from app.core.tabular import Row
from app.indicators.definitions import INDICATORS, LEGAL, OURS
from app.indicators.entries import COLUMNS as COLUMNS
from app.indicators.entries import Entry, Key, check_sums, read_entry
from app.indicators.figures import decimal_text
from app.indicators.tables import IndicatorTarget
from app.indicators.tables import IndicatorValue as IndicatorValue
from app.indicators.targets import list_targets as list_targets
from app.indicators.targets import open_targets as open_targets
from app.units.imports import Imported
from app.units.reading import Reading
from app.units.service import get_unit, list_units

ROLE = "operator"
FORM = "indicators"
FIRST_YEAR, LAST_YEAR = 2000, 2100


def record_value(session: Session, cells: dict[str, str], *, by: Actor) -> Imported:
    """One value as a form gives it: columns as in a file. Raises: Invalid, Forbidden."""
    return import_values(session, [Row(1, cells)], FORM, by=by)


def import_values(session: Session, rows: Iterable[Row], name: str, *, by: Actor) -> Imported:
    """Values by index, part, unit, body and year; a row of a known key changes what is stored.

    Raises: Invalid with every mistake by line and column; Forbidden for a unit the actor does not operate.
    """
    reading, paths = Reading(name), _paths(session)
    read = [(row, read_entry(reading, row, units=paths)) for row in rows]
    reading.once(((row, entry.key) for row, entry in read), "indicator")
    known = {_key(value): value for value in session.exec(select(IndicatorValue)).all()}
    if not reading.problems:
        check_sums(reading, read, {key: value.score for key, value in known.items()})
    reading.finish()
    for unit in {entry.unit_code for _, entry in read}:
        require(by, ROLE, paths.get(unit, EVERYWHERE))
    done = [_store(session, entry, known.get(entry.key), by=by) for _, entry in read]
    record_audit(session, by, "index values entered", name, rows=len(done))
    session.flush()
    return Imported(done.count("inserted"), done.count("updated"), done.count("unchanged"))


def _paths(session: Session) -> dict[str, str]:
    return {unit.unit_code: unit.path for unit in list_units(session)}


def _key(value: IndicatorValue) -> Key:
    return value.indicator, value.part, value.unit_code, value.body, value.period


def _store(session: Session, entry: Entry, known: IndicatorValue | None, *, by: Actor) -> str:
    values: dict[str, Any] = asdict(entry)
    if known is not None and known.model_dump(include=set(values)) == values:
        return "unchanged"
    stored = known or IndicatorValue(**values, entered_at=clock.now(), entered_by=by.name)
    for name, value in {**values, "detail": {}, "entered_at": clock.now(), "entered_by": by.name}.items():
        setattr(stored, name, value)
    session.add(stored)
    return "updated" if known else "inserted"


def record_computed(session: Session, entry: Entry, detail: dict[str, Any], *, by: Actor) -> None:
    """A value this system computed, with what it rests on."""
    known = session.get(IndicatorValue, entry.key)
    _store(session, entry, known, by=by)
    session.flush()
    stored = session.get_one(IndicatorValue, entry.key)
    stored.detail = detail
    session.add(stored)


def remove_value(session: Session, key: Key, *, by: Actor) -> None:
    """Take back a value that was entered by mistake. Raises: NotFound, Forbidden."""
    found = session.get(IndicatorValue, key)
    if found is None:
        raise NotFound("there is no such value", where="indicator", remedy="see the list")
    require(by, ROLE, get_unit(session, found.unit_code).path if found.unit_code else EVERYWHERE)
    session.delete(found)
    figures = {"score": found.score, "max": found.largest, "rank": found.rank, "of": found.rank_of}
    record_audit(session, by, "index value removed", "/".join(key), **figures, source=found.source)
    session.flush()


def set_target(session: Session, cells: dict[str, str], *, by: Actor) -> IndicatorTarget:
    """At least this much from that year on: indicator, unit (empty: everywhere), year, target, source."""
    known = (*INDICATORS, *OURS)
    indicator, unit, year = cells.get("indicator", ""), cells.get("unit", ""), cells.get("year", "")
    if indicator not in known:
        raise Invalid(
            "{value} is not known",
            where="indicator",
            remedy="use one of: {known}",
            value=indicator,
            known=", ".join(known),
        )
    if not (year.isascii() and year.isdigit() and FIRST_YEAR <= int(year) <= LAST_YEAR):
        raise Invalid("{value} is not a year", where="year", remedy="write it as 2025", value=year)
    require(by, ROLE, get_unit(session, unit).path if unit else EVERYWHERE)
    target = session.get(IndicatorTarget, (indicator, unit, int(year)))
    target = target or IndicatorTarget(
        indicator=indicator, unit_code=unit, year=int(year), target="", entered_at=clock.now(), entered_by=""
    )
    target.target, target.source = _target(cells.get("target", ""), indicator), cells.get("source", "")[:400]
    target.entered_at, target.entered_by = clock.now(), by.name[:120]
    session.add(target)
    record_audit(session, by, "target set", indicator, unit=unit, year=year, least=target.target)
    session.flush()
    return target


def _target(text: str, indicator: str) -> str:
    try:
        value = decimal_text(text)
    except ValueError as error:
        raise Invalid(
            "{value} is not a number", where="target", remedy="write it as 95 or 95,5", value=text
        ) from error
    is_percent = (
        indicator == "satisfaction"
        or INDICATORS.get(indicator)
        and (INDICATORS[indicator].measure in ("pct", "share"))
    )
    if Decimal(value) <= 0 or (is_percent and Decimal(value) > 100):
        raise Invalid(
            "{value} cannot be a target", where="target", remedy="percentages go up to 100", value=text
        )
    return value


def remove_target(session: Session, indicator: str, unit_code: str, year: int, *, by: Actor) -> None:
    """It holds no more. Raises: NotFound, Forbidden."""
    found = session.get(IndicatorTarget, (indicator, unit_code, year))
    if found is None:
        raise NotFound("there is no such target", where="indicator", remedy="see the list")
    require(by, ROLE, get_unit(session, unit_code).path if unit_code else EVERYWHERE)
    session.delete(found)
    record_audit(session, by, "target removed", indicator, unit=unit_code, year=year)
    session.flush()


def list_values(
    session: Session, actor: Actor, indicator: str = "", *, legal_of: Collection[str] | None = None
) -> Sequence[IndicatorValue]:
    """Values of the units the actor may see, and of bodies outside the register.

    The Circular's score exists for every unit and quarter: `legal_of` names the units it is wanted for; asked
    for by name, it is that of the newest period.
    """
    paths = _paths(session)
    order = (col(IndicatorValue.indicator), col(IndicatorValue.period).desc(), col(IndicatorValue.part))
    statement = select(IndicatorValue).order_by(*order)
    is_legal = col(IndicatorValue.indicator) == LEGAL
    if indicator:
        statement = statement.where(IndicatorValue.indicator == indicator)
    if legal_of is not None:
        statement = statement.where(or_(~is_legal, col(IndicatorValue.unit_code).in_(legal_of)))
    elif indicator == LEGAL:
        newest = select(func.max(IndicatorValue.period)).where(is_legal).scalar_subquery()
        statement = statement.where(IndicatorValue.period == newest)
    return [
        value
        for value in session.exec(statement).all()
        if not value.unit_code or actor.may("viewer", paths.get(value.unit_code, EVERYWHERE))
    ]
