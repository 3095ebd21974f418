"""A broken definition: every mistake at once, each with its place and remedy in both languages."""

from copy import deepcopy

import pytest

from survey_forms import (
    InvalidForm,
    check,
    check_bytes,
    definition,
    definition_text,
    from_document,
    load,
    to_document,
)

SOUND = definition_text("quick")
HEADER = '[[items]]\ncode = "x_1"\n'


def places(text: str) -> list[tuple[int | None, str, str]]:
    return [(problem.line, problem.key, problem.code) for problem in check(text, "f.toml")]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def found(text: str) -> set[str]:
    return {problem.code for problem in check(text, "f.toml")}


def with_item(body: str) -> str:
    return f"{SOUND}\n{HEADER}{body}\n"


def test_a_sound_form_has_no_problem() -> None:
    assert check(SOUND, "quick.toml") == []


def test_a_missing_translation_names_the_line_and_the_language() -> None:
    text = SOUND.replace('vi = "Đánh giá nhanh", en = "Quick rating"', 'vi = "Đánh giá nhanh"')
    (problem,) = check(text, "quick.toml")
    assert (problem.line, problem.key, problem.code) == (5, "title", "missing_translation")
    assert problem.line_of_text("vi").startswith("quick.toml:5: title: Thiếu lời bằng ngôn ngữ en.")
    assert "en" in problem.remedy["en"]


def test_a_missing_translation_of_a_choice_is_found_on_its_own_line() -> None:
    text = SOUND.replace(', en = "Neutral"', "")
    part = '{ vi = "Bình thường" }'
    assert places(text) == [(line_of(text, part), "scales[1].choices[3].text", "missing_translation")]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = SOUND.replace('modes = ["kiosk",', 'mode = 1\nmodes = ["kiosc",')
    text = text.replace('en = "Satisfied"', 'en = ""').replace('op = "<="', 'op = "<"')
    text = text.replace("max_length = 500", "max_length = -1")
    found_places = places(text)
    assert [code for _, _, code in found_places] == [
        "unknown_key",
        "not_one_of",
        "empty_text",
        "not_one_of",
        "wrong_form",
    ]
    assert [line for line, _, _ in found_places] == [
        line_of(text, part) for part in ("mode = 1", "modes =", '"Hài lòng"', 'op = "<"', "max_length = -1")
    ]


def test_broken_toml_names_line_and_column() -> None:
    (problem,) = check('code = "a"\ntitle = = 3\n', "f.toml")
    assert (problem.line, problem.code) == (2, "broken_toml")
    assert "dòng 2, cột 9" in problem.message["vi"]


@pytest.mark.parametrize(
    "text",
    [
        "a = = 3",
        "a = 1 b = 2",
        "a",
        "[a",
        "[[a]",
        "[a]\n[a]",
        "a = 1\na = 2",
        "a = {b = 1}\n[a.c]",
        "a = {b = 1, b = 2}",
        "= 1",
        "a = [1",
        "a = {b = 1",
        'a = "x',
        'a = "\\q"',
        'a = "\\ud800"',
        'a = "\\uzzzz"',
        'a = "\x01"',
        "a = 2026-13-45",
        "a = 'x\n'",
        "# \x01",
        "[[a]]\n[a]",
        "a = 1\n[[a]]",
    ],
)
def test_every_reason_of_broken_toml_is_told_in_vietnamese(text: str) -> None:
    (problem,) = check(text, "f.toml")
    vietnamese, english = (problem.message[language].split(": ", 1)[1] for language in ("vi", "en"))
    assert not any(word in vietnamese for word in english.split() if word.isalpha() and len(word) > 3)
    assert not vietnamese.startswith("cú pháp không hợp lệ"), english


def test_toml_that_ends_too_early_points_at_the_end() -> None:
    (problem,) = check('code = "a"\nmodes = ["kiosk"', "f.toml")
    assert (problem.line, problem.code) == (2, "broken_toml")


def test_a_file_in_another_encoding_is_a_mistake_with_a_line() -> None:
    content = b'code = "a"\ntitle = "' + "Đánh giá".encode("utf-16-le")
    (problem,) = check_bytes(content, "f.toml")
    assert (problem.line, problem.code) == (2, "not_utf8")
    (windows,) = check_bytes('# ghi chú\ntitle = "Phiếu"'.encode("cp1258", "replace"), "f.toml")
    assert windows.code == "not_utf8"


