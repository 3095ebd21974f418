"""Where in a TOML text a key stands. tomllib forgets lines; this finds them again for messages."""

from __future__ import annotations

import re
from typing import Final

from survey_forms.problems import KeyPath

_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_\-\"']+(?:\s*\.\s*[A-Za-z0-9_\-\"']+)*)\s*=(.*)")
_INLINE_KEY: Final = re.compile(r"[{,]\s*([A-Za-z0-9_\-]+)\s*=")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')


class LineIndex:
    """Lines of tables, keys and list entries that stand at the start of a line."""

    def __init__(self, text: str) -> None:
        self._lines: dict[KeyPath, int] = {}
        self._counts: dict[str, int] = {}
        self._table: KeyPath = ()
        self._list: KeyPath | None = None
        self._entry = -1
        self._inside_text = ""
        for number, line in enumerate(text.split("\n"), start=1):
            self._read(line, number)

    def line_of(self, path: KeyPath) -> int | None:
        """The line of the key, or of the nearest table around it; None for the file as a whole."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return None

    def _read(self, line: str, number: int) -> None:
        if self._inside_text:
            self._inside_text = "" if self._inside_text in line else self._inside_text
            return
        bare = _STRING.sub('""', line)
        if self._list is not None:
            self._read_entry(bare, number)
        elif header := _HEADER.fullmatch(bare):
            self._open_table(header[1], header[2], number)
        elif key := _KEY.match(bare):
            self._open_key(key[1], key[2], number)

    def _open_table(self, bracket: str, name: str, number: int) -> None:
        steps = _steps(name)
        if bracket == "[[":
            index = self._counts.get(name, -1) + 1
            self._counts[name] = index
            self._lines.setdefault(steps, number)
            steps = (*steps, index)
        self._table = steps
        self._lines[steps] = number

    def _open_key(self, name: str, value: str, number: int) -> None:
        path = (*self._table, *_steps(name))
        for length in range(len(self._table) + 1, len(path) + 1):
            self._lines.setdefault(path[:length], number)
        self._mark_inline(path, value, number)
        marks = [mark for mark in ('"""', "'''") if value.count(mark) % 2]
        self._inside_text = marks[0] if marks else ""
        if value.strip().startswith("[") and value.count("[") > value.count("]"):
            self._list, self._entry = path, -1

    def _read_entry(self, line: str, number: int) -> None:
        path = self._list or ()
        if line.strip().startswith("]"):
            self._list = None
        elif line.strip() and not line.strip().startswith("#"):
            self._entry += 1
            self._lines[(*path, self._entry)] = number

    def _mark_inline(self, path: KeyPath, value: str, number: int) -> None:
        for name in _INLINE_KEY.findall(value):
            self._lines.setdefault((*path, name), number)


def _steps(name: str) -> KeyPath:
    return tuple(step.strip().strip("\"'") for step in name.split("."))
