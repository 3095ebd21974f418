"""Every mistake in a definition at once, each with its place and remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from survey_forms.lines import LineIndex
from survey_forms.problems import Finding, Problem, problem
from survey_forms.rules import broken_rules
from survey_forms.shape import Table, read_form
from survey_forms.toml_reasons import broken_toml


def check(text: str, name: str) -> list[Problem]:
    """All mistakes in a TOML text, in the order of the file; ``name`` is how messages call it."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [broken_toml(error, text, name)]
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
