"""The console in a real Chromium: by keyboard alone, narrow and wide, without accessibility faults."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.accounts import PASSWORD, a_member_of_staff
from builders.rounds import an_open_round
from builders.served import served
from playwright.sync_api import Browser, Page, sync_playwright

from app.core.database import Database

pytestmark = pytest.mark.browser
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SWITCHES = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
AXE = Path(__file__).parents[2] / "browser" / "vendor" / "axe.min.js"
PAGES = (
    *("", "/rounds", "/rounds/new", "/units", "/forms", "/kiosks", "/receipts", "/keys", "/results"),
    *("/comments", "/services", "/volumes", "/forms/compare", "/accounts", "/accounts/quantri", "/trail"),
    *("/compare", "/ranking", "/priorities", "/monitor", "/password"),
)
NARROW, WIDE = 360, 1440


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[str]:
    """The program with one open round and an administrator called quantri."""
    home = tmp_path_factory.mktemp("home")
    shutil.copy(sqlite_template, home / "sipas.db")
    database = Database(f"sqlite:///{home / 'sipas.db'}")
    with database.write() as session:
        a_member_of_staff(session, "quantri")
        an_open_round(session)
    database.close()
    with served(home) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield opened
        opened.close()


def signed_in_page(browser: Browser, address: str, width: int) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    page.goto(f"{address}/console/login")
    page.wait_for_selector("#username:focus")
    page.keyboard.type("quantri")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/console")
    return page


def faults(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found["violations"]]


def is_too_wide(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 800})
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def test_no_page_of_an_office_without_results_is_faulty_or_wider_than_its_screen_or_loads_from_elsewhere(
    browser: Browser, address: str
) -> None:
    page = signed_in_page(browser, address, NARROW)
    asked: list[str] = []
    told: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    wrong: dict[str, object] = {}
    for path in ("/", "/ket-qua", "/console/login", *(f"/console{name}" for name in PAGES)):
        page.goto(address + path)
        wide = [f"wider than {width}" for width in (WIDE, NARROW) if is_too_wide(page, width)]
        if found := [*faults(page), *wide]:
            wrong[path] = found
    page.context.close()
    assert wrong == {}
    assert {url for url in asked if not url.startswith(address)} == set()
    assert told == []


def test_an_address_that_leads_nowhere_is_told_on_a_whole_page(browser: Browser, address: str) -> None:
    page = signed_in_page(browser, address, NARROW)
    page.goto(f"{address}/nothing-here")
    assert [faults(page), is_too_wide(page, NARROW)] == [[], False]
    page.context.close()


def test_the_first_tab_offers_to_skip_the_menu(browser: Browser, address: str) -> None:
    page = signed_in_page(browser, address, WIDE)
    page.goto(f"{address}/console/units")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/console/units.csv"
    page.context.close()
