"""Everything a citizen or the office does on glass is done with a keyboard alone, seeing where one is."""

from collections.abc import Callable

import pytest
from builders.citizen_screens import SHOW_TROUBLE
from builders.collection import stored
from builders.site import IDLE_SECONDS, UNIT, Site
from playwright.sync_api import Page, expect

from app.receipts.service import read_receipt
from app.receipts.short_codes import grouped, store_codes

pytestmark = pytest.mark.browser
LANGUAGES = ("vi", "en")
PHONE, TABLET = (360, 740), (1280, 800)
MOST_TABS, RING_PX = 80, 3
RING_LOOKS, RING_PAUSE_MS = 20, 100
FINGERS_MS, SLOW_MS, THANKS_MS, PATIENCE_MS = 40, 600, 5_000, 20_000
NOW = "[data-screen]:not([hidden])"
RING = """() => {
  const now = document.activeElement;
  const style = getComputedStyle(now.closest("label.choice") ?? now);
  return style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
}"""


def reach(page: Page, selector: str) -> None:
    """Tab until there; the ring that says where one is must be seen."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            assert has_ring(page), selector
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def has_ring(page: Page) -> bool:
    """Seen at once, or as soon as a style sheet that comes late is there."""
    for _ in range(RING_LOOKS):
        if page.evaluate(RING) >= RING_PX:
            return True
        page.wait_for_timeout(RING_PAUSE_MS)
    return False


def press(page: Page, selector: str, key: str = "Enter") -> None:
    reach(page, selector)
    page.keyboard.press(key)


def choose(page: Page, nth: int) -> None:
    """Down the answers, slowly: passing one by must not take it."""
    press(page, f"{NOW} input[type=radio], fieldset:not([hidden]) input[type=radio]", "Space")
    for _ in range(nth - 1):
        page.keyboard.press("ArrowDown")
        page.clock.run_for(SLOW_MS)


def connect(site: Site, page: Page, language: str) -> None:
    page.clock.install()
    page.goto(f"{site.url}/kiosk/enrol?lang={language}")
    reach(page, "#code")
    page.keyboard.type(site.kiosk_code().lower(), delay=FINGERS_MS)
    press(page, "button[type=submit]")
    page.wait_for_url("**/kiosk")
    page.wait_for_selector(f"{NOW} .choice")
    press(page, f"[data-language={language}]")
    expect(page.locator(f"[data-language={language}]")).to_be_focused()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_visit_to_a_kiosk(site: Site, page_of: Callable[..., Page], language: str) -> None:
    page, before = page_of(*TABLET), {row.response_id for row in stored(site.database)}
    connect(site, page, language)
    press(page, "[data-contrast-switch]", "Space")
    expect(page.locator("html")).to_have_attribute("data-contrast", "high")
    choose(page, 4)
    expect(page.locator("[data-progress]")).to_have_text("1/4")
    page.keyboard.press("Enter")
    press(page, "[data-skip]")
    expect(page.locator("[data-progress]")).to_have_text("3/4")
    press(page, "[data-back]")
    reach(page, "[data-search]")
    page.keyboard.type("tam tru dang", delay=FINGERS_MS)
    press(page, "[name=service]", "Space")
    page.keyboard.press("Enter")
    expect(page.locator("[data-progress]")).to_have_text("3/4")
    press(page, f"{NOW} [type=checkbox]", "Space")
    press(page, "[data-next]")
    page.clock.fast_forward((IDLE_SECONDS + 1) * 1000)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    reach(page, "textarea")
    page.keyboard.type("Bàn phím", delay=FINGERS_MS)
    press(page, "[data-send]")
    expect(page.locator("[data-screen=thanks]")).to_be_visible()
    row = _arrived(site, page, before)
    assert (row.answers["q_overall"], row.service_code, row.language) == (4, "1.004194", language)


@pytest.mark.parametrize("language", ["vi"])
def test_sending_at_once_and_the_next_person(site: Site, page_of: Callable[..., Page], language: str) -> None:
    page, before = page_of(*TABLET), {row.response_id for row in stored(site.database)}
    connect(site, page, language)
    choose(page, 2)
    page.keyboard.press("Enter")
    press(page, "[data-send-now]")
    expect(page.locator("[data-screen=thanks]")).to_be_visible()
    page.clock.run_for(THANKS_MS)
    choose(page, 1)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.locator("[data-progress]")).to_have_text("2/4")
    assert _arrived(site, page, before).answers == {"q_overall": 2}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_device_in_trouble(site: Site, page_of: Callable[..., Page], language: str) -> None:
    page = page_of(*TABLET)
    connect(site, page, language)
    for trouble in ("full", "revoked"):
        page.evaluate(SHOW_TROUBLE, trouble)
        press(page, "a[href='/kiosk/queue']")
        page.wait_for_url("**/kiosk/queue")
        press(page, "a[href='/kiosk']")
        page.wait_for_selector(f"{NOW} .choice")
    page.evaluate(SHOW_TROUBLE, "revoked")
    press(page, "a[href='/kiosk/enrol']")
    page.wait_for_url("**/kiosk/enrol")
    reach(page, "#code")
    page.keyboard.type("AAAA-AAAA")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("language", ["en"])
def test_from_the_code_on_paper_to_the_end(site: Site, page_of: Callable[..., Page], language: str) -> None:
    page, before = page_of(*PHONE), {row.response_id for row in stored(site.database)}
    page.clock.install()
    page.goto(f"{site.url}/?lang={language}")
    reach(page, "#code")
    page.keyboard.type("AAAA-AAAA")
    page.keyboard.press("Enter")
    page.wait_for_selector(".problem")
    press(page, "[name=code]", "Control+a")
    page.keyboard.type(_short_code(site).lower())
    page.keyboard.press("Enter")
    page.wait_for_url("**/r/*")
    choose(page, 4)
    expect(page.locator("[data-progress]")).to_have_text("1/25")
    page.keyboard.press("Enter")
    press(page, "[data-back]")
    press(page, "[data-next]")
    press(page, "[data-send-now]")
    page.wait_for_url("**/thanks*")
    assert _arrived(site, page, before).answers == {"o_overall": 4}


@pytest.mark.parametrize("language", ["vi"])
def test_a_poster_s_page_when_no_script_arrives(
    site: Site, page_of: Callable[..., Page], language: str
) -> None:
    page, before = page_of(*PHONE), {row.response_id for row in stored(site.database)}
    page.clock.install()
    page.route("**/*.mjs*", lambda route: route.abort())
    page.goto(f"{site.url}/p/{UNIT}?lang={language}")
    press(page, "button[data-send]")
    page.wait_for_selector("[data-problems]")
    choose(page, 5)
    reach(page, "textarea")
    press(page, "button[data-send]")
    page.wait_for_url("**/thanks*")
    assert _arrived(site, page, before).answers == {"q_overall": 5}


def _short_code(site: Site) -> str:
    receipt = read_receipt(site.token())
    with site.database.write() as session:
        (code,) = store_codes(session.connection(), [receipt])
    return grouped(code)


def _arrived(site: Site, page: Page, before: set[str]) -> object:
    for _ in range(PATIENCE_MS // 200):
        new = [row for row in stored(site.database) if row.response_id not in before]
        if new:
            return new[0]
        page.wait_for_timeout(200)
    raise TimeoutError("no response arrived")
