"""Answers against their form: are they possible, what is missing, and how the response ended. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from survey_forms.conditions import Answers, is_blank, shown_items
from survey_forms.model import NO_OPINION, Form, Item, Kind, Stage, Texts
from survey_forms.problems import shown_value, word

# PostgreSQL refuses NUL, UTF-8 refuses lone surrogates; tab and line ends are fine
_UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

Outcome: TypeAlias = Literal["complete", "usable", "breakoff"]


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """An answer that cannot be: which item, the value (never a comment's words), and why."""

    item: str
    value: str
    code: str
    message: Texts


def check_answers(form: Form, answers: Answers, *, stage: Stage | None = None) -> list[AnswerProblem]:
    """Every answer that is impossible on this form. A skipped item is not a mistake: see missing_required."""
    asked = {item.code for item in shown_items(form, answers, stage=stage)}
    items = {item.code: item for item in form.items}
    found: list[AnswerProblem] = []
    for code, answer in answers.items():
        item = items.get(code)
        # nearly every answer that comes in is a level of an asked item: nothing more to look at
        if item is None or code not in asked or type(answer) is not int or item.choice(answer) is None:
            found += _check_one(item, code, answer, asked=asked)
    return found


def missing_required(form: Form, answers: Answers, *, stage: Stage | None = None) -> tuple[str, ...]:
    """Codes of required items that were asked and left blank, in the order of the form."""
    asked = shown_items(form, answers, stage=stage)
    return tuple(item.code for item in asked if item.required and not _answered(item.code, answers))


def outcome(form: Form, answers: Answers, *, stage: Stage | None = None) -> Outcome:
    """How a response ended: complete, usable (headline answered), or breakoff.

    "No opinion" is an answer here: the person did respond. A form without a headline is usable when at least
    half of the criteria that were asked are answered (AAPOR's customary limit of a partial response).
    """
    if not _usable(form, answers, stage=stage):
        return "breakoff"
    return "usable" if missing_required(form, answers, stage=stage) else "complete"


def canonical_answers(answers: Answers) -> dict[str, object]:
    """The same answers in one form for digests and storage: sorted keys, NFC text, no blanks.

    The choices of a multiple answer are sorted: their order means nothing.
    """
    return {code: _canonical(answers[code]) for code in sorted(answers) if not is_blank(answers[code])}


def split_comments(form: Form, answers: Answers) -> tuple[dict[str, object], dict[str, str]]:
    """Closed answers and comments, both canonical: free text is stored apart."""
    texts = {item.code for item in form.items if not item.closed}
    canonical = canonical_answers(answers)
    closed = {code: answer for code, answer in canonical.items() if code not in texts}
    return closed, {code: str(answer) for code, answer in canonical.items() if code in texts}


def _answered(code: str, answers: Answers) -> bool:
    return answers.get(code) is not None and not is_blank(answers[code])


def _usable(form: Form, answers: Answers, *, stage: Stage | None) -> bool:
    if form.headline is not None:
        return _answered(form.headline, answers)
    asked = [item for item in shown_items(form, answers, stage=stage) if item.criterion]
    return 2 * sum(_answered(item.code, answers) for item in asked) >= max(len(asked), 1)


def _canonical(answer: object) -> object:
    if isinstance(answer, str):
        return unicodedata.normalize("NFC", answer.strip())
    if isinstance(answer, list) and all(isinstance(choice, str) for choice in answer):
        return sorted(answer)
    return answer


def _check_one(item: Item | None, code: str, answer: object, *, asked: set[str]) -> Iterator[AnswerProblem]:
    if item is None:
        yield _problem(code, answer, "unknown_item")
    elif is_blank(answer) and item.kind in ("multiple", "text"):
        return
    elif code not in asked:
        yield _problem(code, "…" if item.kind == "text" else answer, "not_shown")
    elif answer == NO_OPINION and item.closed:
        if item.no_opinion is None:
            yield _problem(code, answer, "no_opinion_not_allowed")
    else:
        yield from _CHECKS[item.kind](item, answer)


def _problem(code: str, value: object, why: str, **fields: object) -> AnswerProblem:
    item, seen = shown_value(code).strip("'"), shown_value(value)
    message = word("message", f"answer_{why}", {"item": item, "value": seen, **fields})
    return AnswerProblem(item=item, value=seen, code=why, message=message)


def _wrong_type(item: Item, answer: object, wanted: str) -> AnswerProblem:
    wanted_vi, wanted_en = wanted.split("|")
    value = type(answer).__name__ if item.kind == "text" else answer
    return _problem(item.code, value, "wrong_type", wanted_vi=wanted_vi, wanted_en=wanted_en)


def _check_level(item: Item, answer: object) -> Iterator[AnswerProblem]:
    if type(answer) is not int:
        yield _wrong_type(item, answer, "một số nguyên|a whole number")
    elif item.choice(answer) is None:
        why = "off_scale" if item.kind == "rating" else "unknown_choice"
        yield _problem(item.code, answer, why, allowed=_allowed(item))


def _check_choices(item: Item, answer: object) -> Iterator[AnswerProblem]:
    if not isinstance(answer, list) or not all(isinstance(choice, str) for choice in answer):
        yield _wrong_type(item, answer, "một danh sách mã|a list of codes")
        return
    for choice, times in Counter(answer).items():
        if item.choice(choice) is None:
            yield _problem(item.code, choice, "unknown_choice", allowed=_allowed(item))
        elif times > 1:
            yield _problem(item.code, choice, "repeated_choice")


def _check_number(item: Item, answer: object) -> Iterator[AnswerProblem]:
    if type(answer) is not int:
        yield _wrong_type(item, answer, "một số nguyên|a whole number")
    elif not (item.min or 1) <= answer <= (item.max or answer):
        yield _problem(item.code, answer, "out_of_range", min=item.min, max=item.max)


def _check_text(item: Item, answer: object) -> Iterator[AnswerProblem]:
    if not isinstance(answer, str):
        yield _wrong_type(item, answer, "một đoạn chữ|a text")
        return
    length = len(unicodedata.normalize("NFC", answer.strip()))
    if item.max_length is not None and length > item.max_length:
        yield _problem(item.code, length, "too_long", length=length, max_length=item.max_length)
    if _UNSTORABLE.search(answer):
        yield _problem(item.code, "…", "bad_character")


def _allowed(item: Item) -> str:
    return ", ".join(str(choice.code) for choice in item.choices)


_CHECKS: Final[dict[Kind, Callable[[Item, object], Iterator[AnswerProblem]]]] = {
    "rating": _check_level,
    "single": _check_level,
    "multiple": _check_choices,
    "number": _check_number,
    "text": _check_text,
}
