"""From TOML text or a stored document to a form, or every mistake at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from survey_forms.checks import check_bytes, check_document
from survey_forms.document import build
from survey_forms.errors import InvalidForm, UnknownForm
from survey_forms.model import Form

_DEFINITIONS = Path(__file__).parent / "definitions"


def load(text: str, name: str) -> Form:
    """The form a TOML text defines; ``name`` is how messages call the file. Raises: InvalidForm."""
    return load_bytes(text.encode("utf-8"), name)


def load_bytes(content: bytes, name: str) -> Form:
    """The form of a file's bytes. Raises: InvalidForm, also when they are not UTF-8."""
    problems = check_bytes(content, name)
    if problems:
        raise InvalidForm(name, problems)
    return build(tomllib.loads(content.decode("utf-8-sig")))


def load_file(path: Path) -> Form:
    """The form in a TOML file. Raises: InvalidForm; OSError when the file cannot be read."""
    return load_bytes(path.read_bytes(), path.name)


def from_document(document: Mapping[str, Any]) -> Form:
    """The form of a stored document (see ``to_document``). Raises: InvalidForm."""
    problems = check_document(document)
    if problems:
        raise InvalidForm("document", problems)
    return build(dict(document))


def codes() -> tuple[str, ...]:
    """Codes of the shipped definitions, in alphabetical order."""
    return tuple(sorted(path.stem for path in _DEFINITIONS.glob("*.toml")))


def definition_text(code: str) -> str:
    """The TOML of a shipped definition. Raises: UnknownForm."""
    if code not in codes():
        raise UnknownForm(code, codes())
    return (_DEFINITIONS / f"{code}.toml").read_text(encoding="utf-8")


@cache
def definition(code: str) -> Form:
    """A shipped form. Raises: UnknownForm."""
    return load(definition_text(code), f"{code}.toml")
