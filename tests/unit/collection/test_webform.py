"""A posted page as answers; gates that open questions without script."""

import gzip

import pytest
from starlette.requests import Request

from app.collection.ready import MARK, ready_page
from app.collection.webform import answers_of, gates_of, given_of
from survey_forms import Form, definition, shown


@pytest.fixture(scope="module")
def quick() -> Form:
    return definition("quick")


def test_every_kind_of_field_becomes_the_answer_the_wire_knows(quick: Form) -> None:
    fields = {"a.q_overall": ["2"], "a.q_improve": ["waiting", "officer"], "a.q_comment": ["Chờ lâu"]}
    answers = answers_of(quick, fields, None)
    assert answers == {"q_overall": 2, "q_improve": ["waiting", "officer"], "q_comment": "Chờ lâu"}


def test_blank_fields_and_foreign_fields_are_no_answers(quick: Form) -> None:
    fields = {"a.q_overall": [""], "a.q_comment": ["  \n"], "a.nobody": ["1"], "response_id": ["x"]}
    assert answers_of(quick, fields, None) == {}


@pytest.mark.parametrize("typed", ["tốt", "１", "٣", "1e3", "99999999999"])
def test_what_is_no_plain_number_is_left_for_the_forms_own_check(quick: Form, typed: str) -> None:
    assert answers_of(quick, {"a.q_overall": [typed]}, None) == {"q_overall": typed}


def test_a_page_shown_again_holds_exactly_what_was_typed() -> None:
    fields = {"a.q_overall": ["9"], "a.q_good": ["a", "b"], "language": ["vi"]}
    assert given_of(fields) == {"q_overall": ("9",), "q_good": ("a", "b")}


@pytest.mark.parametrize("code", ["quick", "one_stop"])
def test_a_choice_opens_exactly_the_questions_the_form_asks_after_it(code: str) -> None:
    form = definition(code)
    gates, opens = gates_of(form, "returned")
    for item_code, gate in gates.items():
        item = form.get_item(item_code)
        ruling = form.get_item(item.show_if.conditions[0].item)
        for choice in ruling.choices:
            answer = [choice.code] if ruling.kind == "multiple" else choice.code
            opened = str(gate) in opens.get(ruling.code, {}).get(choice.code, "").split()
            assert opened == shown(item, {ruling.code: answer}, stage="returned")


def test_the_quick_form_has_a_gate_for_good_news_and_one_for_bad(quick: Form) -> None:
    gates, opens = gates_of(quick, None)
    assert gates == {"q_improve": 1, "q_good": 2}
    assert opens == {"q_overall": {1: "1", 2: "1", 3: "1", 4: "2", 5: "2"}}


@pytest.mark.parametrize("length", [0, 1, 5_000, 70_000])
def test_a_page_made_ready_unpacks_to_itself(length: int) -> None:
    before, after = "ậ" * length, "</html>" + "ữ" * (length // 7)
    request = Request({"type": "http", "headers": [(b"accept-encoding", b"gzip, br")]})
    reply = ready_page(before + MARK + after, "vi").reply(request, "một-mã")
    assert gzip.decompress(bytes(reply.body)).decode() == f"{before}một-mã{after}"
