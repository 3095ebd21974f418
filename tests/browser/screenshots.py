"""`make screenshots`: every screen once, from the demo, into docs/screenshots; after a change of looks."""

import io
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from builders import citizen_screens
from builders.citizen_screens import kiosk_screens, phone_screens, plain_screens
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console

from app.core import clock
from app.core.config import settings
from app.core.database import Database
from app.kiosks.service import create_enrolment
from app.receipts.service import issue, read_receipt
from tests.browser.conftest import ARGUMENTS, CHROMIUM, _free_port

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
KIOSK, TABLET, PHONE, DESK = (1080, 1920), (1280, 800), (360, 740), (1440, 900)
LANGUAGES = ("vi", "en")
START_SECONDS = 180
SETTLE_MS = 700
COLOURS = 256
WIDEST = 720  # a picture wider than this is stored at half its size
WALK_ON_TABLET = ("kiosk", "kiosk-service", "kiosk-reasons", "kiosk-thanks")
WALK_LARGE = ("kiosk", "kiosk-service")
out = Console(highlight=False)


@dataclass(frozen=True)
class Doors:
    """What the server says when it starts."""

    home: Path
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
                os.environ["SIPAS_HOME"] = home
                settings.cache_clear()
                yield _doors(log, port)
            finally:
                server.terminate()
                server.wait(timeout=30)


def _doors(log: Path, port: int) -> Doors:
    base, deadline = f"http://127.0.0.1:{port}", time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{base}/readyz").is_success:
                return _read(log.parent, base, log.read_text(encoding="utf-8"))
        except httpx.TransportError:
            time.sleep(0.5)
    raise TimeoutError("the demo did not start")


def _read(home: Path, base: str, said: str) -> Doors:
    def found(pattern: str) -> str:
        match = re.search(pattern, said)
        if match is None:
            raise ValueError(f"the server did not say {pattern}")
        return match.group(1)

    user, password = found(r"/console   (\S+ / \S+)").split(" / ")
    phone, poster, code = found(r"(http\S+/r/\S+)"), found(r"(http\S+/p/\S+)"), found(r"code: (\S+)")
    return Doors(home, base, phone, poster, code, user, password)


def citizens_doors(doors: Doors) -> citizen_screens.Doors:
    """Receipts of the demo's own round and unit, and codes for further kiosks."""
    receipt = read_receipt(doors.phone.rsplit("/", 1)[1])
    database = Database(f"sqlite:///{doors.home / 'sipas.db'}")

    def token(days: int = 30) -> str:
        expires_on = clock.today() + timedelta(days=days)
        named = {"service_code": receipt.service_code, "submission": receipt.submission}
        return issue(
            receipt.round_code, receipt.unit_code, expires_on=expires_on, stage=receipt.stage, **named
        )

    def kiosk_code() -> str:
        with database.write() as session:
            return create_enrolment(session, receipt.unit_code, "Kiosk").code

    return citizen_screens.Doors(doors.base, receipt.unit_code, token, token(-1), kiosk_code)


class Camera:
    """Takes a picture under a name and says so."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def page(self, size: tuple[int, int], **options: object) -> Page:
        width, height = size
        return self.browser.new_context(viewport={"width": width, "height": height}, **options).new_page()  # type: ignore[arg-type]

    def take(self, page: Page, name: str) -> None:
        page.wait_for_timeout(SETTLE_MS)
        _save(page.screenshot(), FOLDER / f"{name}.png")
        out.print(f"docs/screenshots/{name}.png")


def _save(taken: bytes, path: Path) -> None:
    """Few colours and, for large screens, half the size: the pictures of a guide, not of a measurement."""
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    if picture.width > WIDEST:
        picture = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def phones(camera: Camera, doors: Doors) -> None:
    told = citizens_doors(doors)
    for language in LANGUAGES:
        for screens in (phone_screens, plain_screens):
            page = camera.page(PHONE)
            for name in screens(page, told, language):
                camera.take(page, f"{name}-{language}")
            page.context.close()


def kiosks(camera: Camera, doors: Doors) -> None:
    told = citizens_doors(doors)
    for language in LANGUAGES:
        page = camera.page(KIOSK)
        for name in kiosk_screens(page, told, language):
            camera.take(page, f"{name}-{language}")
        page.context.close()
        _some(camera, told, language, WALK_ON_TABLET, ("tablet", TABLET, ()))
        _some(camera, told, language, WALK_LARGE, ("large", KIOSK, ("text-size",)))
        _some(camera, told, language, WALK_LARGE, ("contrast", KIOSK, ("contrast-switch",)))


def _some(
    camera: Camera,
    told: citizen_screens.Doors,
    language: str,
    wanted: tuple[str, ...],
    look: tuple[str, tuple[int, int], tuple[str, ...]],
) -> None:
    """A few screens of a visit in another shape or with the letters and colours of one's choice."""
    word, size, switches = look
    page = camera.page(size)
    for name in kiosk_screens(page, told, language, switches=switches):
        if name in wanted:
            camera.take(page, f"{name.replace('kiosk', f'kiosk-{word}')}-{language}")
        if name == wanted[-1]:
            break
    page.context.close()


def staff(camera: Camera, doors: Doors) -> None:
    page = camera.page(DESK)
    page.goto(doors.base)
    camera.take(page, "front-wide-vi")
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


SERIES: tuple[Callable[[Camera, Doors], None], ...] = (phones, kiosks, staff)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with demo_server() as doors, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for series in SERIES:
            series(Camera(browser), doors)
        browser.close()


if __name__ == "__main__":
    main()
