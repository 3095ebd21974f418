"""The forms we ship: what a ministry, a unit and an analyst expect to find in them."""

import pytest

from survey_forms import check, codes, definition, definition_text, from_document, to_document
from survey_forms.errors import UnknownForm


@pytest.mark.parametrize("code", codes())
def test_a_shipped_form_has_no_mistake(code: str) -> None:
    assert check(definition_text(code), f"{code}.toml") == []
    assert definition(code).code == code


@pytest.mark.parametrize("code", codes())
def test_a_published_document_gives_the_same_form_back(code: str) -> None:
    form = definition(code)
    assert from_document(to_document(form)) == form


def test_the_household_form_has_39_criteria_in_nine_factors_and_two_contents() -> None:
    form = definition("sipas_39")
    sizes = {factor.number: len(form.factor_items(factor.code)) for factor in form.factors}
    assert sizes == {
        "I": 23,
        "I.A": 2,
        "I.B": 2,
        "I.C": 9,
        "I.D": 10,
        "II": 16,
        "II.A": 3,
        "II.B": 4,
        "II.C": 3,
        "II.D": 3,
        "II.E": 3,
    }


def test_the_household_form_asks_every_perception_and_expectation_question() -> None:
    numbers = [item.number.split(".")[0] for item in definition("sipas_39").items if item.number]
    counts = {number: numbers.count(number) for number in dict.fromkeys(numbers)}
    assert counts == {"1": 9, "2": 1, "3": 7, "4": 1, "5": 1, "6": 1, "7": 3, "8": 7, "9": 39, "10": 10}


def test_ethnicity_is_marked_sensitive_and_the_respondent_block_demographic() -> None:
    items = definition("sipas_39").items
    assert [item.code for item in items if item.sensitive] == ["s_ethnicity"]
    assert len([item for item in items if item.demographic]) == 5


def test_the_one_stop_form_rates_16_criteria_and_four_indices_of_two_one_and_no_points() -> None:
    form = definition("one_stop")
    assert len(form.criteria) == 16
    points = {i.code: [c.points for c in i.choices] for i in form.items if i.choices and i.choices[0].points}
    assert points == {code: [2, 1, 0] for code in ("o_time", "o_contacts", "o_agencies", "o_attitude")}


def test_result_criteria_of_the_one_stop_form_wait_for_the_result() -> None:
    returned = [item.code for item in definition("one_stop").items if item.stage == "returned"]
    assert returned[:3] == ["o_ii_d_1", "o_ii_d_2", "o_ii_d_3"]
    assert set(returned[3:]) == {"o_time", "o_contacts", "o_agencies", "o_attitude"}


def test_no_item_code_is_shared_between_forms() -> None:
    every = [item.code for code in codes() for item in definition(code).items]
    assert len(every) == len(set(every))


def test_every_comment_field_warns_against_names_and_telephone_numbers() -> None:
    comments = [i for code in codes() for i in definition(code).items if i.kind == "text"]
    assert len(comments) == 3
    assert all(item.hint and "đừng ghi họ tên, số điện thoại" in item.hint["vi"] for item in comments)


def test_an_unknown_form_is_named_beside_the_known_ones() -> None:
    with pytest.raises(UnknownForm, match=r"'slow'.*one_stop, quick"):
        definition("slow")
