"""Answers against a form: impossible ones are named, skipped ones are not."""

import unicodedata

import pytest

from survey_forms import (
    canonical_answers,
    check_answers,
    coded,
    coded_columns,
    definition,
    load,
    missing_required,
    outcome,
    split_comments,
)

QUICK = definition("quick")
ONE_STOP = definition("one_stop")
HOUSEHOLD = definition("sipas_39")
RESIDENT = definition("resident_survey")


def why(form: object, answers: dict[str, object], stage: object = None) -> list[str]:
    return [problem.code for problem in check_answers(form, answers, stage=stage)]  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", [True, 3.0, "3", None, [3], {}])
def test_a_rating_is_a_whole_number_and_nothing_like_one(answer: object) -> None:
    assert why(QUICK, {"q_overall": answer}) == ["wrong_type"]


@pytest.mark.parametrize("answer", [0, 6, -1, 10**30])
def test_a_rating_off_the_scale_is_named_with_the_levels_there_are(answer: int) -> None:
    (problem,) = check_answers(QUICK, {"q_overall": answer})
    assert (problem.item, problem.value, problem.code) == ("q_overall", repr(answer), "off_scale")
    assert "1, 2, 3, 4, 5" in problem.message["vi"]


def test_an_absent_item_is_a_skipped_one() -> None:
    assert why(QUICK, {}) == []
    assert missing_required(QUICK, {}) == ("q_overall",)


def test_no_opinion_is_taken_only_where_the_form_offers_it() -> None:
    assert why(QUICK, {"q_overall": "no_opinion"}) == ["no_opinion_not_allowed"]
    assert why(RESIDENT, {"r_q2_01": "no_opinion"}) == []


def test_an_item_the_form_does_not_have_is_refused() -> None:
    assert why(QUICK, {"o_overall": 5}) == ["unknown_item"]


def test_an_answer_to_a_question_that_was_not_asked_is_refused() -> None:
    assert why(QUICK, {"q_overall": 5, "q_improve": ["waiting"]}) == ["not_shown"]
    assert why(QUICK, {"q_overall": 2, "q_improve": ["waiting"]}) == []
    assert why(QUICK, {"q_improve": ["waiting"]}) == ["not_shown"]


@pytest.mark.parametrize(
    ("stage", "codes"), [("returned", []), ("received", ["not_shown"]), (None, ["not_shown"])]
)
def test_result_criteria_are_asked_only_when_the_result_is_returned(stage: object, codes: list[str]) -> None:
    assert why(ONE_STOP, {"o_overall": 4, "o_ii_d_1": 5}, stage) == codes


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        (["waiting", "access"], []),
        ([], []),
        (["waiting", "waiting"], ["repeated_choice"]),
        (["late", "waiting"], ["unknown_choice"]),
        ("waiting", ["wrong_type"]),
        ([1], ["wrong_type"]),
        ([["waiting"]], ["wrong_type"]),
        ({"waiting": True}, ["wrong_type"]),
    ],
)
def test_multiple_choice_is_a_list_of_distinct_known_codes(answer: object, codes: list[str]) -> None:
    assert why(QUICK, {"q_overall": 1, "q_improve": answer}) == codes


@pytest.mark.parametrize(
    ("age", "codes"),
    [(18, []), (120, []), (17, ["out_of_range"]), (121, ["out_of_range"]), (20.5, ["wrong_type"])],
)
def test_a_number_stays_inside_its_range(age: object, codes: list[str]) -> None:
    assert why(HOUSEHOLD, {"s_age": age}) == codes


def test_a_comment_is_measured_in_composed_letters() -> None:
    words = unicodedata.normalize("NFD", "ệ" * 500)
    assert len(words) == 1500
    assert why(QUICK, {"q_comment": words}) == []
    assert why(QUICK, {"q_comment": words + "a"}) == ["too_long"]


@pytest.mark.parametrize("words", ["a\x00b", "a\ud800b", "a\x1bb"])
def test_letters_no_database_can_hold_are_refused(words: str) -> None:
    assert why(QUICK, {"q_comment": words}) == ["bad_character"]


def test_a_message_never_repeats_the_words_of_a_comment() -> None:
    secret = "Nguyễn Văn A " * 60
    problems = check_answers(QUICK, {"q_comment": secret}) + check_answers(QUICK, {"q_comment": [secret]})
    assert len(problems) == 2
    assert "Nguyễn" not in str(problems)


def test_a_number_choice_of_a_single_question_is_checked_against_its_list() -> None:
    assert why(HOUSEHOLD, {"s_q4": 4, "s_q8_1": 2}) == []
    assert why(HOUSEHOLD, {"s_q4": 5}) == ["unknown_choice"]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, "breakoff"),
        ({"o_ii_a_1": 5}, "breakoff"),
        ({"o_overall": 4}, "usable"),
    ],
)
def test_a_response_is_usable_when_the_headline_is_answered(
    answers: dict[str, object], expected: str
) -> None:
    assert outcome(ONE_STOP, answers) == expected


