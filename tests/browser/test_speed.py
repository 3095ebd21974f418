"""The page is there within a second on a slow network, and a tap is answered at once on a slow device.

Other work on the same machine only ever makes a try slower, so the best of several tries is what the program
itself needs; that one is held to the limit, and after one within it no other is made.
"""

from collections.abc import Callable

import pytest
from builders.site import Site
from builders.tapping import eventually
from playwright.sync_api import CDPSession, Page, expect

pytestmark = pytest.mark.browser
PHONE, PORTRAIT = (360, 740), (1080, 1920)
TRIES = 4
TAPS = 10
SLOWER_CPU = 4
SHOWN_CHOICE_MS = 250  # the choice is shown on purpose before the next screen comes
MOST_PAINT_MS, MOST_PAINT_SLOWEST_MS, MOST_ANSWER_MS = 1_000, 3_000, 100
# megabits a second down and up, milliseconds there and back: what Chromium calls Fast 3G and Slow 3G
FAST_3G, SLOW_3G = (1.6, 0.75, 150), (0.4, 0.4, 400)
CONNECTING_ROUND_TRIPS = 2  # TCP and TLS 1.3: the emulation delays requests, not the making of a connection
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
# from the event's own time stamp to the frame after the one in which another question was shown
WATCH = """() => {
  window.answered = [];
  let since = 0;
  const mark = (event) => { since = event.timeStamp; };
  addEventListener("pointerup", mark, { capture: true });
  new MutationObserver((changes) => {
    const isNext = ({ target }) => target.matches("[data-screen], fieldset[data-item]") && !target.hidden;
    if (!changes.some(isNext) || !since) return;
    const from = since;
    since = 0;
    requestAnimationFrame(() => setTimeout(() => window.answered.push(performance.now() - from)));
  }).observe(document.body, { attributeFilter: ["hidden"], subtree: true });
}"""


def slow_network(page: Page, down: float, up: float, round_trip_ms: float) -> CDPSession:
    told = page.context.new_cdp_session(page)
    told.send("Network.enable")
    told.send("Network.setCacheDisabled", {"cacheDisabled": True})
    bytes_down, bytes_up = down * 1e6 / 8, up * 1e6 / 8
    told.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": round_trip_ms,
            "downloadThroughput": bytes_down,
            "uploadThroughput": bytes_up,
        },
    )
    return told


@pytest.mark.parametrize(
    ("network", "most"), [(FAST_3G, MOST_PAINT_MS), (SLOW_3G, MOST_PAINT_SLOWEST_MS)], ids=["fast", "slow"]
)
def test_a_receipt_s_page_is_painted_soon_on_a_slow_network(
    site: Site, page_of: Callable[..., Page], network: tuple[float, float, float], most: float
) -> None:
    painted = []
    for _ in range(TRIES):
        page = page_of(*PHONE, has_touch=True, is_mobile=True)
        slow_network(page, *network)
        page.goto(f"{site.url}/r/{site.token()}")
        expect(page.locator("legend").first).to_be_visible()
        painted.append(page.evaluate(PAINTED) + CONNECTING_ROUND_TRIPS * network[2])
        if painted[-1] < most:
            break
    assert min(painted) < most


def on_the_kiosk(site: Site, page: Page) -> tuple[str, str]:
    page.goto(f"{site.url}/kiosk/enrol")
    page.locator("#code").fill(site.kiosk_code())
    page.locator("button").click()
    page.wait_for_selector("[data-screen]:not([hidden]) .choice")
    return "[data-screen]:not([hidden]) .choice", "[data-screen=service]:not([hidden])"


def on_the_phone(site: Site, page: Page) -> tuple[str, str]:
    page.goto(f"{site.url}/r/{site.token()}")
    return "fieldset:visible .choice", "[data-back]:not([hidden])"


@pytest.mark.parametrize(("opened", "size"), [(on_the_kiosk, PORTRAIT), (on_the_phone, PHONE)])
def test_a_tap_is_answered_at_once_on_a_slow_device(
    site: Site,
    page_of: Callable[..., Page],
    opened: Callable[[Site, Page], tuple[str, str]],
    size: tuple[int, int],
) -> None:
    page = page_of(*size)
    tapped, shown = opened(site, page)
    page.evaluate(WATCH)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
    chosen, pressed = [], []
    for nth in range(TAPS):
        page.locator(tapped).nth(nth % 5).click()
        expect(page.locator(shown).first).to_be_visible()
        chosen.append(_last(page) - SHOWN_CHOICE_MS)
        page.locator("[data-back]").click()
        expect(page.locator(shown).first).to_be_hidden()
        pressed.append(_last(page))
        if max(min(chosen), min(pressed)) < MOST_ANSWER_MS:
            break
    assert 0 <= min(chosen) < MOST_ANSWER_MS
    assert 0 < min(pressed) < MOST_ANSWER_MS


def _last(page: Page) -> float:
    eventually(page, lambda: page.evaluate("window.answered.length > 0"), "an answer")
    return float(page.evaluate("window.answered.pop()"))
