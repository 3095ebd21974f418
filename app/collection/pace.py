"""How fast one device may send: far above what people can tap, low enough for a broken or stolen device.

A device that was long without network empties a queue of a thousand answers at once, then two a second.
Beyond that it is told 429 and keeps its answers: nobody who was thanked loses one. In memory only.
"""

import threading
import time

from app.core.errors import TooMany

AT_ONCE = 1_000
A_SECOND = 2.0
RETRY_SECONDS = 30
MOST_DEVICES = 20_000


class TooFast(TooMany):
    """One device has sent too much; it may go on after a while."""

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(RETRY_SECONDS)}


class Pace:
    """A bucket a device: every answer takes one, time fills it again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, device: str) -> None:
        """One answer of this device; raises TooFast when its bucket is empty."""
        now = time.monotonic()
        with self._lock:
            left, since = self._left.get(device, (float(AT_ONCE), now))
            left = min(float(AT_ONCE), left + (now - since) * A_SECOND)
            self._left[device] = (max(left - 1, 0.0), now)
            if len(self._left) > MOST_DEVICES:
                self._left = {device: self._left[device]}
        if left < 1:
            raise TooFast(
                "this device sends faster than people can answer",
                where="Authorization",
                remedy="keep the response and send it later; tell the operator if nobody is waiting",
            )
