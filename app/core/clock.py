"""The only place that asks what time it is. Tests set the seam instead of waiting."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from app.core.config import settings

_source: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731


def now() -> datetime:
    """This instant, aware, in UTC."""
    return _source()


def today() -> date:
    """Today's date where the office is."""
    return now().astimezone(settings().zone).date()


@contextmanager
def fixed(instant: datetime) -> Iterator[None]:
    """Hold the clock at an aware instant (tests, demo data)."""
    global _source
    before = _source
    _source = lambda: instant  # noqa: E731
    try:
        yield
    finally:
        _source = before
