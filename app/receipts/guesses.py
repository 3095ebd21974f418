"""A ceiling on wrongly typed codes an address, in memory only: nothing of an address is stored or logged.

Only wrong codes count, so an office behind one address types as many right ones as it likes.
"""

import threading
import time

from app.core.errors import TooMany

CEILING = 60
WINDOW_SECONDS = 600.0
MOST_ADDRESSES = 5_000


class WrongCodes:
    """Wrong codes of the last ten minutes by address; an address is forgotten when its window ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[float, int]] = {}

    def check(self, address: str) -> None:
        """TooMany when this address has typed too many wrong codes."""
        until, wrong = self._of(address)
        if wrong >= CEILING:
            raise TooMany(
                "too many wrong codes; the next try is possible in {seconds} seconds",
                where="code",
                remedy="scan the QR code on the paper instead, or wait",
                seconds=int(until - time.monotonic()) + 1,
            )

    def add(self, address: str) -> None:
        """Remember one wrong code."""
        with self._lock:
            until, wrong = self._of(address)
            self._seen[address] = (until, wrong + 1)
            if len(self._seen) > MOST_ADDRESSES:
                self._seen = {key: kept for key, kept in self._seen.items() if kept[0] > time.monotonic()}

    def _of(self, address: str) -> tuple[float, int]:
        kept = self._seen.get(address)
        fresh = (time.monotonic() + WINDOW_SECONDS, 0)
        return kept if kept and kept[0] > time.monotonic() else fresh
