"""A person with a phone: the printed code, the form with and without script, the weight of the page."""

import re
from collections.abc import Callable

import pypdfium2
import pytest
import zxingcpp
from builders.collection import stored
from builders.site import SERVICE, UNIT, Site
from playwright.sync_api import Page, Response, expect
from typer.testing import CliRunner

from app.cli import cli

pytestmark = pytest.mark.browser
PHONE = (360, 740)
MOST_PAGE_BYTES, MOST_FONT_BYTES, MOST_REQUESTS = 60_000, 70_000, 8


@pytest.fixture(scope="module")
def printed_codes(site: Site) -> list[str]:
    """What a camera reads from the sheet that the office printed."""
    file = site.home / "labels.pdf"
    arguments = ["receipts", "sheet", "--round", site.round_code, "--unit", UNIT, "--service", SERVICE]
    CliRunner().invoke(cli, [*arguments, "--count", "4", "--out", str(file)], catch_exceptions=False)
    document = pypdfium2.PdfDocument(file)
    codes = zxingcpp.read_barcodes(document[0].render(scale=150 / 72).to_pil())
    document.close()
    return [code.text for code in codes]


def test_the_printed_code_opens_the_form_and_the_answers_arrive_with_script(
    site: Site, page_of: Callable[..., Page], printed_codes: list[str]
) -> None:
    page = page_of(*PHONE, has_touch=True, is_mobile=True)
    before = {row.response_id for row in stored(site.database)}
    page.goto(printed_codes[0])
    expect(page.get_by_text("Phường Việt Yên")).to_be_visible()
    expect(page.get_by_text("Chứng thực bản sao")).to_be_visible()
    expect(page.get_by_text("1/25")).to_be_visible()
    page.locator("fieldset:visible").get_by_text("Hài lòng", exact=True).tap()
    expect(page.get_by_text("2/25")).to_be_visible()
    page.locator("fieldset:visible").get_by_text("Rất không hài lòng").tap()
    expect(page.get_by_text("3/25")).to_be_visible()
    page.get_by_role("button", name="Quay lại").tap()
    expect(page.get_by_role("radio", name="Rất không hài lòng")).to_be_checked()
    page.get_by_role("button", name="Gửi ngay").tap()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    (row,) = [row for row in stored(site.database) if row.response_id not in before]
    assert row.answers == {"o_overall": 4, "o_ii_a_1": 1}
    assert (row.mode, row.service_code, row.submission, row.stage, row.outcome) == (
        "receipt",
        SERVICE,
        "counter",
        "returned",
        "usable",
    )
    page.goto(printed_codes[0])
    expect(page.get_by_role("heading", name="Mã này đã được dùng")).to_be_visible()


def test_the_same_form_works_with_script_turned_off(
    site: Site, page_of: Callable[..., Page], printed_codes: list[str]
) -> None:
    page = page_of(*PHONE, java_script_enabled=False)
    before = {row.response_id for row in stored(site.database)}
    page.goto(printed_codes[1])
    assert page.locator("fieldset").count() == 25
    page.locator("[data-item=o_overall]").get_by_label("Rất hài lòng").check()
    page.locator("[data-item=o_ii_e_1]").get_by_label("Không áp dụng").check()
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    (row,) = [row for row in stored(site.database) if row.response_id not in before]
    assert row.answers == {"o_overall": 5, "o_ii_e_1": "no_opinion"}


def test_without_script_a_question_opens_when_its_answer_is_given(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of(*PHONE, java_script_enabled=False)
    page.goto(f"{site.url}/p/{UNIT}")
    better, good = page.get_by_text("Điều gì cần làm tốt hơn?"), page.get_by_text("Điều gì đã làm tốt?")
    expect(better).to_be_hidden()
    page.get_by_label("Không hài lòng", exact=True).check()
    expect(better).to_be_visible()
    expect(good).to_be_hidden()
    page.get_by_label("Hài lòng", exact=True).check()
    expect(good).to_be_visible()
    expect(better).to_be_hidden()


def test_sending_without_the_main_answer_brings_the_person_back_to_it_with_nothing_lost(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of(*PHONE)
    page.goto(f"{site.url}/p/{UNIT}")
    page.get_by_role("button", name="Tiếp").click()
    page.get_by_role("textbox").fill("Xin thêm ghế")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_text("Xin chọn câu trả lời ở đây rồi bấm Gửi.")).to_be_visible()
    page.locator(".choice").filter(has_text="Bình thường").click()
    while page.get_by_role("button", name="Tiếp").is_visible():
        page.get_by_role("button", name="Tiếp").click()
    expect(page.get_by_role("textbox")).to_have_value("Xin thêm ghế")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()


def test_the_keyboard_alone_is_enough_and_never_jumps_ahead(site: Site, page_of: Callable[..., Page]) -> None:
    page = page_of(*PHONE)
    page.goto(f"{site.url}/p/{UNIT}")
    page.locator("input[type=radio]").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(300)
    expect(page.get_by_role("radio", name="Hài lòng", exact=True)).to_be_checked()
    expect(page.locator("[data-progress]")).to_have_text("1/3")
    page.keyboard.press("Enter")
    expect(page.locator("[data-progress]")).to_have_text("2/3")


def test_the_first_page_is_light_and_asks_nobody_else(site: Site, page_of: Callable[..., Page]) -> None:
    page = page_of(*PHONE)
    replies: list[Response] = []
    page.on("response", lambda reply: replies.append(reply))  # a bound method cannot be marked
    page.goto(f"{site.url}/r/{site.token()}", wait_until="networkidle")
    sizes = {reply.url: reply.request.sizes()["responseBodySize"] for reply in replies}
    fonts = {url: size for url, size in sizes.items() if url.endswith(".woff2")}
    assert all(url.startswith(site.url) for url in sizes)
    assert len(replies) <= MOST_REQUESTS
    assert sum(sizes.values()) - sum(fonts.values()) <= MOST_PAGE_BYTES
    assert len(fonts) == 2
    assert sum(fonts.values()) <= MOST_FONT_BYTES


def test_nothing_moves_when_the_font_arrives(site: Site, page_of: Callable[..., Page]) -> None:
    page = page_of(*PHONE)
    page.goto(f"{site.url}/r/{site.token()}", wait_until="networkidle")
    shifted = page.evaluate(
        """() => new Promise((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => list.getEntries().forEach((one) => (sum += one.value)))
            .observe({ type: "layout-shift", buffered: true });
          setTimeout(() => resolve(sum), 500);
        })"""
    )
    assert shifted < 0.1


@pytest.mark.parametrize("language", ["vi", "en"])
def test_text_at_twice_its_size_still_fits_the_phone(
    site: Site, page_of: Callable[..., Page], language: str
) -> None:
    page = page_of(*PHONE)
    page.goto(f"{site.url}/r/{site.token()}?lang={language}")
    page.locator(".choice").nth(3).click()
    page.wait_for_timeout(400)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert re.fullmatch(r"2/25", page.locator("[data-progress]").inner_text())
