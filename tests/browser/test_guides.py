"""Pictures in the guides: each one is explained somewhere, and none is missing."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "screenshots"
MOST_BYTES = 6_000_000
REFERENCE = re.compile(r"!\[[^\]]*\]\(((?:docs/)?screenshots/[^)]+)\)")


def referred() -> dict[Path, Path]:
    """Every picture a guide shows, and one guide that does."""
    guides = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return {
        (guide.parent / place).resolve(): guide
        for guide in guides
        for place in REFERENCE.findall(guide.read_text(encoding="utf-8"))
    }


def test_every_picture_is_shown_in_a_guide() -> None:
    assert sorted(path.name for path in set(PICTURES.glob("*")) - set(referred())) == []


def test_every_picture_a_guide_shows_is_there() -> None:
    missing = [f"{guide.name}: {path.name}" for path, guide in referred().items() if not path.is_file()]
    assert missing == []


def test_a_citizens_screen_is_shown_in_both_languages() -> None:
    guide = (ROOT / "docs" / "guide-citizens.md").read_text(encoding="utf-8")
    shown = {Path(place).stem for place in REFERENCE.findall(guide)}
    names = {stem.removesuffix("-vi").removesuffix("-en") for stem in shown}
    assert {f"{name}-{language}" for name in names for language in ("vi", "en")} == shown


def test_the_pictures_are_light() -> None:
    assert sum(path.stat().st_size for path in PICTURES.glob("*")) < MOST_BYTES
