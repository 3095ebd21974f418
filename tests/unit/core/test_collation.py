from app.core.collation import fold, sort_key


def test_a_search_finds_names_without_their_marks() -> None:
    assert fold("Phường Việt  Yên") == "phuong viet yen"
    assert fold("ĐÔNG ĐÔ") == "dong do"


def test_decomposed_letters_sort_and_fold_like_composed_ones() -> None:
    assert sort_key("Vie\u0323\u0302t") == sort_key("Việt")
    assert fold("Vie\u0302\u0323t") == "viet"
