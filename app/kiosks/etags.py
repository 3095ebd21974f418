"""A device asks for its screens every few minutes: where it has them already, it is told so in a line.

The tag covers everything but the server's clock, which would make every reply a new one. Whoever keeps a body
therefore takes the time from the reply's header.
"""

import hashlib

from app.kiosks.schemas import ScreensOut

LENGTH = 32


def etag_of(shown: ScreensOut) -> str:
    """Weak: replies may be compressed on their way."""
    told = shown.model_dump_json(exclude={"now"})
    return f'W/"{hashlib.sha256(told.encode()).hexdigest()[:LENGTH]}"'


def is_known(tag: str, shown: str) -> bool:
    """Whether a header If-None-Match names this tag."""
    plain = tag.removeprefix("W/")
    return any(one.strip().removeprefix("W/") in (plain, "*") for one in shown.split(","))
