"""The public page: published editions alone, no cookie, no script; replaced and withdrawn ones say so."""

import csv
import io
import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest
from builders.accounts import signed_in
from builders.results import PROVINCE, ROUND, a_register, a_round, kiosk_answers, receipt_answers

from app.accounts.actors import Actor, Grant
from app.core.config import settings
from app.core.database import Database
from app.forms.service import publish
from app.results.editions import compute_edition
from app.results.reading import open_edition
from app.results.sealing import take_step
from app.results.tables import Edition

pytestmark = pytest.mark.anyio


def somebody(name: str) -> Actor:
    return Actor(name, "staff", (Grant("administrator", "/"),))


def step(database: Database, edition: Edition, *steps: str) -> None:
    with database.write() as session:
        for place, name in enumerate(steps):
            actor = somebody(f"{name}-{place}")
            take_step(session, edition.edition_id, name, actor=actor, note="sai số hồ sơ tháng 8")


@pytest.fixture
def published(database: Database) -> Edition:
    """A round of four communes, its results on the public page."""
    with database.write() as session:
        a_register(session)
        versions = a_round(session)
        kiosk_answers(session, versions["kiosk"], count=400)
    edition = compute_edition(database, ROUND, actor=somebody("an"))
    step(database, edition, "checked", "sealed", "published")
    return edition


