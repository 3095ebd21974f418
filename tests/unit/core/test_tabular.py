from hypothesis import given
from hypothesis import strategies as st

from app.core.tabular import Columns, read_rows


def test_a_row_knows_its_line_in_the_file_even_after_cells_of_several_lines() -> None:
    rows = read_rows('a,b\n"một\nhai",2\n\n3,4\n'.encode(), "t.csv", Columns(("a", "b")))
    assert [(row.line, row.cells["a"]) for row in rows] == [(3, "một\nhai"), (5, "3")]


def test_missing_cells_at_the_end_are_empty() -> None:
    assert read_rows(b"a,b\n1\n", "t.csv")[0].cells == {"a": "1", "b": ""}


@given(st.lists(st.text("ăâđêôơư ,;\"'\n", min_size=1).map(str.strip).filter(bool), min_size=1))
def test_whatever_text_a_cell_holds_comes_back(values: list[str]) -> None:
    lines = ["a;b"] + ['"{}";x'.format(value.replace('"', '""')) for value in values]
    assert [row.cells["a"] for row in read_rows("\n".join(lines).encode(), "t.csv")] == values
