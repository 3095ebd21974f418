"""What a comment is about: a suggestion from its words, by the factors of the forms. Pure."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.core.collation import fold

SHIPPED = Path(__file__).with_name("topics.toml")
NO_TOPIC = ""


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


NAMES = {
    "access": _("Access to the service"),
    "procedure": _("Administrative procedure"),
    "officer": _("Officers who handle the matter"),
    "waiting": _("Waiting time"),
    "result": _("Result of the service"),
    "feedback": _("Complaints and suggestions"),
}


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and the phrases (folded) that point to it."""

    code: str
    phrases: re.Pattern[str]


def topics_of(factors: Mapping[str, str]) -> tuple[Topic, ...]:
    """The shipped topics, then those factors (code -> Vietnamese text) that none of them means."""
    covered = _covered()
    others = {code: text for code, text in factors.items() if fold(text) not in covered}
    return (*_shipped(), *(Topic(code, _pattern([text])) for code, text in others.items()))


def suggest(folded: str, topics: Iterable[Topic]) -> str:
    """The topic most of whose words stand in the text; none where no word does."""
    best, most = NO_TOPIC, 0
    for topic in topics:
        found = sum(len(phrase.split()) for phrase in set(topic.phrases.findall(folded)))
        if found > most:
            best, most = topic.code, found
    return best


@lru_cache(maxsize=1)
def _read() -> dict[str, dict[str, str]]:
    return tomllib.loads(SHIPPED.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _shipped() -> tuple[Topic, ...]:
    return tuple(Topic(code, _pattern(re.split(r"[|\n]", one["words"]))) for code, one in _read().items())


@lru_cache(maxsize=1)
def _covered() -> frozenset[str]:
    return frozenset(fold(text) for one in _read().values() for text in one["factors"].split("|"))


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    folded = sorted({fold(phrase) for phrase in phrases if phrase.strip()}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, folded))})(?!\w)")
