"""A proof that somebody had the page before sending it: works without script, asks nothing of people.

The page behind a poster carries the second it was made, signed together with its response id: one page, one
answer. What comes without it is flagged `unstamped`, what comes faster than anybody reads `hurried`; both are
kept. The stamp itself is neither stored nor logged.
"""

import hmac

from app.core import clock
from app.core.tokens import keyed_digest

UNSTAMPED, HURRIED = "unstamped", "hurried"
LEAST_SECONDS = 3
MAC_LETTERS = 24


def new_stamp(response_id: str) -> str:
    """The stamp of a page made now for this response."""
    made = str(int(clock.now().timestamp()))
    return f"{made}.{_mac(response_id, made)}"


def flag_of(stamp: str, response_id: str) -> str:
    """What is to be said of a response sent now with this stamp; nothing when it is in order."""
    made, _, mac = stamp.partition(".")
    if not made.isdigit() or not hmac.compare_digest(mac, _mac(response_id, made)):
        return UNSTAMPED
    return HURRIED if clock.now().timestamp() - int(made) < LEAST_SECONDS else ""


def _mac(response_id: str, made: str) -> str:
    return keyed_digest("page_stamp", f"{response_id}|{made}".encode())[:MAC_LETTERS]
