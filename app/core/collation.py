"""Vietnamese order for any database: a sort key kept in a column, and letters without marks for search.

The order is that of the alphabet (a ă â b c d đ e ê … y), then of the tones (ngang, huyền, hỏi, ngã, sắc,
nặng), then lower before upper case; over the whole text, one level after the other, as ICU's `vi` does.
Check: tests/golden/collation, made by DuckDB's ICU `vi` collation.
"""

import re
import unicodedata

LETTERS = "0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
TONES = {"": "0", "\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
SHAPES = {"\u0306", "\u0302", "\u031b"}
_ORDER = {letter: chr(ord("A") + place) for place, letter in enumerate(LETTERS)}
_SPACE, _OTHER, _END = " ", "!", "\x01"


def sort_key(text: str) -> str:
    """A text whose plain order is the Vietnamese order of the given one."""
    letters, tones, cases = [], [], []
    for base, tone, upper in _letters(" ".join(text.split())):
        letters.append(_SPACE if base == " " else _ORDER.get(base, _OTHER + base))
        tones.append(TONES.get(tone, "6"))
        cases.append("1" if upper else "0")
    return _END.join(("".join(letters), "".join(tones).rstrip("0"), "".join(cases).rstrip("0")))


def fold(text: str) -> str:
    """Lower case without any mark: what a search compares (`viet yen` finds Việt Yên)."""
    marked = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return re.sub(r"\s+", " ", "".join(c for c in marked if not unicodedata.combining(c))).strip()


def _letters(text: str) -> list[tuple[str, str, bool]]:
    """(letter of the alphabet in lower case, tone mark, whether upper case) for each letter."""
    return [_split(letter) for letter in unicodedata.normalize("NFC", text)]


def _split(letter: str) -> tuple[str, str, bool]:
    parts = unicodedata.normalize("NFD", letter.lower())
    shape = parts[0] + "".join(mark for mark in parts[1:] if mark in SHAPES)
    tone = next((mark for mark in parts[1:] if mark in TONES), "")
    return unicodedata.normalize("NFC", shape), tone, letter != letter.lower()
