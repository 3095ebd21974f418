"""A running server with one open round, and pages of a real Chromium that fail on any script error."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from builders.forms import a_published_form
from builders.rounds import a_new_round
from builders.site import IDLE_SECONDS, SERVICE, UNIT, Site
from builders.units import a_volume, some_services
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.core.config import settings
from app.core.database import Database
from app.rounds.service import create_round

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LARGE_TEXT = "--blink-settings=defaultFontSize=32"
START_SECONDS = 200  # on a machine busy with other tests


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Started once a file: quick forms on kiosks and posters, the one-stop form behind receipts."""
    home, port = tmp_path_factory.mktemp("site"), _free_port()
    shutil.copy(sqlite_template, home / "sipas.db")
    with pytest.MonkeyPatch.context() as environment:
        for name, value in _settings(home, port).items():
            environment.setenv(name, value)
        settings.cache_clear()
        database = Database(f"sqlite:///{home / 'sipas.db'}")
        round_code = _seed(database)
        server = _start(port)
        try:
            yield Site(f"http://127.0.0.1:{port}", home, database, round_code)
        finally:
            server.terminate()
            server.wait(timeout=20)
            database.close()
    settings.cache_clear()


def _settings(home: Path, port: int) -> dict[str, str]:
    return {
        "SIPAS_HOME": str(home),
        "SIPAS_DATABASE_URL": "",
        "SIPAS_SECRET_KEY": "a key for tests only, long enough to sign with",
        "SIPAS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SIPAS_IDLE_SECONDS": str(IDLE_SECONDS),
        "SIPAS_THANKS_SECONDS": "2",
        "SIPAS_OPENING_HOURS": "1-7 00:00-24:00",
        "SIPAS_LOG_LEVEL": "WARNING",
    }


def _seed(database: Database) -> str:
    with database.write() as session:
        new = a_new_round(session)
        some_services(session)
        a_volume(session, UNIT, "2026-10", finished=40, service_code=SERVICE)
        a_volume(session, UNIT, "2026-10", finished=12, service_code="1.004194")
        one_stop = a_published_form(session, "one_stop")
        return create_round(session, replace(new, forms={**new.forms, "receipt": one_stop})).round_code


def _start(port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "uvicorn", "app.main:create_app", "--factory", "--port", str(port)]
    server = subprocess.Popen([*command, "--host", "127.0.0.1", "--log-level", "error"])
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz").is_success:
                return server
        except httpx.TransportError:
            time.sleep(0.2)
    server.kill()
    server.wait(timeout=20)
    raise TimeoutError("the server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def large_text(chromium: Browser) -> Iterator[Browser]:
    """A browser in which somebody has set letters to twice their usual size."""
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, LARGE_TEXT])
    yield browser
    browser.close()


@pytest.fixture
def page_of(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Pages of the wanted size; a script error or a message on the console fails the test at its end."""
    opened: list[BrowserContext] = []
    wrong: list[str] = []

    def make(width: int, height: int, *, browser: Browser = chromium, **options: Any) -> Page:
        opened.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        page = opened[-1].new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if _is_bad(message) else None)
        return page

    yield make
    for context in opened:
        context.close()
    assert wrong == []


def _is_bad(message: Any) -> bool:
    # a request that fails by design (no network, a wrong code) is told by the page itself
    return message.type in ("error", "warning") and "Failed to load resource" not in message.text
