"""A person at the kiosk: taps, is thanked, and leaves nothing behind for the next one."""

import io
import time
from collections.abc import Callable

import httpx
import pytest
import zxingcpp
from builders.accounts import signed_in
from builders.collection import stored
from builders.site import IDLE_SECONDS, SERVICE, UNIT, Site, ids
from builders.tapping import SCAN
from PIL import Image
from playwright.sync_api import Page, expect
from sqlmodel import select

from app.collection.tables import Response, ResponseComment
from app.core import clock
from app.kiosks.service import enrolment_link

pytestmark = pytest.mark.browser
PORTRAIT, TABLET = (1080, 1920), (1280, 800)
ARRIVAL_SECONDS = 20
NOW = "[data-screen]:not([hidden])"
REFUSED = {"error": {"code": "invalid", "message": "", "remedy": "", "where": ""}}


def kiosk(site: Site, page: Page) -> Page:
    """A device connected by its one-time code, waiting for a person."""
    page.goto(f"{site.url}/kiosk")
    page.wait_for_url("**/kiosk/enrol")
    page.get_by_label("Mã dùng một lần").fill(site.kiosk_code().lower())
    page.get_by_role("button", name="Kết nối").click()
    page.wait_for_url("**/kiosk")
    expect(page.get_by_text("Ông/bà hài lòng với lần phục vụ hôm nay?")).to_be_visible()
    return page


def choose(page: Page, words: str) -> None:
    page.locator(f"{NOW} .choice").filter(has_text=words).first.click()


def arrived(site: Site, known: set[str]) -> Response:
    """The one response that is new."""
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while time.monotonic() < deadline:
        new = [row for row in stored(site.database) if row.response_id not in known]
        if new:
            assert len(new) == 1
            return new[0]
        time.sleep(0.1)
    raise TimeoutError("no response arrived")


@pytest.mark.parametrize("size", [PORTRAIT, TABLET])
def test_a_person_taps_through_and_the_office_gets_one_row(
    site: Site, page_of: Callable[..., Page], size: tuple[int, int]
) -> None:
    page, before = kiosk(site, page_of(*size)), ids(site)
    page.locator(f"{NOW} .choice").nth(3).click()
    expect(page.get_by_text("Hôm nay ông/bà làm thủ tục gì?")).to_be_visible()
    expect(page.locator("[data-progress]")).to_have_text("2/4")
    choose(page, "Chứng thực bản sao")
    expect(page.get_by_text("Điều gì đã làm tốt?")).to_be_visible()
    choose(page, "Thời gian chờ đợi")
    choose(page, "Kết quả, hẹn trả")
    page.get_by_role("button", name="Tiếp").click()
    page.get_by_role("textbox").fill("Rất tốt, cảm ơn")
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    row = arrived(site, before)
    assert row.answers == {"q_overall": 4, "q_good": ["result", "waiting"]}
    assert (row.mode, row.unit_code, row.service_code, row.language) == ("kiosk", UNIT, SERVICE, "vi")
    assert (row.outcome, row.answered_on) == ("complete", clock.today())
    with site.database.read() as session:
        assert "Rất tốt, cảm ơn" in session.exec(select(ResponseComment.body)).all()
    expect(page.get_by_text("Ông/bà hài lòng với lần phục vụ hôm nay?")).to_be_visible()
    assert page.locator("input:checked").count() == 0
    assert "Rất tốt" not in page.content()


