"""What a person does at a kiosk, and what staff do to connect it."""

from collections.abc import Callable

from playwright.sync_api import Page

FIRST_QUESTION = "Ông/bà hài lòng với lần phục vụ hôm nay?"
THANKS = "Cảm ơn ông/bà!"
NOW = "[data-screen]:not([hidden])"
# a scanner is a keyboard: keys without a pause, Enter at the end; letters not swallowed reach the field
SCAN = """(text) => {
  const target = document.activeElement ?? document.body;
  for (const key of [...text, "Enter"]) {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    if (target.dispatchEvent(event) && "value" in target && key.length === 1) target.value += key;
  }
}"""
# every writing transaction is given up by the browser, as on a disk without room; reading goes on
FULL_DISK = """() => {
  const begin = IDBDatabase.prototype.transaction;
  window.makeRoom = () => { IDBDatabase.prototype.transaction = begin; };
  IDBDatabase.prototype.transaction = function (names, mode, options) {
    const begun = begin.call(this, names, mode, options);
    if (mode === "readwrite") queueMicrotask(() => begun.abort());
    return begun;
  };
}"""


def connect(page: Page, url: str, code: str) -> Page:
    """A device connected by its one-time code, waiting for a person."""
    page.goto(f"{url}/kiosk")
    page.wait_for_url("**/kiosk/enrol")
    page.get_by_label("Mã dùng một lần").fill(code)
    page.get_by_role("button", name="Kết nối").click()
    page.wait_for_url("**/kiosk")
    wait_for_attract(page)
    return page


def wait_for_attract(page: Page) -> None:
    page.get_by_text(FIRST_QUESTION).wait_for()


def eventually(page: Page, holds: Callable[[], object], what: str, *, within_ms: int = 60_000) -> None:
    """Look again and again; the page's own polling would evaluate text, which its policy forbids."""
    for _ in range(within_ms // 100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise TimeoutError(what)


def in_time(page: Page, holds: Callable[[], object], what: str, *, step_ms: int = 5_000) -> None:
    """The same on a page with a clock installed: what it does every few seconds or minutes it does now.

    Only where nobody is answering: a visit would be over.
    """

    def passed() -> object:
        found = holds()
        if not found:
            page.clock.fast_forward(step_ms)
        return found

    eventually(page, passed, what)


def tap_face(page: Page, level: int) -> None:
    """One of the five faces of the first screen, 1 to 5."""
    page.locator(f"{NOW} .choice").nth(level - 1).click()


def answer_and_send(page: Page, level: int) -> None:
    """One face, sent at once, thanked for."""
    tap_face(page, level)
    page.get_by_role("button", name="Gửi ngay").click()
    page.get_by_role("heading", name=THANKS).wait_for()