def test_a_byte_order_mark_is_not_a_mistake() -> None:
    assert check_bytes(b"\xef\xbb\xbf" + SOUND.encode(), "quick.toml") == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('code = "q_good"', 'code = "q_overall"', "repeated_code"),
        ('code = "q_good"', 'code = "Q good"', "bad_code"),
        ('code = "q_good"', 'code = "q__good"', "bad_code"),
        ('code = "q_good"', f'code = "{"q" * 41}"', "bad_code"),
        ('kind = "rating"\nscale = "satisfaction"', 'kind = "rating"\nscale = "joy"', "unknown_scale"),
        ('kind = "rating"\nscale = "satisfaction"', 'kind = "rating"', "key_needed_for_kind"),
        ('kind = "text"', 'kind = "essay"', "not_one_of"),
        ('headline = "q_overall"', 'headline = "q_good"', "headline_not_rating"),
        ('headline = "q_overall"', 'headline = "q_none"', "unknown_item"),
        ('headline = "q_overall"\n', "", "nothing_to_measure"),
        ("satisfied_levels = [4, 5]", "satisfied_levels = [4, 6]", "satisfied_levels"),
        ("satisfied_levels = [4, 5]", "satisfied_levels = []", "empty_list"),
        ("required = true", "required = 1", "wrong_form"),
        ("required = true", 'factor = "none"', "unknown_factor"),
        ("required = true", 'no_opinion = "none"', "unknown_wording"),
        ("required = true", "criterion = true", "criterion_without_factor"),
        ("required = true", 'stage = "returned"', "headline_conditional"),
        ("required = true", "min = 1", "key_not_for_kind"),
        ("max_length = 500\n", "", "key_needed_for_kind"),
        ('languages = ["vi", "en"]', 'languages = ["vi"]', "required_language"),
        ('item = "q_overall", op = "<="', 'item = "q_comment", op = "<="', "later_item"),
        ('item = "q_overall", op = "<="', 'item = "q_none", op = "<="', "unknown_item"),
        ('op = "<=", value = 3', 'op = "==", value = 9', "condition_value"),
        ('op = "<=", value = 3', 'op = "in", value = 3', "condition_value"),
        ('op = "<=", value = 3', 'op = "<=", value = true', "condition_value"),
        ("{ code = 5,", "{ code = 4,", "repeated_code"),
        ("{ code = 5,", '{ code = "five",', "choice_code_kind"),
        ("{ code = 5,", "{ code = 200,", "choice_code_kind"),
        ('code = "waiting"', "code = 3", "choice_code_kind"),
    ],
)
def test_a_mistake_is_found(old: str, new: str, code: str) -> None:
    assert old in SOUND
    assert code in found(SOUND.replace(old, new, 1))


def test_one_mistake_is_reported_once_and_not_by_its_consequences() -> None:
    assert found(SOUND.replace('{ code = "access", text', '{ code = "access", texts', 1)) == {
        "missing_key",
        "unknown_key",
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('kind = "single"\ntext = { vi = "a", en = "a" }', "scale_and_choices"),
        ('kind = "single"\nchoices = []\ntext = { vi = "a", en = "a" }', "empty_list"),
        ('kind = "number"\nmin = 9\nmax = 3\ntext = { vi = "a", en = "a" }', "range_order"),
        ('kind = "number"\nmin = 0\nmax = 3\ntext = { vi = "a", en = "a" }', "range_limit"),
        ('kind = "text"\nmax_length = 9\ntext = "a"', "wrong_form"),
        ('kind = "text"\nmax_length = 9\ntext = { vi = "a", en = "a", fr = "a" }', "unknown_language"),
        (
            'kind = "text"\nmax_length = 9\ntext = { vi = "a", en = "a" }\n'
            'show_if = { item = "q_good", op = ">=", value = 2 }',
            "condition_operator",
        ),
    ],
)
def test_a_mistake_in_a_new_item_is_found(body: str, code: str) -> None:
    assert code in found(with_item(body))


def test_conditions_joined_by_any_are_checked_one_by_one() -> None:
    body = (
        'kind = "text"\nmax_length = 9\ntext = { vi = "a", en = "a" }\n'
        "show_if = { any = [\n"
        '    { item = "q_overall", op = "==", value = 1 },\n'
        '    { item = "zz", op = "answered" } ] }'
    )
    (problem,) = check(with_item(body), "f.toml")
    assert (problem.key, problem.code) == ("items[5].show_if.any[2].item", "unknown_item")


@pytest.mark.parametrize("text", ["", "items = 3", "items = [1]", 'scoring = "x"\nitems = []', "scales = 1"])
def test_nonsense_is_reported_and_never_a_traceback(text: str) -> None:
    assert check(text, "f.toml")


def test_every_single_line_removed_gives_a_form_or_a_report() -> None:
    lines = SOUND.split("\n")
    for number in range(len(lines)):
        problems = check("\n".join(lines[:number] + lines[number + 1 :]), "f.toml")
        assert all(problem.message["vi"] and problem.remedy["en"] for problem in problems)


JUNK = (None, True, -1, 2.5, "", "x", [], [[]], {}, {"vi": 1}, [{}], {"all": [{}]}, {"any": 3})


def _paths(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(inner for key, row in rows for inner in _paths(row, (*path, key)))]


def test_junk_at_any_place_of_a_document_is_reported_and_never_a_traceback() -> None:
    document = to_document(definition("quick"))
    refused = 0
    for path in _paths(document)[1:]:
        for junk in JUNK:
            changed = deepcopy(document)
            place = changed
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = junk
            try:
                from_document(changed)
            except InvalidForm:
                refused += 1
    assert refused > 1000


def test_loading_a_broken_form_carries_every_problem() -> None:
    with pytest.raises(InvalidForm) as caught:
        load('code = "a"', "f.toml")
    assert {problem.code for problem in caught.value.problems} == {"missing_key"}
    assert "f.toml: The key items is missing." in str(caught.value)
