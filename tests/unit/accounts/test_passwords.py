import unicodedata

import pytest

from app.accounts import passwords
from app.core.errors import Invalid


@pytest.mark.parametrize(
    "weak",
    [
        "ngắn quá",
        "P@ssw0rd2026!",
        "matkhau123456",
        "aaaaaaaaaaaaaaa",
        "123456789012",
        "abcdefghijklmn",
        "quantri_so_1!!!!".replace("_so_1", ""),
        "nguyenvana2026",
        "840192837465",
        "x" * 300,
    ],
)
def test_a_password_that_is_tried_first_is_refused(weak: str) -> None:
    with pytest.raises(Invalid):
        passwords.check_strength(weak, "nguyen.van.a")


@pytest.mark.parametrize("good", ["hoa sen nở buổi sớm", "correct horse battery", "k7Q4-9mXT-p2Lw"])
def test_unrelated_words_are_accepted(good: str) -> None:
    passwords.check_strength(good, "nguyen.van.a")


def test_a_password_matches_its_own_hash_only() -> None:
    stored = passwords.hashed("hoa sen nở buổi sớm")
    assert passwords.matches(stored, "hoa sen nở buổi sớm")
    assert not passwords.matches(stored, "hoa sen nở buổi tối")
    assert not passwords.matches(None, "no account has this password")
    assert not passwords.matches("damaged", "hoa sen nở buổi sớm")


def test_a_password_is_the_same_however_a_keyboard_spells_its_marks() -> None:
    stored = passwords.hashed(unicodedata.normalize("NFD", "hoa sen nở buổi sớm"))
    assert passwords.matches(stored, unicodedata.normalize("NFC", "hoa sen nở buổi sớm"))
