"""The path of docs/analyst.md: find the worst unit, see why, check that the fall is real, take the report."""

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builders.province import ROUND
from builders.served import served, sign_in
from docx import Document
from playwright.sync_api import Page, expect

from app.demo.presence import DEMO_PASSWORD, DEMO_USER

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(province_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("office")
    shutil.copytree(province_built, home, dirs_exist_ok=True)
    with served(home) as url:
        yield url


def test_a_first_time_analyst_finds_explains_checks_and_reports_the_fall(
    address: str, page_of: Callable[..., Page]
) -> None:
    page = page_of(1440, 900)
    sign_in(page, address, DEMO_USER, DEMO_PASSWORD)
    expect(page.get_by_role("link", name="Tổng quan")).to_have_attribute("aria-current", "page")

    page.select_option("select[name=round]", ROUND)
    page.get_by_role("button", name="Xem").first.click()
    expect(page.locator("h1")).to_contain_text("Tỉnh Bắc Ninh")
    expect(page.locator("svg.chart").first).to_contain_text("Phường Nếnh")

    page.get_by_role("link", name="Xếp hạng", exact=True).click()
    page.select_option("select[name=round]", ROUND)
    page.get_by_role("button", name="Xếp hạng").click()
    last = page.locator("tbody tr").last
    expect(last).to_contain_text("Phường Nếnh")
    expect(last).to_contain_text("10/10")

    page.goto(f"{address}/console/units/07795/results?round={ROUND}")
    expect(page.locator(".key-figures")).to_contain_text("giảm rõ rệt")
    expect(page.locator("main")).to_contain_text("tín hiệu")
    expect(page.locator("main")).to_contain_text("Nên xem trước")

    page.goto(f"{address}/console/units/07798/results?round={ROUND}")
    expect(page.locator(".key-figures")).to_contain_text("không phân biệt được")
    expect(page.locator(".key-figures")).not_to_contain_text("giảm rõ rệt")

    page.goto(f"{address}/console/units/07795/results?round={ROUND}")
    page.get_by_role("link", name="Báo cáo đầy đủ").click()
    page.select_option("select[name=kind]", "docx")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Lập báo cáo").click()
    written = Document(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    said = "\n".join(paragraph.text for paragraph in written.paragraphs)
    assert "Phường Nếnh" in said
    assert "tỷ lệ hài lòng giảm" in said
