"""Passwords: argon2id, two at a time, and no password a list would guess."""

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import Invalid

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
AT_ONCE = 2
MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 256
MINIMUM_DISTINCT = 5
WEAK_WORDS = {
    *("password", "passwords", "matkhau", "matkhaumoi", "admin", "administrator", "quantri", "quantrivien"),
    *("qwerty", "qwertyuiop", "asdfghjkl", "iloveyou", "welcome", "letmein", "secret", "changeme", "default"),
    *("vietnam", "sipas", "khaosat", "hailong", "survey", "test", "demo"),
}
LOOKALIKES = str.maketrans("@4301!$5", "aaeoiiss")
SEQUENCES = (
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjkl",
)

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
# The web verifies here: a flood of log-ins waits in this queue and cannot take the threads of other pages.
verifiers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")


def hashed(password: str) -> str:
    """What is stored of a password."""
    return _hasher.hash(_composed(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; takes as long when there is nobody to compare with."""
    try:
        right = _hasher.verify(password_hash or _nobody(), _composed(password))
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None


def _composed(password: str) -> str:
    """One spelling of "ở": some keyboards send the letter and its marks apart."""
    return unicodedata.normalize("NFC", password)


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher.hash("no account has this password")


def check_strength(password: str, username: str) -> None:
    """Refuse a password that is short, common, or the person's own name."""
    if len(password) < MINIMUM_LENGTH:
        raise Invalid(
            "the password has {length} characters, at least {minimum} are needed",
            where="password",
            remedy="use four or five unrelated words",
            length=len(password),
            minimum=MINIMUM_LENGTH,
        )
    if len(password) > MAXIMUM_LENGTH or _is_weak(password, username):
        raise Invalid(
            "the password is one of those tried first",
            where="password",
            remedy="use four or five unrelated words",
        )


def _is_weak(password: str, username: str) -> bool:
    lowered = password.lower()
    if len(set(lowered)) < MINIMUM_DISTINCT:
        return True
    if any(lowered in run * 2 for run in SEQUENCES):
        return True
    ends_cut = re.sub(r"[^a-z]+$|^[^a-z@$!]+", "", lowered)
    word = re.sub(r"[^a-z]", "", ends_cut.translate(LOOKALIKES))
    return word in WEAK_WORDS | {re.sub(r"[^a-z]", "", username.lower())} or word == ""
