"""Names of people in free text, found by what stands around them. Pure; hides too much, not too little."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from app.core.collation import fold
from app.results.comments.lexicon import lexicon

LONGEST_NAME, SHORTEST_GLUED = 4, 6
CASE_TELLS_BELOW = 0.65  # share of words that begin with a capital; above it capitals mean nothing
SHORT_TITLES = frozenset({"a", "c", "e", "đc"})
_WORD = re.compile(r"[^\W\d_\ue001-\ue0ff]+(?:['’][^\W\d_\ue001-\ue0ff]+)?")
_JOINED = re.compile(r"[ \t\u00a0]{1,3}|[ \t]?[-–][ \t]?|[._:/]")
_INITIALS = re.compile(r"[ .]{0,2}([A-ZĐ]\.?(?:\s?[A-ZĐ]\.?){0,3})(?![^\W\d_])")
_ENDS_SENTENCE = re.compile(r"[.!?…\n:;\"“(+*]\s*$|^\s*[-–]?\s*$")

_PARTS = re.compile(r"[^\W\d_a-zà-ỹ][^\W\d_]*?(?=[^\W\d_a-zà-ỹđ]|$)")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Word:
    """A word and where it stands; `capital` only where capitals mean something in this text."""

    start: int
    end: int
    lower: str
    capital: bool
    first: bool


def name_spans(text: str, units: frozenset[str]) -> list[Span]:
    """Where names stand, in order, without overlaps; after phường, xã, tỉnh the names of `units` stay."""
    reader = _Reader(text, _words(text), units)
    return _merged([*reader.initials(), *reader.introduced(), *reader.names()])


def _words(text: str) -> list[Word]:
    found = list(_WORD.finditer(text))
    capitals = sum(one.group()[0].isupper() for one in found)
    tells = len(found) <= LONGEST_NAME or capitals < CASE_TELLS_BELOW * len(found)
    return [
        Word(
            one.start(),
            one.end(),
            one.group().lower(),
            tells and one.group()[0].isupper(),
            bool(_ENDS_SENTENCE.search(text[max(0, one.start() - 4) : one.start()])),
        )
        for one in found
    ]


class _Reader:
    """Decides for each word whether a name begins there, and how many words it has."""

    def __init__(self, text: str, words: Sequence[Word], units: frozenset[str]) -> None:
        self.text, self.words, self.units, self.known = text, words, units, lexicon()
        self.bare = fold(text) == " ".join(text.lower().split())  # written without any mark
        self.families = self._spelled(self.known.families)
        self.middles = self._spelled(self.known.middles)
        self.given = self._spelled(self.known.given)
        self.titles = self._spelled(self.known.titles)
        self.stops = self._spelled(self.known.stops)
        self.deeds = self._spelled(self.known.deeds)
        self.whereabouts = self._spelled(self.known.whereabouts)
        self.gaps = [text[a.end : b.start] for a, b in pairwise(words)]

    def _spelled(self, words: frozenset[str]) -> frozenset[str]:
        return _with_bare(words) if self.bare else words

    def names(self) -> list[Span]:
        spans, place = [], 0
        while place < len(self.words):
            length = self._length_at(place)
            if length:
                spans.append((self.words[place].start, self.words[place + length - 1].end))
            place += length or 1
        return spans

    def initials(self) -> list[Span]:
        """`anh T.`, `bà N.T.H`: letters after a title."""
        titled = [word for word in self.words if word.lower in self.titles]
        found = (_INITIALS.match(self.text, word.end) for word in titled)
        return [one.span(1) for one in found if one]

    def introduced(self) -> list[Span]:
        """`tên là …`: up to four words, whatever their letters, until one that no name holds."""
        ends = {found.end() for found in _introductions().finditer(self.text.lower())}
        return [span for end in sorted(ends) for span in self._after_introduction(end)]

    def _after_introduction(self, end: int) -> list[Span]:
        taken: list[Word] = []
        for word in [word for word in self.words if word.start >= end][:LONGEST_NAME]:
            gap = self.text[taken[-1].end if taken else end : word.start]
            if gap.strip(" :\t") or not self._continues(word, begun=bool(taken)):
                break
            taken.append(word)
        return [(taken[0].start, taken[-1].end)] if taken else []

    def _continues(self, word: Word, *, begun: bool) -> bool:
        """`Tuấn Anh`: within a name a capital outweighs that the word is an everyday one."""
        return word.lower not in self.stops or (begun and word.capital)

    def _length_at(self, place: int) -> int:
        """How many words of a name begin here; 0 for none."""
        if self.words[place].lower in self.known.acronyms or self._is_place(place):
            return 0
        if is_glued(self.text[self.words[place].start : self.words[place].end]):
            return 1
        if self._follows_title(place):
            return self._after_title(place)
        return self._full_name(place) or self._half_name(place) or self._capitals(place)

    def _after_title(self, place: int) -> int:
        word = self.words[place]
        if word.lower in self.stops or word.lower in self.titles:
            return 0
        if word.capital:
            return self._run(place, lambda one: one.capital)
        if self._is_compound(place):
            return 0
        return self._full_name(place) or self._run(place, lambda one: one.lower in self.given)

    def _full_name(self, place: int) -> int:
        """A family name with what must follow it."""
        word = self.words[place]
        if word.lower not in self.families or not self._joined(place):
            return 0
        following = self.words[place + 1]
        if word.capital and following.capital:
            return 1 + self._run(place + 1, lambda one: one.capital)
        if self._is_compound(place):
            return 0
        if following.lower in self.known.strict and self._has(place + 2):
            return 3 + (self._has(place + 3) and self.words[place + 3].lower in self.given)
        if following.lower in self.stops:
            return 0
        if word.lower in self.known.everyday:
            return 0
        return self._known_name(place)

    def _half_name(self, place: int) -> int:
        """`thị hoa ở quầy 2`: a middle name and a given one, and then where, or what is done."""
        if self.words[place].lower not in self.known.strict or not self._joined(place):
            return 0
        pair = f"{self.words[place].lower} {self.words[place + 1].lower}"
        if pair in self._spelled(self.known.compounds):
            return 0
        length = 1 + self._run(place + 1, lambda one: one.lower in self.given)
        after = place + length
        ends = length > 1 and after < len(self.words) and self._joined(after - 1)
        return length if ends and self.words[after].lower in self.whereabouts else 0

    def _known_name(self, place: int) -> int:
        """In small letters: the words after the family name must be names themselves."""
        names = self.given | self.middles
        length = self._run(place + 1, lambda one: one.lower in names and one.lower not in self.stops)
        return 1 + length if length else 2 * (self.words[place].lower in self.known.sure)

    def _has(self, place: int) -> bool:
        """Whether the word here goes on from the one before and may end a name."""
        return self._joined(place - 1) and self.words[place].lower not in self.stops

    def _capitals(self, place: int) -> int:
        """Capitals inside a sentence; at its start two of them, or a given name alone."""
        word = self.words[place]
        if not word.capital or word.lower in self.stops or word.lower in self.titles:
            return 0
        run = self._run(place, lambda one: one.capital and one.lower not in self.known.acronyms)
        if run == 1 and word.first and self._acts(place):
            return 1
        if word.lower in self.known.common and not (run > 1 and word.lower in self.given):
            return 0
        if run == 1 and (self._is_compound(place) or (word.first and word.lower not in self.given)):
            return 0
        return run

    def _acts(self, place: int) -> bool:
        """`Trung làm việc tốt`: an everyday word that is a given name too, then what somebody does."""
        word = self.words[place].lower
        is_word = word not in self.given or word in self.known.plain or self._is_compound(place)
        if is_word or not self._joined(place):
            return False
        following = [one.lower for one in self.words[place + 1 : place + 3]]
        return following[0] in self.deeds or " ".join(following) in self.deeds

    def _run(self, place: int, wanted: Callable[[Word], bool]) -> int:
        """How many joined words from here on are wanted, up to the longest name."""
        count = 0
        while count < LONGEST_NAME and wanted(self.words[place + count]):
            count += 1
            if not self._joined(place + count - 1):
                break
        return count

    def _joined(self, place: int) -> bool:
        """Whether the next word follows after nothing but a space."""
        return place < len(self.gaps) and bool(_JOINED.fullmatch(self.gaps[place]))

    def _follows_title(self, place: int) -> bool:
        if not place or not self._joined(place - 1):
            return False
        before = self.words[place - 1].lower
        if before in SHORT_TITLES:
            return self.words[place].capital or not self.bare
        two = f"{self.words[place - 2].lower} {before}" if place > 1 else ""
        return before in self.titles or two in self.known.roles

    def _is_compound(self, place: int) -> bool:
        if not self._joined(place):
            return False
        return f"{self.words[place].lower} {self.words[place + 1].lower}" in self.known.compounds

    def _is_place(self, place: int) -> bool:
        """In the name of a unit, after phường, xã, tỉnh; or in that of a place everybody knows."""
        if not self.words[place].capital:
            return False
        start = place
        while (
            start and self.words[start].capital and self._joined(start - 1) and place - start < LONGEST_NAME
        ):
            if self.words[start - 1].lower in self.known.kinds:
                return self._stands_in(place, start, start, self.units)
            start -= 1
        return self._stands_in(place, max(0, place - LONGEST_NAME + 1), place, self.known.places)

    def _stands_in(self, place: int, first: int, last: int, names: frozenset[str]) -> bool:
        """Whether some words that begin between first and last, with this one among them, are such a name."""
        return any(
            " ".join(word.lower for word in self.words[start : start + length]) in names
            for start in range(first, last + 1)
            for length in range(place - start + 1, LONGEST_NAME + 1)
        )


def is_glued(word: str) -> bool:
    """Whether one word is a whole name: `NguyenThiHoa`, `nguyenthihoa`, `TranVanBinh`."""
    if len(word) < SHORTEST_GLUED:
        return False
    known, parts = lexicon(), [fold(part) for part in _PARTS.findall(word)]
    if len(parts) > 1 and "".join(parts) == fold(word):
        return parts[0] in known.glued and all(part in _name_words() for part in parts[1:])
    return bool(_glued().fullmatch(fold(word)))


@lru_cache(maxsize=1)
def _name_words() -> frozenset[str]:
    known = lexicon()
    return _with_bare(known.families | known.middles | known.given)


@lru_cache(maxsize=1)
def _glued() -> re.Pattern[str]:
    """A family name, thi or van or such, and at least one given name."""
    known = lexicon()
    given = sorted((fold(one) for one in known.given), key=len, reverse=True)
    families, strict = "|".join(known.glued), "|".join(sorted({fold(one) for one in known.strict}))
    return re.compile(rf"(?:{families})(?:{strict})(?:{'|'.join(given)}){{1,2}}")


@lru_cache(maxsize=8)
def _with_bare(words: frozenset[str]) -> frozenset[str]:
    return words | {fold(word) for word in words}


@lru_cache(maxsize=1)
def _introductions() -> re.Pattern[str]:
    longest_first = sorted(lexicon().introductions, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
