from pathlib import Path

import pytest

from app.units.imports import KINDS, SERVICES, UNITS, VOLUMES, FileKind
from app.units.tables import POPULATION_KINDS, SUBMISSIONS

DOCUMENT = (Path(__file__).parents[3] / "docs" / "data-files.md").read_text(encoding="utf-8")
SECTIONS = dict(zip(("units", "services", "volumes"), DOCUMENT.split("\n## ")[1:4], strict=True))


@pytest.mark.parametrize(
    ("section", "kind"), [("units", UNITS), ("services", SERVICES), ("volumes", VOLUMES)]
)
def test_every_column_of_a_file_is_documented(section: str, kind: FileKind) -> None:
    assert [column for column in kind.columns.known if f"`{column}`" not in SECTIONS[section]] == []


@pytest.mark.parametrize(
    ("section", "words"), [("units", KINDS), ("volumes", SUBMISSIONS), ("volumes", POPULATION_KINDS)]
)
def test_every_word_a_column_takes_is_documented(section: str, words: tuple[str, ...]) -> None:
    assert [word for word in words if f"`{word}`" not in SECTIONS[section]] == []
