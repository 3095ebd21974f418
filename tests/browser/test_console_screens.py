"""Every page of the console on a province with results: axe, no sideways scroll, both languages, print.

The pages are read from the program's own routes, so a new page is tested as soon as it exists.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builders.province import BEFORE, FELL, ROUND
from builders.screen_checks import violations
from builders.served import served, sign_in
from playwright.sync_api import Browser, Page, expect

from app.console.pages import PARTS
from app.demo.presence import DEMO_PASSWORD, DEMO_USER

pytestmark = pytest.mark.browser

FILES = (".{kind}", ".csv", ".pdf", "/file", "/progress", "/preview", ".toml", ".svg", ".png")
NOT_STAFF = ("/", "/console/login", "/ket-qua")
FILLED = {
    "/console/units/{unit}/results": f"/console/units/{FELL}/results?round={ROUND}",
    "/console/accounts/{username}": f"/console/accounts/{DEMO_USER}",
}
MORE = (
    f"/console/results?round={ROUND}&view=map",
    f"/console/results?round={ROUND}&view=bars",
    f"/console/results?round={ROUND}&unit={FELL}&by=service",
    f"/console/compare?round={ROUND}&with={BEFORE}",
    f"/console/ranking?round={ROUND}",
    f"/console/priorities?round={ROUND}&unit={FELL}",
    f"/console/monitor?round={ROUND}&by=day",
    f"/console/editions?round={ROUND}",
)


def pages() -> list[str]:
    """The address of every staff page that needs no key of its own, and a few states of the richest."""
    paths = [
        route.path
        for part in PARTS
        for route in part.router.routes
        if "GET" in route.methods and not route.path.endswith(FILES) and route.path not in NOT_STAFF
    ]
    known = [FILLED.get(path, path) for path in paths]
    return [*(path for path in known if "{" not in path), *MORE]


@pytest.fixture(scope="module")
def address(province_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("office")
    shutil.copytree(province_built, home, dirs_exist_ok=True)
    with served(home) as url:
        yield url


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sign_in(page, address, DEMO_USER, DEMO_PASSWORD)
    yield page
    context.close()


def is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def test_the_list_of_pages_is_the_programs_own() -> None:
    assert len(pages()) > 25
    assert "/console/editions" in pages()


@pytest.mark.parametrize("path", pages())
def test_a_page_is_accessible_in_both_languages_and_never_scrolls_sideways(
    signed_in: Page, address: str, path: str
) -> None:
    join = "&" if "?" in path else "?"
    for language, width in (("en", 360), ("vi", 1440)):
        signed_in.set_viewport_size({"width": width, "height": 800})
        answer = signed_in.goto(f"{address}{path}{join}lang={language}")
        assert answer is not None
        assert answer.status == 200
        assert violations(signed_in) == []
        assert not is_too_wide(signed_in), f"{path} at {width} px"


@pytest.mark.parametrize("path", [f"/console?round={ROUND}", FILLED["/console/units/{unit}/results"]])
def test_on_paper_there_is_no_menu_and_the_figures_stay(signed_in: Page, address: str, path: str) -> None:
    signed_in.goto(f"{address}{path}{'&' if '?' in path else '?'}lang=vi")
    signed_in.emulate_media(media="print")
    expect(signed_in.locator("nav.nav")).to_be_hidden()
    expect(signed_in.locator("h1")).to_be_visible()
    signed_in.emulate_media(media="screen")


def test_the_menu_is_walked_by_keyboard(page_of: Callable[..., Page], address: str) -> None:
    page = page_of(1440, 900)
    sign_in(page, address, DEMO_USER, DEMO_PASSWORD)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    names = []
    for _ in range(40):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent.trim()"))
    for wanted in ("Kết quả khảo sát", "Vận hành", "Quản trị", "Xếp hạng", "Báo cáo"):
        assert wanted in names