def test_an_answer_given_without_network_is_thanked_for_and_arrives_later(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page, before = kiosk(site, page_of(*TABLET)), ids(site)
    page.context.set_offline(True)
    page.locator(f"{NOW} .choice").first.click()
    page.get_by_role("button", name="Gửi ngay").click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    assert ids(site) == before
    page.context.set_offline(False)
    assert arrived(site, before).answers == {"q_overall": 1}


def test_a_refused_answer_is_set_aside_and_does_not_stop_the_next(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page, before = kiosk(site, page_of(*TABLET)), ids(site)
    page.route("**/api/v1/responses", lambda route: route.fulfill(status=422, json=REFUSED), times=1)
    page.locator(f"{NOW} .choice").nth(1).click()
    page.get_by_role("button", name="Gửi ngay").click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    page.get_by_text("Ông/bà hài lòng với lần phục vụ hôm nay?").wait_for()
    page.locator(f"{NOW} .choice").nth(4).click()
    page.get_by_role("button", name="Gửi ngay").click()
    assert arrived(site, before).answers == {"q_overall": 5}
    assert _outbox_states(page) == ["aside"]


def test_who_walks_away_is_asked_then_the_screen_is_wiped_and_the_answer_kept(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of(*PORTRAIT)
    page.clock.install()
    kiosk(site, page)
    before = ids(site)
    page.locator(f"{NOW} .choice").nth(1).click()
    page.clock.run_for(1_000)
    page.clock.run_for(IDLE_SECONDS * 1000)
    expect(page.get_by_role("dialog")).to_contain_text("Ông/bà còn ở đây không?")
    page.get_by_role("button", name="Tôi còn ở đây").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("[data-progress]")).to_have_text("2/4")
    for _ in range(IDLE_SECONDS + 12):
        page.clock.run_for(1_000)
    row = arrived(site, before)
    assert row.answers == {"q_overall": 2}
    expect(page.get_by_text("Ông/bà hài lòng với lần phục vụ hôm nay?")).to_be_visible()
    assert page.locator("input:checked").count() == 0


def test_the_language_may_be_changed_in_the_middle_without_losing_an_answer(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page, before = kiosk(site, page_of(*TABLET)), ids(site)
    page.locator(f"{NOW} .choice").nth(2).click()
    expect(page.get_by_text("Hôm nay ông/bà làm thủ tục gì?")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_text("What did you come for today?")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("radio", name="Neutral")).to_be_checked()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Skip").click()
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    row = arrived(site, before)
    assert (row.answers, row.language, row.service_code) == ({"q_overall": 3}, "en", "")
    expect(page.get_by_text("Ông/bà hài lòng với lần phục vụ hôm nay?")).to_be_visible()


def test_who_goes_back_and_taps_the_same_answer_goes_on(site: Site, page_of: Callable[..., Page]) -> None:
    page = kiosk(site, page_of(*TABLET))
    for _ in range(2):
        page.locator(f"{NOW} .choice").nth(3).click()
        expect(page.locator("[data-progress]")).to_have_text("2/4")
        page.get_by_role("button", name="Quay lại").click()
        expect(page.locator("[data-progress]")).to_have_text("1/4")


def test_a_service_is_found_without_marks(site: Site, page_of: Callable[..., Page]) -> None:
    page = kiosk(site, page_of(*TABLET))
    page.locator(f"{NOW} .choice").nth(2).click()
    page.get_by_role("searchbox").fill("tam tru dang")
    expect(page.locator(f"{NOW} .choice:visible")).to_have_text(["Đăng ký tạm trú"])
    page.get_by_role("searchbox").fill("xyz")
    expect(page.get_by_text("Không tìm thấy.")).to_be_visible()


@pytest.mark.parametrize(("size", "least"), [(PORTRAIT, 112), (TABLET, 96)])
def test_targets_are_large_and_nothing_is_cut(
    site: Site, page_of: Callable[..., Page], size: tuple[int, int], least: int
) -> None:
    page = kiosk(site, page_of(*size))
    for words, at in (("Hài lòng", "2/4"), ("Chứng thực", "3/4")):
        _assert_targets(page, size, least)
        choose(page, words)
        expect(page.locator("[data-progress]")).to_have_text(at)
    _assert_targets(page, size, least)


def _assert_targets(page: Page, size: tuple[int, int], least: int) -> None:
    boxes = [choice.bounding_box() for choice in page.locator(f"{NOW} .choice:visible").all()]
    assert boxes
    for box in boxes:
        assert box is not None
        assert box["height"] >= least
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
        assert box["y"] + box["height"] <= size[1]
        assert size == TABLET or box["y"] >= size[1] / 4


def test_a_wrong_code_is_told_in_words(site: Site, page_of: Callable[..., Page]) -> None:
    page = page_of(*TABLET)
    page.goto(f"{site.url}/kiosk/enrol")
    page.get_by_label("Mã dùng một lần").fill("AAAA-AAAA")
    page.get_by_role("button", name="Kết nối").click()
    expect(page.get_by_role("alert")).to_contain_text("Mã này sai, đã dùng hoặc hết hạn. ")


def picture_of_a_new_code(site: Site, page: Page) -> str:
    """What the picture says that the console shows once a code has been made."""
    with httpx.Client(base_url=site.url) as staff:
        signed_in(staff, site.database, role="operator")  # type: ignore[arg-type]
        kept = [{"name": name, "value": value, "url": site.url} for name, value in staff.cookies.items()]
    page.context.add_cookies(kept)  # type: ignore[arg-type]
    page.goto(f"{site.url}/console/kiosks?lang=vi")
    page.get_by_label("Mã đơn vị").fill(UNIT)
    page.get_by_role("button", name="Tạo mã dùng một lần").click()
    shown = Image.open(io.BytesIO(page.locator(".qr").screenshot()))
    (code,) = zxingcpp.read_barcodes(shown)
    assert code.text.endswith(f"#{page.locator('.secret').text_content()}")
    return str(code.text)


def test_the_console_s_picture_connects_a_device_once_somebody_confirms(
    site: Site, page_of: Callable[..., Page]
) -> None:
    link, device = picture_of_a_new_code(site, page_of(*TABLET)), page_of(*TABLET)
    code = link.partition("#")[2]
    device.goto(link)
    expect(device.get_by_label("Mã dùng một lần")).to_have_value(code)
    expect(device).to_have_url(f"{site.url}/kiosk/enrol")
    expect(device.get_by_role("button", name="Kết nối")).to_be_focused()
    device.keyboard.press("Enter")
    device.wait_for_url("**/kiosk")
    expect(device.get_by_role("heading", name="Phường Việt Yên")).to_be_visible()
    device.go_back()
    assert code not in device.url
    assert code not in device.content()


def test_a_scanner_that_types_the_picture_s_link_connects_a_device(
    site: Site, page_of: Callable[..., Page]
) -> None:
    device = page_of(*TABLET)
    device.goto(f"{site.url}/kiosk/enrol")
    device.evaluate(SCAN, enrolment_link(site.kiosk_code()))
    device.wait_for_url("**/kiosk")
    expect(device.get_by_role("heading", name="Phường Việt Yên")).to_be_visible()


def _outbox_states(page: Page) -> list[str]:
    return page.evaluate(
        """async () => {
          const { openStore } = await import("/static/store.mjs");
          return (await (await openStore()).entries()).map((entry) => entry.state);
        }"""
    )
