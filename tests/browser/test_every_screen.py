"""On every screen a citizen can meet, in both languages: nothing axe minds, nothing cut, large targets."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
from builders.citizen_screens import Doors, kiosk_screens, phone_screens, plain_screens
from builders.screen_checks import (
    covered_field,
    hidden_levels,
    sliced,
    small_targets,
    text_trouble,
    violations,
    weak_contrast,
)
from builders.site import SERVICE, UNIT, Site
from builders.units import a_volume
from playwright.sync_api import Browser, Page

from app.core import clock
from app.receipts.service import issue
from app.units.shipped import load_services

pytestmark = pytest.mark.browser
PHONE, PORTRAIT, TABLET = (360, 740), (1080, 1920), (1280, 800)
STANDING, LYING = (768, 1024), (1024, 768)
PHONE_TARGET, KIOSK_TARGET, HIGH_CONTRAST = 44, 64, 7
KIOSK_SCREENS = 19
# what people come for most, and the longest names there are
OFTEN = (
    *("2.000815", "1.004222", "2.000884", "1.001193", "1.004873", "1.004194", "1.000894", "1.012781"),
    *("1.006429", "1.007642", "2.000913", "1.003583"),
)
HIGH = "html => { html.dataset.contrast = 'high'; }"
USUAL = "html => { delete html.dataset.contrast; }"
Screens = Callable[[Page, Doors, str], Iterator[str]]


class Wrong:
    """What was found, by screen: a test shows all of it at once."""

    def __init__(self) -> None:
        self.found: dict[str, list[object]] = {}
        self.seen: set[str] = set()

    def note(self, name: str, *lists: Sequence[object]) -> None:
        self.seen.add(name)
        for found in lists:
            if found:
                self.found.setdefault(name, []).extend(found)


@pytest.fixture(scope="module")
def doors(site: Site) -> Doors:
    with site.database.write() as session:
        load_services(session, codes=OFTEN)
        for place, code in enumerate(OFTEN):
            a_volume(session, UNIT, "2026-09", finished=900 - place, service_code=code)
    yesterday = clock.today() - timedelta(days=1)
    expired = issue(site.round_code, UNIT, expires_on=yesterday, service_code=SERVICE)
    return Doors(site.url, UNIT, site.token, expired, site.kiosk_code)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("screens", "how_many"), [(phone_screens, 19), (plain_screens, 3)])
def test_every_screen_of_a_phone(
    doors: Doors, page_of: Callable[..., Page], screens: Screens, how_many: int, language: str
) -> None:
    page, wrong = page_of(*PHONE, has_touch=True, is_mobile=True), Wrong()
    for name in screens(page, doors, language):
        wrong.note(name, violations(page), text_trouble(page), small_targets(page, PHONE_TARGET))
        page.emulate_media(contrast="more")
        wrong.note(name, weak_contrast(page, HIGH_CONTRAST))
        page.emulate_media(contrast="no-preference")
    assert wrong.found == {}
    assert len(wrong.seen) == how_many


@pytest.mark.parametrize(
    ("language", "size"), [("vi", PORTRAIT), ("en", TABLET), ("en", STANDING), ("en", LYING)]
)
def test_every_screen_of_a_kiosk(
    doors: Doors, page_of: Callable[..., Page], language: str, size: tuple[int, int]
) -> None:
    page, wrong = page_of(*size), Wrong()
    for name in kiosk_screens(page, doors, language):
        wrong.note(name, violations(page), text_trouble(page), hidden_levels(page), sliced(page))
        wrong.note(name, small_targets(page, KIOSK_TARGET), covered_field(page))
        page.locator("html").evaluate(HIGH)
        wrong.note(name, weak_contrast(page, HIGH_CONTRAST))
        page.locator("html").evaluate(USUAL)
    assert wrong.found == {}
    assert len(wrong.seen) >= KIOSK_SCREENS


@pytest.mark.parametrize("size", [TABLET, STANDING, LYING])
def test_every_screen_of_a_kiosk_in_large_letters(
    doors: Doors, page_of: Callable[..., Page], size: tuple[int, int]
) -> None:
    """On the smaller screens, in the longer language, both switches pressed as a person does."""
    page, wrong = page_of(*size), Wrong()
    for name in kiosk_screens(page, doors, "vi", switches=("text-size", "contrast-switch")):
        wrong.note(name, text_trouble(page), hidden_levels(page), sliced(page))
        wrong.note(name, small_targets(page, KIOSK_TARGET), covered_field(page))
    assert wrong.found == {}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    ("screens", "size"),
    [(phone_screens, PHONE), (plain_screens, PHONE), (kiosk_screens, PORTRAIT), (kiosk_screens, TABLET)],
)
def test_every_screen_with_text_at_twice_its_size(
    doors: Doors,
    page_of: Callable[..., Page],
    large_text: Browser,
    screens: Screens,
    size: tuple[int, int],
    language: str,
) -> None:
    page, wrong = page_of(*size, browser=large_text), Wrong()
    for name in screens(page, doors, language):
        wrong.note(name, text_trouble(page), hidden_levels(page))
    assert wrong.found == {}
    assert wrong.seen
