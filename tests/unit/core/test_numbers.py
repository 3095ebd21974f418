"""How numbers are written: a confidence level has the digits it needs and is never rounded up to 100."""

import pytest

from app.core.numbers import level, number, rounded


@pytest.mark.parametrize(
    ("share", "vietnamese", "english"),
    [
        (0.95, "95%", "95%"),
        (0.995, "99,5%", "99.5%"),
        (1 - 0.05 / 12, "99,58%", "99.58%"),
        (1 - 0.05 * 15 / 23, "96,74%", "96.74%"),
        (1 - 0.05 / 1000, "99,995%", "99.995%"),
        (1 - 0.05 / 3300, "99,998%", "99.998%"),
        (None, "–", "–"),
    ],
)
def test_a_level_has_as_many_digits_as_it_needs(share: float | None, vietnamese: str, english: str) -> None:
    assert (level(share, "vi"), level(share, "en")) == (vietnamese, english)


def test_a_large_number_is_rounded_to_many_digits_too() -> None:
    assert number(4e17, "en", 4) == "400,000,000,000,000,000.0000"
    assert str(rounded(4e17, 12)) == "400000000000000000.000000000000"
