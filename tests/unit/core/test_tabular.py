import io
import warnings
from collections.abc import Callable
from contextlib import suppress
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from app.core.errors import Invalid
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


@pytest.fixture(scope="module")
def workbook() -> bytes:
    book = Workbook()
    for row in [["a", "b"], *([f"chữ {n}", n] for n in range(40))]:
        book.active.append(row)
    return saved(book)


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_part(workbook: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same workbook with one of its parts changed."""
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(workbook)) as whole, ZipFile(buffer, "w") as made:
        for part in whole.namelist():
            content = whole.read(part)
            made.writestr(part, change(content) if part == name else content)
    return buffer.getvalue()


SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"


def test_a_file_that_is_no_workbook_is_told(workbook: bytes) -> None:
    charts = Workbook()
    charts.remove(charts.active)
    charts.create_chartsheet()
    for content in (
        b"PK",
        b"",
        workbook[: len(workbook) // 2],
        with_part(workbook, BOOK, lambda content: content[:100]),
        with_part(workbook, BOOK, lambda _: b"<workbook/>"),
        with_part(workbook, SHEET, lambda _: b"no xml"),
        saved(charts),
    ):
        with pytest.raises(Invalid) as told:
            read_rows(content, "t.xlsx")
        assert str(told.value) == "t.xlsx is not an XLSX workbook"


def test_a_workbook_that_breaks_off_names_the_last_line_that_could_be_read(workbook: bytes) -> None:
    cut = with_part(workbook, SHEET, lambda content: content[: content.index(b'<row r="20"')])
    with pytest.raises(Invalid) as told:
        read_rows(cut, "t.xlsx")
    assert str(told.value) == "t.xlsx is damaged: nothing can be read after line 19"
    assert told.value.problem.where == "t.xlsx:19"


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_damage_makes_reading_fail_in_another_way(workbook: bytes, data: st.DataObject) -> None:
    damaged = bytearray(workbook)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with suppress(Invalid):
            read_rows(bytes(damaged), "t.xlsx")