async def test_an_edition_is_public_from_its_publication_and_not_before(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        a_register(session)
        versions = a_round(session)
        kiosk_answers(session, versions["kiosk"], count=200)
    edition = compute_edition(database, ROUND, actor=somebody("an"))
    step(database, edition, "checked", "sealed")
    assert ROUND not in (await client.get("/ket-qua")).text
    for hidden in (
        f"/ket-qua/{ROUND}",
        f"/ket-qua/{ROUND}/07267",
        f"/ket-qua/{ROUND}?ban={edition.edition_id}",
    ):
        assert (await client.get(hidden)).status_code == 404
    assert (await client.get(f"/ket-qua/{ROUND}/tai/unit.csv")).status_code == 404
    step(database, edition, "published")
    assert f"/ket-qua/{ROUND}" in (await client.get("/ket-qua")).text


async def test_page_file_and_edition_show_the_same_numbers(
    client: httpx.AsyncClient, database: Database, published: Edition
) -> None:
    with database.read() as session:
        tables = open_edition(session, published)
        rows = {row.unit: row for row in tables.rows(figure=tables.headline)}
    page = (await client.get(f"/ket-qua/{ROUND}")).text
    told = (await client.get(f"/ket-qua/{ROUND}/tai/unit.csv")).content.decode("utf-8-sig")
    kind, measure, formula = tables.headline.split(":")
    cells = {
        line["unit_code"]: line
        for line in csv.DictReader(io.StringIO(told))
        if (line["measure_kind"], line["measure"], line["formula"]) == (kind, measure, formula)
        and line["partial_rule"] == "complete_and_usable"
    }
    assert set(cells) == set(rows)
    for code, row in rows.items():
        assert row.estimate is not None
        assert float(cells[code]["estimate"]) == pytest.approx(row.estimate, abs=0.051)
        if code != PROVINCE:
            assert f"{row.estimate:.1f}".replace(".", ",") in page
    assert "Cứ 100 người được phục vụ" in page
    assert "Đăng ký khai sinh" in page
    for kind in ("json", "xlsx"):
        assert (await client.get(f"/ket-qua/{ROUND}/tai/unit,service.{kind}")).status_code == 200
    assert (await client.get(f"/ket-qua/{ROUND}/tai/unit.exe")).status_code == 422
    assert (await client.get(f"/ket-qua/{ROUND}/tai/responses.csv")).status_code == 404


async def test_nobody_is_followed_and_caches_may_keep_the_page(
    client: httpx.AsyncClient, database: Database, published: Edition
) -> None:
    signed_in(client, database)
    client.cookies.set("lang", "en")
    for path in (
        "/ket-qua",
        f"/ket-qua/{ROUND}",
        f"/ket-qua/{ROUND}/07267",
        f"/ket-qua/{ROUND}/07267?lang=en",
    ):
        page = await client.get(path)
        assert "set-cookie" not in page.headers
        assert page.headers["cache-control"] == "public, max-age=300"
        assert ('<html lang="en">' in page.text) == path.endswith("lang=en")
        assert "<script" not in page.text
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        again = await client.get(path, headers={"If-None-Match": page.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    english = (await client.get(f"/ket-qua/{ROUND}?lang=en")).text
    assert "were satisfied" in english
    links = re.findall(rf'href="(/ket-qua/{ROUND}/[^"]+)"', english)
    assert links
    assert all("lang=en" in unescape(link) for link in links)


async def test_only_the_chart_may_be_framed_by_other_sites(
    client: httpx.AsyncClient, database: Database, published: Edition
) -> None:
    framed = await client.get(f"/ket-qua/{ROUND}/{PROVINCE}/nhung")
    assert "frame-ancestors *" in framed.headers["content-security-policy"]
    assert "script-src 'self'" in framed.headers["content-security-policy"]
    assert "<svg" in framed.text
    chart = await client.get(f"/ket-qua/{ROUND}/{PROVINCE}/bieu-do.svg")
    assert chart.headers["content-type"].startswith("image/svg+xml")
    assert chart.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "<title" in chart.text
    assert "Việt Yên" in chart.text
    assert "style=" not in chart.text


async def test_a_correction_replaces_and_a_withdrawal_says_why(
    client: httpx.AsyncClient, database: Database, published: Edition
) -> None:
    with database.write() as session:
        kiosk_answers(session, publish(session, "quick", by="tests").form_version, count=100, seed=9)
    newer = compute_edition(
        database, ROUND, actor=somebody("an"), replaces=published.edition_id, reason="thêm phiếu đến muộn"
    )
    assert newer.edition_id != published.edition_id
    step(database, newer, "checked", "sealed", "published")
    stands = (await client.get(f"/ket-qua/{ROUND}")).text
    assert newer.content_hash in stands
    assert "thêm phiếu đến muộn" in stands
    old = await client.get(f"/ket-qua/{ROUND}?ban={published.edition_id}")
    assert old.status_code == 200
    assert "Đã có kết quả mới thay cho bản này" in old.text
    step(database, newer, "withdrawn")
    gone = (await client.get(f"/ket-qua/{ROUND}?ban={newer.edition_id}")).text
    assert "đã bị rút lại" in gone
    assert "sai số hồ sơ tháng 8" in gone
    assert published.content_hash in (await client.get(f"/ket-qua/{ROUND}")).text
    file = await client.get(f"/ket-qua/{ROUND}/tai/unit.csv?ban={newer.edition_id}")
    assert file.status_code == 410
    assert "đã rút lại" not in (await client.get("/ket-qua")).text
    step(database, published, "withdrawn")
    last = (await client.get(f"/ket-qua/{ROUND}")).text
    assert "Chưa có kết quả nào thay thế" in last
    assert "Xem kết quả đang có hiệu lực" not in last


async def test_reviewed_figures_are_kept_from_the_public_where_that_is_set(
    client: httpx.AsyncClient, database: Database, published: Edition, reviewed_hidden: None
) -> None:
    told = (await client.get(f"/ket-qua/{ROUND}/tai/unit,service.csv")).content.decode("utf-8-sig")
    rows = [row for row in csv.DictReader(io.StringIO(told)) if row["state"] == "review"]
    assert rows
    assert {row["estimate"] for row in rows} == {""}
    assert {row["n"] for row in rows} == {""}


@pytest.fixture
def reviewed_hidden(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIPAS_REVIEW_ROWS", "hidden")
    settings.cache_clear()
    yield
    settings.cache_clear()


NOTE = "Khoảng bất định theo mô hình; không gồm sai lệch do người dân tự chọn trả lời."
CODES = re.compile(r"\b[a-z]+_[a-z_]+\b|\b\d{4}-\d{2}(?:-\d{2})?\b|\bL\d: |: /|-: \d")


def visible(page: str) -> str:
    """What a reader sees without opening anything, and without addresses and marks of the page."""
    folded = re.sub(r"<details.*?</details>", " ", page, flags=re.DOTALL)
    return words_of(folded)


def words_of(page: str) -> str:
    body = page.partition("<main")[2]
    shown = re.sub(r"<(code|desc|select|title)\b.*?</\1>", " ", body, flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown)))


async def test_people_who_chose_to_answer_are_not_called_everybody(
    client: httpx.AsyncClient, published: Edition
) -> None:
    page = (await client.get(f"/ket-qua/{ROUND}")).text
    assert "Chắc chắn 95%" not in page
    seen = visible(page)
    sentence, note = seen.index("nếu người trả lời giống với mọi người được phục vụ"), seen.index(NOTE)
    assert 0 < note - sentence < 200
    assert "với điều kiện người trả lời giống với mọi người được phục vụ" in words_of(page)
    english = visible((await client.get(f"/ket-qua/{ROUND}?lang=en")).text)
    assert "if those who answered are like everybody served" in english
    assert "We are 95% sure" not in english
    assert NOTE in visible((await client.get("/ket-qua")).text)
    chart = words_of("<main" + (await client.get(f"/ket-qua/{ROUND}/07267/bieu-do.svg")).text)
    assert "không gồm sai lệch" in chart


async def test_a_framed_chart_says_round_period_question_and_what_it_is_not(
    client: httpx.AsyncClient, published: Edition
) -> None:
    seen = visible((await client.get(f"/ket-qua/{ROUND}/{PROVINCE}/nhung")).text)
    for words in ("Quý III năm 2026", "01/07/2026 – 30/09/2026", "không phải Chỉ số SIPAS", NOTE):
        assert words in seen
    assert "Đánh giá chung:" in seen


async def test_the_method_is_told_in_words_and_not_in_codes(
    client: httpx.AsyncClient, published: Edition
) -> None:
    page = words_of((await client.get(f"/ket-qua/{ROUND}")).text)
    told = page.partition("Cơ sở mẫu")[2].partition("Tải các bảng")[0]
    assert "người dân tự chọn trả lời" in told
    assert CODES.findall(told.replace(ROUND, "")) == []


async def test_the_head_of_a_public_page_may_be_asked_for(
    client: httpx.AsyncClient, published: Edition
) -> None:
    for path in ("", f"/{ROUND}", f"/{ROUND}/{PROVINCE}/nhung", f"/{ROUND}/tai/unit.csv"):
        head = await client.head(f"/ket-qua{path}")
        assert head.status_code == 200
        assert head.headers["cache-control"] == "public, max-age=300"


async def test_kiosk_answers_without_numbers_are_not_called_complete(
    client: httpx.AsyncClient, published: Edition
) -> None:
    page = words_of((await client.get(f"/ket-qua/{ROUND}")).text)
    assert "trả lời trên kiosk" in page
    assert "Trong đó bị mất trên đường truyền" not in page
    assert "không biết được có câu trả lời nào mất" in page


async def test_counts_of_the_round_are_not_taken_for_those_of_a_unit(
    client: httpx.AsyncClient, published: Edition
) -> None:
    together = "Số phiếu của toàn đợt, mọi đơn vị gộp lại."
    assert together in (await client.get(f"/ket-qua/{ROUND}/07267")).text
    assert together not in (await client.get(f"/ket-qua/{ROUND}")).text


async def test_what_complete_forms_alone_would_give_stands_beside_the_figure(
    client: httpx.AsyncClient, published: Edition
) -> None:
    page = (await client.get(f"/ket-qua/{ROUND}")).text
    told = (await client.get(f"/ket-qua/{ROUND}/tai/unit.csv")).content.decode("utf-8-sig")
    alone = next(
        line
        for line in csv.DictReader(io.StringIO(told))
        if (line["unit_code"], line["measure_kind"], line["formula"], line["partial_rule"])
        == (PROVINCE, "headline", "satisfied_share", "complete_only")
    )
    share = f"{float(alone['estimate']):.1f}".replace(".", ",")
    assert re.search(rf"nếu chỉ tính phiếu trọn vẹn</dt><dd>{share}%", page)


async def test_no_two_figures_of_a_unit_go_under_one_name(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        a_register(session)
        versions = a_round(session)
        receipt_answers(session, versions["receipt"], count=200)
    step(database, compute_edition(database, ROUND, actor=somebody("an")), "checked", "sealed", "published")
    names = re.findall(r"figure=[^>]*>([^<]+)</a></th>", (await client.get(f"/ket-qua/{ROUND}")).text)
    assert len(names) > 10
    assert len(names) == len(set(names))
