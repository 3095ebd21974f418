"""Posters anybody may answer, and how many people began."""

import json
from datetime import timedelta
from pathlib import Path

import httpx
import pypdfium2
import pytest
import zxingcpp
from builders.accounts import an_api_key, signed_in
from builders.rounds import an_open_round
from builders.units import some_services
from sqlmodel import select
from typer.testing import CliRunner

from app.cli import cli
from app.core import clock
from app.core.database import Database
from app.receipts.started import MOST_COUNTERS, Started
from app.receipts.tables import StartedCount

pytestmark = pytest.mark.anyio
UNIT = "07777"
A5_POINTS = (420, 595)


@pytest.fixture(autouse=True)
def _round(database: Database) -> None:
    with database.write() as session:
        some_services(session)
        an_open_round(session)


def read_poster(pdf: bytes) -> tuple[str, str]:
    """The address in the code at 150 dots an inch, and the words."""
    document = pypdfium2.PdfDocument(pdf)
    (page,) = document
    assert tuple(round(side) for side in page.get_size()) == A5_POINTS
    (code,) = zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())
    words = page.get_textpage().get_text_bounded()
    document.close()
    return code.text, words


async def test_a_poster_is_one_page_of_a5_with_the_units_name_and_one_code(
    home: Path, client: httpx.AsyncClient
) -> None:
    file = home / "poster.pdf"
    args = ["receipts", "poster", "--unit", UNIT, "--out", str(file)]
    assert CliRunner().invoke(cli, args, catch_exceptions=False).exit_code == 0
    address, words = read_poster(file.read_bytes())
    assert address.endswith(f"/p/{UNIT}")
    assert "Phường Việt Yên" in words
    assert (await client.get(f"/p/{UNIT}")).status_code == 200


async def test_a_counters_poster_names_the_counter_on_paper_and_on_the_page(
    client: httpx.AsyncClient, database: Database
) -> None:
    signed_in(client, database)
    drawn = await client.get(f"/console/receipts/poster.pdf?unit={UNIT}&counter=Quầy 3")
    address, words = read_poster(drawn.content)
    assert "Quầy 3" in words
    page = await client.get(address.split("8000", 1)[1])
    assert "Quầy 3" in page.text


async def test_a_counters_label_cannot_carry_a_message(client: httpx.AsyncClient, database: Database) -> None:
    for label in ("<script>", "gọi ngay số 0900 000 000 để nhận tiền", "http://x"):
        page = await client.get(f"/p/{UNIT}", params={"counter": label})
        assert page.status_code == 200
        assert label not in page.text
        assert 'data-counter=""' in page.text
    signed_in(client, database)
    refused = await client.get(f"/console/receipts/poster.pdf?unit={UNIT}&counter=<b>")
    assert refused.status_code == 422


async def start(client: httpx.AsyncClient, **said: str) -> int:
    body = json.dumps({"unit": UNIT, "mode": "receipt"} | said)
    sent = await client.post("/api/v1/started", content=body, headers={"Content-Type": "application/json"})
    return sent.status_code


async def test_starts_are_counted_by_unit_mode_counter_and_day(
    client: httpx.AsyncClient, database: Database
) -> None:
    started: Started = client._transport.app.state.daily_mix.started
    for said in ({}, {}, {"mode": "poster", "counter": "Quầy 3"}, {"unit": "99999"}):
        assert await start(client, **said) == 204
    started.flush(database)
    assert await start(client) == 204
    started.flush(database)
    started.flush(database)
    with database.write() as session:
        key = an_api_key(session, "viewer", "/24/")
        rows = session.exec(select(StartedCount)).all()
        counts = {(row.unit_code, row.mode, row.counter): row.started for row in rows}
    assert counts == {(UNIT, "receipt", ""): 3, (UNIT, "poster", "Quầy 3"): 1}
    day = clock.today().isoformat()
    asked = {"unit": "24", "from_on": day, "through_on": day}
    said = await client.get("/api/v1/started", params=asked, headers={"Authorization": f"Bearer {key}"})
    assert [(row["mode"], row["counter"], row["started"]) for row in said.json()] == [
        ("poster", "Quầy 3", 1),
        ("receipt", "", 3),
    ]


async def test_made_up_units_and_counters_do_not_fill_the_counts(
    client: httpx.AsyncClient, database: Database
) -> None:
    for number in range(MOST_COUNTERS + 20):
        await start(client, mode="poster", counter=f"Quầy {number}")
        await start(client, mode="poster", unit=f"made-up-{number}")
    client._transport.app.state.daily_mix.started.flush(database)
    with database.read() as session:
        rows = session.exec(select(StartedCount)).all()
    assert {row.unit_code for row in rows} == {UNIT}
    assert len(rows) == MOST_COUNTERS + 1
    assert sum(row.started for row in rows) == MOST_COUNTERS + 20


async def test_a_start_takes_no_token_and_no_id(client: httpx.AsyncClient) -> None:
    for extra in ("token", "response_id", "dossier"):
        assert await start(client, **{extra: "x"}) == 422
    assert await start(client, mode="paper") == 422


async def test_starts_survive_a_database_that_is_away_and_a_stop(
    home: Path, database: Database, tmp_path: Path
) -> None:
    started = Started()
    started.add(UNIT, "kiosk")
    away = Database(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    with pytest.raises(Exception, match="unable to open"):
        started.flush(away)
    with clock.fixed(clock.now() + timedelta(days=1)):
        started.add(UNIT, "kiosk")
    started.flush(database)
    with database.read() as session:
        assert [row.started for row in session.exec(select(StartedCount)).all()] == [1, 1]
