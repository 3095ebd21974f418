"""Opening hours: when a device that says nothing needs somebody's eye."""

from datetime import datetime, time

from app.core.config import settings


def is_open(instant: datetime) -> bool:
    """Whether offices are open then, by SIPAS_OPENING_HOURS (`1-5 07:30-17:00`, Monday is 1)."""
    days, hours = settings().opening_hours.split()
    first_day, last_day = (int(day) for day in days.split("-"))
    opens, closes = (time.fromisoformat(one) for one in hours.split("-"))
    local = instant.astimezone(settings().zone)
    return first_day <= local.isoweekday() <= last_day and opens <= local.time() < closes
