"""The README's steps, followed to the letter, lead to a printed sheet, a served home and a spreadsheet."""

import re
import shlex
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook
from typer.testing import CliRunner

from app.cli import cli
from app.core.database import Database

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PASSWORD = "một mật khẩu đủ dài 2026"


def commands(heading: str) -> list[list[str]]:
    """The `sipas` commands of a section's first code block."""
    section = README.split(heading, 1)[1]
    block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert block is not None
    lines = block.group(1).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("sipas ")]


def follow(arguments: list[str]) -> str:
    result = CliRunner().invoke(cli, arguments, input=f"{PASSWORD}\n{PASSWORD}\n", catch_exceptions=False)
    assert result.exit_code == 0, f"{arguments}: {result.output}"
    return result.output


def test_an_operators_first_ten_minutes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    (home / "docs").symlink_to(ROOT / "docs")
    steps = commands("an operator's first ten minutes")
    assert steps.pop() == ["serve"]
    said = [follow(step) for step in steps]
    assert any(re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", output) for output in said), (
        "no one-time code was printed"
    )
    assert (home / "nhan.pdf").read_bytes().startswith(b"%PDF")


def test_an_analysts_first_ten_minutes(
    province: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for step in commands("an analyst's first ten minutes"):
        follow(step)
    assert "Phường Nếnh" in "".join(p.text for p in Document(str(tmp_path / "bao-cao.docx")).paragraphs)
    rows = load_workbook(tmp_path / "ket-qua.xlsx").worksheets[0].iter_rows(values_only=True)
    header = next(row for row in rows if row and "unit_code" in row)
    assert {row[header.index("unit_name")] for row in rows} >= {
        "Tỉnh Bắc Ninh",
        "Phường Nếnh",
        "Phường Việt Yên",
    }
