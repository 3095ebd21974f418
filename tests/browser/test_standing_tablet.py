"""A standing tablet: satisfied answers are in sight as the others are, else the measure would be biased."""

from collections.abc import Callable

import pytest
from builders.screen_checks import hidden_levels
from builders.site import Site
from builders.tapping import NOW, connect
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
SIZES = [(768, 1024), (800, 1280)]
OUT_OF_SIGHT = """(choices) => choices
  .map((choice) => choice.getBoundingClientRect())
  .filter(({ top, bottom }) => top < 0 || bottom > innerHeight)
  .length"""


@pytest.mark.parametrize("size", SIZES)
def test_all_five_faces_are_in_sight_also_in_english_and_large_letters(
    site: Site, page_of: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = connect(page_of(*size), site.url, site.kiosk_code())
    for step in (lambda: None, page.locator("[data-text-size]").first.click):
        step()
        assert page.locator(f"{NOW} .choice").count() == 5
        assert hidden_levels(page) == []
        assert page.locator(f"{NOW} .choice").evaluate_all(OUT_OF_SIGHT) == 0
    page.get_by_role("button", name="English").click()
    page.get_by_text("How satisfied").first.wait_for()
    assert hidden_levels(page) == []
