"""The data dictionary says exactly what the exports hold, in both languages."""

import re
from pathlib import Path

from app.core.language import translator
from app.results import words
from app.results.columns import every_column

PAGE = Path(__file__).parents[3] / "docs" / "data-dictionary.md"


def documented() -> dict[str, list[str]]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return {
        row[0].strip("`"): [cell.strip() for cell in line.split("|")[2:-1]]
        for row, line in zip(rows, lines, strict=True)
    }


def test_every_column_of_an_export_is_in_the_data_dictionary_with_its_meaning() -> None:
    found, vietnamese = documented(), translator("vi")
    for column in every_column():
        digits = str(column.digits) if column.kind == "real" else ""
        kept = "yes" if column.kept else ""
        assert found[column.name] == [column.kind, digits, kept, column.meaning, vietnamese(column.meaning)]


def test_the_data_dictionary_names_no_column_that_does_not_exist() -> None:
    columns = {column.name for column in every_column()}
    reasons = {re.sub(r"_\d+_(?=respondents|not_dissenting)", "_", code) for code in documented()} - columns
    assert reasons == set(words.REASONS)


def test_every_text_of_the_results_exists_in_vietnamese() -> None:
    vietnamese = translator("vi")
    texts = {column.meaning for column in every_column()}
    for group in ("DIMENSION", "STATE", "KIND", "FORMULA", "VALUE"):
        texts |= set(getattr(words, f"{group}_WORDS").values())
    texts |= set(words.REASONS.values())
    assert sorted(text for text in texts if vietnamese(text) == text) == []
