"""Answers as small whole numbers, one column an item: how the lake stores them. Pure."""

from __future__ import annotations

from typing import Final

from survey_forms.conditions import Answers, shown_items
from survey_forms.model import NO_OPINION, Form, Item, Stage

BLANK: Final = 0
NO_OPINION_CODE: Final = -1
NOT_SHOWN: Final = -2
BLANK_CHOICE: Final = -3
"""A multiple-choice item was asked and left blank: in its 0/1 columns 0 already means "not chosen"."""


def coded_columns(form: Form) -> tuple[str, ...]:
    """Column names in the order of the form: ``item``, or ``item__choice`` for each multiple choice."""
    return tuple(name for item in form.items if item.closed for name in _names(item))


def coded(form: Form, answers: Answers, *, stage: Stage | None = None) -> dict[str, int]:
    """One small whole number for each of ``coded_columns``; the answers must have passed check_answers.

    Rating and single: the choice's code. Number: the number. Multiple: 1 chosen, 0 not chosen.
    Otherwise 0 blank (-3 in multiple-choice columns), -1 no opinion, -2 not asked.
    """
    asked = {item.code for item in shown_items(form, answers, stage=stage)}
    row: dict[str, int] = {}
    for item in form.items:
        if item.closed:
            row |= _cells(item, answers.get(item.code), asked=item.code in asked)
    return row


def _names(item: Item) -> tuple[str, ...]:
    if item.kind == "multiple":
        return tuple(f"{item.code}__{choice.code}" for choice in item.choices)
    return (item.code,)


def _cells(item: Item, answer: object, *, asked: bool) -> dict[str, int]:
    if isinstance(answer, list) and answer:
        return {f"{item.code}__{x.code}": int(x.code in answer) for x in item.choices}
    return dict.fromkeys(_names(item), _one_code(item, answer, asked=asked))


def _one_code(item: Item, answer: object, *, asked: bool) -> int:
    if answer == NO_OPINION:
        return NO_OPINION_CODE
    if isinstance(answer, int):
        return answer
    if not asked:
        return NOT_SHOWN
    return BLANK_CHOICE if item.kind == "multiple" else BLANK
