"""Codes on paper: a sheet of labels whose pictures a phone can read, links for one-stop software."""

import re
from datetime import timedelta
from pathlib import Path

import httpx
import pypdfium2
import pytest
import zxingcpp
from builders.accounts import an_api_key, signed_in
from builders.rounds import an_open_round
from builders.units import some_services
from typer.testing import CliRunner

from app.cli import cli
from app.core import clock
from app.core.database import Database
from app.core.errors import Gone, Invalid
from app.receipts.issuing import ReceiptOrder, issue_receipts
from app.receipts.service import redeem
from app.rounds.service import close_round

pytestmark = pytest.mark.anyio
UNIT, SERVICE = "07777", "2.000815"
DOTS_A_MM = 200 / 25.4


@pytest.fixture
def round_code(database: Database) -> str:
    with database.write() as session:
        some_services(session)
        return an_open_round(session).round_code


def read_sheet(pdf: bytes) -> list[list[zxingcpp.Barcode]]:
    """The codes a camera finds on every page at 200 dots an inch."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.render(scale=200 / 72).to_pil() for page in document]
    found = [list(zxingcpp.read_barcodes(page)) for page in pages]
    document.close()
    return found


async def test_the_code_to_type_on_a_label_leads_where_its_picture_leads(
    client: httpx.AsyncClient, home: Path, round_code: str
) -> None:
    file = home / "labels.pdf"
    args = ["receipts", "sheet", "--round", round_code, "--unit", UNIT, "--count", "1", "--out", str(file)]
    assert CliRunner().invoke(cli, args, catch_exceptions=False).exit_code == 0
    ((code,),) = read_sheet(file.read_bytes())
    document = pypdfium2.PdfDocument(file.read_bytes())
    words = document[0].get_textpage().get_text_bounded()
    document.close()
    typed = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", words)[0]
    sent = await client.post("/r", data={"code": typed})
    assert code.text.endswith(sent.headers["location"])


async def test_a_printed_sheet_holds_twelve_different_codes_large_enough_to_scan(
    home: Path, round_code: str
) -> None:
    file = home / "labels.pdf"
    said = CliRunner().invoke(
        cli,
        ["receipts", "sheet", "--round", round_code, "--unit", UNIT, "--service", SERVICE]
        + ["--count", "12", "--out", str(file)],
        catch_exceptions=False,
    )
    assert said.exit_code == 0, said.output
    (codes,) = read_sheet(file.read_bytes())
    assert len({code.text for code in codes}) == 12
    for code in codes:
        receipt = redeem(code.text.rsplit("/r/", 1)[1])
        assert (receipt.unit_code, receipt.service_code, receipt.stage) == (UNIT, SERVICE, "returned")
        width = code.position.top_right.x - code.position.top_left.x
        assert width / DOTS_A_MM >= 25
        assert str(code.ec_level) == "M"


async def test_names_are_printed_as_text_and_never_obeyed(database: Database, round_code: str) -> None:
    from app.receipts.issuing import IssuedReceipt
    from app.receipts.sheets import label_sheet

    hostile = IssuedReceipt("t", "http://x/r/t", '#panic("x") $ [*] \\', "= A_b `c` <d>", clock.today())
    document = pypdfium2.PdfDocument(label_sheet([hostile]))
    text = document[0].get_textpage().get_text_range()
    document.close()
    assert '#panic("x") $ [*] \\' in text
    assert "= A_b `c` <d>" in text


async def test_the_console_sheet_needs_an_operator_of_that_unit(
    client: httpx.AsyncClient, database: Database, round_code: str
) -> None:
    asked = {"round": round_code, "unit": UNIT, "service": "", "submission": "counter", "stage": "returned"}
    address = "/console/receipts/sheet.pdf"
    assert (await client.get(address, params=asked)).status_code == 303
    signed_in(client, database, role="analyst")
    assert (await client.get(address, params=asked)).status_code == 403
    signed_in(client, database, role="operator", unit_path=f"/24/{UNIT}/")
    sheet = await client.get(address, params=asked | {"count": "13"})
    assert sheet.headers["content-type"] == "application/pdf"
    assert [len(codes) for codes in read_sheet(sheet.content)] == [12, 1]
    assert (await client.get(address, params=asked | {"unit": "07774"})).status_code == 403


async def test_one_stop_software_gets_links_and_pictures_for_its_dossiers(
    client: httpx.AsyncClient, database: Database, round_code: str
) -> None:
    with database.write() as session:
        key = an_api_key(session, role="operator", unit_path=f"/24/{UNIT}/")
    own = {"Authorization": f"Bearer {key}"}
    wanted = {"unit": UNIT, "service": SERVICE, "submission": "online", "stage": "returned"}
    body = {"round": round_code, "receipts": [wanted, wanted]}
    issued = await client.post("/api/v1/receipts", json=body, headers=own)
    assert issued.status_code == 201
    first, second = issued.json()
    assert first["token"] != second["token"]
    assert redeem(first["token"]).submission == "online"
    svg = await client.get(first["qr_svg"].replace(first["url"], f"/r/{first['token']}"))
    assert svg.headers["content-type"] == "image/svg+xml"
    png = await client.get(f"/r/{second['token']}/qr.png")
    assert zxingcpp.read_barcodes(_picture(png.content))[0].text == second["url"]
    other = {"round": round_code, "receipts": [{"unit": "07774"}]}
    assert (await client.post("/api/v1/receipts", json=other, headers=own)).status_code == 403
    assert (await client.post("/api/v1/receipts", json=body)).status_code == 401


async def test_no_picture_is_drawn_for_a_code_made_elsewhere(client: httpx.AsyncClient) -> None:
    assert (await client.get("/r/anything/qr.svg")).status_code == 404


async def test_a_code_never_outlives_its_round_and_none_is_issued_after_it(
    database: Database, round_code: str
) -> None:
    with database.write() as session:
        far = ReceiptOrder(UNIT, expires_on=clock.today() + timedelta(days=400))
        (issued,) = issue_receipts(session, round_code, [far])
        assert issued.expires_on == clock.today() + timedelta(days=40)
        past = ReceiptOrder(UNIT, expires_on=clock.today() - timedelta(days=1))
        with pytest.raises(Invalid, match="has passed"):
            issue_receipts(session, round_code, [past])
        close_round(session, round_code)
        with pytest.raises(Gone, match="takes no more answers"):
            issue_receipts(session, round_code, [ReceiptOrder(UNIT)])


def _picture(content: bytes) -> object:
    import io

    from PIL import Image

    return Image.open(io.BytesIO(content))
