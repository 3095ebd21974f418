"""`make screenshots`: every screen once, from the demo, into docs/screenshots; after a change of looks."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console

from tests.browser.conftest import ARGUMENTS, CHROMIUM, _free_port

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
KIOSK, TABLET, PHONE, DESK = (1080, 1920), (1280, 800), (360, 740), (1440, 900)
LANGUAGES = ("vi", "en")
START_SECONDS = 180
SETTLE_MS = 700
out = Console(highlight=False)


@dataclass(frozen=True)
class Doors:
    """What the server says when it starts."""

    base: str
    phone: str
    poster: str
    kiosk_code: str
    user: str
    password: str


@contextmanager
def demo_server() -> Iterator[Doors]:
    port = _free_port()
    with tempfile.TemporaryDirectory() as home:
        log = Path(home) / "serve.log"
        env = {**os.environ, "SIPAS_HOME": home, "SIPAS_PORT": str(port), "COLUMNS": "400"}
        with log.open("w") as opened:
            command = [Path(sys.executable).parent / "sipas", "serve", "--demo"]
            server = subprocess.Popen(command, env=env, stdout=opened)
            try:
                yield _doors(log, port)
            finally:
                server.terminate()
                server.wait(timeout=30)


def _doors(log: Path, port: int) -> Doors:
    base, deadline = f"http://127.0.0.1:{port}", time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{base}/readyz").is_success:
                return _read(base, log.read_text(encoding="utf-8"))
        except httpx.TransportError:
            time.sleep(0.5)
    raise TimeoutError("the demo did not start")


def _read(base: str, said: str) -> Doors:
    def found(pattern: str) -> str:
        match = re.search(pattern, said)
        if match is None:
            raise ValueError(f"the server did not say {pattern}")
        return match.group(1)

    user, password = found(r"/console   (\S+ / \S+)").split(" / ")
    return Doors(
        base, found(r"(http\S+/r/\S+)"), found(r"(http\S+/p/\S+)"), found(r"code: (\S+)"), user, password
    )


class Camera:
    """Takes a picture under a name and says so."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def page(self, size: tuple[int, int], **options: object) -> Page:
        width, height = size
        return self.browser.new_context(viewport={"width": width, "height": height}, **options).new_page()  # type: ignore[arg-type]

    def take(self, page: Page, name: str) -> None:
        page.wait_for_timeout(SETTLE_MS)
        page.screenshot(path=FOLDER / f"{name}.png")
        out.print(f"docs/screenshots/{name}.png")


def citizens(camera: Camera, doors: Doors) -> None:
    for language in LANGUAGES:
        page = camera.page(PHONE)
        page.goto(f"{doors.phone}?lang={language}")
        camera.take(page, f"phone-{language}")
        page.goto(f"{doors.poster}?lang={language}")
        camera.take(page, f"poster-{language}")
        page.context.close()
    page = camera.page(PHONE)
    page.goto(f"{doors.base}/r/not-a-code")
    camera.take(page, "phone-code-over-vi")
    page.context.close()


def kiosk(camera: Camera, doors: Doors) -> None:
    page = camera.page(KIOSK)
    page.goto(f"{doors.base}/kiosk/enrol")
    camera.take(page, "kiosk-enrol-vi")
    page.locator("input:not([type=hidden])").first.fill(doors.kiosk_code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/kiosk")
    for language, words in (("vi", "Tiếng Việt"), ("en", "English")):
        page.get_by_role("button", name=words).or_(page.get_by_role("link", name=words)).first.click()
        camera.take(page, f"kiosk-{language}")
    page.get_by_role("button", name="Tiếng Việt").or_(
        page.get_by_role("link", name="Tiếng Việt")
    ).first.click()
    page.set_viewport_size({"width": TABLET[0], "height": TABLET[1]})
    camera.take(page, "kiosk-tablet-vi")
    page.set_viewport_size({"width": KIOSK[0], "height": KIOSK[1]})
    page.locator("[data-screen]:not([hidden]) .choice").nth(1).click()
    camera.take(page, "kiosk-second-vi")
    page.get_by_role("button", name="Gửi ngay").first.click()
    camera.take(page, "kiosk-thanks-vi")
    page.context.close()


def staff(camera: Camera, doors: Doors) -> None:
    page = camera.page(DESK)
    page.goto(doors.base)
    camera.take(page, "front-vi")
    page.goto(f"{doors.base}/console/login")
    camera.take(page, "log-in-vi")
    page.fill("#username", doors.user)
    page.fill("#password", doors.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console")
    camera.take(page, "console-vi")
    for name, path in (
        ("rounds", "rounds"),
        ("units", "units"),
        ("kiosks", "kiosks"),
        ("receipts", "receipts"),
    ):
        page.goto(f"{doors.base}/console/{path}")
        camera.take(page, f"{name}-vi")
    rounds = page.request.get(f"{doors.base}/console/results")
    before_last = re.findall(r'<option value="(\d{4}-Q\d)"', rounds.text())[1]
    for language in ("en", "vi"):
        page.goto(f"{doors.base}/console/results?round={before_last}&by=unit&lang={language}")
        camera.take(page, f"results-{language}")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    camera.take(page, "results-small-vi")
    page.context.close()


SERIES: tuple[Callable[[Camera, Doors], None], ...] = (citizens, kiosk, staff)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with demo_server() as doors, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for series in SERIES:
            series(Camera(browser), doors)
        browser.close()


if __name__ == "__main__":
    main()
