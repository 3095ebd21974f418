"""Loss accounting: which sequence numbers of which device are stored. Called inside the writer's transaction.

A device numbers its answers 1, 2, 3, … and sends the number beside the body. A replay changes nothing here; a
second, different answer under a number that is stored already is counted as a duplicate: a copied device.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import Connection, Table, and_, bindparam, delete, insert, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.core import clock
from app.core.tokens import digest
from app.kiosks.ranges import Ranges, holds, union
from app.kiosks.schemas import LARGEST_NUMBER
from app.kiosks.tables import KioskDay, KioskDevice, KioskRange

DEVICES = cast(Table, inspect(KioskDevice).local_table)
RANGES = cast(Table, inspect(KioskRange).local_table)
DAYS = cast(Table, inspect(KioskDay).local_table)
DEVICE_ID_LENGTH = 32
INSERT = {
    "sqlite": sqlite.insert(DEVICES).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(DEVICES).on_conflict_do_nothing(),
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A numbered answer of a device."""

    kiosk_id: str
    device_id: str
    number: int


def device_id_of(credential_digest: str) -> str:
    """A device is known by its credential: another enrolment of the kiosk begins another count."""
    return digest(credential_digest)[:DEVICE_ID_LENGTH]


def number_of(header: str | None) -> int | None:
    """The sequence number in this header; None where it holds none (a broken count costs no answer)."""
    given = (header or "").strip()
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(LARGEST_NUMBER))):
        return None
    number = int(given)
    return number if 1 <= number <= LARGEST_NUMBER else None


def merge(connection: Connection, arrivals: Sequence[tuple[Arrival, bool]]) -> None:
    """Note these as stored; the flag says that the response was not here before. The caller commits."""
    if not arrivals:
        return
    by_device: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for arrival, is_new in arrivals:
        by_device[arrival.device_id].append((arrival.number, is_new))
    owners = {arrival.device_id: arrival.kiosk_id for arrival, _ in arrivals}
    lock_devices(connection, owners)
    for device_id, before in sorted(_received(connection, by_device).items()):
        after, duplicates = _with(before, by_device[device_id])
        _write(connection, device_id, before, after)
        if duplicates:
            _count_duplicates(connection, device_id, duplicates, made=after[-1][1])


def lock_devices(connection: Connection, owners: Mapping[str, str]) -> None:
    """Hold these devices' rows (kiosk by device), made where missing: two servers wait in one order."""
    chosen = select(DEVICES.c.device_id).where(DEVICES.c.device_id.in_(owners)).order_by(DEVICES.c.device_id)
    held = set(connection.execute(chosen.with_for_update()).scalars())
    if held == owners.keys():
        return
    rows = [_blank(device, kiosk) for device, kiosk in sorted(owners.items()) if device not in held]
    connection.execute(INSERT[connection.dialect.name], rows)
    connection.execute(chosen.with_for_update()).all()


def _blank(device_id: str, kiosk_id: str) -> dict[str, Any]:
    return KioskDevice(device_id=device_id, kiosk_id=kiosk_id).model_dump()


def _received(connection: Connection, devices: Iterable[str]) -> dict[str, Ranges]:
    found: dict[str, list[tuple[int, int]]] = {device: [] for device in devices}
    rows = connection.execute(select(RANGES).where(RANGES.c.device_id.in_(found)).order_by(RANGES.c.first))
    for row in rows:
        found[row.device_id].append((row.first, row.last))
    return {device: tuple(ranges) for device, ranges in found.items()}


def _with(before: Ranges, numbers: Sequence[tuple[int, bool]]) -> tuple[Ranges, int]:
    """The ranges with these numbers, and how many of them were used before for another answer."""
    after, duplicates = before, 0
    for number, is_new in sorted(numbers, key=lambda one: one[0]):
        if holds(after, number):
            duplicates += is_new
        else:
            after = union(after, ((number, number),))
    return after, duplicates


def _write(connection: Connection, device_id: str, before: Ranges, after: Ranges) -> None:
    old, new = dict(before), dict(after)
    gone = [{"d": device_id, "f": first} for first in old if first not in new]
    added = [
        {"device_id": device_id, "first": first, "last": new[first]} for first in new if first not in old
    ]
    grown = [
        {"d": device_id, "f": first, "last": new[first]}
        for first in new
        if first in old and old[first] != new[first]
    ]
    here = and_(RANGES.c.device_id == bindparam("d"), RANGES.c.first == bindparam("f"))
    for statement, rows in (
        (delete(RANGES).where(here), gone),
        (update(RANGES).where(here).values(last=bindparam("last")), grown),
        (insert(RANGES), added),
    ):
        if rows:
            connection.execute(statement, rows)


def _count_duplicates(connection: Connection, device_id: str, duplicates: int, *, made: int) -> None:
    total = DEVICES.c.duplicates + duplicates
    connection.execute(update(DEVICES).where(DEVICES.c.device_id == device_id).values(duplicates=total))
    mark_day(connection, device_id, clock.today(), made=made, duplicates=duplicates)


def mark_day(connection: Connection, device_id: str, day: date, *, made: int, duplicates: int = 0) -> None:
    """By this day the device had made so many; the row of its lock must be held."""
    here = (DAYS.c.device_id == device_id) & (DAYS.c.counted_on == day)
    known = connection.execute(select(DAYS).where(here)).one_or_none()
    if known is None:
        row = KioskDay(device_id=device_id, counted_on=day, made=made, duplicates=duplicates).model_dump()
        connection.execute(insert(DAYS), row)
        return
    connection.execute(
        update(DAYS).where(here).values(made=max(known.made, made), duplicates=known.duplicates + duplicates)
    )
