"""Guessing one-time codes is limited by an in-memory ceiling an address; nothing is stored or logged."""

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from app.core import clock
from app.core.errors import TooMany

CEILING = 20
WINDOW = timedelta(minutes=10)
REMEMBERED = 5_000


class Guesses:
    """Wrong codes of the last minutes, by address: an office behind one address types a few, not twenty."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrong: OrderedDict[str, deque[datetime]] = OrderedDict()

    def check(self, address: str) -> None:
        """TooMany when this address has used up its tries."""
        with self._lock:
            wrong = self._recent(address)
            if len(wrong) < CEILING:
                return
            wait = int((wrong[0] + WINDOW - clock.now()).total_seconds()) + 1
        raise TooMany(
            "too many wrong codes; the next try is possible in {seconds} seconds",
            where="code",
            remedy="wait, then type the code the operator gives you",
            seconds=wait,
        )

    def wrong(self, address: str) -> None:
        """Remember one wrong code."""
        with self._lock:
            self._recent(address).append(clock.now())

    def _recent(self, address: str) -> deque[datetime]:
        wrong = self._wrong.setdefault(address, deque())
        self._wrong.move_to_end(address)
        while wrong and clock.now() - wrong[0] > WINDOW:
            wrong.popleft()
        while len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)
        return wrong
