import io
import tracemalloc
import warnings
from collections.abc import Callable
from contextlib import suppress
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from app.core import tabular
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
    with ZipFile(io.BytesIO(workbook)) as whole, ZipFile(buffer, "w", ZIP_DEFLATED) as made:
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


def with_lines(workbook: bytes, lines: str) -> bytes:
    """The workbook with other lines in its sheet."""
    sheet = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return with_part(workbook, SHEET, lambda _: f"{sheet}{lines}</sheetData></worksheet>".encode())


HEADER = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>'


def refused_at_small_cost(content: bytes, *, name: str = "t.xlsx", megabytes: int = 30) -> Invalid:
    tracemalloc.start()
    try:
        with pytest.raises(Invalid) as told:
            read_rows(content, name)
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1024 * 1024
    finally:
        tracemalloc.stop()
    return told.value


def test_a_workbook_with_cells_far_to_the_right_is_refused_at_its_first_such_line(workbook: bytes) -> None:
    lines = [f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(2, 2002)]
    bomb = with_lines(workbook, HEADER + "".join(lines))
    assert len(bomb) < 40_000
    error = refused_at_small_cost(bomb)
    assert str(error) == "line 2 reaches to column 16384, a table has at most 200 columns"
    assert (error.problem.where, error.problem.remedy) == (
        "t.xlsx:2",
        "delete what stands to the right of the table",
    )


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_opened(
    workbook: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabular, "MOST_MEGABYTES", 32)
    bomb = with_part(workbook, SHEET, lambda content: content + b" " * (40 * tabular.MEGABYTE))
    assert str(refused_at_small_cost(bomb, megabytes=1)) == "t.xlsx unpacks to more than 32 MB"


def test_a_line_of_an_absurd_number_is_refused_without_counting_up_to_it(
    workbook: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabular, "MOST_LINES", 5_000)
    far = with_lines(workbook, HEADER + '<row r="99999999999"><c><v>1</v></c></row>')
    assert str(refused_at_small_cost(far)) == "t.xlsx has more than 5000 lines"
    many = b"a\n" + b"1\n" * 5_000
    assert str(refused_at_small_cost(many, name="t.csv")) == "t.csv has more than 5000 lines"


@pytest.mark.parametrize(
    ("limit", "most", "message"),
    [
        ("MOST_CELLS", 20, "t.xlsx has more than 10 lines"),
        ("MOST_PASSED", 20, "t.xlsx has more than 20 cells, nearly all empty"),
        ("MOST_MEGABYTES", 0, "t.xlsx unpacks to more than 0 MB"),
    ],
)
def test_what_a_table_may_cost_has_limits(
    workbook: bytes, monkeypatch: pytest.MonkeyPatch, limit: str, most: int, message: str
) -> None:
    monkeypatch.setattr(tabular, limit, most)
    with pytest.raises(Invalid) as told:
        read_rows(workbook, "t.xlsx")
    assert str(told.value) == message


def test_one_text_that_many_cells_share_is_counted_as_often_as_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tabular, "MEGABYTE", 50)
    monkeypatch.setattr(tabular, "MOST_MEGABYTES", 1)
    with pytest.raises(Invalid) as told:
        read_rows(b"a\n" + b"0123456789\n" * 6, "t.csv")
    assert str(told.value) == "t.csv unpacks to more than 1 MB"


def test_mistakes_are_told_up_to_a_number() -> None:
    with pytest.raises(Invalid) as told:
        read_rows(b"a\n" + b"1,2\n" * 5_000, "t.csv")
    assert len(told.value.problems) == tabular.MOST_MISTAKES


def test_empty_columns_and_lines_that_only_have_a_format_change_nothing() -> None:
    book = Workbook()
    for row in [["a", "b"], ["chữ", 1], ["", " "], ["hai", None]]:
        book.active.append(row)
    for line in range(1, 12):
        for column in range(3, 400):
            book.active.cell(line, column).number_format = "0.00"
    rows = read_rows(saved(book), "t.xlsx", Columns(("a", "b")))
    assert [(row.line, dict(row.cells)) for row in rows] == [
        (2, {"a": "chữ", "b": "1"}),
        (4, {"a": "hai", "b": ""}),
    ]


def test_a_sheet_that_says_a_wrong_size_is_read_whole(workbook: bytes) -> None:
    for size in (b"A1", b"A1:XFD1048576"):
        said = with_part(workbook, SHEET, lambda content, size=size: content.replace(b"A1:B41", size))
        assert len(read_rows(said, "t.xlsx")) == 40
