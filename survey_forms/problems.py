"""Mistakes in words people can act on. The words are in messages.toml; here they meet the values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from survey_forms.model import Texts

_LONGEST_SHOWN = 60

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake at a place of the document, before it is worded."""

    path: KeyPath
    code: str
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a form: where, what, and what to do, in Vietnamese and English."""

    file: str
    line: int | None
    key: str
    code: str
    message: Texts
    remedy: Texts

    def line_of_text(self, language: str) -> str:
        """The problem as one line: ``file:line: key: message Remedy``."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        where = f"{place}: {self.key}" if self.key else place
        return f"{where}: {self.message[language]} {self.remedy[language]}"


def shown_value(value: object) -> str:
    """The offending value as people see it, cut to one readable line."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def word(part: str, code: str, fields: Mapping[str, object]) -> Texts:
    """The text ``part`` (message or remedy) of a code in every language, with the values put in."""
    entry = _messages()[code]
    return Texts({language: entry[f"{part}_{language}"].format_map(fields) for language in ("vi", "en")})


def problem(finding: Finding, *, file: str, line: int | None) -> Problem:
    """Word a finding for a person."""
    return Problem(
        file=file,
        line=line,
        key=dotted(finding.path),
        code=finding.code,
        message=word("message", finding.code, finding.fields),
        remedy=word("remedy", finding.code, finding.fields),
    )


def dotted(path: KeyPath) -> str:
    """A path as people write it: ``items[3].text.en``, counted from 1."""
    parts = [f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(parts).removeprefix(".")


@cache
def _messages() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("messages.toml").read_text(encoding="utf-8"))
