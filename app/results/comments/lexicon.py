"""The words the masking of names knows, read once from names.toml."""

import re
import tomllib
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

LISTS = Path(__file__).with_name("names.toml")
PHRASES = ("roles", "introductions", "places", "compounds", "deeds")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words in small letters with their marks; those of PHRASES are phrases."""

    families: frozenset[str]
    sure: frozenset[str]
    everyday: frozenset[str]
    strict: frozenset[str]
    middles: frozenset[str]
    given: frozenset[str]
    titles: frozenset[str]
    roles: frozenset[str]
    introductions: frozenset[str]
    stops: frozenset[str]
    kinds: frozenset[str]
    places: frozenset[str]
    acronyms: frozenset[str]
    compounds: frozenset[str]
    common: frozenset[str]
    deeds: frozenset[str]
    plain: frozenset[str]
    whereabouts: frozenset[str]
    glued: frozenset[str]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    raw = tomllib.loads(LISTS.read_text(encoding="utf-8"))
    return Lexicon(**{one.name: _words(one.name, raw[one.name]) for one in fields(Lexicon)})


def _words(name: str, text: str) -> frozenset[str]:
    if name in PHRASES:
        return frozenset(phrase.strip() for phrase in re.split(r"[|\n]", text) if phrase.strip())
    return frozenset(text.split())
