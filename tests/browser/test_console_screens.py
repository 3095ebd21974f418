"""Every page of the console on a province with results: axe, no sideways scroll, both languages, paper.

The pages are read from the program's own routes, so a new page is tested as soon as it exists.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builders.province import BEFORE, FELL, ROUND
from builders.screen_checks import violations
from builders.served import served, sign_in
from builders.staff_screens import staff_paths
from playwright.sync_api import Browser, Page, expect

from app.demo.presence import DEMO_PASSWORD, DEMO_USER

pytestmark = pytest.mark.browser

FILLED = {
    "/console/units/{unit}/results": f"/console/units/{FELL}/results?round={ROUND}",
    "/console/accounts/{username}": f"/console/accounts/{DEMO_USER}",
}
MORE = (
    f"/console/results?round={ROUND}&view=heat",
    f"/console/results?round={ROUND}&view=forest",
    f"/console/results?round={ROUND}&unit={FELL}&by=service",
    f"/console/compare?round={ROUND}&with={BEFORE}",
    f"/console/ranking?round={ROUND}",
    f"/console/priorities?round={ROUND}&unit={FELL}",
    f"/console/monitor?round={ROUND}&by=day",
    f"/console/editions?round={ROUND}",
)

RULES_OF_WORDS = (
    *("html-has-lang", "html-lang-valid", "valid-lang", "document-title", "page-has-heading-one"),
    *("label", "select-name", "button-name", "link-name", "summary-name", "input-button-name"),
    *("svg-img-alt", "role-img-alt", "image-alt", "empty-heading", "empty-table-header"),
)
A4_WIDTH = 680
ON_PAPER = """() => {
  const shown = (one) => one.checkVisibility() && one.getBoundingClientRect().width > 0;
  const useless = ".nav, .skip, .tools, .page form, .page button, .page .button, .page input, .page select";
  const charts = [...document.querySelectorAll(".chart-wide > svg, .days-wide")].filter((one) => !shown(one));
  const wide = [...document.querySelectorAll("table, svg")].filter(
    (one) => shown(one) && one.getBoundingClientRect().right > innerWidth + 1);
  return [...[...document.querySelectorAll(useless)].filter(shown), ...charts, ...wide]
    .map((one) => one.outerHTML.slice(0, 90));
}"""


def pages() -> list[str]:
    """The address of every staff page that needs no key of its own, and a few states of the richest."""
    known = [FILLED.get(path, path) for path in staff_paths()]
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


def is_too_wide(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 800})
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def on_paper(page: Page) -> list[str]:
    """What is printed on A4 and has no use there or is cut, and the charts that are not printed."""
    page.set_viewport_size({"width": A4_WIDTH, "height": 1000})
    page.emulate_media(media="print")
    found: list[str] = page.evaluate(ON_PAPER)
    page.emulate_media(media="screen")
    return found


def test_the_list_of_pages_is_the_programs_own() -> None:
    assert len(pages()) > 25
    assert "/console/editions" in pages()


@pytest.mark.parametrize("path", pages())
def test_a_page_is_accessible_fits_every_screen_and_is_fit_to_print(
    signed_in: Page, address: str, path: str
) -> None:
    """The other language brings other words in the same marks: there only rules about names are asked."""
    join = "&" if "?" in path else "?"
    for language, widths, rules in (("en", (1920, 360), ()), ("vi", (1440,), RULES_OF_WORDS)):
        answer = signed_in.goto(f"{address}{path}{join}lang={language}")
        assert answer is not None
        assert answer.status == 200
        assert signed_in.get_attribute("html", "lang") == language
        for width in widths:
            assert not is_too_wide(signed_in, width), f"{path} at {width} px"
        assert violations(signed_in, rules) == []
    assert on_paper(signed_in) == []


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
