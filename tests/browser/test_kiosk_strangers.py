"""Who answers in the server's place is not believed, a clock set right dates right, one tap is one answer."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from builders.collection import stored
from builders.site import UNIT, Site, ids
from builders.tapping import NOW, answer_and_send, connect, eventually, in_time, wait_for_attract
from playwright.sync_api import Page, Route, expect

from app.core import clock
from app.kiosks.service import create_enrolment

pytestmark = pytest.mark.browser
TABLET, PHONE = (1280, 800), (360, 740)
THANKS_MS, SECOND_TAP_MS, SETTLED_MS = 2_000, 300, 500
RESPONSES, API = "**/api/v1/responses", "**/api/v1/**"
PORTAL = "<!doctype html><title>Wi-Fi</title><p>Please accept the terms"
OUTBOX = """async () => {
  const { openStore } = await import("/static/store.mjs");
  return (await (await openStore()).entries()).map((entry) => entry.state);
}"""


def a_kiosk(site: Site, page: Page) -> Page:
    page.clock.install()
    with site.database.write() as session:
        code = create_enrolment(session, UNIT, "Quầy 1").code
    return connect(page, site.url, code)


def page_of_a_portal(route: Route) -> None:
    route.fulfill(status=200, content_type="text/html", body=PORTAL)


def led_elsewhere(route: Route) -> None:
    route.fulfill(status=302, headers={"Location": "/nowhere"})


def receipt_of_another(route: Route) -> None:
    told = {"response_id": "00000000-0000-4000-8000-000000000000", "status": "recorded", "outcome": "usable"}
    route.fulfill(status=201, json=told)


def refused_by_a_proxy(route: Route) -> None:
    route.fulfill(status=400, content_type="text/html", body=PORTAL)


@pytest.mark.parametrize(
    "stranger", [page_of_a_portal, led_elsewhere, receipt_of_another, refused_by_a_proxy]
)
def test_only_the_server_s_own_receipt_removes_an_answer(
    site: Site, page_of: Callable[..., Page], stranger: Callable[[Route], None]
) -> None:
    page = a_kiosk(site, page_of(*TABLET))
    before, asked = ids(site), []
    page.on("request", lambda one: asked.append(one) if one.url.endswith("/responses") else None)
    page.route(RESPONSES, stranger)
    answer_and_send(page, 2)
    eventually(page, lambda: len(asked) > 0, "an attempt")
    page.clock.fast_forward(THANKS_MS)
    wait_for_attract(page)
    assert page.evaluate(OUTBOX) == ["waiting"]
    page.unroute_all()
    in_time(page, lambda: len(ids(site) - before) == 1, "the answer")
    eventually(page, lambda: page.evaluate(OUTBOX) == [], "an empty outbox")


def test_a_portal_before_everything_changes_nothing_on_the_screen(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = a_kiosk(site, page_of(*TABLET))
    for stranger in (page_of_a_portal, lambda route: route.fulfill(status=401, body=PORTAL)):
        page.route(API, stranger)
        for _ in range(4):
            page.clock.fast_forward(400_000)
            page.wait_for_timeout(200)
        wait_for_attract(page)
        page.unroute_all()


def test_a_device_s_clock_set_right_meanwhile_dates_the_next_answer_right(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of(*TABLET)
    page.clock.install(time=clock.now() + timedelta(days=2))
    with site.database.write() as session:
        code = create_enrolment(session, UNIT, "giờ").code
    connect(page, site.url, code)
    before = ids(site)
    page.route("**/api/v1/kiosks/me", lambda route: route.abort())
    page.clock.set_system_time(clock.now())
    answer_and_send(page, 3)
    page.clock.fast_forward(THANKS_MS)
    eventually(page, lambda: len(ids(site) - before) == 1, "the answer")
    (row,) = [row for row in stored(site.database) if row.response_id not in before]
    assert row.answered_on == clock.today()


def test_an_attract_screen_of_yesterday_takes_today_s_clock(site: Site, page_of: Callable[..., Page]) -> None:
    """The screen stays as it was built; the server's later word about the time is what dates the answer."""
    page = a_kiosk(site, page_of(*TABLET))
    before, tomorrow = ids(site), clock.now() + timedelta(days=1)

    def a_day_later(route: Route) -> None:
        reply = route.fetch()
        assert reply.status == httpx.codes.NOT_MODIFIED
        route.fulfill(status=reply.status, headers={**reply.headers, "x-server-now": tomorrow.isoformat()})

    page.route("**/api/v1/kiosks/me", a_day_later)
    page.route(RESPONSES, lambda route: route.abort())
    with page.expect_response("**/api/v1/kiosks/me"):
        page.clock.fast_forward(310_000)
    page.wait_for_timeout(300)
    answer_and_send(page, 4)
    body = page.evaluate(
        """async () => {
          const { openStore } = await import("/static/store.mjs");
          return JSON.parse((await (await openStore()).entries())[0].body);
        }"""
    )
    assert body["answered_on"] == (clock.today() + timedelta(days=1)).isoformat()
    assert ids(site) == before


def test_the_second_tap_of_a_double_tap_answers_nothing_on_a_kiosk(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = a_kiosk(site, page_of(*TABLET, has_touch=True))
    stop_time(page)
    for screen in (2, 3):
        spot = middle(page, f"{NOW} .choice >> nth=0")
        for _ in range(2):
            page.touchscreen.tap(*spot)
            page.clock.run_for(SECOND_TAP_MS)
        expect(page.locator("[data-progress]")).to_have_text(f"{screen}/4")
        assert page.locator(f"{NOW} input:checked").count() == 0
        page.clock.run_for(SETTLED_MS)
    page.touchscreen.tap(*spot)
    expect(page.locator(f"{NOW} input:checked")).to_have_count(1)


def test_the_keyboard_need_not_wait(site: Site, page_of: Callable[..., Page]) -> None:
    page = a_kiosk(site, page_of(*TABLET))
    stop_time(page)
    page.locator(f"{NOW} input").nth(3).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("[data-progress]")).to_have_text("2/4")
    page.locator(f"{NOW} input[type=radio]").first.focus()
    page.keyboard.press("Space")
    expect(page.locator(f"{NOW} input:checked")).to_have_count(1)


def test_the_second_tap_of_a_double_tap_answers_nothing_on_a_phone(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of(*PHONE, has_touch=True, is_mobile=True)
    page.clock.install()
    page.goto(f"{site.url}/r/{site.token()}")
    spot = middle(page, "fieldset:visible .choice >> nth=2")
    stop_time(page)
    page.touchscreen.tap(*spot)
    page.clock.run_for(SECOND_TAP_MS)
    page.touchscreen.tap(*spot)
    page.clock.run_for(SECOND_TAP_MS)
    expect(page.locator("[data-progress]")).to_have_text("2/25")
    assert page.locator("fieldset:visible input:checked").count() == 0
    page.clock.run_for(SETTLED_MS)
    page.touchscreen.tap(*middle(page, "fieldset:visible .choice >> nth=1"))
    page.clock.run_for(SECOND_TAP_MS)
    expect(page.locator("[data-progress]")).to_have_text("3/25")


def middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def stop_time(page: Page) -> None:
    """From now on the page's time passes only when the test says so: a busy machine changes nothing."""
    page.wait_for_timeout(SETTLED_MS)
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
