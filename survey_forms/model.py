"""A form in memory: frozen values only, every text in every language of the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from survey_forms.errors import UnknownItem

Kind: TypeAlias = Literal["rating", "single", "multiple", "number", "text"]
Stage: TypeAlias = Literal["received", "returned"]
Operator: TypeAlias = Literal["==", "in", ">=", "<=", "answered"]
ChoiceCode: TypeAlias = int | str

KINDS: Final = ("rating", "single", "multiple", "number", "text")
STAGES: Final = ("received", "returned")
OPERATORS: Final = ("==", "in", ">=", "<=", "answered")
MODES: Final = ("kiosk", "receipt", "poster", "portal", "paper", "interviewer")
REQUIRED_LANGUAGES: Final = ("vi", "en")
NO_OPINION: Final = "no_opinion"
"""The one wire value of "không có ý kiến" and "không áp dụng", whatever an item's wording."""


class Texts(Mapping[str, str]):
    """One text in every language of the form: ``texts["vi"]``. Immutable and hashable."""

    __slots__ = ("_pairs",)

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._pairs = tuple(texts.items())

    def __getitem__(self, language: str) -> str:
        for known, text in self._pairs:
            if known == language:
                return text
        raise KeyError(language)

    def __iter__(self) -> Iterator[str]:
        return (language for language, _ in self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __hash__(self) -> int:
        return hash(frozenset(self._pairs))

    def __repr__(self) -> str:
        return f"Texts({dict(self._pairs)!r})"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a scale or list. Codes are whole numbers, or words for multiple choice."""

    code: ChoiceCode
    text: Texts
    points: int | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """An ordered set of choices, lowest first, shared by items."""

    code: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Factor:
    """A group of criteria; ``parent`` is the content it belongs to, ``number`` the printed one (II.A)."""

    code: str
    text: Texts
    number: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison with the answer to an earlier item; ``value`` is a tuple for ``in``."""

    item: str
    op: Operator
    value: ChoiceCode | tuple[ChoiceCode, ...] | None = None


@dataclass(frozen=True, slots=True)
class ShowIf:
    """When an item is asked: all, or any, of its conditions hold."""

    join: Literal["all", "any"]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One worded question.

    ``choices`` is filled for rating, single and multiple, also when they come from ``scale``.
    ``no_opinion`` is the wording of that button, or None where it is not offered.
    ``stage`` "returned" means: asked only when the result has been returned.
    """

    code: str
    kind: Kind
    text: Texts
    number: str | None = None
    hint: Texts | None = None
    scale: str | None = None
    choices: tuple[Choice, ...] = ()
    required: bool = False
    no_opinion: Texts | None = None
    show_if: ShowIf | None = None
    factor: str | None = None
    criterion: bool = False
    stage: Stage | None = None
    min: int | None = None
    max: int | None = None
    max_length: int | None = None
    demographic: bool = False
    sensitive: bool = False

    @property
    def closed(self) -> bool:
        """Whether the answer is a number or a choice, and not free text."""
        return self.kind != "text"

    def choice(self, code: ChoiceCode) -> Choice | None:
        """The choice of that code, or None."""
        for choice in self.choices:  # a loop: this runs for every answer that comes in
            if choice.code == code:
                return choice
        return None


@dataclass(frozen=True, slots=True)
class Scoring:
    """What counts as satisfied: these levels of this scale. ``headline`` is the overall rating, if any."""

    scale: str
    satisfied_levels: tuple[int, ...]
    headline: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A questionnaire. ``modes`` is a hint of where it fits; a round decides."""

    code: str
    title: Texts
    languages: tuple[str, ...]
    scoring: Scoring
    items: tuple[Item, ...]
    scales: tuple[Scale, ...] = ()
    factors: tuple[Factor, ...] = ()
    modes: tuple[str, ...] = ()
    intro: Texts | None = None

    @property
    def headline(self) -> str | None:
        """Code of the overall rating, or None where the form has none."""
        return self.scoring.headline

    @property
    def criteria(self) -> tuple[Item, ...]:
        """The items that enter factor and overall indices."""
        return tuple(item for item in self.items if item.criterion)

    @property
    def measures(self) -> tuple[Item, ...]:
        """Every item with a satisfied share: the headline, then the criteria."""
        first = tuple(item for item in self.items if item.code == self.headline and not item.criterion)
        return first + self.criteria

    def find_item(self, code: str) -> Item | None:
        """The item of that code, or None."""
        return next((item for item in self.items if item.code == code), None)

    def get_item(self, code: str) -> Item:
        """The item of that code. Raises: UnknownItem."""
        item = self.find_item(code)
        if item is None:
            raise UnknownItem(self.code, code)
        return item

    def factor_items(self, factor: str) -> tuple[Item, ...]:
        """The criteria of a factor, those of the factors below it included."""
        below = {factor} | {child.code for child in self.factors if child.parent == factor}
        return tuple(item for item in self.criteria if item.factor in below)
