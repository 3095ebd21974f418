"""The fleet as the office sees it: for every kiosk how many answers are missing, and what is wrong with it.

A number a device has given is stored here, or waiting on the device, or set aside there; else it is missing.
Numbers given after its last word are taken as waiting. What a replaced device still held is missing until
its queue is brought in.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from app.core.config import settings
from app.kiosks.hours import is_open
from app.kiosks.ranges import Range, Ranges, both, count, minus, union
from app.kiosks.service import list_kiosks
from app.kiosks.shell import version
from app.kiosks.tables import Kiosk, KioskDay, KioskDevice, KioskRange

# a beat comes every 96 to 144 seconds, its minute alone is kept: two of them missed, and hardly ever one
SILENT_AFTER = timedelta(minutes=5, seconds=30)
STARTING = timedelta(minutes=15)  # after opening, for a device that staff have yet to switch on
SKEW_SECONDS = 120
LOW_BATTERY_PCT = 15
DAYS_SHOWN = 7


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of one device, or of one day of it, by where the answers are."""

    made: int = 0
    missing: int = 0
    duplicate: int = 0
    waiting: int = 0
    aside: int = 0

    def plus(self, other: "Tally") -> "Tally":
        return Tally(
            self.made + other.made,
            self.missing + other.missing,
            self.duplicate + other.duplicate,
            self.waiting + other.waiting,
            self.aside + other.aside,
        )


@dataclass(frozen=True, slots=True)
class FleetKiosk:
    """A kiosk with its count; `device` is None until a device has made contact."""

    kiosk: Kiosk
    tally: Tally
    device: KioskDevice | None
    flags: tuple[str, ...]
    days: tuple[tuple[date, Tally], ...]


def fleet(
    session: Session, *, now: datetime, may: Callable[[Kiosk], bool], by_day: bool = True
) -> list[FleetKiosk]:
    """Every kiosk the reader may see, in the order of `list_kiosks`; without days: much quicker."""
    devices: dict[str, list[KioskDevice]] = defaultdict(list)
    for device in session.exec(select(KioskDevice).order_by(col(KioskDevice.device_id))):
        devices[device.kiosk_id].append(device)
    ranges: dict[str, list[Range]] = defaultdict(list)
    for row in session.exec(select(KioskRange)):
        ranges[row.device_id].append((row.first, row.last))
    days: dict[str, list[KioskDay]] = defaultdict(list)
    for day in session.exec(select(KioskDay).order_by(col(KioskDay.counted_on))) if by_day else ():
        days[day.device_id].append(day)
    return [
        _view(kiosk, devices[kiosk.kiosk_id], ranges, days, now=now)
        for kiosk in list_kiosks(session)
        if may(kiosk)
    ]


def _view(
    kiosk: Kiosk,
    devices: Sequence[KioskDevice],
    ranges: Mapping[str, list[Range]],
    days: Mapping[str, list[KioskDay]],
    *,
    now: datetime,
) -> FleetKiosk:
    current_id = kiosk.device_id or ""
    tally, by_day = Tally(), defaultdict[date, Tally](Tally)
    for device in devices:
        places = _places(device, union(ranges.get(device.device_id, ())), device.device_id == current_id)
        tally = tally.plus(_tally(places, ((1, places.made),), device.duplicates))
        for day, one in _by_day(places, days.get(device.device_id, ())):
            by_day[day] = by_day[day].plus(one)
    current = next((device for device in devices if device.device_id == current_id), None)
    shown = tuple(sorted(by_day.items(), reverse=True)[:DAYS_SHOWN])
    return FleetKiosk(kiosk, tally, current, tuple(_flags(kiosk, current, tally, now)), shown)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a device's numbers are; what is in none of the three is stored."""

    made: int
    missing: Ranges
    waiting: Ranges
    aside: Ranges


def _places(device: KioskDevice, received: Ranges, is_current: bool) -> _Places:
    made = max([device.made, *(last for _, last in received)])
    absent = minus(((1, made),), received)
    if not is_current:
        return _Places(made, absent, (), ())
    aside = both(absent, _as_ranges(device.aside))
    told = union(_as_ranges(device.waiting), ((device.made + 1, made),))
    waiting = minus(both(absent, told), aside)
    return _Places(made, minus(absent, union(aside, waiting)), waiting, aside)


def _as_ranges(kept: Iterable[Sequence[int]]) -> Ranges:
    return tuple((first, last) for first, last in kept)


def _tally(places: _Places, among: Ranges, duplicates: int) -> Tally:
    return Tally(
        count(among),
        count(both(places.missing, among)),
        duplicates,
        count(both(places.waiting, among)),
        count(both(places.aside, among)),
    )


def _by_day(places: _Places, days: Sequence[KioskDay]) -> Iterable[tuple[date, Tally]]:
    before = 0
    for day in days:
        among = union(((before + 1, day.made),))
        before = max(before, day.made)
        yield day.counted_on, _tally(places, among, day.duplicates)


def _flags(kiosk: Kiosk, device: KioskDevice | None, tally: Tally, now: datetime) -> Iterable[str]:
    """What needs somebody's eye, the gravest first."""
    if tally.missing:
        yield "missing"
    if tally.duplicate:
        yield "duplicate"
    if tally.aside:
        yield "aside"
    if kiosk.revoked_at is not None or kiosk.enrolled_at is None:
        return
    heard_at = device.contact_at if device and device.contact_at else kiosk.enrolled_at
    if _is_silent(kiosk.opening_hours, heard_at, now):
        yield "silent"
    if device is not None and device.contact_at is not None:
        yield from _device_flags(device)


def _is_silent(hours: str, heard_at: datetime, now: datetime) -> bool:
    """Beats are missing within opening hours; one not heard of since they began may still be starting."""
    if now - heard_at <= SILENT_AFTER or not is_open(now, hours):
        return False
    is_of_today = heard_at.astimezone(settings().zone).date() == now.astimezone(settings().zone).date()
    return (is_of_today and is_open(heard_at, hours)) or is_open(now - STARTING, hours)


def _device_flags(device: KioskDevice) -> Iterable[str]:
    if device.is_full:
        yield "full"
    if abs(device.skew_seconds or 0) >= SKEW_SECONDS:
        yield "clock"
    if device.is_persisted is False:
        yield "not_persisted"
    if device.works_offline is False:
        yield "needs_network"
    if device.version != version():
        yield "old_version"
    if device.battery_pct is not None and device.battery_pct <= LOW_BATTERY_PCT:
        yield "battery"
