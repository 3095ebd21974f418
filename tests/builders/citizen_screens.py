"""Every screen a citizen can see, one after the other: for what must hold on each, and for the pictures.

A walk is an iterator: after each `next` the page shows the screen of that name, until it is asked on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page, Route, expect

NOW = "[data-screen]:not([hidden])"
LONG_SECONDS = 900
CHOICE = f"{NOW} .choice"
WAKE = "[data-trouble=closed] button"
# what a device with a camera and a voice offers besides
SHOW_BUTTONS = """() => {
  for (const name of ["scan", "read-aloud"]) document.querySelector(`[data-${name}]`).hidden = false;
}"""
SHOW_DIALOG = """(name) => {
  document.querySelector("[data-seconds]").textContent = "10";
  document.querySelector(`dialog[data-${name}]`).showModal();
}"""
CLOSE_DIALOG = "(name) => document.querySelector(`dialog[data-${name}]`).close()"
SHOW_FAILED = """() => {
  document.querySelector("[data-screen=thanks]").hidden = true;
  document.querySelector("[data-screen=failed]").hidden = false;
}"""
ENDINGS = "() => [...document.querySelectorAll('[data-ending]')].map((part) => part.dataset.ending)"
SHOW_NOT_KEPT = """() => {
  const notice = document.querySelector("[data-not-kept]");
  notice.hidden = false;
  notice.scrollIntoView({ block: "center" });
}"""
SHOW_ENDING = """(name) => {
  document.querySelector("form.answer").hidden = true;
  for (const part of document.querySelectorAll("[data-ending]")) part.hidden = part.dataset.ending !== name;
}"""
SHOW_RECEIPT = """(isShown) => { document.querySelector("[data-receipt=elsewhere]").hidden = !isShown; }"""
TROUBLES = "() => [...document.querySelectorAll('[data-trouble]')].map((part) => part.dataset.trouble)"
SHOW_TROUBLE = """(name) => {
  document.querySelector(".kiosk-stage").hidden = true;
  for (const part of document.querySelectorAll(".kiosk-wait")) part.hidden = part.dataset.trouble !== name;
}"""


@dataclass(frozen=True)
class Doors:
    """Where a walk begins: addresses of one server, and what it hands out."""

    base: str
    unit: str
    token: Callable[[], str]
    expired: str
    kiosk_code: Callable[[], str]


def phone_screens(page: Page, doors: Doors, language: str) -> Iterator[str]:
    """A phone with script: paper code, form, endings, and what a code that leads nowhere shows."""
    token = doors.token()
    yield from _shown(page, doors, language, [("front", "/"), ("code", "/r")])
    page.locator("[name=code]").fill("AAAA-AAAA")
    page.keyboard.press("Enter")
    yield from _visible(page, ".problem", "code-wrong")
    yield from _shown(page, doors, language, [("phone", f"/r/{token}")])
    page.locator("fieldset:visible .choice").nth(3).click()
    yield from _visible(page, "[data-back]:not([hidden])", "phone-second")
    page.reload()
    yield from _visible(page, "[data-resumed]", "phone-resumed")
    page.evaluate(SHOW_NOT_KEPT)
    yield "phone-not-kept"
    for name in page.evaluate(ENDINGS):
        page.evaluate(SHOW_ENDING, name)
        yield f"phone-{name}"
    yield from _shown(page, doors, language, [("poster", f"/p/{doors.unit}")])
    while page.locator("[data-next]").is_visible():
        page.locator("[data-next]").click()
    yield from _visible(page, "textarea", "phone-comment")
    page.locator("[data-send]").click()
    yield from _visible(page, "[data-problems]", "phone-missing")
    yield from _sent(page, doors, language, token)
    endings = [("code-used", f"/r/{token}"), ("code-expired", f"/r/{doors.expired}")]
    endings += [("code-unknown", "/r/not-a-code"), ("no-survey", "/p/00000"), ("error", "/nowhere")]
    yield from _shown(page, doors, language, endings)


def plain_screens(page: Page, doors: Doors, language: str) -> Iterator[str]:
    """The same phone when no script arrives: one page, and one page with what is missing."""
    page.route("**/*.mjs*", lambda route: route.abort())
    yield from _shown(page, doors, language, [("phone-plain", f"/r/{doors.token()}")])
    yield from _shown(page, doors, language, [("poster-plain", f"/p/{doors.unit}")])
    page.locator("[data-send]").click()
    yield from _visible(page, "[data-problems]", "phone-plain-missing")


def kiosk_screens(
    page: Page, doors: Doors, language: str, *, switches: tuple[str, ...] = ()
) -> Iterator[str]:
    """A kiosk from its connection to every kind of trouble; `switches` are pressed on the first screen."""
    yield from _connected(page, doors, language)
    for name in (f"language={language}", *switches):
        page.locator(f"[data-{name}]").click()
    page.evaluate(SHOW_BUTTONS)
    yield "kiosk"
    yield from _visit(page)
    for name in page.evaluate(TROUBLES):
        page.evaluate(SHOW_TROUBLE, name)
        yield f"kiosk-{name.replace('_', '-')}"
    yield from _shown(page, doors, language, [("kiosk-queue", "/kiosk/queue")])


def _connected(page: Page, doors: Doors, language: str) -> Iterator[str]:
    page.route("**/api/v1/kiosks/me", _patient)
    yield from _shown(page, doors, language, [("kiosk-enrol", "/kiosk/enrol")])
    page.locator("#code").fill("AAAA-AAAA")
    page.keyboard.press("Enter")
    yield from _visible(page, "[data-problem]:not([hidden])", "kiosk-enrol-wrong")
    page.locator("#code").fill(doors.kiosk_code())
    page.keyboard.press("Enter")
    page.wait_for_url("**/kiosk")
    page.locator(f"{CHOICE}, {WAKE}").locator("visible=true").first.wait_for()
    if page.locator(WAKE).is_visible():
        page.locator(WAKE).click()


def _visit(page: Page) -> Iterator[str]:
    page.locator(CHOICE).nth(3).click()
    yield from _visible(page, "[data-screen=service]:not([hidden])", "kiosk-service")
    page.evaluate(SHOW_RECEIPT, True)
    yield "kiosk-receipt"
    page.evaluate(SHOW_RECEIPT, False)
    page.locator("[data-search]").click()
    for letter in "giay":
        page.locator(f"[data-key={letter}]").click()
    yield "kiosk-letters"
    page.locator("[data-search]").fill("tam tru")
    page.keyboard.press("a")  # whoever has a keyboard needs no letters to touch
    page.keyboard.press("Backspace")
    yield from _hidden(page, "[data-pad]", "kiosk-search")
    page.locator("[data-search]").fill("xyz")
    yield from _visible(page, "[data-nothing]:not([hidden])", "kiosk-search-nothing")
    page.locator("[data-skip]").click()
    page.locator(CHOICE).first.click()
    yield from _visible(page, f"{NOW} [type=checkbox]:checked", "kiosk-reasons")
    page.locator("[data-next]").click()
    yield from _visible(page, "textarea", "kiosk-comment")
    page.locator("textarea").click()
    for letter in "phuwowngf ":
        page.locator(f"[data-key='{letter}']").click()
    yield "kiosk-comment-letters"
    for name in ("camera", "still-there"):
        page.evaluate(SHOW_DIALOG, name)
        yield f"kiosk-{name}"
        page.evaluate(CLOSE_DIALOG, name)
    page.locator("[data-send]").click()
    yield from _visible(page, "[data-screen=thanks]:not([hidden])", "kiosk-thanks")
    page.evaluate(SHOW_FAILED)
    yield "kiosk-not-kept"


def _sent(page: Page, doors: Doors, language: str, token: str) -> Iterator[str]:
    page.goto(f"{doors.base}/r/{token}?lang={language}")
    expect(page.locator("[data-resumed]")).to_be_visible()
    page.locator("[data-send-now]").click()
    page.wait_for_url("**/thanks*")
    yield "thanks"


def _shown(page: Page, doors: Doors, language: str, places: list[tuple[str, str]]) -> Iterator[str]:
    for name, path in places:
        page.goto(f"{doors.base}{path}?lang={language}")
        yield name


def _visible(page: Page, selector: str, name: str) -> Iterator[str]:
    expect(page.locator(selector).first).to_be_visible()
    yield name


def _hidden(page: Page, selector: str, name: str) -> Iterator[str]:
    expect(page.locator(selector).first).to_be_hidden()
    yield name


def _patient(route: Route) -> None:
    """The server's own word, but a screen stays as long as it is looked at."""
    reply = route.fetch()
    if not reply.ok:
        return route.fulfill(response=reply)
    return route.fulfill(json={**reply.json(), "idle_seconds": LONG_SECONDS, "thanks_seconds": LONG_SECONDS})
