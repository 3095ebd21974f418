"""The overview says what belongs to its round alone, what it leaves out, and what is still being computed."""

import io
import re
from collections.abc import AsyncIterator
from datetime import date
from html import unescape

import httpx
import pytest
from builders.accounts import signed_in
from builders.in_process import in_process
from builders.province import BEFORE, FELL, NOW, PROVINCE, ROUND
from docx import Document
from sqlmodel import Session, col, delete

from app.alerts.tables import Alert
from app.core.database import Database
from app.results import work
from app.results.editions import newest
from app.results.reading import open_edition
from app.results.reports.service import edition_for, report_file
from app.rounds.service import get_round
from app.rounds.tables import Round

pytestmark = pytest.mark.anyio
AWAITED, AWAITED_TITLE = "2026-Q1", "Quý 1"


@pytest.fixture
async def client(province: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with in_process() as opened:
        signed_in(opened, province)
        yield opened


async def words(client: httpx.AsyncClient, path: str, **asked: str) -> str:
    page = await client.get(path, params=asked)
    assert page.status_code == 200
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)))


def report_words(province: Database) -> str:
    with province.read() as session:
        made = report_file(session, edition_for(session, BEFORE), FELL, "docx")
    return "\n".join(part.text for part in Document(io.BytesIO(made.content)).paragraphs)


def an_alert(session: Session, rule: str, unit: str, period: str, **detail: object) -> None:
    alert = Alert(
        alert_id=f"{rule}-{unit}-{period}",
        rule=rule,
        unit_code=unit,
        period=period,
        detail=detail,
        opened_at=NOW,
        seen_at=NOW,
    )
    session.add(alert)


def below_target(session: Session, unit: str, round_code: str, estimate: float) -> None:
    numbers = {"estimate": estimate, "low": estimate - 5, "high": estimate + 5, "target": "95"}
    an_alert(session, "below_target", unit, round_code, round=round_code, **numbers)


@pytest.fixture
def alerts(province: Database) -> None:
    """Alerts of two rounds, of months of both, and of a kiosk."""
    with province.write() as session:
        session.execute(delete(Alert).where(col(Alert.alert_id).is_not(None)))
        edition = newest(session, ROUND)
        assert edition is not None
        for unit in open_edition(session, edition).children(PROVINCE)[:8]:
            below_target(session, unit, ROUND, 61.5)
        below_target(session, FELL, "2026-Q4", 12.5)
        month = {"estimate": 33.5, "centre": 90.0, "low": 80.0, "in_run": False}
        an_alert(session, "control_signal", FELL, "2026-08", month="2026-08", **month)
        an_alert(session, "control_signal", FELL, "2026-11", month="2026-11", **(month | {"estimate": 22.5}))
        an_alert(session, "kiosk_silent", FELL, "2026-11-20")


async def test_alerts_of_other_rounds_stay_away_and_those_left_out_are_counted(
    client: httpx.AsyncClient, alerts: None
) -> None:
    shown = await words(client, "/console", round=ROUND)
    assert "6 trong 10 cảnh báo; xem tất cả" in shown
    assert f"{ROUND}: 61,5% hài lòng" in shown
    assert "12,5%" not in shown
    assert "22,5%" not in shown
    late = await words(client, "/console", round=BEFORE)
    assert "kiosk" in late.split("Cần chú ý")[1]
    assert "hài lòng (" not in late.split("Cần chú ý")[1]


async def test_those_who_were_asked_by_another_form_are_told_apart(client: httpx.AsyncClient) -> None:
    for path in ("/console", f"/console/units/{FELL}/results"):
        shown = await words(client, path, round=ROUND)
        found = re.search(
            r"([\d.]+) người trả lời câu hỏi của tỷ lệ này; ([\d.]+) người trả lời phiếu khác", shown
        )
        assert found is not None
        asked, others = (int(number.replace(".", "")) for number in found.groups())
        assert f"n {found[1]}" in shown
        assert asked > others > 0


@pytest.fixture
def awaited(province: Database) -> None:
    """The round before the oldest with figures waits to be computed."""
    with province.write() as session:
        if session.get(Round, AWAITED) is None:
            like = get_round(session, BEFORE)
            period = {"period_start_on": date(2026, 1, 1), "period_end_on": date(2026, 3, 31)}
            session.add(
                Round(**(like.model_dump() | {"round_code": AWAITED, "title": AWAITED_TITLE} | period))
            )
    work.tell(work.Progress(AWAITED, work.WAITING, 0, 0, "tests", NOW.isoformat()))


async def test_while_the_round_before_is_computed_pages_say_so_and_claim_nothing(
    client: httpx.AsyncClient, province: Database, awaited: None
) -> None:
    for path in ("/console", f"/console/units/{FELL}/results"):
        shown = await words(client, path, round=BEFORE)
        assert f"số liệu của {AWAITED} đang được tính" in shown
        assert "không có đợt trước để so sánh" not in shown
        assert "Không có gì nổi bật" not in shown
        assert "chưa đủ số đợt" not in shown
    compared = await words(client, "/console/compare", round=BEFORE)
    assert f"Chưa biết thay đổi so với {AWAITED}" in compared
    assert f"Số liệu của {AWAITED_TITLE} còn đang được tính" in report_words(province)
    work.forget(AWAITED)
    assert "còn đang được tính" not in report_words(province)
    assert "không có đợt trước để so sánh" in await words(client, "/console", round=BEFORE)


async def test_before_the_first_figures_the_overview_says_that_they_are_on_their_way(
    client: httpx.AsyncClient, province: Database, awaited: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.console.home.rounds_with_editions", lambda _: [])
    assert "Số liệu đầu tiên đang được tính" in await words(client, "/console")
    monkeypatch.setattr("app.console.home.rounds_on_their_way", lambda _: [])
    assert "đang được tính" not in await words(client, "/console")
