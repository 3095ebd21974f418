"""An id that one command lists and another asks for stands whole on the narrowest terminal."""

from pathlib import Path

from builders.units import a_province_with_communes
from typer.testing import CliRunner

from app.cli import cli
from app.core.commands import command_session

UNIT = "07777"
NARROW = {"COLUMNS": "80"}


def said(*arguments: str) -> str:
    return CliRunner().invoke(cli, arguments, env=NARROW, catch_exceptions=False).output


def test_a_kiosks_id_can_be_read_and_given_to_the_next_command(home: Path) -> None:
    with command_session() as session:
        a_province_with_communes(session)
    said("kiosks", "enrol", "--unit", UNIT, "--name", "Kiosk sảnh chính của trung tâm")
    (kiosk,) = [word for word in said("kiosks", "list").split() if len(word) == 32]
    assert "07:00-11:30" in said("kiosks", "hours", kiosk, "1-6 07:00-11:30")


def test_a_receivers_id_and_address_can_be_read(home: Path) -> None:
    address = "https://truc.tinh.example/canh-bao"
    made = said("alerts", "tell", address, "--name", "Trục tích hợp của tỉnh").split()[0]
    listed = said("alerts", "receivers")
    assert made in listed.split()
    assert address in "".join(line.split("│")[4].strip() for line in listed.splitlines() if "│" in line)
    said("alerts", "remove", made)
    assert made not in said("alerts", "receivers")
