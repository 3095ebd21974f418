"""Who answered: sex, age band and occupation, where the forms of a round ask them by one choice. Pure.

Forms word the same question under codes of their own; equal words in Vietnamese are one group of people.
Those who left the question blank, or whose form does not ask it, are the group without a label.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

QUESTIONS = {"sex": ("sex", "gender"), "age_band": ("age_band",), "occupation": ("occupation",)}
DEMOGRAPHICS = tuple(QUESTIONS)
UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Grouped:
    """One question over all forms: `labels` item -> choice -> label, `texts` label -> words by language."""

    name: str
    labels: Mapping[str, Mapping[int, str]]
    texts: Mapping[str, Mapping[str, str]]

    def sql(self, columns: Mapping[str, str]) -> str:
        """An expression over the items' columns (item -> column) that gives the label of a response."""
        cases = [
            f"WHEN {columns[item]} = {choice} THEN '{label}'"
            for item, choices in self.labels.items()
            if item in columns
            for choice, label in choices.items()
        ]
        return f"CASE {' '.join(cases)} ELSE '{UNKNOWN}' END" if cases else f"'{UNKNOWN}'"


def grouped(forms: Sequence[Any]) -> dict[str, Grouped]:
    """The demographic questions that these forms ask, by dimension."""
    found = {name: _grouped(name, list(_items(forms, name))) for name in DEMOGRAPHICS}
    return {name: one for name, one in found.items() if one.labels}


def _items(forms: Sequence[Any], name: str) -> Iterator[Any]:
    """Each item once, in the order of the forms; a later version may add choices."""
    for form in forms:
        for item in form.items:
            if item.demographic and item.kind == "single" and _plain(item.code) in QUESTIONS[name]:
                yield item


def _plain(code: str) -> str:
    """The item's code without its form's letter: `o_age_band` asks for the age band."""
    letter, _, rest = code.partition("_")
    return rest if len(letter) == 1 else code


def _grouped(name: str, items: Sequence[Any]) -> Grouped:
    labels: dict[str, dict[int, str]] = {}
    texts: dict[str, Mapping[str, str]] = {}
    by_words: dict[str, str] = {}
    for item in items:
        for choice in item.choices:
            words = choice.text["vi"]
            plain = str(choice.code)
            label = by_words.setdefault(words, plain if plain not in texts else f"{item.code}.{plain}")
            texts.setdefault(label, dict(choice.text))
            labels.setdefault(item.code, {})[int(choice.code)] = label
    return Grouped(name, labels, texts)
