"""The page on files says what response files hold, in both languages."""

from pathlib import Path

from app.core.language import translator
from app.results.exports.response_columns import KEY_MEANINGS
from app.results.exports.response_files import RESPONSE_FORMATS
from app.results.exports.run_files import FORMATS

PAGE = (Path(__file__).parents[3] / "docs" / "exports.md").read_text(encoding="utf-8")


def test_every_column_before_the_items_is_explained_in_both_languages() -> None:
    vietnamese = translator("vi")
    missing = [n for n, m in KEY_MEANINGS.items() if f"| `{n}` | {m} | {vietnamese(m)} |" not in PAGE]
    assert missing == []


def test_every_format_is_named() -> None:
    results, responses = (line for line in PAGE.splitlines() if line.startswith("GET /api/v1/"))
    assert set(results.split("{")[2].split("}")[0].split("|")) == {*FORMATS, "zip"}
    assert set(responses.split("{")[2].split("}")[0].split("|")) == set(RESPONSE_FORMATS)
