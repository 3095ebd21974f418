"""Failed log-ins, remembered in memory only: each further one waits longer; an address has a ceiling."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from app.core import clock
from app.core.errors import TooMany

FREE_FAILURES = 5
LONGEST_WAIT_SECONDS = 60
ADDRESS_CEILING = 30
WINDOW = timedelta(minutes=15)
REMEMBERED = 10_000


class TooManyAttempts(TooMany):
    """Come back in `retry_after_seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "too many log-ins failed; the next is possible in {seconds} seconds",
            remedy="wait, then try again; an administrator can set a new password",
            seconds=seconds,
        )
        self.retry_after_seconds = seconds

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_seconds)}


@dataclass(slots=True)
class _Failures:
    count: int
    last_at: datetime


class Attempts:
    """Failures by username and by address; nothing is stored or logged."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: OrderedDict[tuple[str, str], _Failures] = OrderedDict()

    def begin(self, username: str, address: str) -> None:
        """Count one attempt as failed until it succeeds; TooManyAttempts while name or address must wait."""
        with self._lock:
            wait = max(self._name_wait(username), self._address_wait(address))
            if wait > 0:
                raise TooManyAttempts(ceil(wait))
            self._count(("name", username))
            self._count(("address", address))

    def succeeded(self, username: str, address: str) -> None:
        with self._lock:
            self._failures.pop(("name", username), None)
            if known := self._failures.get(("address", address)):
                known.count -= 1

    def _count(self, key: tuple[str, str]) -> None:
        known = self._fresh(key)
        self._failures[key] = _Failures(known.count + 1 if known else 1, clock.now())
        self._failures.move_to_end(key)
        while len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    def _name_wait(self, username: str) -> float:
        known = self._fresh(("name", username))
        if known is None or known.count < FREE_FAILURES:
            return 0
        pause = float(min(LONGEST_WAIT_SECONDS, 2 << min(known.count - FREE_FAILURES, 6)))
        return pause - (clock.now() - known.last_at).total_seconds()

    def _address_wait(self, address: str) -> float:
        known = self._fresh(("address", address))
        if known is None or known.count < ADDRESS_CEILING:
            return 0
        return (known.last_at + WINDOW - clock.now()).total_seconds()

    def _fresh(self, key: tuple[str, str]) -> _Failures | None:
        known = self._failures.get(key)
        return known if known and clock.now() - known.last_at < WINDOW else None
