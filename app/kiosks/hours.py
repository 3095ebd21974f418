"""Opening hours: when a kiosk is awake, and when one that says nothing needs somebody's eye."""

import re
from dataclasses import dataclass
from datetime import datetime

from babel.dates import get_day_names

from app.core.config import OPENING_HOURS, settings
from app.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Opening:
    """Days of the week (Monday is 1) and local times as HH:MM; `closes` may be 24:00."""

    first_day: int
    last_day: int
    opens: str
    closes: str


def opening_of(hours: str = "") -> Opening:
    """A kiosk's own hours, such as `1-5 07:30-17:00`; where it has none, those of the setting."""
    days, times = (hours or settings().opening_hours).split()
    first, last = days.split("-")
    opens, closes = times.split("-")
    return Opening(int(first), int(last), opens, closes)


def hours_in_words(hours: str, language: str) -> str:
    """`Thứ Hai – Thứ Sáu, 07:30–17:00` for `1-5 07:30-17:00`: codes are for typing, not for reading."""
    opening, names = opening_of(hours), get_day_names("wide", locale=language)
    days = [names[day - 1] for day in dict.fromkeys((opening.first_day, opening.last_day))]
    return f"{' – '.join(days)}, {opening.opens}–{opening.closes}"


def checked_hours(text: str) -> str:
    """The hours as they are kept; Invalid for anything that is not written like them. Empty stays empty."""
    plain = " ".join(text.split())
    if plain and not _is_readable(plain):
        raise Invalid(
            "{value} is not written like opening hours",
            where="hours",
            remedy="write days and times such as 1-5 07:30-17:00 (Monday is 1)",
            value=plain,
        )
    return plain


def _is_readable(plain: str) -> bool:
    if not re.match(OPENING_HOURS, plain):
        return False
    opening = opening_of(plain)
    return opening.first_day <= opening.last_day and opening.opens < opening.closes


def is_open(instant: datetime, hours: str = "") -> bool:
    """Whether the office is open then."""
    opening, local = opening_of(hours), instant.astimezone(settings().zone)
    is_day = opening.first_day <= local.isoweekday() <= opening.last_day
    return is_day and opening.opens <= local.strftime("%H:%M") < opening.closes
