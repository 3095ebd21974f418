"""The shape of a form document: which keys a table may have and what each must look like.

`read_form` reports every mistake to a list and returns what is sound, so that the rules of rules.py can
look at the rest of a table that has one bad key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from survey_forms.model import KINDS, MODES, OPERATORS, REQUIRED_LANGUAGES, STAGES
from survey_forms.problems import Finding, KeyPath, shown_value

Table: TypeAlias = dict[str, Any]
_CODE: Final = re.compile(r"(?!.*__)[a-z0-9_]{1,40}")
BROKEN: Final = "(broken keys)"
"""Where a sound table lists its keys that were dropped."""
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


@dataclass(slots=True)
class Reading:
    """What the check has met so far: the languages every text must have, and the mistakes."""

    languages: tuple[str, ...]
    findings: list[Finding]

    def report(self, path: KeyPath, code: str, **fields: object) -> bool:
        """Note a mistake; always False, so a check can return it."""
        self.findings.append(Finding(path, code, fields))
        return False


Check: TypeAlias = Callable[[Any, KeyPath, Reading], bool]
Spec: TypeAlias = dict[str, tuple[Check, bool]]


def read_form(document: Table) -> tuple[Table, list[Finding]]:
    """The sound part of a document and every mistake of shape in it."""
    reading = Reading(_languages(document), [])
    sound = _sound_table(document, FORM, (), reading=reading)
    for name, spec in LISTS.items():
        rows = document.get(name, [])
        if name in sound:
            sound[name] = [
                _sound_table(row, spec, (name, index), reading=reading) for index, row in enumerate(rows)
            ]
    if isinstance(sound.get("scoring"), dict):
        sound["scoring"] = _sound_table(sound["scoring"], SCORING, ("scoring",), reading=reading)
    return sound, reading.findings


def _languages(document: Table) -> tuple[str, ...]:
    declared = document.get("languages")
    known = tuple(x for x in declared if isinstance(x, str)) if isinstance(declared, list) else ()
    return tuple(dict.fromkeys(known + REQUIRED_LANGUAGES))


def _sound_table(table: object, spec: Spec, path: KeyPath, *, reading: Reading) -> Table:
    if not isinstance(table, dict):
        _wrong(table, path, reading, "một bảng khóa = giá trị|a table of keys and values")
        return {}
    for key, (_, required) in spec.items():
        if required and key not in table:
            reading.report(path, "missing_key", value=key)
    sound: Table = {}
    for key, value in table.items():
        if key not in spec:
            reading.report((*path, key), "unknown_key", value=key, allowed=", ".join(spec))
        elif spec[key][0](value, (*path, key), reading):
            sound[key] = value
    sound[BROKEN] = [key for key in table if key in spec and key not in sound]
    return sound


def absent(table: Table, key: str) -> bool:
    """Whether a key was not written at all; a key written wrongly has been reported already."""
    return key not in table and key not in table.get(BROKEN, ())


def _wrong(value: object, path: KeyPath, reading: Reading, wanted: str) -> bool:
    wanted_vi, wanted_en = wanted.split("|")
    return reading.report(
        path, "wrong_form", value=shown_value(value), wanted_vi=wanted_vi, wanted_en=wanted_en
    )


def is_code(value: object) -> bool:
    """Whether a value is a well-formed code of an item, factor, scale or word choice."""
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


def _code(value: Any, path: KeyPath, reading: Reading) -> bool:
    return is_code(value) or reading.report(path, "bad_code", value=shown_value(value))


def _word(value: Any, path: KeyPath, reading: Reading) -> bool:
    sound = isinstance(value, str) and value.strip() != ""
    return sound or _wrong(value, path, reading, "một chuỗi không trống|a string that is not empty")


def _flag(value: Any, path: KeyPath, reading: Reading) -> bool:
    return isinstance(value, bool) or _wrong(value, path, reading, "true hoặc false|true or false")


def _whole(value: Any, path: KeyPath, reading: Reading) -> bool:
    return type(value) is int or _wrong(value, path, reading, "một số nguyên|a whole number")


def _positive(value: Any, path: KeyPath, reading: Reading) -> bool:
    sound = type(value) is int and value > 0
    return sound or _wrong(value, path, reading, "một số nguyên dương|a whole number above 0")


def _choice_code(value: Any, path: KeyPath, reading: Reading) -> bool:
    return type(value) is int or _code(value, path, reading)


def _text(value: Any, path: KeyPath, reading: Reading) -> bool:
    if not isinstance(value, dict):
        return _wrong(value, path, reading, '{ vi = "...", en = "..." }|{ vi = "...", en = "..." }')
    missing = [x for x in reading.languages if x not in value]
    for language in missing:
        reading.report(path, "missing_translation", value=language)
    return all([_one_text(value, x, path, reading=reading) for x in value]) and not missing


def _one_text(texts: Table, language: str, path: KeyPath, *, reading: Reading) -> bool:
    here = (*path, language)
    if language not in reading.languages:
        allowed = ", ".join(reading.languages)
        return reading.report(here, "unknown_language", value=language, allowed=allowed)
    if not isinstance(texts[language], str):
        return _wrong(texts[language], here, reading, "một chuỗi|a string")
    return texts[language].strip() != "" or reading.report(here, "empty_text", value=language)


def _one_of(allowed: tuple[str, ...]) -> Check:
    def check(value: Any, path: KeyPath, reading: Reading) -> bool:
        known = isinstance(value, str) and value in allowed
        return known or reading.report(
            path, "not_one_of", value=shown_value(value), allowed=", ".join(allowed)
        )

    return check


def _list_of(check: Check) -> Check:
    def check_list(value: Any, path: KeyPath, reading: Reading) -> bool:
        if not isinstance(value, list):
            return _wrong(value, path, reading, "một danh sách [...]|a list [...]")
        if not value:
            return reading.report(path, "empty_list")
        return all([check(x, (*path, index), reading) for index, x in enumerate(value)])

    return check_list


def _table_of(spec: Spec) -> Check:
    def check(value: Any, path: KeyPath, reading: Reading) -> bool:
        before = len(reading.findings)
        _sound_table(value, spec, path, reading=reading)
        return len(reading.findings) == before

    return check


def _rows(value: Any, path: KeyPath, reading: Reading) -> bool:
    return isinstance(value, list) or _wrong(
        value, path, reading, "[[{name}]]|[[{name}]]".format(name=path[-1])
    )


def _table(value: Any, path: KeyPath, reading: Reading) -> bool:
    return isinstance(value, dict) or _wrong(value, path, reading, "một bảng [...]|a table [...]")


def _wordings(value: Any, path: KeyPath, reading: Reading) -> bool:
    return _table(value, path, reading) and all(
        [_text(texts, (*path, name), reading) for name, texts in value.items()]
    )


def _no_opinion(value: Any, path: KeyPath, reading: Reading) -> bool:
    return isinstance(value, str) or _text(value, path, reading)


def _languages_list(value: Any, path: KeyPath, reading: Reading) -> bool:
    sound = _list_of(_word)(value, path, reading)
    for language in REQUIRED_LANGUAGES:
        if sound and language not in value:
            sound = reading.report(path, "required_language", value=language)
    return sound and all(
        [
            bool(_LANGUAGE.fullmatch(x))
            or _wrong(x, path, reading, "mã ngôn ngữ (vi, en)|a language code (vi, en)")
            for x in value
        ]
    )


def _show_if(value: Any, path: KeyPath, reading: Reading) -> bool:
    joined = [key for key in ("all", "any") if isinstance(value, dict) and key in value]
    if not joined:
        return _table_of(CONDITION)(value, path, reading)
    spec: Spec = {joined[0]: (_list_of(_table_of(CONDITION)), True)}
    return _table_of(spec)(value, path, reading)


def _anything(value: Any, path: KeyPath, reading: Reading) -> bool:  # noqa: ARG001
    return True


CONDITION: Final[Spec] = {
    "item": (_code, True),
    "op": (_one_of(OPERATORS), True),
    "value": (_anything, False),
}
CHOICE: Final[Spec] = {"code": (_choice_code, True), "text": (_text, True), "points": (_whole, False)}
_CHOICES: Final = _list_of(_table_of(CHOICE))
SCORING: Final[Spec] = {
    "headline": (_code, False),
    "scale": (_code, True),
    "satisfied_levels": (_list_of(_whole), True),
}
SCALE: Final[Spec] = {"code": (_code, True), "choices": (_CHOICES, True)}
FACTOR: Final[Spec] = {
    "code": (_code, True),
    "text": (_text, True),
    "number": (_word, False),
    "parent": (_code, False),
}
ITEM: Final[Spec] = {
    "code": (_code, True),
    "kind": (_one_of(KINDS), True),
    "text": (_text, True),
    "number": (_word, False),
    "hint": (_text, False),
    "scale": (_code, False),
    "choices": (_CHOICES, False),
    "required": (_flag, False),
    "no_opinion": (_no_opinion, False),
    "show_if": (_show_if, False),
    "factor": (_code, False),
    "criterion": (_flag, False),
    "stage": (_one_of(STAGES), False),
    "min": (_whole, False),
    "max": (_whole, False),
    "max_length": (_positive, False),
    "demographic": (_flag, False),
    "sensitive": (_flag, False),
}
LISTS: Final[dict[str, Spec]] = {"scales": SCALE, "factors": FACTOR, "items": ITEM}
FORM: Final[Spec] = {
    "code": (_code, True),
    "title": (_text, True),
    "intro": (_text, False),
    "languages": (_languages_list, True),
    "modes": (_list_of(_one_of(MODES)), False),
    "wordings": (_wordings, False),
    "scoring": (_table, True),
    "scales": (_rows, False),
    "factors": (_rows, False),
    "items": (_list_of(_anything), True),
}
