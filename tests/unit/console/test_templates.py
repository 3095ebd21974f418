"""What the strict content policy would silently drop must not be written at all."""

import re
from collections.abc import Iterator

from app.core.pages import STATIC, TEMPLATE_FOLDERS

COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(")


def templates() -> Iterator[tuple[str, str]]:
    for folder in TEMPLATE_FOLDERS:
        for path in sorted(folder.rglob("*.html")):
            yield path.name, path.read_text(encoding="utf-8")


def test_no_template_holds_inline_script_style_or_an_event() -> None:
    inline = re.compile(r"<style|\sstyle=|\son[a-z]+=\"|javascript:|<script(?![^>]*\ssrc=)")
    assert {name for name, text in templates() if inline.search(text)} == set()


def test_no_template_names_another_origin() -> None:
    elsewhere = re.compile(r"(src|href|action)=\"(https?:)?//")
    assert {name for name, text in templates() if elsewhere.search(text)} == set()


def test_every_post_form_of_the_console_carries_a_csrf_token() -> None:
    form = re.compile(r"<form[^>]*method=\"post\".*?</form>", re.DOTALL)
    found = [
        (path.name, one)
        for path in TEMPLATE_FOLDERS[1].rglob("*.html")
        for one in form.findall(path.read_text())
    ]
    assert len(found) > 20
    assert [name for name, one in found if 'name="csrf_token"' not in one] == []


def sheets() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(STATIC.glob("console*.css")))


def test_colours_are_named_in_one_sheet_only() -> None:
    assert COLOUR.findall(sheets()) == []


def test_every_name_the_sheets_use_exists() -> None:
    tokens = (STATIC / "tokens.css").read_text(encoding="utf-8")
    used = set(re.findall(r"var\((--[a-z0-9-]+)", sheets()))
    assert used - set(re.findall(r"(--[a-z0-9-]+):", tokens)) == set()
