"""Expected order: ICU's `vi` collation (make.py beside this file)."""

import random
from pathlib import Path

from app.core.collation import sort_key

EXPECTED = (Path(__file__).parent / "expected.txt").read_text(encoding="utf-8").splitlines()


def test_sort_keys_give_the_order_of_icu() -> None:
    mixed = random.Random(7).sample(EXPECTED, len(EXPECTED))
    assert sorted(mixed, key=sort_key) == EXPECTED


def test_different_texts_have_different_keys() -> None:
    assert len({sort_key(text) for text in EXPECTED}) == len(EXPECTED)
