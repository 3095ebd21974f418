"""The page behind a receipt's code or a poster: opening spends nothing, sending works without script."""

import gzip
import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from builders.collection import stored
from builders.forms import a_published_form
from builders.rounds import a_new_round, an_open_round
from builders.units import some_services
from sqlmodel import func, select

from app.collection.tables import ResponseComment
from app.core import clock
from app.core.database import Database
from app.receipts.service import issue
from app.receipts.tables import SpentToken
from app.rounds.service import close_round, create_round

pytestmark = pytest.mark.anyio
UNIT, SERVICE = "07777", "2.000815"


@pytest.fixture
def token(database: Database) -> str:
    with database.write() as session:
        round_code = an_open_round(session).round_code
        some_services(session)
    return a_token(round_code)


def a_token(round_code: str, *, stage: str = "returned", days: int = 30) -> str:
    return issue(
        round_code,
        UNIT,
        expires_on=clock.today() + timedelta(days),
        service_code=SERVICE,
        submission="counter",
        stage=stage,
    )


def hidden(page: str) -> dict[str, str]:
    """The fields a browser sends by itself."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)"[^>]*? value="([^"]*)"', page))


async def opened(client: httpx.AsyncClient, path: str) -> dict[str, str]:
    return hidden((await client.get(path)).text)


def spent_tokens(database: Database) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(SpentToken)).one()


async def test_the_page_names_unit_and_service_and_asks_at_once(
    client: httpx.AsyncClient, token: str
) -> None:
    page = await client.get(f"/r/{token}")
    assert page.status_code == 200
    for words in ("Phường Việt Yên", "Chứng thực bản sao", "Ông/bà hài lòng với lần phục vụ hôm nay?"):
        assert words in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_opening_a_code_again_and_again_spends_nothing(
    client: httpx.AsyncClient, database: Database, token: str
) -> None:
    for agent in ("Mozilla/5.0", "facebookexternalhit/1.1", "Zalo", "Slackbot-LinkExpanding 1.0"):
        assert (await client.get(f"/r/{token}", headers={"User-Agent": agent})).status_code == 200
    assert (await client.head(f"/r/{token}")).status_code in (200, 404, 405)
    assert spent_tokens(database) == 0
    assert stored(database) == []


async def test_every_opened_page_carries_an_id_of_its_own(client: httpx.AsyncClient, token: str) -> None:
    first, second = await opened(client, f"/r/{token}"), await opened(client, f"/r/{token}")
    assert UUID(first["response_id"]).version == 4
    assert first["response_id"] != second["response_id"]


async def test_the_page_reads_the_same_with_and_without_compression(
    client: httpx.AsyncClient, token: str
) -> None:
    plain = await client.get(f"/r/{token}", headers={"Accept-Encoding": "identity"})
    request = client.build_request("GET", f"/r/{token}", headers={"Accept-Encoding": "gzip"})
    packed = await client.send(request, stream=True)
    raw = b"".join([part async for part in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip"
    blank = re.compile(r'value="[0-9a-f-]{36}"')
    assert blank.sub("", gzip.decompress(raw).decode()) == blank.sub("", plain.text)


async def test_a_page_sent_without_script_is_stored_under_the_receipts_strata(
    client: httpx.AsyncClient, database: Database, token: str
) -> None:
    fields = await opened(client, f"/r/{token}") | {"a.q_overall": "2", "a.q_comment": " Chờ lâu "}
    sent = await client.post(f"/r/{token}", data=fields | {"a.q_improve": ["waiting", "officer"]})
    assert sent.status_code == 303
    assert "Cảm ơn" in (await client.get(sent.headers["location"])).text
    (row,) = stored(database)
    assert (row.mode, row.unit_code, row.service_code, row.stage) == ("receipt", UNIT, SERVICE, "returned")
    assert row.answers == {"q_overall": 2, "q_improve": ["officer", "waiting"]}
    assert row.outcome == "complete"
    with database.read() as session:
        assert session.exec(select(ResponseComment.body)).one() == "Chờ lâu"


async def test_a_double_tap_is_one_answer_and_two_thanks(
    client: httpx.AsyncClient, database: Database, token: str
) -> None:
    fields = await opened(client, f"/r/{token}") | {"a.q_overall": "5"}
    taps = [await client.post(f"/r/{token}", data=fields) for _ in range(2)]
    assert [tap.status_code for tap in taps] == [303, 303]
    assert len(stored(database)) == 1


async def test_a_used_code_says_so_kindly_when_opened_and_when_sent(
    client: httpx.AsyncClient, database: Database, token: str
) -> None:
    first, second = await opened(client, f"/r/{token}"), await opened(client, f"/r/{token}")
    await client.post(f"/r/{token}", data=first | {"a.q_overall": "5"})
    for refused in (
        await client.get(f"/r/{token}"),
        await client.post(f"/r/{token}", data=second | {"a.q_overall": "1"}),
        await client.post(f"/r/{token}", data=first | {"a.q_overall": "1"}),
    ):
        assert refused.status_code == 410
        assert "Mã này đã được dùng" in refused.text
    assert [row.answers["q_overall"] for row in stored(database)] == [5]


async def test_nothing_is_lost_when_the_main_question_was_left_out(
    client: httpx.AsyncClient, database: Database, token: str
) -> None:
    fields = await opened(client, f"/r/{token}")
    back = await client.post(f"/r/{token}", data=fields | {"a.q_comment": 'Cảm ơn "chị" <b>Lan</b>'})
    assert back.status_code == 422
    assert "Xin chọn câu trả lời ở đây rồi bấm Gửi." in back.text
    assert "Cảm ơn &#34;chị&#34; &lt;b&gt;Lan&lt;/b&gt;</textarea>" in back.text
    assert hidden(back.text)["response_id"] == fields["response_id"]
    assert stored(database) == []
    assert spent_tokens(database) == 0
    assert (await client.post(f"/r/{token}", data=fields | {"a.q_overall": "4"})).status_code == 303


@pytest.mark.parametrize("wrong", ["9", "tốt", "-1", "5.5"])
async def test_a_rating_off_the_scale_is_shown_beside_its_question(
    client: httpx.AsyncClient, database: Database, token: str, wrong: str
) -> None:
    fields = await opened(client, f"/r/{token}")
    back = await client.post(f"/r/{token}", data=fields | {"a.q_overall": wrong})
    assert back.status_code == 422
    assert 'id="problem-q_overall"' in back.text
    assert stored(database) == []


async def test_answers_to_questions_that_were_not_asked_are_left_out(
    client: httpx.AsyncClient, database: Database, token: str
) -> None:
    fields = await opened(client, f"/r/{token}") | {"a.q_overall": "5", "a.q_improve": "waiting"}
    assert (await client.post(f"/r/{token}", data=fields)).status_code == 303
    assert stored(database)[0].answers == {"q_overall": 5}


async def test_wrong_old_and_closed_codes_lead_to_a_kind_page(
    client: httpx.AsyncClient, database: Database, token: str
) -> None:
    wrong = await client.get(f"/r/{token[:-2]}xx")
    old = await client.get(f"/r/{a_token('2026-Q4', days=-1)}")
    with database.write() as session:
        close_round(session, "2026-Q4")
    closed = await client.get(f"/r/{a_token('2026-Q4')}")
    assert (wrong.status_code, "Không nhận ra mã này" in wrong.text) == (404, True)
    assert (old.status_code, "Mã này đã hết hạn" in old.text) == (410, True)
    assert (closed.status_code, "Đợt khảo sát này đã kết thúc" in closed.text) == (410, True)


async def test_result_questions_are_asked_only_once_the_result_was_returned(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        new = a_new_round(session)
        create_round(session, replace(new, forms={"receipt": a_published_form(session, "one_stop")}))
    asked = {
        stage: len(re.findall("<fieldset", (await client.get(f"/r/{a_token('2026-Q4', stage=stage)}")).text))
        for stage in ("received", "returned")
    }
    assert 0 < asked["received"] < asked["returned"] == 25


async def test_a_poster_is_answered_as_often_as_people_come(
    client: httpx.AsyncClient, database: Database, token: str
) -> None:
    for level in "45":
        fields = await opened(client, f"/p/{UNIT}") | {"a.q_overall": level}
        assert (await client.post(f"/p/{UNIT}", data=fields)).status_code == 303
    assert {(row.mode, row.unit_code) for row in stored(database)} == {("poster", UNIT)}
    assert len(stored(database)) == 2


async def test_a_poster_of_an_unknown_unit_says_that_nothing_runs(client: httpx.AsyncClient) -> None:
    page = await client.get("/p/99999")
    assert page.status_code == 404
    assert "không có đợt khảo sát" in page.text


async def test_the_page_speaks_english_when_asked_and_remembers_it(
    client: httpx.AsyncClient, token: str
) -> None:
    english = await client.get(f"/r/{token}?lang=en")
    assert '<html lang="en">' in english.text
    assert "How satisfied are you" in english.text
    assert "How satisfied are you" in (await client.get(f"/r/{token}")).text
