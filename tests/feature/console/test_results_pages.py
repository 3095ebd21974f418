"""What an analyst finds on the overview, the results and a unit's page, on the demo's province."""

import csv
import io
import re
import struct
from collections.abc import AsyncIterator
from xml.etree import ElementTree as ET

import httpx
import openpyxl
import pytest
from builders.accounts import signed_in
from builders.in_process import in_process
from builders.province import BEFORE, FELL, PROVINCE, ROUND, SEEMED
from sqlmodel import select

from app.accounts.tables import AuditEntry
from app.console import results_rows
from app.core.database import Database
from app.core.numbers import rounded
from app.core.pages import environment
from app.results.editions import newest
from app.results.levels import spreads_of
from app.results.reading import EditionTables, open_edition

pytestmark = pytest.mark.anyio
RESULTS = "/console/results"
UNIT = f"/console/units/{FELL}/results"
VIEWS = (
    {},
    {"view": "heat"},
    {"view": "heat", "columns": "criterion"},
    {"view": "heat", "columns": "month"},
    {"view": "forest", "sort": "low"},
    {"by": "service", "unit": PROVINCE},
    {"by": "field", "view": "heat"},
    {"by": "figure", "unit": FELL},
    {"by": "unit", "at": "submission:counter"},
    {"unit": FELL},
)
ROW = re.compile(r'<tr class="state-(\w+)[^"]*" data-unit="([^"]*)" data-figure="([^"]*)"')


