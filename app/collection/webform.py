"""A posted page as answers, and the gates that let a page open questions without script. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.forms.answers import Form, Stage, shown

Fields = Mapping[str, Sequence[str]]
PREFIX = "a."
NO_OPINION = "no_opinion"
MOST_GATES = 8  # as many as survey.css knows
LONGEST_NUMBER = 9


def answers_of(form: Form, fields: Fields, stage: Stage | None) -> dict[str, Any]:
    """The answers to the questions that were asked; a blank one is absent, a hidden one is dropped."""
    answers: dict[str, Any] = {}
    for item in form.items:
        given = [text for text in fields.get(PREFIX + item.code, ()) if text.strip()]
        if given and shown(item, answers, stage=stage):
            answers[item.code] = _answer(item.kind, given)
    return answers


def given_of(fields: Fields) -> dict[str, tuple[str, ...]]:
    """What the fields held, by item, to show a page again with nothing lost."""
    return {
        name.removeprefix(PREFIX): tuple(values) for name, values in fields.items() if name.startswith(PREFIX)
    }


def gates_of(form: Form, stage: Stage | None) -> tuple[dict[str, int], dict[str, dict[int | str, str]]]:
    """Gates by item that depends on one earlier choice, and for every choice the gates it opens."""
    gates: dict[str, int] = {}
    opens: dict[str, dict[int | str, list[str]]] = {}
    for item in form.items:
        asks = {condition.item for condition in item.show_if.conditions} if item.show_if else set()
        if len(asks) != 1 or len(gates) == MOST_GATES:
            continue
        ruling = form.get_item(asks.pop())
        if not ruling.choices:
            continue
        gates[item.code] = len(gates) + 1
        for choice in ruling.choices:
            answer = [choice.code] if ruling.kind == "multiple" else choice.code
            if shown(item, {ruling.code: answer}, stage=item.stage or stage):
                opened = opens.setdefault(ruling.code, {}).setdefault(choice.code, [])
                opened.append(str(gates[item.code]))
    return gates, {code: {c: " ".join(g) for c, g in choices.items()} for code, choices in opens.items()}


def _answer(kind: str, given: Sequence[str]) -> Any:
    if kind == "multiple":
        chosen = [text for text in given if text != NO_OPINION]
        return chosen or NO_OPINION
    first = given[0]
    return first if kind == "text" else _number(first)


def _number(text: str) -> int | str:
    """A whole number where it is one; anything else is left for the form's own check to name."""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= LONGEST_NUMBER else plain
