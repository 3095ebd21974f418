"""Sentences that pages of figures build in code exist in Vietnamese, with the same named places."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

from app.console import telling
from app.core.language import translator

CONSOLE = Path(telling.__file__).parent
FIELD = re.compile(r"%\((\w+)\)s")


def said() -> Iterator[tuple[str, str]]:
    for path in sorted(CONSOLE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                yield from ((path.name, text) for text in _texts(node))


def _texts(call: ast.Call) -> Iterator[str]:
    for value in call.args:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def test_every_sentence_that_is_said_exists_in_vietnamese() -> None:
    found = sorted(set(said()))
    assert len(found) > 20
    assert [one for one in found if translator("vi")(one[1]) == one[1]] == []


def test_a_sentence_keeps_its_named_places() -> None:
    for _, text in said():
        assert sorted(FIELD.findall(translator("vi")(text))) == sorted(FIELD.findall(text)), text


def test_no_translation_brings_in_a_percent_sign_that_a_template_would_take_for_a_place() -> None:
    brought: list[str] = []
    for path in sorted(CONSOLE.parent.rglob("vi.po")):
        with path.open("rb") as file:
            brought += [
                str(one.id)
                for one in read_po(file)
                if "%" in str(one.string).replace("%%", "") and "%" not in str(one.id)
            ]
    assert brought == []
