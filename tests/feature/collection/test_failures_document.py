"""The table of known failures names tests that exist, for every row."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
ROWS = 22


def rows() -> dict[int, str]:
    text = (ROOT / "docs" / "failures.md").read_text(encoding="utf-8")
    return {int(number): rest for number, rest in re.findall(r"^\| (\d+) \|(.*)$", text, re.MULTILINE)}


def test_every_known_failure_has_a_defence_and_a_test_that_exists() -> None:
    existing = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    assert sorted(rows()) == list(range(1, ROWS + 1))
    named = {number: set(re.findall(r"`(test_\w+)`", row)) for number, row in rows().items()}
    assert {number for number, names in named.items() if not names} == set()
    assert {name for names in named.values() for name in names} - existing == set()
