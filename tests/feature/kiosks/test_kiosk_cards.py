"""The card beside a kiosk: one printed page, in Vietnamese, from the command line and from the fleet page."""

from pathlib import Path

import httpx
import pypdfium2
import pytest
from builders.accounts import signed_in
from builders.collection import COMMUNE
from builders.kiosks import Device
from typer.testing import CliRunner

from app.cli import cli
from app.core.commands import out
from app.core.database import Database
from app.core.errors import Invalid
from app.kiosks.cards import card

pytestmark = pytest.mark.anyio
A5_POINTS = (420, 595)


def page_of(content: bytes) -> str:
    """The words of the one A5 page."""
    document = pypdfium2.PdfDocument(content)
    assert len(document) == 1
    assert tuple(round(side) for side in document[0].get_size()) == A5_POINTS
    words = " ".join(document[0].get_textpage().get_text_bounded().split())
    document.close()
    return words


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", ["Phường Việt Yên", "Trung tâm Phục vụ hành chính công " * 3])
def test_a_card_tells_what_it_is_that_it_is_anonymous_and_whom_to_call(name: str) -> None:
    words = page_of(card(name, call="Nguyễn Thị Hoa, 0204 123 456"))
    for wanted in ("Ẩn danh", "Năm khuôn mặt", "Nền tối", "cảnh báo", "Nguyễn Thị Hoa, 0204 123 456"):
        assert wanted in words
    assert "camera" not in words  # only some devices have one that reads codes: their screens say so


@pytest.mark.usefixtures("home")
def test_whom_to_call_is_short() -> None:
    with pytest.raises(Invalid):
        card("Phường Việt Yên", call="x" * 121)


async def test_a_card_comes_from_the_command_line_and_from_the_fleet_page(
    client: httpx.AsyncClient, database: Database, device: Device, tmp_path: Path
) -> None:
    file = tmp_path / "card.pdf"
    arguments = ["kiosks", "card", "--unit", COMMUNE, "--out", str(file), "--call", "máy lẻ 12"]
    assert CliRunner().invoke(cli, arguments, catch_exceptions=False).exit_code == 0
    assert "máy lẻ 12" in page_of(file.read_bytes())
    signed_in(client, database, role="operator")
    address = f"/console/kiosks/{device.kiosk_id}/card.pdf"
    assert address in (await client.get("/console/kiosks")).text
    reply = await client.get(address)
    assert reply.headers["content-type"] == "application/pdf"
    assert f"Phường {COMMUNE}" in page_of(reply.content)


async def test_the_fleet_is_told_on_the_command_line_as_on_the_page(
    client: httpx.AsyncClient, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out, "_width", 220)
    await device.beat(client, made=9, waiting=[[5, 6], [9, 9]], aside=[[8, 8]])
    said = CliRunner().invoke(cli, ["kiosks", "fleet"], catch_exceptions=False)
    (row,) = [line.split() for line in said.stdout.splitlines() if COMMUNE in line]
    assert row[row.index("9") :][:5] == ["9", "5", "0", "3", "1"]
    assert "missing" in said.stdout
