"""The queue of a device that must be recovered, brought in from its file through the one write path."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders.collection import Asking, stored
from builders.kiosks import Device
from typer.testing import CliRunner

from app.cli import cli
from app.collection.queue_file import import_queue
from app.core import clock
from app.core.database import Database
from app.core.errors import NotFound, Unreadable
from app.kiosks.fleet import fleet
from app.kiosks.service import revoke


def a_file(tmp_path: Path, device: Device, *wires: dict[str, Any]) -> Path:
    """As the kiosk's page writes it."""
    entries = [
        {"body": json.dumps(wire), "number": number, "device": device.device_id, "state": "waiting"}
        for number, wire in enumerate(wires, start=1)
    ]
    path = tmp_path / "sipas-kiosk.json"
    path.write_text(json.dumps({"format": "sipas-kiosk-queue", "format_version": 1, "entries": entries}))
    return path


def test_every_answer_of_a_queue_is_stored_once_and_counted(
    database: Database, asking: Asking, device: Device, tmp_path: Path
) -> None:
    path = a_file(tmp_path, device, *(asking.wire(mode="kiosk") for _ in range(3)))
    first, again = import_queue(database, path), import_queue(database, path)
    assert (first.recorded, first.repeated, again.recorded, again.repeated) == (3, 0, 0, 3)
    assert {(row.mode, row.flags) for row in stored(database)} == {("kiosk", "")}
    with database.read() as session:
        (shown,) = fleet(session, now=clock.now(), may=lambda _kiosk: True)
    assert (shown.tally.made, shown.tally.missing, shown.tally.duplicate) == (3, 0, 0)


def test_the_queue_of_a_revoked_device_is_taken_long_after_the_round(
    database: Database, asking: Asking, device: Device, tmp_path: Path
) -> None:
    path = a_file(tmp_path, device, asking.wire(mode="kiosk"))
    with database.write() as session:
        revoke(session, device.kiosk_id)
    with clock.fixed(clock.now() + timedelta(days=300)):
        assert import_queue(database, path).recorded == 1


def test_an_answer_that_cannot_be_taken_is_told_and_does_not_stop_the_others(
    database: Database, asking: Asking, device: Device, tmp_path: Path
) -> None:
    good = asking.wire(mode="kiosk")
    path = a_file(tmp_path, device, asking.wire(mode="kiosk", unit="99999"), good, {"round": "?"})
    told = CliRunner().invoke(cli, ["responses", "import-queue", str(path)])
    assert told.exit_code == 1
    assert "Nhận 1, đã có 0, không nhận 2" in told.output
    assert "#1 [unit]" in told.output
    assert "#3 [response_id]" in told.output
    assert [row.response_id for row in stored(database)] == [good["response_id"]]


@pytest.mark.parametrize("text", ["", "[]", '{"format": "other"}', "\x00"])
def test_a_file_that_is_no_queue_is_told_so(database: Database, tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(Unreadable, match=r"other\.json is not the queue of a kiosk"):
        import_queue(database, path)


def test_a_device_of_another_server_is_told(database: Database, asking: Asking, tmp_path: Path) -> None:
    stranger = Device("k", "0" * 32, "secret")
    with pytest.raises(NotFound, match="was never connected here"):
        import_queue(database, a_file(tmp_path, stranger, asking.wire(mode="kiosk")))
    assert stored(database) == []
