"""Sentences that pages of figures build in code exist in Vietnamese, with the same named places."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

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