def test_a_response_is_complete_when_everything_required_and_asked_is_answered() -> None:
    asked = {i.code: 4 for i in ONE_STOP.items if i.required and i.stage is None}
    assert outcome(ONE_STOP, asked, stage="received") == "complete"
    assert outcome(ONE_STOP, asked, stage="returned") == "usable"
    assert outcome(ONE_STOP, asked | {"o_ii_a_1": "no_opinion"}, stage="received") == "complete"


def test_a_form_without_headline_is_usable_from_half_of_its_criteria() -> None:
    codes = [item.code for item in HOUSEHOLD.criteria]
    assert outcome(HOUSEHOLD, dict.fromkeys(codes[:19], 4)) == "breakoff"
    assert outcome(HOUSEHOLD, dict.fromkeys(codes[:20], 4)) == "usable"
    assert outcome(HOUSEHOLD, dict.fromkeys(codes, 4)) == "complete"


def test_equal_answers_have_one_canonical_form() -> None:
    first = {
        "q_overall": 2,
        "q_improve": ["waiting", "access"],
        "q_comment": unicodedata.normalize("NFD", " chậm "),
    }
    second = {"q_comment": "chậm", "q_improve": ["access", "waiting"], "q_overall": 2, "q_good": []}
    assert canonical_answers(first) == canonical_answers(second)
    assert list(canonical_answers(second)) == ["q_comment", "q_improve", "q_overall"]


def test_comments_leave_the_answers() -> None:
    closed, comments = split_comments(QUICK, {"q_overall": 5, "q_comment": " Cảm ơn ", "q_good": ["officer"]})
    assert closed == {"q_good": ["officer"], "q_overall": 5}
    assert comments == {"q_comment": "Cảm ơn"}
    assert split_comments(QUICK, {"q_comment": "  "}) == ({}, {})


def test_the_lake_row_tells_blank_no_opinion_and_not_asked_apart() -> None:
    row = coded(ONE_STOP, {"o_overall": 5, "o_ii_a_1": "no_opinion", "o_comment": "x"}, stage="received")
    assert (row["o_overall"], row["o_ii_a_1"], row["o_ii_a_2"], row["o_ii_d_1"]) == (5, -1, 0, -2)
    assert "o_comment" not in row
    assert tuple(row) == coded_columns(ONE_STOP)


def test_a_multiple_choice_becomes_one_column_a_choice() -> None:
    row = coded(QUICK, {"q_overall": 2, "q_improve": ["waiting"]})
    assert (row["q_improve__waiting"], row["q_improve__access"], row["q_good__waiting"]) == (1, 0, -2)
    assert coded(QUICK, {"q_overall": 2})["q_improve__waiting"] == -3


def test_columns_of_a_form_are_never_ambiguous() -> None:
    for form in (QUICK, ONE_STOP, HOUSEHOLD, RESIDENT):
        assert len(set(coded_columns(form))) == len(coded_columns(form))


CHAIN = """
code = "chain"
languages = ["vi", "en"]
title = { vi = "Chuỗi", en = "Chain" }
[scoring]
headline = "a"
scale = "s"
satisfied_levels = [2]
[[scales]]
code = "s"
choices = [
    { code = 1, text = { vi = "Chưa", en = "No" } },
    { code = 2, text = { vi = "Rồi", en = "Yes" } },
]
[[items]]
code = "a"
kind = "rating"
scale = "s"
text = { vi = "A", en = "A" }
[[items]]
code = "b"
kind = "multiple"
choices = [ { code = "x", text = { vi = "X", en = "X" } }, { code = "y", text = { vi = "Y", en = "Y" } } ]
show_if = { item = "a", op = "==", value = 1 }
text = { vi = "B", en = "B" }
[[items]]
code = "c"
kind = "number"
min = 1
max = 9
show_if = { any = [ { item = "b", op = "==", value = "x" }, { item = "a", op = "==", value = 2 } ] }
text = { vi = "C", en = "C" }
[[items]]
code = "d"
kind = "single"
scale = "s"
show_if = { all = [ { item = "c", op = ">=", value = 3 }, { item = "b", op = "answered" } ] }
text = { vi = "D", en = "D" }
[[items]]
code = "e"
kind = "text"
max_length = 5
show_if = { item = "b", op = "in", value = ["x", "y"] }
text = { vi = "E", en = "E" }
"""


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ({"a": 1, "b": ["x"], "c": 3, "d": 1, "e": "ok"}, []),
        ({"a": 1, "b": ["y"], "e": "ok"}, []),
        ({"a": 1, "b": ["y"], "c": 3}, ["not_shown"]),
        ({"a": 2, "c": 9}, []),
        ({"a": 2, "c": 9, "d": 1}, ["not_shown"]),
        ({"a": 1, "b": ["x"], "c": 2, "d": 1}, ["not_shown"]),
        ({"a": 2, "b": ["x"], "e": "ok"}, ["not_shown", "not_shown"]),
        ({"a": 1, "b": [], "e": "ok"}, ["not_shown"]),
        ({"a": True, "b": ["x"]}, ["wrong_type", "not_shown"]),
    ],
)
def test_conditions_follow_each_other(answers: dict[str, object], codes: list[str]) -> None:
    assert why(load(CHAIN, "chain.toml"), answers) == codes
