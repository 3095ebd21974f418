"""Data with everything SPSS, Stata, DDI and a data package say about it: one model for all of them. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.errors import Invalid

NAME_LETTERS = 32
ELLIPSIS = " …"


@dataclass(frozen=True, slots=True)
class Variable:
    """One column. `missing` are the codes in the data that are no answers, with what they mean.

    `kind` is text, whole or real; `width` the bytes of the longest text; `source` the item's code where the
    column could not bear it; `values` what whole numbers stand for, `texts` what codes of a text column do.
    """

    name: str
    kind: str
    label: str
    digits: int = 0
    width: int = 1
    values: Mapping[int, str] = field(default_factory=dict)
    missing: Mapping[int, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows to write: `batches` gives Arrow record batches of the variables, as often as it is called."""

    title: str
    language: str
    variables: tuple[Variable, ...]
    row_count: int
    batches: Callable[[], Iterator[Any]]
    identity: Mapping[str, str]
    notes: Sequence[str] = ()


def shortened(text: str, fits: Callable[[str], bool]) -> str:
    """The text, or as many whole words as fit with a mark that there is more."""
    if fits(text):
        return text
    words = text.split(" ")
    while words and not fits(" ".join(words) + ELLIPSIS):
        words.pop()
    start = " ".join(words)
    while not start and text and not fits(text + ELLIPSIS):
        text = text[:-1]
    return (start or text) + ELLIPSIS


def long_texts(data: Labelled, *, label: Callable[[str], bool], value: Callable[[str], bool]) -> list[str]:
    """Labels a format cannot hold whole, to stand in its notes instead."""
    lines = []
    for variable in data.variables:
        if not label(variable.label):
            lines.append(f"{variable.name}: {variable.label}")
        meanings = {**variable.values, **variable.missing}
        lines += [f"{variable.name} = {code}: {text}" for code, text in meanings.items() if not value(text)]
    return lines


def identity_lines(data: Labelled) -> list[str]:
    """What says which data this is: `run_id: ...`."""
    return [f"{name}: {value}" for name, value in data.identity.items()]


def encoded(column: Any, variable: Variable, *, most: int) -> NDArray[np.bytes_]:
    """A text column as UTF-8 of the variable's width. Raises: Invalid for a text the format cannot hold."""
    values = column.dictionary_encode()
    texts = [text.encode() for text in values.dictionary.to_pylist()]
    longest = max((len(text) for text in texts), default=0)
    if longest > most or any(b"\0" in text for text in texts):
        raise Invalid(
            "a text in {column} cannot be held by this format: it has {count} bytes, or an empty sign in it",
            where="format",
            remedy="export as CSV, Parquet or JSON",
            column=variable.name,
            count=longest,
        )
    table = np.array([*texts, b""], dtype=f"S{max(variable.width, 1)}")
    return np.asarray(table[values.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)])
