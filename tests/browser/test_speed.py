"""The page is there within a second on a slow network, and a tap is answered at once on a slow device.

Other work on the same machine only ever makes a page slower, so the best of several is held to the limit.
Taps are many in a visit: the median of ten is held to theirs, on a kiosk with all the procedures it can
have. Ten more are made only where the first ten were too slow: the machine may have been busy meanwhile.
"""

from collections.abc import Callable
from statistics import median

import pytest
from builders.site import UNIT, Site
from builders.tapping import eventually
from builders.units import a_volume
from playwright.sync_api import CDPSession, Page, expect
from sqlmodel import select

from app.kiosks.screens import SEARCHABLE
from app.units.shipped import load_services
from app.units.tables import Service

pytestmark = pytest.mark.browser
PHONE, PORTRAIT = (360, 740), (1080, 1920)
TRIES = 4
TAPS, ROUNDS = 10, 2
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
    with site.database.write() as session:
        load_services(session)
        for code in session.exec(select(Service.service_code).limit(SEARCHABLE)).all():
            a_volume(session, UNIT, "2026-09", finished=1, service_code=code)
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
    for _ in range(ROUNDS):
        chosen, pressed = zip(*(_to_and_fro(page, tapped, shown, nth) for nth in range(TAPS)), strict=True)
        if max(median(chosen), median(pressed)) < MOST_ANSWER_MS:
            break
    assert 0 <= median(chosen) < MOST_ANSWER_MS
    assert 0 < median(pressed) < MOST_ANSWER_MS


def _to_and_fro(page: Page, tapped: str, shown: str, nth: int) -> tuple[float, float]:
    """Milliseconds from a tap on an answer, and from one on "back", to the next screen."""
    page.locator(tapped).nth(nth % 5).click()
    expect(page.locator(shown).first).to_be_visible()
    chosen = _last(page) - SHOWN_CHOICE_MS
    page.locator("[data-back]").click()
    expect(page.locator(shown).first).to_be_hidden()
    return chosen, _last(page)


def _last(page: Page) -> float:
    eventually(page, lambda: page.evaluate("window.answered.length > 0"), "an answer")
    return float(page.evaluate("window.answered.pop()"))
