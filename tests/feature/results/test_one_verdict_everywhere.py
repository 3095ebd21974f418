"""A change has one difference, one interval and one verdict: pages, files and both reports say the same.

Every unit of the demo's province is read on its own page, on the page that compares two rounds, in the file
of that page, on the overview where it is listed, in the Word report and in the sentence of the sheet.
"""

import csv
import io
import re
from collections.abc import AsyncIterator, Iterator
from html import unescape

import httpx
import pytest
from builders.accounts import signed_in
from builders.in_process import in_process
from builders.province import BEFORE, FELL, PROVINCE, ROUND
from docx import Document

from app.core import numbers
from app.core.database import Database
from app.results.changes import changes_since
from app.results.comparing import Compared
from app.results.editions import newest
from app.results.reading import open_edition
from app.results.reports import building, standing
from app.results.reports import service as reports
from app.results.reports.telling import Teller

pytestmark = pytest.mark.anyio
VERDICTS = {-1: "giảm", 0: "không phân biệt được", 1: "tăng"}
ON_PAGES = {-1: "giảm rõ rệt", 0: "không phân biệt được", 1: "tăng rõ rệt"}
ARROWS = {-1: "▼ thấp hơn", 0: "không phân biệt được", 1: "▲ cao hơn"}


@pytest.fixture(scope="module")
def found(province: Database) -> dict[tuple[str, str], Compared]:
    """Every figure of every unit since the round before, by unit and figure."""
    with province.read() as session:
        editions = [newest(session, code) for code in (ROUND, BEFORE)]
        new, old = (open_edition(session, one) for one in editions if one is not None)
        figures = [one.key for one in new.figures if one.formula != "equal_criteria"]
        rows = changes_since(session, new, old, units=new.units, figures=figures).rows
    return {(row.unit, row.figure): row for row in rows}


@pytest.fixture(scope="module")
def overall(found: dict[tuple[str, str], Compared]) -> dict[str, Compared]:
    """The overall figure of every unit, the first of its rows."""
    rows: dict[str, Compared] = {}
    for (unit, _), row in found.items():
        rows.setdefault(unit, row)
    assert {row.kind for row in rows.values()} == {"headline"}
    assert len(rows) == 11
    assert all(row.change.difference is not None for row in rows.values())
    return rows


