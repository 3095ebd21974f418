"""What a phone keeps: a draft behind a receipt's code, an answer without a network; both for a time only."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from builders.site import UNIT, Site, arrived, ids
from builders.tapping import eventually
from playwright.sync_api import Page, expect

from app.core import clock

pytestmark = pytest.mark.browser
PHONE = (360, 740)
KEPT = "() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])"
DRAFTS = "Object.keys(localStorage).length"
DATABASES = "async () => (await indexedDB.databases()).map(({ name }) => name)"
RESUMED, NOT_SENT = "Đã mở lại câu trả lời đang dở", "Chưa gửi được vì không có mạng"


def tap(page: Page, words: str) -> None:
    page.locator("fieldset:visible").get_by_text(words, exact=True).first.click()


def begun(page: Page, address: str) -> Page:
    """Somebody has answered two questions."""
    page.goto(address)
    tap(page, "Hài lòng")
    expect(page.locator("[data-progress]")).to_have_text("2/25")
    tap(page, "Rất không hài lòng")
    expect(page.locator("[data-progress]")).to_have_text("3/25")
    eventually(page, lambda: page.evaluate(DRAFTS) == 1, "the draft")
    return page


def test_an_interrupted_answer_goes_on_where_it_stopped_and_is_gone_once_sent(
    site: Site, page_of: Callable[..., Page]
) -> None:
    token, before = site.token(), ids(site)
    page = begun(page_of(*PHONE), f"{site.url}/r/{token}")
    assert token not in page.evaluate(KEPT)
    page.goto("about:blank")
    page.goto(f"{site.url}/r/{token}")
    expect(page.get_by_text(RESUMED)).to_be_visible()
    expect(page.locator("[data-progress]")).to_have_text("3/25")
    page.get_by_role("button", name="Quay lại").click()
    expect(page.get_by_role("radio", name="Rất không hài lòng")).to_be_checked()
    page.get_by_role("button", name="Gửi ngay").click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    assert arrived(site, page, before).answers == {"o_overall": 4, "o_ii_a_1": 1}
    assert page.evaluate(KEPT) == "[[],[]]"


def test_a_draft_may_be_thrown_away_and_is_of_its_own_code_only(
    site: Site, page_of: Callable[..., Page]
) -> None:
    token = site.token()
    page = begun(page_of(*PHONE), f"{site.url}/r/{token}")
    page.goto(f"{site.url}/r/{site.token()}")
    expect(page.locator("[data-progress]")).to_have_text("1/25")
    expect(page.get_by_text(RESUMED)).to_be_hidden()
    page.goto(f"{site.url}/r/{token}")
    page.get_by_role("button", name="Làm lại từ đầu").click()
    expect(page.locator("[data-progress]")).to_have_text("1/25")
    assert page.locator("input:checked").count() == 0
    assert page.evaluate(KEPT) == "[[],[]]"


def test_a_draft_is_gone_after_twelve_hours(site: Site, page_of: Callable[..., Page]) -> None:
    address = f"{site.url}/r/{site.token()}"
    page = page_of(*PHONE)
    begun(page, address)
    page.clock.set_fixed_time(clock.now() + timedelta(hours=13))
    page.goto(address)
    eventually(page, lambda: page.evaluate(DRAFTS) == 0, "nothing kept")
    expect(page.locator("[data-progress]")).to_have_text("1/25")


def test_a_posters_page_keeps_nothing_for_the_next_person(site: Site, page_of: Callable[..., Page]) -> None:
    page = page_of(*PHONE)
    with page.expect_response("**/resume.mjs"):
        page.goto(f"{site.url}/p/{UNIT}")
        tap(page, "Hài lòng")
    page.wait_for_timeout(500)
    assert page.evaluate(KEPT) == "[[],[]]"
    page.reload()
    assert page.locator("input:checked").count() == 0


def sent_without_network(page: Page, address: str) -> Page:
    begun(page, address)
    page.context.set_offline(True)
    page.get_by_role("button", name="Gửi ngay").click()
    expect(page.get_by_role("heading", name=NOT_SENT)).to_be_visible()
    return page


def test_without_network_nobody_is_thanked_until_the_answer_has_arrived(
    site: Site, page_of: Callable[..., Page]
) -> None:
    before = ids(site)
    page = sent_without_network(page_of(*PHONE), f"{site.url}/r/{site.token()}")
    assert page.locator("input:checked").count() == 0
    page.get_by_role("button", name="Thử gửi ngay").click()
    expect(page.get_by_role("heading", name=NOT_SENT)).to_be_visible()
    assert ids(site) == before
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    row = arrived(site, page, before)
    assert (row.answers, row.mode, row.outcome) == ({"o_overall": 4, "o_ii_a_1": 1}, "receipt", "usable")
    assert (row.answered_on, row.stage, row.flags) == (clock.today(), "returned", "")
    assert (page.evaluate(KEPT), page.evaluate(DATABASES)) == ("[[],[]]", [])


def test_a_phone_that_keeps_nothing_says_so_and_loses_nothing_of_the_page(
    site: Site, page_of: Callable[..., Page]
) -> None:
    before, page = ids(site), page_of(*PHONE)
    page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    begun(page, f"{site.url}/r/{site.token()}")
    page.context.set_offline(True)
    page.get_by_role("button", name="Gửi ngay").click()
    told = page.get_by_role("alert").filter(has_text="điện thoại này không giữ được")
    expect(told).to_be_in_viewport(ratio=1)
    page.context.set_offline(False)
    page.get_by_role("button", name="Gửi ngay").click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    assert arrived(site, page, before).answers == {"o_overall": 4, "o_ii_a_1": 1}


def test_an_answer_left_waiting_is_sent_when_the_code_is_opened_again(
    site: Site, page_of: Callable[..., Page]
) -> None:
    before, address = ids(site), f"{site.url}/r/{site.token()}"
    page = sent_without_network(page_of(*PHONE), address)
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(address)
    # the waiting answer may go by itself before the code is opened: then the page says that it was used
    came = re.compile("Cảm ơn ông|Mã này đã được dùng")
    expect(page.get_by_role("heading", name=came)).to_be_visible()
    assert arrived(site, page, before).answers == {"o_overall": 4, "o_ii_a_1": 1}
    page.goto(address)
    expect(page.get_by_role("heading", name="Mã này đã được dùng")).to_be_visible()


def test_a_waiting_answer_may_be_deleted_by_its_author(site: Site, page_of: Callable[..., Page]) -> None:
    before = ids(site)
    page = sent_without_network(page_of(*PHONE), f"{site.url}/r/{site.token()}")
    page.get_by_role("button", name="Xóa khỏi điện thoại này").click()
    expect(page.get_by_role("heading", name="Đã xóa câu trả lời khỏi điện thoại này")).to_be_visible()
    page.context.set_offline(False)
    page.wait_for_timeout(1_500)
    assert ids(site) == before
    assert page.evaluate(DATABASES) == []


def test_an_answer_sent_twice_because_the_reply_was_lost_is_one(
    site: Site, page_of: Callable[..., Page]
) -> None:
    before, page = ids(site), page_of(*PHONE)
    begun(page, f"{site.url}/r/{site.token()}")

    def lose(route: object) -> None:
        route.fetch(max_redirects=0)  # type: ignore[attr-defined]
        route.abort()  # type: ignore[attr-defined]

    page.route("**/r/*", lose, times=1)
    page.get_by_role("button", name="Gửi ngay").click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    assert len(ids(site) - before) == 1


@pytest.mark.parametrize(
    "reply",
    [
        {"status": 200, "content_type": "text/html", "body": "<p>Wi-Fi"},
        {"status": 302, "headers": {"Location": "/nowhere"}},
    ],
    ids=["a page", "a redirect"],
)
def test_a_portal_s_word_is_no_thanks(
    site: Site, page_of: Callable[..., Page], reply: dict[str, object]
) -> None:
    before, page = ids(site), page_of(*PHONE)
    begun(page, f"{site.url}/r/{site.token()}")
    for address in ("**/r/*", "**/api/v1/responses"):
        page.route(address, lambda route: route.fulfill(**reply))
    page.get_by_role("button", name="Gửi ngay").click()
    expect(page.get_by_role("heading", name=NOT_SENT)).to_be_visible()
    assert ids(site) == before
    page.context.set_offline(True)
    page.unroute_all()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    assert len(ids(site) - before) == 1


def test_a_refused_answer_is_told_and_nothing_of_it_stays(site: Site, page_of: Callable[..., Page]) -> None:
    address = f"{site.url}/r/{site.token()}"
    first, second = page_of(*PHONE), page_of(*PHONE)
    sent_without_network(first, address)
    begun(second, address).get_by_role("button", name="Gửi ngay").click()
    expect(second.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    first.context.set_offline(False)
    expect(first.get_by_role("heading", name="Không nhận được câu trả lời")).to_be_visible()
    assert (first.evaluate(KEPT), first.evaluate(DATABASES)) == ("[[],[]]", [])
