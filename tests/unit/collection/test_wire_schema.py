"""The wire's words are the product's words, and each mistake of its shape is told in Vietnamese."""

from typing import get_args
from uuid import UUID

import pytest

from app.collection import schemas
from app.collection.schemas import Mode, Outcome, Stage, Submission, wire_of, wire_of_mapping
from app.collection.tables import OUTCOMES
from app.core.errors import Invalid, Unreadable
from app.core.language import translator
from app.receipts.tokens import STAGE_LETTERS, SUBMISSION_LETTERS
from app.rounds.tables import MODES
from app.units.tables import SUBMISSIONS

PLAIN = {
    "response_id": "0b2f2c3e-6f0e-4a39-9a53-0f6c3f0c9a11",
    "round": "2026-q4",
    "form_version": "abc",
    "unit": "07267",
    "mode": "poster",
    "answered_on": "2026-11-22",
    "language": "vi",
    "answers": {"q_overall": 5},
}


def test_the_wire_knows_the_same_words_as_the_tables() -> None:
    assert get_args(Mode) == MODES
    assert get_args(Submission) == SUBMISSIONS == tuple(SUBMISSION_LETTERS)
    assert get_args(Outcome) == OUTCOMES
    assert {"", *get_args(Stage)} == set(STAGE_LETTERS)


def test_an_id_is_one_however_it_is_written() -> None:
    ids = {
        wire_of_mapping(PLAIN | {"response_id": form}).response_id for form in _forms(PLAIN["response_id"])
    }
    assert ids == {UUID(str(PLAIN["response_id"]))}


def _forms(text: object) -> list[str]:
    return [str(text), str(text).upper(), str(text).replace("-", "")]


def test_all_mistakes_of_shape_are_told_together() -> None:
    with pytest.raises(Invalid) as refused:
        wire_of_mapping(
            PLAIN | {"mode": "x", "answered_on": "x", "extra": 1, "answers": {"a": 1.5, "b": True}}
        )
    assert [problem.where for problem in refused.value.problems] == [
        "mode",
        "answered_on",
        "answers.a",
        "answers.b",
        "extra",
    ]


def test_every_mistake_of_shape_has_vietnamese_words() -> None:
    words = [text for pair in schemas._WORDS.values() for text in pair if text]
    assert [text for text in words if translator("vi")(text) == text] == []


@pytest.mark.parametrize("body", [b"null", b'"x"', b"[]", b"7"])
def test_json_that_is_no_object_is_told_so(body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        wire_of(body)
    assert refused.value.problems[0].where == "body"


def test_a_lone_surrogate_is_not_json() -> None:
    with pytest.raises(Unreadable):
        wire_of(b'{"response_id": "\\ud800"}')
