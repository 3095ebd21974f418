"""How numbers are written: a confidence level has the digits it needs and is never rounded up to 100."""

import pytest

from app.core.numbers import level


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
