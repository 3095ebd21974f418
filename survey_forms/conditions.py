"""Which items are asked, given the answers so far. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from survey_forms.model import NO_OPINION, Condition, Form, Item, Operator, Stage

Answers = Mapping[str, object]


def shown(item: Item, answers: Answers, *, stage: Stage | None = None) -> bool:
    """Whether an item is asked.

    An item with a stage is asked at that stage only: with an unknown stage, result criteria are not asked.
    """
    if item.stage is not None and item.stage != stage:
        return False
    if item.show_if is None:
        return True
    joined = all if item.show_if.join == "all" else any
    return joined(holds(condition, answers) for condition in item.show_if.conditions)


def shown_items(form: Form, answers: Answers, *, stage: Stage | None = None) -> tuple[Item, ...]:
    """The items that are asked, in the order of the form; an answer to a hidden item shows nothing."""
    asked: list[Item] = []
    counted: dict[str, object] = {}
    for item in form.items:
        always = item.stage is None and item.show_if is None
        if always or shown(item, counted, stage=stage):
            asked.append(item)
            if item.code in answers:
                counted[item.code] = answers[item.code]
    return tuple(asked)


def is_blank(answer: object) -> bool:
    """Whether an answer says nothing: an empty list or white space. An absent item is blank too."""
    return type(answer) is not int and (answer == [] or (isinstance(answer, str) and not answer.strip()))


def holds(condition: Condition, answers: Answers) -> bool:
    """Whether one condition is met; a blank or "no opinion" meets none."""
    answer = answers.get(condition.item)
    if answer is None or answer == NO_OPINION or is_blank(answer):
        return False
    return _COMPARE[condition.op](answer, condition.value)


def _equal(answer: object, value: object) -> bool:
    if isinstance(answer, list):
        return value in answer
    return type(answer) is type(value) and answer == value


def _among(answer: object, value: object) -> bool:
    return isinstance(value, tuple) and any(_equal(answer, one) for one in value)


def _at_least(answer: object, value: object) -> bool:
    return type(answer) is int and isinstance(value, int) and answer >= value


def _at_most(answer: object, value: object) -> bool:
    return type(answer) is int and isinstance(value, int) and answer <= value


def _answered(answer: object, value: object) -> bool:  # noqa: ARG001
    return True


_COMPARE: Final[dict[Operator, Callable[[object, object], bool]]] = {
    "==": _equal,
    "in": _among,
    ">=": _at_least,
    "<=": _at_most,
    "answered": _answered,
}
