import unicodedata

import pytest

from app.core.collation import fold, sort_key


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("an", "ăn"),
        ("ăn", "ân"),
        ("Dũng", "Đào"),
        ("ma", "mà"),
        ("mà", "mả"),
        ("mả", "mã"),
        ("mã", "má"),
        ("má", "mạ"),
        ("Hà Nam", "Hà Nội"),
        ("Việt Hùng", "Việt Yên"),
        ("hoa", "Hoa"),
    ],
)
def test_words_follow_the_vietnamese_dictionary(first: str, second: str) -> None:
    assert sort_key(first) < sort_key(second)


def test_a_tone_counts_only_when_the_letters_are_equal() -> None:
    assert sort_key("Lạng Giang") < sort_key("Lang Sơn")


def test_composed_and_decomposed_letters_have_one_key() -> None:
    text = "Phường Việt Yên"
    assert sort_key(unicodedata.normalize("NFD", text)) == sort_key(text)


@pytest.mark.parametrize("typed", ["viet yen", "VIỆT YÊN", "  Việt   Yên "])
def test_a_search_ignores_marks_case_and_spaces(typed: str) -> None:
    assert fold(typed) == "viet yen"


def test_the_barred_d_is_found_as_d() -> None:
    assert fold("Đồng Đăng") == "dong dang"