@pytest.fixture
async def client(province: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with in_process() as opened:
        yield opened


@pytest.fixture
def tables(province: Database) -> EditionTables:
    with province.read() as session:
        edition = newest(session, ROUND)
        assert edition is not None
        found = open_edition(session, edition)
        found.rows("service", unit=FELL)
        return found


async def get(client: httpx.AsyncClient, path: str, **asked: str) -> str:
    page = await client.get(path, params={"round": ROUND, **asked})
    assert page.status_code == 200, (path, asked, page.text[:300])
    return page.text


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_every_view_is_whole_in_both_languages_without_script_or_style(
    client: httpx.AsyncClient, province: Database, language: str
) -> None:
    signed_in(client, province, role="viewer")
    pages = [await get(client, RESULTS, lang=language, **view) for view in VIEWS]
    pages += [await get(client, "/console", lang=language), await get(client, UNIT, lang=language)]
    for page in pages:
        assert f'<html lang="{language}">' in page
        assert "<script" not in page
        assert "style=" not in page
        assert "None" not in page


async def test_the_lowest_unit_comes_first_when_asked_for_and_is_said_to_be_lower(
    client: httpx.AsyncClient, province: Database, tables: EditionTables
) -> None:
    signed_in(client, province, role="viewer")
    page = await get(client, RESULTS, sort="low")
    units = [unit for _, unit, _ in ROW.findall(page)]
    rows = {row.unit: row for row in tables.rows(figure=tables.headline)}
    below = [row for row in rows.values() if row.unit != PROVINCE and row.estimate is not None]
    assert units[0] == PROVINCE
    assert units[1 : len(below) + 1] == [row.unit for row in sorted(below, key=lambda row: row.estimate or 0)]
    assert units[1] == FELL
    assert "thấp hơn rõ rệt" in page[page.index(f'data-unit="{FELL}"') :].split("</tr>")[0]


async def test_a_name_is_found_without_its_marks(client: httpx.AsyncClient, province: Database) -> None:
    signed_in(client, province, role="viewer")
    page = await get(client, RESULTS, q="phuong nenh")
    assert [unit for _, unit, _ in ROW.findall(page)] == [PROVINCE, FELL]
    assert "Không có dòng nào khớp" not in page


async def test_a_name_that_nobody_has_is_told_with_the_way_back(
    client: httpx.AsyncClient, province: Database
) -> None:
    signed_in(client, province, role="viewer")
    for view in ("table", "forest", "heat"):
        page = await get(client, RESULTS, q="zzzz", view=view)
        assert "Không có dòng nào khớp" in page
        assert "Hiện tất cả" in page
        assert "trong 0" not in page


async def test_long_tables_come_in_pages_that_hold_every_row_once(
    client: httpx.AsyncClient, province: Database, tables: EditionTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results_rows, "PAGE_ROWS", 4)
    signed_in(client, province, role="viewer")
    pages = [await get(client, RESULTS, page=str(number)) for number in (1, 2, 3)]
    found = [unit for page in pages for _, unit, _ in ROW.findall(page) if unit != PROVINCE]
    assert found == list(tables.children(PROVINCE))
    assert "Trang 2/3" in pages[1]


async def test_the_way_down_leads_from_province_to_unit_to_service_to_criterion(
    client: httpx.AsyncClient, province: Database, tables: EditionTables
) -> None:
    signed_in(client, province, role="viewer")
    links = re.findall(r'<a class="clamp" href="\?([^"]+)"', await get(client, RESULTS))
    unit = await client.get(RESULTS, params=dict(httpx.QueryParams(links[0])))
    assert unit.status_code == 200
    services = re.findall(r'<a class="clamp" href="\?([^"]+)"', await get(client, RESULTS, by="service"))
    criteria = await client.get(f"{RESULTS}?{services[0].replace('&amp;', '&')}")
    figures = {figure for _, _, figure in ROW.findall(criteria.text)}
    assert {one.key for one in tables.figures if one.kind == "criterion"} <= figures


async def test_the_table_taken_holds_exactly_the_rows_shown_and_is_written_down(
    client: httpx.AsyncClient, province: Database, tables: EditionTables
) -> None:
    signed_in(client, province, role="viewer")
    shown = [unit for _, unit, _ in ROW.findall(await get(client, RESULTS, sort="high"))]
    asked = {"round": ROUND, "sort": "high"}
    taken = await client.get(f"{RESULTS}/table.csv", params=asked)
    rows = list(csv.DictReader(io.StringIO(taken.content.decode("utf-8-sig"))))
    assert [row["unit_code"] for row in rows] == shown
    for row in rows:
        published = tables.one(unit=row["unit_code"], figure=row["figure"])
        assert published is not None
        assert row["estimate"] == _text(published.estimate)
    book = openpyxl.load_workbook(
        io.BytesIO((await client.get(f"{RESULTS}/table.xlsx", params=asked)).content)
    )
    assert [cell.value for cell in book["results"]["A"][1:]] == shown
    assert book["results"].page_setup.orientation == "landscape"
    assert book["results"].page_setup.fitToWidth in (None, 1)
    assert book["results"].sheet_properties.pageSetUpPr.fitToPage
    with province.read() as session:
        actions = [entry.action for entry in session.exec(select(AuditEntry))]
    assert actions.count("export_results") == 2
    assert (await client.get(f"{RESULTS}/table.doc", params=asked)).status_code == 404


async def test_hidden_figures_have_a_reason_and_no_number(
    client: httpx.AsyncClient, province: Database, tables: EditionTables
) -> None:
    hidden = next(row for row in tables.rows("service", figure=tables.headline) if row.estimate is None)
    signed_in(client, province, role="viewer")
    page = await get(client, RESULTS, by="service", unit=hidden.unit, view="forest")
    code = hidden.place["service"]
    row = page[page.index(f'data-service="{code}"') :].split("</tr>")[0]
    assert "không công bố" in row
    assert "<data" not in row
    table = await client.get(f"{RESULTS}/table.csv?round={ROUND}&by=service&unit={hidden.unit}")
    line = next(text for text in table.text.splitlines() if f",{code}," in text)
    assert ",,,," in line


async def test_charts_are_taken_as_svg_and_as_png(client: httpx.AsyncClient, province: Database) -> None:
    signed_in(client, province, role="viewer")
    for path in (
        f"{RESULTS}/chart",
        f"{UNIT}/trend",
        f"{UNIT}/profile",
        f"{UNIT}/services",
        f"{UNIT}/levels",
    ):
        svg = await client.get(f"{path}.svg", params={"round": ROUND})
        assert svg.headers["content-type"].startswith("image/svg+xml")
        assert ET.fromstring(svg.content).tag.endswith("svg")
    png = await client.get(f"{RESULTS}/chart.png", params={"round": ROUND, "view": "heat"})
    assert png.content.startswith(b"\x89PNG")
    assert struct.unpack(">I", png.content[16:20])[0] >= 1440
    assert (await client.get(f"{RESULTS}/chart.gif", params={"round": ROUND})).status_code == 404
    assert (await client.get(f"{UNIT}/pie.svg", params={"round": ROUND})).status_code == 404


async def test_answers_by_level_add_up_to_the_published_share(
    client: httpx.AsyncClient, province: Database, tables: EditionTables
) -> None:
    with province.read() as session:
        found = spreads_of(session, tables.edition, FELL)
    assert found
    for one in found:
        row = tables.one(unit=FELL, figure=f"{one.kind}:{one.measure}:satisfied_share")
        assert row is not None
        assert bool(one.shares) == (row.estimate is not None)
        if one.shares:
            assert sum(one.shares) == pytest.approx(100)
            assert sum(one.shares[3:]) == pytest.approx(row.estimate)


async def test_crossings_of_ones_own_are_written_down(client: httpx.AsyncClient, province: Database) -> None:
    signed_in(client, province, role="analyst")
    asked = {"round": ROUND, "by": ["mode", "submission"]}
    assert (await client.get(f"{RESULTS}/custom", params=asked)).status_code == 200
    with province.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "results.custom")).one()
    assert entry.detail == {"by": ["mode", "submission"]}


