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
import pypdfium2
from builders import citizen_screens
from builders.citizen_screens import kiosk_screens, phone_screens, plain_screens
from builders.served import sign_in
from builders.staff_screens import CONSOLE, PUBLIC, SMALL, UNIT, publish_newest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console

from app.core import clock
from app.core.config import settings
from app.core.database import Database
from app.kiosks.service import create_enrolment
from app.receipts.service import issue, read_receipt
from app.results.editions import newest
from app.results.reports.service import edition_for, report_file
from app.rounds.service import list_rounds
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
    database = Database(f"sqlite:///{doors.home / 'sipas.db'}")
    round_code = _results_are_in(database)
    publish_newest(database, round_code)
    page = camera.page(DESK)
    for name, path in (("front-wide", ""), ("log-in", "/console/login")):
        for language in LANGUAGES:
            page.goto(f"{doors.base}{path}?lang={language}")
            camera.take(page, f"{name}-{language}")
    sign_in(page, doors.base, doors.user, doors.password)
    for screen in (*CONSOLE, *PUBLIC):
        for language in LANGUAGES:
            path = screen.path.format(round=round_code)
            page.goto(f"{doors.base}{path}{'&' if '?' in path else '?'}lang={language}")
            camera.take(page, f"{screen.name}-{language}")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    for screen in CONSOLE:
        if screen.name in SMALL:
            page.goto(f"{doors.base}{screen.path.format(round=round_code)}&lang=vi")
            camera.take(page, f"{screen.name}-small-vi")
    page.context.close()
    _paper(database, round_code)


def _results_are_in(database: Database) -> str:
    """The last whole round, once the demo's results of it and of the one before are worked out."""
    deadline = time.monotonic() + START_SECONDS * 2
    while time.monotonic() < deadline:
        with database.read() as session:
            past = [one.round_code for one in list_rounds(session) if one.period_end_on < clock.today()]
            if all(newest(session, code) for code in past[:2]):
                return past[0]
        time.sleep(2)
    raise TimeoutError("the demo's results were not worked out")


def _paper(database: Database, round_code: str) -> None:
    """The first page of a report, and the sheet."""
    with database.read() as session:
        edition = edition_for(session, round_code)
        for name, sheet in (("report", False), ("sheet", True)):
            for language in LANGUAGES:
                made = report_file(
                    session, edition, UNIT, "pdf", form="sheet" if sheet else "report", language=language
                )
                with pypdfium2.PdfDocument(made.content) as document:
                    drawn = document[0].render(scale=1.2).to_pil()
                taken = io.BytesIO()
                drawn.save(taken, "PNG")
                _save(taken.getvalue(), FOLDER / f"{name}-page-{language}.png")
                out.print(f"docs/screenshots/{name}-page-{language}.png")


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
