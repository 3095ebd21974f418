"""Codes people type: forgiving to read, hopeless to guess, and opening one spends nothing."""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import yaml
from builders.collection import how_many
from builders.rounds import an_open_round
from builders.units import some_services
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.collection.tables import Response
from app.core.database import Database
from app.main import create_app
from app.receipts import guesses
from app.receipts.issuing import IssuedReceipt, ReceiptOrder, issue_receipts
from app.receipts.tables import ShortCode, SpentToken

pytestmark = pytest.mark.anyio
UNIT, SERVICE = "07777", "2.000815"
ADDRESS = "203.0.113.77"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def receipt(database: Database) -> IssuedReceipt:
    with database.write() as session:
        some_services(session)
        an_open_round(session)
        (issued,) = issue_receipts(session, "2026-Q4", [ReceiptOrder(UNIT, SERVICE)])
    return issued


async def typed(client: httpx.AsyncClient, code: str) -> httpx.Response:
    return await client.post("/r", data={"code": code})


@pytest.mark.parametrize("dash", ["", " ", "–", "—", "‑", "."])
async def test_any_dash_between_its_halves_will_do(
    client: httpx.AsyncClient, receipt: IssuedReceipt, dash: str
) -> None:
    sent = await typed(client, receipt.short_code.replace("-", dash).lower())
    assert (sent.status_code, sent.headers["location"]) == (303, f"/r/{receipt.token}")


async def test_the_front_page_and_the_code_page_have_a_field_for_the_code(
    client: httpx.AsyncClient, receipt: IssuedReceipt
) -> None:
    for page in ("/", "/r"):
        shown = await client.get(page)
        assert '<form class="' in shown.text
        assert 'action="/r"' in shown.text
        assert 'name="code"' in shown.text


async def test_a_typed_code_leads_to_the_same_form_as_the_picture(
    client: httpx.AsyncClient, receipt: IssuedReceipt
) -> None:
    sent = await typed(client, receipt.short_code)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/r/{receipt.token}")
    page = await client.get(sent.headers["location"])
    assert "Chứng thực bản sao" in page.text
    linked = await client.get(f"/r/{receipt.short_code}")
    assert (linked.status_code, linked.headers["location"]) == (303, f"/r/{receipt.token}")


async def test_case_dashes_spaces_and_look_alikes_do_not_matter(
    client: httpx.AsyncClient, receipt: IssuedReceipt
) -> None:
    plain = receipt.short_code.replace("-", "")
    for form in (plain.lower(), " ".join(plain), f" {plain[:4]} - {plain[4:]}", plain.replace("0", "o")):
        assert (await typed(client, form)).headers["location"] == f"/r/{receipt.token}"
    assert (await typed(client, plain.replace("1", "l"))).status_code == 303


async def test_typing_and_opening_a_code_spends_nothing(
    client: httpx.AsyncClient, database: Database, receipt: IssuedReceipt
) -> None:
    for _ in range(3):
        await client.get((await typed(client, receipt.short_code)).headers["location"])
    assert [how_many(database, table) for table in (Response, SpentToken, ShortCode)] == [0, 0, 1]


@pytest.mark.parametrize("wrong", ["", "K7Q4", "K7Q4-9MXT", "UUUU-UUUU", "<b>x</b>", "9" * 200, "giấy hẹn"])
async def test_a_wrong_code_may_be_corrected(
    client: httpx.AsyncClient, receipt: IssuedReceipt, wrong: str
) -> None:
    page = await typed(client, wrong)
    assert page.status_code == 404
    assert "Không nhận ra mã này" in page.text
    assert "<b>x</b>" not in page.text
    assert (await typed(client, receipt.short_code)).status_code == 303


async def test_guessing_is_stopped_per_address_and_right_codes_never_count(
    client: httpx.AsyncClient, receipt: IssuedReceipt
) -> None:
    for _ in range(2 * guesses.CEILING):
        assert (await typed(client, receipt.short_code)).status_code == 303
    answers = [(await typed(client, f"0000-{n:04}")).status_code for n in range(guesses.CEILING + 1)]
    assert answers == [404] * guesses.CEILING + [429]
    stopped = await typed(client, receipt.short_code)
    assert stopped.status_code == 429
    assert "gõ sai mã quá nhiều lần" in stopped.text
    assert (await client.get(f"/r/{receipt.token}")).status_code == 200  # the picture still works


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_address_that_typed_and_answered_is_written_nowhere(
    home: Path, receipt: IssuedReceipt, database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    app = create_app()
    async with app.router.lifespan_context(app):
        there = httpx.ASGITransport(app=app, client=(ADDRESS, 40_000))
        async with httpx.AsyncClient(transport=there, base_url="http://test") as client:
            tries = [(await typed(client, "0000-0000")).status_code for _ in range(guesses.CEILING + 1)]
            wrong_code = {"code": "AAAA-AAAA"}
            assert (await client.post("/api/v1/kiosks/redeem", json=wrong_code)).status_code == 422
            start = {"unit": UNIT, "mode": "receipt"}
            assert (await client.post("/api/v1/started", json=start)).status_code == 204
            assert (await client.post("/api/v1/responses", content=b"{}")).status_code >= 400
            fields = {"response_id": str(uuid4()), "a.q_overall": "4"}
            sent = await client.post(f"/r/{receipt.token}", data=fields)
    assert (tries[-1], sent.status_code, how_many(database)) == (429, 303, 1)
    files = [path for path in home.rglob("*") if path.is_file()]
    written = b"".join(path.read_bytes() for path in files) + "".join(capfd.readouterr()).encode()
    assert UNIT.encode() in written
    assert ADDRESS.encode() not in written


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("receipt")
async def test_behind_the_proxy_of_the_containers_everybody_has_a_ceiling_of_their_own(home: Path) -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["sipas"]
    assert service["ports"] == ["127.0.0.1:8000:8000"]  # who can reach the program is trusted to say for whom
    app = create_app()
    async with app.router.lifespan_context(app):
        believing = ProxyHeadersMiddleware(app, trusted_hosts=service["environment"]["FORWARDED_ALLOW_IPS"])
        bridge = httpx.ASGITransport(app=believing, client=("172.18.0.1", 40_000))
        async with httpx.AsyncClient(transport=bridge, base_url="http://test") as proxy:
            for address, expected in (("203.0.113.7", 429), ("203.0.113.8", 404)):
                proxy.headers["X-Forwarded-For"] = address
                tries = guesses.CEILING + 1 if expected == 429 else 1
                answers = [(await typed(proxy, f"0000-{n:04}")).status_code for n in range(tries)]
                assert answers[-1] == expected