async def test_the_overview_tells_a_real_fall_from_one_that_only_seems_so(
    client: httpx.AsyncClient, province: Database
) -> None:
    signed_in(client, province, role="viewer")
    page = await get(client, "/console")
    look = page[page.index('id="attention-name"') :].split("</section>")[0]
    assert f"/console/units/{FELL}/results" in look
    assert "giảm rõ rệt" in look
    assert f"/console/units/{SEEMED}/results" not in look
    fallen, seemed = await get(client, UNIT), await get(client, f"/console/units/{SEEMED}/results")
    assert f"({BEFORE})" in fallen
    assert "giảm rõ rệt" in fallen
    assert "giảm rõ rệt" not in seemed
    assert "không phân biệt được" in seemed


async def test_what_complete_forms_alone_would_give_stands_beside_a_units_figure(
    client: httpx.AsyncClient, province: Database
) -> None:
    signed_in(client, province, role="viewer")
    with province.read() as session:
        edition = newest(session, ROUND)
        assert edition is not None
        tables = open_edition(session, edition)
        alone = tables.complete_only(FELL, tables.headline)
        both = tables.one(unit=FELL, figure=tables.headline)
    assert alone is not None
    assert both is not None
    assert alone.estimate is not None
    assert (alone.n or 0) < (both.n or 0)
    share = f"{alone.estimate:.1f}".replace(".", ",")
    assert f"chỉ tính phiếu trọn vẹn: {share}%" in await get(client, UNIT)


async def test_a_service_says_on_the_units_page_too_how_to_read_its_figure(
    client: httpx.AsyncClient, province: Database, tables: EditionTables
) -> None:
    signed_in(client, province, role="viewer")
    page = await get(client, UNIT)
    rows = {row.place["service"]: row for row in tables.rows("service", unit=FELL, figure=tables.headline)}
    shown = re.findall(r'<tr class="state-(\w+)" data-service="([^"]+)">(.*?)</tr>', page, re.DOTALL)
    assert {code: state for state, code, _ in shown} == {
        code: row.state for code, row in rows.items() if row.estimate is not None
    }
    assert {code for state, code, cells in shown if "cần thận trọng" in cells} == {
        code for state, code, _ in shown if state == "review"
    }


async def test_dossiers_taken_from_another_month_are_told_beside_their_number(
    client: httpx.AsyncClient, province: Database
) -> None:
    chart = environment("vi").get_template("console/chart.html").module
    own = {"population": 21_786, "responses": 1_682, "reasons": ["provisional"]}
    borrowed = "một tháng chưa có số hồ sơ: tạm dùng số của tháng khác"
    assert borrowed in chart.dossiers(own)
    assert borrowed not in chart.dossiers({**own, "reasons": []})
    signed_in(client, province, role="viewer")
    for path in ("/console", UNIT):
        page = await get(client, path)
        assert "hồ sơ đã giải quyết:" in page
        assert borrowed not in page


async def test_somebody_of_one_unit_reads_that_unit_alone(
    client: httpx.AsyncClient, province: Database, tables: EditionTables
) -> None:
    signed_in(client, province, role="viewer", unit_path=f"/{PROVINCE}/{FELL}/")
    others = [tables.unit_name(unit) for unit in tables.children(PROVINCE) if unit != FELL]
    pages = [await get(client, RESULTS, **view) for view in ({}, {"by": "unit"}, {"unit": PROVINCE})]
    pages += [await get(client, "/console"), await get(client, UNIT)]
    for page in pages:
        assert tables.unit_name(FELL) in page
        assert [name for name in others if name in page] == []
    assert (await client.get(f"/console/units/{PROVINCE}/results")).status_code == 403
    assert (await client.get(f"/console/units/{SEEMED}/results")).status_code == 403


async def test_a_round_without_results_offers_to_compute_them(
    client: httpx.AsyncClient, province: Database
) -> None:
    signed_in(client, province, role="analyst")
    for path in (RESULTS, UNIT):
        page = (await client.get(path, params={"round": "2026-Q4"})).text
        assert 'action="/console/editions"' in page
    assert (await client.get(RESULTS, params={"round": "nope"})).status_code == 404


def _text(value: float | None) -> str:
    return "" if value is None else str(float(rounded(value, 2)))