@pytest.fixture
async def client(province: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with in_process() as opened:
        signed_in(opened, province)
        yield opened


def signed(value: float | None, digits: int) -> str:
    assert value is not None
    words = numbers.number(value, "vi", digits).replace("-", "−")
    return f"+{words}" if value > 0 else words


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


async def test_the_page_of_every_unit_says_it(
    client: httpx.AsyncClient, overall: dict[str, Compared]
) -> None:
    for unit, row in overall.items():
        page = words((await client.get(f"/console/units/{unit}/results", params={"round": ROUND})).text)
        change = row.change
        assert f"{signed(change.difference, 1)} điểm" in page
        assert f"khoảng từ {signed(change.low, 1)} đến {signed(change.high, 1)}" in page
        assert ON_PAGES[change.arrow] in page
        level = f"xét cùng lúc nên khoảng này ở mức tin cậy {numbers.level(change.level, 'vi')}"
        assert (level in page) == (change.level != 0.95)


@pytest.mark.parametrize(("unit", "arrows"), [(FELL, {-1}), ("09367", {0})])
async def test_its_criteria_say_what_the_page_that_compares_says(
    client: httpx.AsyncClient, found: dict[tuple[str, str], Compared], unit: str, arrows: set[int]
) -> None:
    page = (await client.get(f"/console/units/{unit}/results", params={"round": ROUND})).text
    asked = {"round": ROUND, "with": BEFORE, "unit": unit, "show": "figures"}
    compared = words((await client.get("/console/compare", params=asked)).text)
    criteria = [row for row in found.values() if row.unit == unit and row.kind == "criterion"]
    assert {row.change.arrow for row in criteria} == arrows
    for row in criteria:
        told = words(page.split(f'data-figure="{row.figure}"')[1].split("</tr>")[0])
        interval = f"{signed(row.change.low, 1)} … {signed(row.change.high, 1)}"
        for said in (told, compared):
            assert signed(row.change.difference, 1) in said
            assert interval in said
        assert ON_PAGES[row.change.arrow] in told


@pytest.mark.parametrize("chosen", [PROVINCE, FELL, "09367"])
async def test_the_page_that_compares_and_its_file_say_it_whatever_unit_is_chosen(
    client: httpx.AsyncClient, overall: dict[str, Compared], chosen: str
) -> None:
    asked = {"round": ROUND, "with": BEFORE, "unit": chosen}
    page = words((await client.get("/console/compare", params=asked)).text)
    file = (await client.get("/console/compare.csv", params=asked)).text.removeprefix("\ufeff")
    rows = {row["unit_code"]: row for row in csv.DictReader(io.StringIO(file))}
    assert set(rows) == (set(overall) if chosen == PROVINCE else {chosen})
    for unit, row in rows.items():
        change = overall[unit].change
        written = [float(row[name]) for name in ("difference_points", "difference_low", "difference_high")]
        assert written == pytest.approx([change.difference, change.low, change.high], abs=1e-4)
        assert float(row["interval_level"]) == pytest.approx(change.level, abs=1e-4)
        assert int(row["arrow"]) == change.arrow
        assert f"{signed(change.difference, 1)} {ARROWS[change.arrow]}" in page
        assert f"{signed(change.low, 1)} … {signed(change.high, 1)}" in page


async def test_the_overview_lists_exactly_the_units_that_fell_for_certain(
    client: httpx.AsyncClient, overall: dict[str, Compared]
) -> None:
    page = words((await client.get("/console", params={"round": ROUND})).text)
    for unit, row in overall.items():
        change = row.change
        told = (
            f"{signed(change.difference, 1)} điểm so với {BEFORE} (khoảng từ {signed(change.low, 1)} đến "
            f"{signed(change.high, 1)}, mức tin cậy {numbers.level(change.level, 'vi')})"
        )
        assert (told in page) == (unit != PROVINCE and change.arrow < 0)
    own = overall[PROVINCE].change
    assert f"khoảng từ {signed(own.low, 1)} đến {signed(own.high, 1)}" in page


def test_the_report_of_every_unit_says_it_of_every_figure(
    province: Database, found: dict[tuple[str, str], Compared], overall: dict[str, Compared]
) -> None:
    with province.read() as session:
        edition = reports.edition_for(session, ROUND)
        for unit in overall:
            content = reports.report_file(session, edition, unit, "docx").content
            wanted = [r for r in found.values() if r.unit == unit and r.change.difference is not None]
            assert list(_changes_in(content)) == [_as_reported(row) for row in wanted]


def _as_reported(row: Compared) -> list[str]:
    change = row.change
    assert change.first is not None
    assert change.second is not None
    shares = [numbers.number(side.estimate, "vi", 2) for side in (change.second, change.first)]
    interval = f"từ {signed(change.low, 2)} đến {signed(change.high, 2)}"
    return [row.figure_name, *shares, signed(change.difference, 2), interval, VERDICTS[change.arrow]]


def _changes_in(content: bytes) -> Iterator[list[str]]:
    """The rows of the table of changes."""
    for table in Document(io.BytesIO(content)).tables:
        if table.rows[0].cells[-1].text == "Kết luận":
            yield from ([cell.text for cell in row.cells] for row in table.rows[1:])


def test_the_sentences_of_the_report_and_of_the_sheet_say_it(
    province: Database, overall: dict[str, Compared]
) -> None:
    from app.core.language import translator

    with province.read() as session:
        edition = reports.edition_for(session, ROUND)
        for unit, row in overall.items():
            subject = building.subject_of(session, edition, unit, tell=Teller(translator("vi")))
            (said,) = standing.change_sentences(subject, standing.compared_with_last(session, subject))
            change = row.change
            assert f"{signed(change.low, 2)} đến {signed(change.high, 2)}" in said
            assert numbers.level(change.level, "vi") in said
            assert ("không phân biệt được" in said) == (change.arrow == 0)
            if change.arrow == 0:
                assert change.least is not None
                assert change.least > abs(change.difference or 0)
                assert f"từ {numbers.number(change.least, 'vi', 2)} điểm phần trăm trở lên" in said


def test_nothing_told_is_smaller_than_what_would_show_and_nothing_untold_is_larger(
    found: dict[tuple[str, str], Compared],
) -> None:
    known = [row.change for row in found.values() if row.change.difference is not None]
    assert len(known) > 200
    for change in known:
        assert change.least is not None
        assert (abs(change.difference or 0) > change.least) == (change.arrow != 0)
