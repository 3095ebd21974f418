"""What goes wrong around a kiosk has a screen in words, and costs nobody an answer already thanked for."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from builders.accounts import an_api_key, signed_in
from builders.collection import stored
from builders.site import UNIT, Site, ids
from builders.tapping import (
    FULL_DISK,
    NOW,
    answer_and_send,
    connect,
    eventually,
    in_time,
    tap_face,
    wait_for_attract,
)
from playwright.sync_api import Page, expect

from app.collection.queue_file import import_queue
from app.core import clock
from app.kiosks.service import create_enrolment, list_kiosks, revoke
from app.rounds.service import close_round

pytestmark = pytest.mark.browser
TABLET = (1280, 800)
PATIENCE_MS, THANKS_MS, FAILURE_MS = 25_000, 2_000, 8_000
FAST = "nhanh"
OUTBOX = """async () => {
  const { openStore } = await import("/static/store.mjs");
  return (await (await openStore()).entries()).map((entry) => entry.state);
}"""


def a_kiosk(site: Site, page: Page, name: str) -> Page:
    """Its clock can be put forward: nobody waits for thanks and for what it does now and then."""
    if name != FAST:
        page.clock.install()
    with site.database.write() as session:
        code = create_enrolment(session, UNIT, name).code
    return connect(page, site.url, code)


def fleet(site: Site, name: str) -> dict[str, Any]:
    with site.database.write() as session:
        key = an_api_key(session, role="operator")
    shown = httpx.get(f"{site.url}/api/v1/kiosks/fleet", headers={"Authorization": f"Bearer {key}"}).json()
    return next(one for one in shown if one["name"] == name)


def console(site: Site) -> str:
    with httpx.Client(base_url=site.url) as staff:
        signed_in(staff, site.database, role="operator")  # type: ignore[arg-type]
        return staff.get("/console/kiosks?lang=vi").text


def test_without_a_place_to_keep_answers_nobody_is_asked(site: Site, page_of: Callable[..., Page]) -> None:
    page = page_of(*TABLET)
    page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    page.goto(f"{site.url}/kiosk")
    expect(page.get_by_role("heading", name="Thiết bị này không lưu được câu trả lời")).to_be_visible()
    expect(page.get_by_text("thoát chế độ ẩn danh")).to_be_visible()
    assert page.locator("input").count() == 0


def test_a_full_disk_is_told_and_no_more_answers_are_taken_until_there_is_room(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = a_kiosk(site, page_of(*TABLET), "đầy")
    before = ids(site)
    page.evaluate(FULL_DISK)
    tap_face(page, 4)
    page.get_by_role("button", name="Gửi ngay").click()
    expect(page.get_by_role("heading", name="Thiết bị không lưu được câu trả lời")).to_be_visible()
    page.clock.fast_forward(FAILURE_MS)
    full = page.get_by_role("heading", name="Thiết bị tạm ngừng nhận câu trả lời")
    expect(full).to_be_visible(timeout=PATIENCE_MS)
    in_time(page, lambda: "full" in fleet(site, "đầy")["flags"], "the office hears of it")
    assert "Bộ nhớ đầy" in console(site)
    page.evaluate("window.makeRoom()")
    in_time(page, full.is_hidden, "there is room again")
    wait_for_attract(page)
    answer_and_send(page, 5)
    eventually(page, lambda: len(ids(site) - before) == 1, "the answer given after")


def test_a_device_cut_off_during_a_visit_keeps_the_answer_and_sends_it_once_connected_again(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = a_kiosk(site, page_of(*TABLET), "ngắt")
    before = ids(site)
    tap_face(page, 2)
    with site.database.write() as session:
        revoke(session, next(one.kiosk_id for one in list_kiosks(session) if one.name == "ngắt"))
    page.wait_for_timeout(1_500)
    page.get_by_role("button", name="Gửi ngay").click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    page.clock.fast_forward(THANKS_MS)
    expect(page.get_by_role("heading", name="Thiết bị này chưa được sử dụng")).to_be_visible(
        timeout=PATIENCE_MS
    )
    assert page.evaluate(OUTBOX) == ["waiting"]
    assert ids(site) == before
    with site.database.write() as session:
        code = create_enrolment(session, UNIT, "thay").code
    page.get_by_role("link", name="Kết nối thiết bị này").click()
    page.get_by_label("Mã dùng một lần").fill(code)
    page.get_by_role("button", name="Kết nối").click()
    wait_for_attract(page)
    in_time(page, lambda: len(ids(site) - before) == 1, "the answer given before")
    in_time(page, lambda: page.evaluate(OUTBOX) == [], "an empty outbox")
    assert (fleet(site, "ngắt")["made"], fleet(site, "ngắt")["missing"]) == (1, 0)


def test_a_clock_two_days_wrong_dates_answers_right_and_the_office_is_told(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of(*TABLET)
    page.clock.install(time=clock.now() + timedelta(days=2))
    a_kiosk(site, page, FAST)
    before = ids(site)
    answer_and_send(page, 3)
    eventually(page, lambda: len(ids(site) - before) == 1, "the answer")
    (row,) = [row for row in stored(site.database) if row.response_id not in before]
    assert (row.answered_on, row.flags) == (clock.today(), "")
    eventually(page, lambda: "clock" in fleet(site, FAST)["flags"], "the office hears of it")
    assert abs(fleet(site, FAST)["skew_seconds"] - 2 * 24 * 3600) <= 120
    assert "Đồng hồ nhanh 2 ngày" in console(site)


def test_two_pages_of_one_device_send_an_answer_once(site: Site, page_of: Callable[..., Page]) -> None:
    page = a_kiosk(site, page_of(*TABLET), "hai trang")
    before = ids(site)
    eventually(
        page, lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"), "the service worker"
    )
    page.context.set_offline(True)
    for level in (1, 2, 3):
        answer_and_send(page, level)
        page.clock.fast_forward(THANKS_MS)
        wait_for_attract(page)
    second = page.context.new_page()
    second.goto(f"{site.url}/kiosk")
    heard: list[str] = []
    for one in (page, second):
        one.on("response", lambda told: heard.append(told.url) if told.url.endswith("/responses") else None)
    page.context.set_offline(False)
    eventually(page, lambda: len(ids(site) - before) == 3, "the answers")
    eventually(page, lambda: page.evaluate(OUTBOX) == [], "an empty outbox")
    assert len(heard) == 3


def test_a_queue_is_saved_to_a_file_and_brought_in_on_the_server(
    site: Site, page_of: Callable[..., Page], tmp_path: Path
) -> None:
    page = a_kiosk(site, page_of(*TABLET), "cứu")
    before = ids(site)
    eventually(
        page, lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"), "the service worker"
    )
    page.context.set_offline(True)
    answer_and_send(page, 1)
    page.goto(f"{site.url}/kiosk/queue")
    expect(page.get_by_text("Đang chờ mạng: 1.")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Lưu vào tệp").click()
    saved.value.save_as(tmp_path / "queue.json")
    counts = import_queue(site.database, tmp_path / "queue.json")
    assert (counts.recorded, counts.refused) == (1, [])
    page.context.set_offline(False)
    page.goto(f"{site.url}/kiosk")
    wait_for_attract(page)
    in_time(page, lambda: page.evaluate(OUTBOX) == [], "an empty outbox")
    assert len(ids(site) - before) == 1
    assert (fleet(site, "cứu")["duplicate"], fleet(site, "cứu")["missing"]) == (0, 0)


def test_a_round_closed_during_a_visit_lets_it_end_and_the_answer_is_set_aside_for_the_office(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = a_kiosk(site, page_of(*TABLET), "rút")
    before = ids(site)
    tap_face(page, 4)
    with site.database.write() as session:
        close_round(session, site.round_code)
    page.wait_for_timeout(1_500)
    expect(page.locator(NOW)).to_be_visible()
    page.get_by_role("button", name="Gửi ngay").click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    page.clock.fast_forward(THANKS_MS)
    closed = page.get_by_role("heading", name="Hôm nay ở đây không có đợt khảo sát")
    expect(closed).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate(OUTBOX) == ["aside"]
    assert ids(site) == before
    in_time(page, lambda: fleet(site, "rút")["aside"] == 1, "the office hears of it")
    assert fleet(site, "rút")["missing"] == 0
    assert "Câu trả lời máy chủ không nhận còn trên thiết bị" in console(site)
