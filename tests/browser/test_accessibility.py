"""axe finds nothing on any citizen page, in either language, on phone and kiosk, also in high contrast."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders.site import UNIT, Site
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
LANGUAGES = ("vi", "en")
NOW = "[data-screen]:not([hidden])"


def violations(page: Page) -> list[tuple[str, str]]:
    """What axe finds wrong: the rule and the first place."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_phone_pages(site: Site, page_of: Callable[..., Page], language: str, script: bool) -> None:
    page = page_of(360, 740)
    if not script:
        page.route("**/*.mjs*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    for path in (f"/r/{site.token()}", f"/p/{UNIT}", "/thanks", "/r/wrong", "/kiosk/enrol", "/kiosk/queue"):
        page.goto(f"{site.url}{path}?lang={language}")
        assert violations(page) == [], path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_with_problems(site: Site, page_of: Callable[..., Page], language: str) -> None:
    page = page_of(360, 740)
    page.goto(f"{site.url}/p/{UNIT}?lang={language}")
    page.locator("form").evaluate("form => form.requestSubmit()")
    page.wait_for_selector("[data-problems]")
    assert violations(page) == []


@pytest.mark.parametrize("language", ["Tiếng Việt", "English"])
@pytest.mark.parametrize("size", [(1080, 1920), (1280, 800)], ids=["portrait", "tablet"])
def test_kiosk_screens(
    site: Site, page_of: Callable[..., Page], language: str, size: tuple[int, int]
) -> None:
    page = page_of(*size)
    page.goto(f"{site.url}/kiosk/enrol")
    page.locator("#code").fill(site.kiosk_code())
    page.locator("button").click()
    page.get_by_role("button", name=language).click()
    for nth in (3, 0, 0):
        assert violations(page) == []
        page.locator(f"{NOW} .choice").nth(nth).click()
        page.wait_for_timeout(400)
    page.locator("[data-next]").click()
    page.locator("[data-contrast-switch]").click()
    page.locator("[data-text-size]").click()
    assert violations(page) == []
    page.evaluate("document.querySelector('dialog').showModal()")
    assert violations(page) == []
    page.evaluate("document.querySelector('dialog').close()")
    page.locator("[data-send]").click()
    expect(page.locator("[data-screen=thanks]")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_screens_of_trouble(site: Site, page_of: Callable[..., Page], language: str) -> None:
    page = page_of(1080, 1920)
    page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    page.goto(f"{site.url}/kiosk?lang={language}")
    page.wait_for_selector("[data-trouble=storage]:not([hidden])")
    for name in ("unreachable", "revoked", "no_round", "full", "storage"):
        page.evaluate(
            "name => document.querySelectorAll('.kiosk-wait')"
            ".forEach((part) => { part.hidden = part.dataset.trouble !== name; })",
            name,
        )
        assert violations(page) == [], name
