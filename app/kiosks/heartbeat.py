"""What a device tells about itself every few minutes, kept coarse and overwritten."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from app.core import clock
from app.kiosks.accounting import lock_devices, mark_day
from app.kiosks.schemas import HeartbeatIn
from app.kiosks.tables import Kiosk, KioskDay, KioskDevice

KEEP_DAYS = timedelta(days=35)
MINUTE_SECONDS = 60


def note_heartbeat(session: Session, kiosk: Kiosk, beat: HeartbeatIn) -> None:
    """Overwrite what is known of this kiosk's device; its numbers never go back."""
    device_id = kiosk.device_id or ""
    lock_devices(session.connection(), {device_id: kiosk.kiosk_id})
    device = session.get_one(KioskDevice, device_id)
    now = clock.now()
    device.made = max(device.made, beat.made)
    device.waiting = [list(one) for one in beat.waiting]
    device.aside = [list(one) for one in beat.aside]
    device.queue_length = beat.queue_length
    device.contact_at = now.replace(second=0, microsecond=0)
    device.version, device.is_persisted, device.is_full = beat.version, beat.persisted, beat.full
    device.works_offline, device.battery_pct = beat.works_offline, beat.battery_pct
    device.skew_seconds = _skew(beat.device_now, now)
    device.last_answer_on = beat.last_answer_on
    session.add(device)
    session.flush()
    mark_day(session.connection(), device_id, clock.today(), made=device.made)
    _forget_old_days(session, device_id)


def _skew(told: datetime, now: datetime) -> int:
    """How far the device's clock is ahead, in whole minutes' seconds: the way here takes time too."""
    return round((told - now).total_seconds() / MINUTE_SECONDS) * MINUTE_SECONDS


def _forget_old_days(session: Session, device_id: str) -> None:
    old = col(KioskDay.counted_on) < clock.today() - KEEP_DAYS
    session.exec(delete(KioskDay).where(col(KioskDay.device_id) == device_id, old))
