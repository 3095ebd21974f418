from pathlib import Path

from app.core.collation import fold, sort_key

GOLDEN = Path(__file__).parents[2] / "golden" / "collation"


def test_names_sort_as_icu_sorts_vietnamese() -> None:
    expected = (GOLDEN / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert len(expected) > 300
    assert sorted(expected, key=sort_key) == expected


def test_a_search_finds_names_without_their_marks() -> None:
    assert fold("Phường Việt  Yên") == "phuong viet yen"
    assert fold("ĐÔNG ĐÔ") == "dong do"


def test_decomposed_letters_sort_and_fold_like_composed_ones() -> None:
    assert sort_key("Vie\u0323\u0302t") == sort_key("Việt")
    assert fold("Vie\u0302\u0323t") == "viet"
