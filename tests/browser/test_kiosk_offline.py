"""Fifty answers through every outage: network, server, browser, an upgrade in the middle; all stored once."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from builders.accounts import an_api_key, signed_in
from builders.collection import stored
from builders.office import Office, running_office
from builders.rounds import an_open_round
from builders.tapping import FIRST_QUESTION, THANKS, connect, tap_face, wait_for_attract
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from app.core.database import Database
from app.kiosks.service import create_enrolment

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
UNIT = "07777"
PATIENCE_SECONDS = 150  # a worker is installed in real time, however busy the machine is
MOMENT_MS = 1_000  # nobody waits for screens to settle or for the thanks: the page's clock is put forward
PASSING_MS = 20_000  # as for a device that is looked at now and then


@dataclass
class Tablet:
    """A Chromium with a profile on disk, whose power can be cut."""

    playwright: Playwright
    profile: Path
    process: subprocess.Popen[bytes] | None = None
    context: BrowserContext | None = None
    pages: list[Page] = field(default_factory=list)

    def switch_on(self) -> Page:
        port_file = self.profile / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
        arguments += ["--remote-debugging-port=0", f"--user-data-dir={self.profile}", "--lang=vi"]
        self.process = subprocess.Popen(
            [
                CHROMIUM,
                *arguments,
                "--disable-background-networking",
                "--force-prefers-reduced-motion",
                "--window-size=1280,800",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until(lambda: port_file.exists() and len(port_file.read_text().splitlines()) == 2, "the browser")
        port = port_file.read_text().splitlines()[0]
        browser = self.playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        self.context = browser.contexts[0]
        page = self.context.new_page()
        page.set_default_timeout(20_000)
        page.clock.install()
        return page

    def cut_power(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=20)
            self.process = None


def until(holds: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := holds():
            return found
        time.sleep(0.2)
    raise TimeoutError(what)


def in_time(page: Page, holds: Callable[[], Any], what: str) -> Any:
    """The same while minutes pass on the device: what it does every few minutes it does now."""
    return until(lambda: holds() or page.clock.fast_forward(PASSING_MS), what)


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path) -> Iterator[Office]:
    """A running office whose thank-you lasts a second."""
    with running_office(sqlite_template, tmp_path, SIPAS_THANKS_SECONDS="1") as made:
        yield made


@pytest.fixture
def database(office: Office) -> Iterator[Database]:
    with closing(office.database()) as opened:
        yield opened


@pytest.fixture
def tablet(tmp_path: Path) -> Iterator[Tablet]:
    with sync_playwright() as playwright:
        made = Tablet(playwright, tmp_path / "profile")
        made.profile.mkdir()
        yield made
        made.cut_power()


def fleet(office: Office, key: str) -> dict[str, Any]:
    (shown,) = httpx.get(
        f"{office.url}/api/v1/kiosks/fleet", headers={"Authorization": f"Bearer {key}"}
    ).json()
    return dict(shown)


def worker_is_ready(page: Page) -> bool:
    return bool(page.evaluate("Boolean(navigator.serviceWorker.controller)"))


def tap_until_heard(page: Page, level: int) -> None:
    """As a person does whose tap fell into the moment in which a new release replaced the page."""
    send = page.get_by_role("button", name="Gửi ngay")

    def is_heard() -> bool:
        page.clock.fast_forward(MOMENT_MS)
        if page.get_by_text(FIRST_QUESTION).is_visible():
            tap_face(page, level)
        page.clock.fast_forward(MOMENT_MS)
        return send.is_visible()

    until(is_heard, "the second screen")
    page.clock.fast_forward(MOMENT_MS)
    send.click()


def answer(page: Page, tapped: list[int], times: int) -> None:
    for _ in range(times):
        level = 1 + len(tapped) % 5
        tap_until_heard(page, level)
        page.get_by_role("heading", name=THANKS).wait_for()
        tapped.append(level)
        page.clock.fast_forward(MOMENT_MS)
        wait_for_attract(page)


def test_fifty_answers_survive_every_outage_and_are_stored_once(
    office: Office, database: Database, tablet: Tablet
) -> None:
    with database.write() as session:
        an_open_round(session)
        code = create_enrolment(session, UNIT, "Quầy 1").code
        key = an_api_key(session, role="operator")
    tapped: list[int] = []
    page = connect(tablet.switch_on(), office.url, code)
    until(lambda: worker_is_ready(page), "the service worker")
    answer(page, tapped, 8)
    office.kill()
    answer(page, tapped, 5)
    office.start()
    answer(page, tapped, 7)
    assert tablet.context is not None
    tablet.context.set_offline(True)
    answer(page, tapped, 8)
    tablet.cut_power()
    office.kill()
    page = tablet.switch_on()  # a cold start: neither network nor server
    page.goto(f"{office.url}/kiosk")
    wait_for_attract(page)
    answer(page, tapped, 7)
    before = page.locator("#kiosk").get_attribute("data-version")
    office.change("kiosk_ui/static/kiosk.mjs", "/** The kiosk:", "/** The kiosk, another release:")
    office.start()
    answer(page, tapped, 5)
    in_time(page, lambda: page.locator("#kiosk").get_attribute("data-version") != before, "the new version")
    wait_for_attract(page)
    answer(page, tapped, 10)
    assert len(tapped) == 50
    in_time(page, lambda: len(stored(database)) == 50, "the last answer")
    assert Counter(row.answers["q_overall"] for row in stored(database)) == Counter(tapped)
    after = page.locator("#kiosk").get_attribute("data-version")
    shown = in_time(
        page,
        lambda: (found := fleet(office, key))["made"] == 50 and found["version"] == after and found,
        "heartbeat",
    )
    assert (shown["missing"], shown["duplicate"], shown["waiting"], shown["aside"]) == (0, 0, 0, 0)
    with httpx.Client(base_url=office.url) as staff:
        signed_in(staff, database, role="operator")  # type: ignore[arg-type]
        console = staff.get("/console/kiosks?lang=vi").text
    assert "0 thiếu, 0 trùng, 0 đang chờ" in console
