import pytest

from app.core.errors import Invalid
from app.forms.answers import check
from app.forms.page import form_page
from app.forms.pooling import asked_differently
from survey_forms import codes, definition, definition_text, fingerprint, load


@pytest.mark.parametrize("code", codes())
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_page_shows_every_word_of_the_form_in_the_language(code: str, language: str) -> None:
    form = definition(code)
    page = form_page(form, language, "returned")
    assert page.version == fingerprint(form)
    assert [item.text for item in page.items] == [
        item.text[language] for item in form.items if item.stage in (None, "returned")
    ]


def test_result_questions_are_not_shown_before_the_result() -> None:
    before = {item.code for item in form_page(definition("one_stop"), "vi", "received").items}
    after = {item.code for item in form_page(definition("one_stop"), "vi", "returned").items}
    assert before < after


def test_levels_are_told_for_ratings_only() -> None:
    items = {item.code: item for item in form_page(definition("quick"), "vi").items}
    assert [choice.level for choice in items["q_overall"].choices] == [1, 2, 3, 4, 5]
    assert {choice.level for choice in items["q_good"].choices} == {None}
    assert items["q_good"].show_if == {
        "join": "all",
        "conditions": [{"item": "q_overall", "op": ">=", "value": 4}],
    }


def test_an_unknown_language_falls_back_to_vietnamese() -> None:
    assert form_page(definition("quick"), "fr").language == "vi"


def test_checked_answers_part_with_the_comment() -> None:
    checked = check(definition("quick"), {"q_overall": 5, "q_comment": " Tốt "})
    assert (checked.closed, checked.comments, checked.outcome) == (
        {"q_overall": 5},
        {"q_comment": "Tốt"},
        "complete",
    )


def test_every_impossible_answer_is_named_by_its_item() -> None:
    with pytest.raises(Invalid) as caught:
        check(definition("quick"), {"q_overall": 9, "q_other": 1})
    assert {problem.where for problem in caught.value.problems} == {"answers.q_overall", "answers.q_other"}


def test_shipped_forms_never_ask_a_shared_item_differently() -> None:
    forms = [definition(code) for code in codes()]
    assert [asked_differently(first, second) for first in forms for second in forms] == [[]] * len(forms) ** 2


def test_another_scale_under_the_same_code_is_found() -> None:
    text = definition_text("quick").replace("satisfied_levels = [4, 5]", "satisfied_levels = [5]")
    assert asked_differently(definition("quick"), load(text, "other.toml")) == ["q_overall"]
