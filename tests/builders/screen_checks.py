"""What must hold on any screen, asked of the page: `tests/browser/screen_checks.js` measures it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

BROWSER = Path(__file__).parents[1] / "browser"
AXE = (BROWSER / "vendor" / "axe.min.js").read_text(encoding="utf-8")
CHECKS = (BROWSER / "screen_checks.js").read_text(encoding="utf-8")


def text_trouble(page: Page) -> list[str]:
    """Text that is cut, overlaps, sticks out of its frame or makes the page scroll sideways."""
    return _measured(page, "textTrouble", 0)


def weak_contrast(page: Page, least: float) -> list[str]:
    """Text whose contrast with what lies behind it is below `least`, by its computed colours."""
    return _measured(page, "weakContrast", least)


def small_targets(page: Page, least: float) -> list[str]:
    """What can be touched and is smaller than `least` CSS px either way."""
    return _measured(page, "smallTargets", least)


def hidden_levels(page: Page) -> list[str]:
    """Levels of a kiosk's scale that are seen only by scrolling."""
    return _measured(page, "hiddenLevels", 0)


def covered_field(page: Page) -> list[str]:
    """While letters are touched: the field, its two lines or its first find where they cannot be seen."""
    return _measured(page, "coveredField", 0)


def sliced(page: Page) -> list[str]:
    """Tiles and lines that a scrolling part of the screen cuts through."""
    return _measured(page, "sliced", 0)


def violations(page: Page, rules: Sequence[str] = ()) -> list[tuple[str, str]]:
    """What axe finds wrong, of any impact, or by these rules alone: the rule and the first place."""
    page.wait_for_load_state()
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE)
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]


def _measured(page: Page, check: str, least: float) -> list[str]:
    page.wait_for_load_state()  # before its styles came a page is as wide as its fields
    if not page.evaluate("Boolean(window.screenChecks)"):
        page.evaluate(CHECKS)
    found: list[str] = page.evaluate("([check, least]) => screenChecks[check](least)", [check, least])
    return found
