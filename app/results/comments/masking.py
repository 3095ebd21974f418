"""Free text as anybody may read it: what names a person is gone before it leaves this room. Pure.

Hiding too much is no harm, hiding too little is. A marked place is stored as one private sign; words are put
in its place where it is shown, in the reader's language.
"""

import re
import unicodedata
from typing import NamedTuple

from app.core.collation import fold
from app.results.comments.names import name_spans
from app.results.comments.patterns import KINDS, MARK, MARKS, NAME, without_numbers

MASK_VERSION = 2
_KIND_OF = {sign: kind for kind, sign in MARK.items()}
_UNSEEN = ("Cf", "Co", "Cc")


class Piece(NamedTuple):
    """Text as it is (`kind` empty), or a place where something of this kind was hidden."""

    text: str
    kind: str


def mask(text: str, units: frozenset[str] = frozenset()) -> str:
    """The text with names, phone and identity numbers, mail, plates, dossiers and house numbers marked.

    `units`: names of units in small letters (`việt yên`), which stay after phường, xã, tỉnh.
    """
    marked = without_numbers(_plain(text))
    for start, end in reversed(name_spans(marked, units)):
        marked = f"{marked[:start]}{MARK[NAME]}{marked[end:]}"
    return re.sub(f"([{MARKS}])(?:[ ]?\\1)+", r"\1", marked)


def _plain(text: str) -> str:
    """One spelling for every letter, without signs nobody sees and without our own marks."""
    composed = unicodedata.normalize("NFKC", text)
    seen = (sign if sign in "\n\t" or unicodedata.category(sign) not in _UNSEEN else "" for sign in composed)
    return "".join(seen).strip()


def pieces(masked: str) -> list[Piece]:
    """A masked text as a page shows it."""
    parts = re.split(f"([{MARKS}])", masked)
    return [Piece("" if part in _KIND_OF else part, _KIND_OF.get(part, "")) for part in parts if part]


def folded(masked: str) -> str:
    """What a search compares: no marks of letters, and nothing of what is hidden."""
    return fold(re.sub(f"[{MARKS}]", " ", masked))


__all__ = ["KINDS", "MASK_VERSION", "Piece", "folded", "mask", "pieces"]
