"""What a report says, apart from how it is set: PDF and Word are made from the same blocks. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered heading; `level` 1 is a part, 2 a section of it."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """Short statements, one below the other."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with one header row; `shares` are the columns' parts of the width, text columns first.

    `texts` says how many of the first columns hold words: the others are numbers, set to the right.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...]
    texts: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as SVG text; `alternative` says what it shows to those who do not see it."""

    caption: str
    alternative: str
    svg: str


Block = Heading | Paragraph | Bullets | Table | Picture


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The first lines of an administrative document (Decree 30/2020/ND-CP, annex I)."""

    above: str
    agency: str
    number: str
    place_and_date: str
    recipients: tuple[str, ...]
    signature: str


@dataclass(frozen=True, slots=True)
class Report:
    """A whole document in one language."""

    language: str
    letterhead: Letterhead
    kind: str
    subject: str
    blocks: tuple[Block, ...]
    footer: str
