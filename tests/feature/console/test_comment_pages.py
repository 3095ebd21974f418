"""Comments in the console: masked, of days that are over, for those who may, until they are answered."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import httpx
import openpyxl
import pytest
from builders.accounts import signed_in
from builders.rounds import an_open_round
from builders.units import some_services
from sqlmodel import Session, select

from app.accounts.tables import AuditEntry
from app.collection.tables import ResponseComment
from app.core import clock
from app.core.database import Database
from app.results.comments import preparing
from app.results.tables import CommentHandling

pytestmark = pytest.mark.anyio
RUDE = "Chị Hương quầy 3 quát người dân, gọi tôi 0912 345 678"
WAIT = "Chờ hơn một tiếng mới đến lượt"
LATE = "=Trả kết quả muộn hai ngày"


def a_comment(
    session: Session, body: str, *, unit: str = "07777", days_ago: int = 3, mixed: bool = True
) -> str:
    comment_id = str(uuid4())
    session.add(
        ResponseComment(
            comment_id=comment_id,
            round_code="2026-Q4",
            unit_code=unit,
            service_code="2.000815",
            item_code="q_comment",
            answered_on=clock.today() - timedelta(days=days_ago),
            language="vi",
            body=body,
            mixed_on=clock.today() if mixed else None,
        )
    )
    session.flush()
    return comment_id


@pytest.fixture
def written(database: Database) -> dict[str, str]:
    """Three comments that may be read, one of today, one that is not mixed."""
    with database.write() as session:
        an_open_round(session)
        some_services(session)
        return {
            "rude": a_comment(session, RUDE),
            "wait": a_comment(session, WAIT, unit="07774"),
            "late": a_comment(session, LATE, unit="07210", days_ago=5),
            "today": a_comment(session, "Ý kiến của hôm nay", days_ago=0),
            "unmixed": a_comment(session, "Ý kiến chưa trộn", mixed=False),
        }


async def test_nobody_reads_a_name_a_number_or_a_comment_of_today(
    client: httpx.AsyncClient, database: Database, written: dict[str, str]
) -> None:
    signed_in(client, database)
    page = (await client.get("/console/comments")).text
    assert "quát người dân" in page
    assert "họ tên</mark>" in page
    for hidden in ("Hương", "0912", "345 678", "Ý kiến của hôm nay", "Ý kiến chưa trộn"):
        assert hidden not in page
    with database.read() as session:
        kept = session.exec(select(CommentHandling)).all()
    assert {row.comment_id for row in kept} == {written["rude"], written["wait"], written["late"]}
    assert not any("Hương" in row.masked or "huong" in row.folded for row in kept)


async def test_a_search_needs_no_marks_and_finds_nothing_that_is_hidden(
    client: httpx.AsyncClient, database: Database, written: dict[str, str]
) -> None:
    signed_in(client, database)
    found = (await client.get("/console/comments", params={"q": "CHO HON mot tieng"})).text
    assert WAIT in found
    assert "quát" not in found
    for secret in ("Hương", "huong", "0912", "345 678"):
        page = (await client.get("/console/comments", params={"q": secret})).text
        assert "Không có ý kiến nào phù hợp" in page


async def test_filters_by_unit_name_topic_state_and_round_stand_in_the_address(
    client: httpx.AsyncClient, database: Database, written: dict[str, str]
) -> None:
    signed_in(client, database)
    for asked, inside, outside in (
        ({"unit": "tu lan"}, WAIT, "quát"),
        ({"unit": "07210"}, "muộn hai ngày", WAIT),
        ({"topic": "waiting"}, WAIT, "muộn hai ngày"),
        ({"topic": "result", "status": "new", "round": "2026-Q4"}, "muộn hai ngày", WAIT),
    ):
        page = (await client.get("/console/comments", params=asked)).text
        assert inside in page, asked
        assert outside not in page, asked
    assert WAIT not in (await client.get("/console/comments?round=2020-Q1")).text
    unknown = await client.get("/console/comments?unit=zzz")
    assert unknown.status_code == 404
    assert "zzz" in unknown.text


async def test_comments_are_read_in_the_order_asked_for_and_so_is_their_file(
    client: httpx.AsyncClient, database: Database, written: dict[str, str]
) -> None:
    signed_in(client, database)
    late = "Trả kết quả muộn"
    newest, oldest = [(await client.get(f"/console/comments{end}")).text for end in ("", "?sort=oldest")]
    assert newest.index(WAIT) < newest.index(late)
    assert oldest.index(late) < oldest.index(WAIT)
    by_unit = (await client.get("/console/comments/file.csv?sort=unit")).text
    places = [by_unit.index(name) for name in sorted(("Tự Lạn", "Việt Yên")) if name in by_unit]
    assert places == sorted(places)
    assert "sort=unit" in (await client.get("/console/comments?sort=unit")).text
    assert (await client.get("/console/comments?sort=nonsense")).status_code == 200


async def test_a_comment_is_passed_on_and_answered_and_every_step_is_in_the_trail(
    client: httpx.AsyncClient, database: Database, written: dict[str, str]
) -> None:
    csrf = signed_in(client, database, role="analyst", unit_path="/24/")
    await client.get("/console/comments")
    address = f"/console/comments/{written['wait']}"
    fields = {"csrf_token": csrf, "status": "passed_on", "topic": "officer", "note": "", "back": "q=cho"}
    missing = await client.post(address, data=fields)
    assert missing.status_code == 422
    assert "cần có ghi chú" in missing.text
    assert '<option value="officer" selected>' in missing.text
    done = await client.post(address, data=fields | {"note": "Chuyển bộ phận một cửa"})
    assert (done.status_code, done.headers["location"]) == (303, "/console/comments?q=cho&done=handled")
    page = (await client.get("/console/comments?status=passed_on")).text
    assert "Chuyển bộ phận một cửa" in page
    await client.post(address, data=fields | {"status": "answered", "note": "Đã mở thêm một quầy"})
    one = (await client.get(address)).text
    assert one.count("Công chức trực tiếp giải quyết công việc") >= 2
    with database.read() as session:
        trail = session.exec(select(AuditEntry).where(AuditEntry.action == "comment handled")).all()
        assert [entry.detail["status"] for entry in sorted(trail, key=lambda entry: entry.at)] == [
            "passed_on",
            "answered",
        ]


async def test_those_of_other_units_and_viewers_read_none(
    client: httpx.AsyncClient, database: Database, written: dict[str, str]
) -> None:
    csrf = signed_in(client, database, role="analyst", unit_path="/24/07774/")
    page = (await client.get("/console/comments")).text
    assert WAIT in page
    assert "quát" not in page
    other = f"/console/comments/{written['rude']}"
    assert (await client.get(other)).status_code == 404
    handled = {"csrf_token": csrf, "status": "answered", "note": "x", "topic": ""}
    assert (await client.post(other, data=handled)).status_code == 404
    signed_in(client, database, role="viewer")
    assert (await client.get("/console/comments")).status_code == 403
    assert (await client.get("/console/comments/file.csv")).status_code == 403


async def test_the_handed_on_file_holds_what_the_page_shows_masked_and_no_formula(
    client: httpx.AsyncClient, database: Database, written: dict[str, str]
) -> None:
    signed_in(client, database)
    text = (await client.get("/console/comments/file.csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["comment"] for row in rows][-1] == f"'{LATE}"
    assert {row["unit_name"] for row in rows} == {"Phường Việt Yên", "Phường Tự Lạn", "Phường Bắc Giang"}
    assert "[họ tên] quầy 3 quát người dân, gọi tôi [số điện thoại]" in text
    few = await client.get("/console/comments/file.xlsx?unit=07210")
    sheet = openpyxl.load_workbook(io.BytesIO(few.content)).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert len(cells) == 2
    assert cells[1][7] == LATE
    assert sheet.cell(2, 8).data_type == "s"
    assert (await client.get("/console/comments/file.docx")).status_code == 422
    with database.read() as session:
        exported = session.exec(select(AuditEntry).where(AuditEntry.action == "comments exported")).all()
    assert len(exported) == 2


def test_comments_are_made_ready_in_parts_and_again_when_the_rules_change(
    database: Database, written: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert preparing.prepare(database, most=2) == 1
    assert preparing.prepare(database, most=2) == 0
    with database.write() as session:
        decided = session.get_one(CommentHandling, written["wait"])
        decided.topic, decided.topic_by, decided.status = "officer", "an", "answered"
        session.add(decided)
    monkeypatch.setattr(preparing, "MASK_VERSION", 99)
    assert preparing.prepare_all(database) == 3
    with database.read() as session:
        kept = {row.comment_id: row for row in session.exec(select(CommentHandling))}
        assert {row.mask_version for row in kept.values()} == {99}
        assert (kept[written["wait"]].topic, kept[written["wait"]].status) == ("officer", "answered")


def test_two_servers_that_make_the_same_comments_ready_both_succeed(
    database: Database, written: dict[str, str]
) -> None:
    with database.read() as session:
        masked = preparing._masked(session, 10)
    for _ in range(2):
        with database.write() as session:
            preparing._write(session, masked)
    assert preparing.how_many_wait(database) == 0


def test_what_is_kept_of_a_comment_tells_no_time_and_no_response(database: Database) -> None:
    columns = {column.name: str(column.type) for column in CommentHandling.__table__.columns}  # type: ignore[attr-defined]
    assert {name for name, kind in columns.items() if "TIME" in kind} == set()
    assert not any("response" in name for name in columns)
