"""Every mistake in a definition at once, each with its place and remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from survey_forms.lines import LineIndex
from survey_forms.problems import Finding, Problem, problem
from survey_forms.rules import broken_rules
from survey_forms.shape import Table, read_form

_TOML_PLACE = re.compile(r"(?P<reason>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)", re.DOTALL)


def check(text: str, name: str) -> list[Problem]:
    """All mistakes in a TOML text, in the order of the file; ``name`` is how messages call it."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [_unreadable(error, text, name)]
    index = LineIndex(text)
    found = [problem(x, file=name, line=index.line_of(x.path)) for x in _findings(document)]
    return sorted(found, key=lambda x: x.line or 0)


def check_bytes(content: bytes, name: str) -> list[Problem]:
    """All mistakes in a file's bytes; bytes that are not UTF-8 are a mistake, not an exception."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found = Finding((), "not_utf8", {"position": error.start + 1})
        return [problem(found, file=name, line=line)]
    return check(text, name)


def check_document(document: Mapping[str, Any]) -> list[Problem]:
    """All mistakes in a stored document; places are key paths only."""
    return [problem(x, file="document", line=None) for x in _findings(dict(document))]


def _findings(document: Table) -> list[Finding]:
    sound, findings = read_form(document)
    return [*findings, *broken_rules(sound)]


def _unreadable(error: tomllib.TOMLDecodeError, text: str, name: str) -> Problem:
    match = _TOML_PLACE.fullmatch(str(error))
    last = text.count("\n") + 1
    line = int(match["line"]) if match else last
    column = int(match["column"]) if match else len(text.rsplit("\n", 1)[-1]) + 1
    reason = match["reason"] if match else str(error).removesuffix(" (at end of document)")
    fields = {"line": line, "column": column, "reason": reason}
    return problem(Finding((), "broken_toml", fields), file=name, line=line)
