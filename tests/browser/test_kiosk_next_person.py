"""The next person finds nothing of the one before: not on the page, in storage, in history or in a field."""

from collections.abc import Callable

import pytest
from builders.site import IDLE_SECONDS, UNIT, Site
from builders.tapping import FULL_DISK, NOW, connect, tap_face, wait_for_attract
from playwright.sync_api import Page, expect

from app.kiosks.service import create_enrolment

pytestmark = pytest.mark.browser
TABLET = (1280, 800)
WRITTEN, SEARCHED = "Cán bộ Nguyễn rất tận tình", "khai sinh cho con"
THANKS_MS, FAILURE_MS = 5_000, 9_000
REFUSED = ("**/api/v1/responses", "**/api/v1/kiosks/me")
NOT_CONNECTED = {"error": {"code": "kiosk_unknown", "message": "", "remedy": "", "where": ""}}
KEPT = """async () => {
  const found = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done, failed) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
    for (const store of database.objectStoreNames) {
      if (store === "outbox") continue;
      const asked = database.transaction(store).objectStore(store).getAll();
      found.push(await new Promise((done) => (asked.onsuccess = () => done(asked.result))));
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const asked of await cache.keys()) found.push(asked.url, await (await cache.match(asked)).text());
  }
  const small = [{ ...localStorage }, { ...sessionStorage }, document.cookie, window.name, history.state];
  return JSON.stringify([found, small]);
}"""
FIELDS = """() => [...document.querySelectorAll("input, textarea, select")].filter(
  (field) => field.checked || (field.value && !["radio", "checkbox"].includes(field.type))).length"""


def a_visit(site: Site, page: Page) -> None:
    """Somebody answers everything, writes and searches."""
    page.clock.install()
    with site.database.write() as session:
        code = create_enrolment(session, UNIT, "Quầy 1").code
    connect(page, site.url, code)
    tap_face(page, 2)
    page.clock.run_for(400)
    page.get_by_role("searchbox").fill(SEARCHED)
    page.get_by_role("button", name="Bỏ qua").click()
    page.locator(f"{NOW} .choice").first.click()
    page.get_by_role("button", name="Tiếp").click()
    page.get_by_role("textbox").fill(WRITTEN)
    page.get_by_role("button", name="Chữ lớn").click()


def sent(page: Page) -> None:
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    page.clock.run_for(THANKS_MS)


def sent_before_the_end(page: Page) -> None:
    page.get_by_role("button", name="Quay lại").click()
    page.get_by_role("button", name="Gửi ngay").click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    page.clock.run_for(THANKS_MS)


def sent_without_network(page: Page) -> None:
    page.context.set_offline(True)
    sent(page)


def left(page: Page) -> None:
    for _ in range(IDLE_SECONDS + 12):
        page.clock.run_for(1_000)


def not_kept(page: Page) -> None:
    page.evaluate(FULL_DISK)
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("heading", name="Thiết bị không lưu được câu trả lời")).to_be_visible()
    page.evaluate("window.makeRoom()")
    for _ in range(3):
        page.clock.run_for(FAILURE_MS)
        page.wait_for_timeout(200)


def sent_in_another_language(page: Page) -> None:
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("textbox")).to_have_value(WRITTEN)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    page.clock.run_for(THANKS_MS)


def left_in_another_language(page: Page) -> None:
    page.get_by_role("button", name="English").click()
    left(page)


def cut_off_meanwhile(page: Page) -> None:
    """The device is refused, says so after the thanks, and is let in again."""
    for address in REFUSED:
        page.route(address, lambda route: route.fulfill(status=401, json=NOT_CONNECTED))
    sent(page)
    expect(page.get_by_role("heading", name="Thiết bị này chưa được sử dụng")).to_be_visible()
    for secret in (WRITTEN, SEARCHED):
        assert secret not in page.content()
    assert page.evaluate(FIELDS) == 0
    page.unroute_all()
    page.reload()


def loaded_again(page: Page) -> None:
    page.reload()


def gone_and_come_back(page: Page) -> None:
    address = page.url
    page.goto(address.replace("/kiosk", "/kiosk/enrol"))
    page.go_back()


@pytest.mark.parametrize(
    "ending",
    [
        sent,
        sent_before_the_end,
        sent_without_network,
        sent_in_another_language,
        left,
        left_in_another_language,
        not_kept,
        cut_off_meanwhile,
        loaded_again,
        gone_and_come_back,
    ],
)
def test_nothing_of_an_answer_is_left_after_any_ending(
    site: Site, page_of: Callable[..., Page], ending: Callable[[Page], None]
) -> None:
    page = page_of(*TABLET)
    a_visit(site, page)
    address, length = page.url, page.evaluate("history.length")
    ending(page)
    wait_for_attract(page)
    content = page.content()
    kept = page.evaluate(KEPT)
    for secret in (WRITTEN, SEARCHED):
        assert secret not in content
        assert secret not in kept
    assert page.evaluate(FIELDS) == 0
    assert page.url == address
    assert page.evaluate("history.length") <= length + (ending is gone_and_come_back)
    assert page.locator("html").get_attribute("data-text-size") is None
    assert page.locator("html").get_attribute("lang") == "vi"
    expect(page.locator("[data-progress]")).to_have_text("")
    expect(page.get_by_role("button", name="Quay lại")).to_be_hidden()
