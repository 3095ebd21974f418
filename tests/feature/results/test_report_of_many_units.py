"""A report of a large province leaves out no unit silently: the lowest are drawn, and what is cut is told."""

from datetime import date

import pytest
from builders.edition_tables import HEADLINE, PROVINCE, Shown, an_edition, some_units

from app.core.database import Database
from app.core.language import translator
from app.results.reading import open_edition
from app.results.reports import pictures, sections
from app.results.reports.content import Paragraph, Table
from app.results.reports.telling import Teller


def a_subject(database: Database, units: int) -> sections.Subject:
    """The province with this many communes: the later the higher."""
    tree: dict[str, tuple[str, str | None]] = {PROVINCE: ("Tỉnh Thử", None)}
    tree |= {f"c{place:03}": (f"Xã {place:03}", PROVINCE) for place in range(units)}
    figures = {
        (code, HEADLINE): Shown(60.0 + 30.0 * place / units) for place, code in enumerate(tree, start=-1)
    }
    with database.write() as session:
        some_units(session, tree)
        edition = an_edition(session, "2026-Q3", figures, start_on=date(2026, 7, 1), end_on=date(2026, 9, 30))
        tables = open_edition(session, edition, language="vi")
        return sections.Subject(tables, PROVINCE, "Quý III", Teller(translator("vi")))


@pytest.mark.parametrize("units", [20, 99])
def test_the_lowest_units_are_drawn_first_and_a_cut_is_told(database: Database, units: int) -> None:
    drawn = pictures.units_picture(a_subject(database, units))
    assert drawn is not None
    shown = drawn.alternative.split("; ")
    assert len(shown) == min(units, pictures.MOST_BARS)
    assert shown[0].startswith("Xã 000")
    cut = f"{pictures.MOST_BARS} đơn vị thấp nhất trong {units} đơn vị" in drawn.caption
    assert cut == (units > pictures.MOST_BARS)


def test_every_unit_stands_in_the_table_or_the_report_says_how_many_do_not(database: Database) -> None:
    blocks = sections.units_below(a_subject(database, sections.MOST_UNITS + 7))
    [table] = [one for one in blocks if isinstance(one, Table)]
    assert len(table.rows) == sections.MOST_UNITS
    [left] = [one for one in blocks if isinstance(one, Paragraph)]
    assert "7 dòng" in left.text


def test_the_summary_says_what_the_interval_leaves_out_beside_it(database: Database) -> None:
    first, second, *_ = sections.summary_sentences(a_subject(database, 5))
    assert "khoảng bất định 95%" in first
    assert second == "Khoảng bất định theo mô hình; không gồm sai lệch do người dân tự chọn trả lời."
