"""MAP.toml: how the columns of a foreign file become responses. Every mistake in it is named at once."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self
from unicodedata import normalize

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from app.core.errors import Invalid, Problem, Unreadable
from app.core.files import read_whole
from app.core.mistakes import WORDS, problem_of
from app.forms.service import toml_mistake

BLANK = "blank"
_NO_TABLE = ("{value} is not a table", "write a table of TOML with a column")


def _as_in_header(column: str) -> str:
    return normalize("NFC", column).strip().lower()


Column = Annotated[str, AfterValidator(_as_in_header)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FromColumn(_Strict):
    """One value of a response: the same for all rows, or a column, perhaps translated."""

    constant: str | None = None
    column: Column | None = None
    values: dict[str, str] | None = None
    format: str | None = Field(None, description="of a date column, as %d/%m/%Y")

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.constant is None) == (self.column is None):
            raise ValueError("give either one value for all rows or a column")
        return self


class FromItem(_Strict):
    """One item's answer: its column, the translation of its cells, and how several choices are separated."""

    column: Column
    values: dict[str, int | str | list[str]] = {}
    separator: str | None = None
    text: bool = False


def _constant_or_table(value: object) -> object:
    return value if isinstance(value, Mapping) else {"constant": None if value is None else str(value)}


def _texts(value: object) -> object:
    if not isinstance(value, Mapping) or not isinstance(value.get("values"), Mapping):
        return _constant_or_table(value)
    return {**value, "values": {key: str(to) for key, to in value["values"].items()}}


def _column_or_table(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


Source = Annotated[FromColumn, BeforeValidator(_texts)]
ItemSource = Annotated[FromItem, BeforeValidator(_column_or_table)]


class ImportMap(_Strict):
    """A whole map. `name` and the `key` columns make each row's response id, the same on every run."""

    name: str = Field(min_length=1, max_length=80)
    key: list[Column] = Field(min_length=1)
    round: str
    language: str
    mode: Source
    unit: Source
    answered_on: Source
    service: Source | None = None
    submission: Source | None = None
    stage: Source | None = None
    duration_seconds: Source | None = None
    filter: dict[Column, list[str]] = {}
    values: dict[str, int | str] = {}
    items: dict[str, ItemSource] = Field(min_length=1)

    def sources(self) -> dict[str, FromColumn]:
        """Where each part of a response comes from, apart from its answers."""
        named = ("mode", "unit", "answered_on", "service", "submission", "stage", "duration_seconds")
        return {name: source for name in named if (source := getattr(self, name)) is not None}

    def columns(self) -> dict[str, str]:
        """Every place of the map that names a column, and the column."""
        named = {f"{name}.column": source.column for name, source in self.sources().items()}
        named |= {f"items.{item}": source.column for item, source in self.items.items()}
        named |= {f"filter.{column}": column for column in self.filter}
        named |= {f"key[{place}]": column for place, column in enumerate(self.key)}
        return {place: column for place, column in named.items() if column is not None}


def read_map(path: Path) -> ImportMap:
    """The map in this file; `Invalid` lists every mistake by its place."""
    text = _text_of(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise bad_map(path.name, [toml_mistake(error, text, path.name)]) from None
    return _validated(document, path.name)


def _text_of(path: Path) -> str:
    try:
        return read_whole(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(
            "{file} is not UTF-8: byte {byte} cannot be read",
            where=path.name,
            remedy="save it as UTF-8",
            file=path.name,
            byte=error.start + 1,
        ) from None


def _validated(document: Mapping[str, Any], name: str) -> ImportMap:
    try:
        return ImportMap.model_validate(document)
    except ValidationError as error:
        raise bad_map(name, list(_problems(error))) from None


def bad_map(name: str, problems: Sequence[Problem]) -> Invalid:
    """One refusal of a map that lists every mistake."""
    return Invalid(
        "{file} has {count} mistakes", where=name, problems=tuple(problems), file=name, count=len(problems)
    )


def _problems(error: ValidationError) -> Iterator[Problem]:
    for item in error.errors(include_url=False):
        yield problem_of(item, ".".join(str(part) for part in item["loc"]), words=_WORDS)


_WORDS = {**WORDS, "dict_type": _NO_TABLE, "model_type": _NO_TABLE, "model_attributes_type": _NO_TABLE}


def column_problems(plan: ImportMap, columns: Sequence[str]) -> list[Problem]:
    """Columns the map names and the file does not have."""
    return [
        Problem(
            place,
            "the file has no column {column}",
            "its columns are: {columns}",
            {"column": column, "columns": ", ".join(columns)},
        )
        for place, column in plan.columns().items()
        if column not in columns
    ]


def item_problems(plan: ImportMap, known: set[str]) -> list[Problem]:
    """Items the map fills and no form of the round asks."""
    return [
        Problem(
            f"items.{item}",
            "no form of this round asks {item}",
            "its items are: {items}",
            {"item": item, "items": ", ".join(sorted(known))},
        )
        for item in plan.items
        if item not in known
    ]
