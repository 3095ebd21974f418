"""Everything people read exists in Vietnamese: templates, error messages, remedies."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from app.core import errors
from app.core.language import translator
from app.core.pages import TEMPLATE_FOLDERS

APP = Path(errors.__file__).parent.parent
ERROR_NAMES = {name for name, value in vars(errors).items() if isinstance(value, type)} | {"_", "gettext"}
OPTIONS = {"extensions": "jinja2.ext.i18n", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


def template_messages() -> Iterator[tuple[str, str]]:
    for folder in TEMPLATE_FOLDERS:
        for path in sorted(folder.rglob("*.html")):
            with path.open("rb") as file:
                for _line, _function, found, _comments in babel_extract(
                    file, ("_", "gettext", "ngettext"), (), OPTIONS
                ):
                    for message in found if isinstance(found, tuple) else (found,):
                        if message:
                            yield path.name, message


def code_messages() -> Iterator[tuple[str, str]]:
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in ERROR_NAMES:
                yield from ((path.name, text) for text in _texts(node))


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _texts(call: ast.Call) -> Iterator[str]:
    places = call.args[1:3] if _name(call.func) == "Problem" else call.args[:1]
    for value in [*places, *(key.value for key in call.keywords if key.arg in {"message", "remedy"})]:
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
            yield value.value


def test_every_text_of_the_templates_exists_in_vietnamese() -> None:
    untranslated = sorted({found for found in template_messages() if translator("vi")(found[1]) == found[1]})
    assert untranslated == []


def test_every_error_and_remedy_exists_in_vietnamese() -> None:
    untranslated = sorted({found for found in code_messages() if translator("vi")(found[1]) == found[1]})
    assert untranslated == []


@pytest.mark.parametrize("path", sorted(APP.rglob("vi.po")), ids=lambda path: path.parent.name)
def test_a_translation_keeps_every_named_field(path: Path) -> None:
    with path.open("rb") as file:
        for message in read_po(file):
            if message.id and "{" in str(message.id):
                assert _fields(str(message.string)) <= _fields(str(message.id)), message.id


def _fields(text: str) -> set[str]:
    import string

    return {field for _, field, _, _ in string.Formatter().parse(text) if field}
