"""Hours, voice, starts and credentials of a kiosk: what it does by itself, and never against somebody."""

import json
import shutil
from collections.abc import Callable
from datetime import datetime

import pytest
from builders.collection import stored
from builders.site import UNIT, Site
from builders.tapping import (
    FIRST_QUESTION,
    answer_and_send,
    connect,
    eventually,
    in_time,
    tap_face,
    wait_for_attract,
)
from playwright.sync_api import Page, Request, expect

from app.core import clock
from app.core.config import settings
from app.kiosks.fleet import fleet
from app.kiosks.rotation import ask_for_rotation
from app.kiosks.service import create_enrolment, list_kiosks, set_hours
from app.kiosks.thanks import set_thanks

pytestmark = pytest.mark.browser
TABLET = (1280, 800)
THANKS_MS, LOOK_MS = 2_000, 310_000
CHAIRS = "Tháng trước 3 ghế chờ đã được thêm."
RESTING = "Màn hình đang nghỉ"
VOICE = """(language) => {
  window.said = [];
  const speech = new EventTarget();
  const voice = { lang: `${language}-XX`, localService: true, name: "of this device" };
  const remote = { lang: "en-US", localService: false, name: "of a service" };
  Object.assign(speech, {
    getVoices: () => [remote, voice],
    speak: (utterance) => window.said.push(utterance.text),
    cancel: () => { window.stopped = window.said.length; },
  });
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  Object.defineProperty(window, "speechSynthesis", { value: speech });
}"""
BEACONS = """() => {
  const send = navigator.sendBeacon.bind(navigator);
  navigator.sendBeacon = (address, body) => {
    body.text().then(window.tell);
    return send(address, body);
  };
}"""
VERSIONS = "async () => (await caches.keys()).filter((name) => name.startsWith('kiosk-'))"
EARLIER = """async (names) => {
  for (const name of names) await (await caches.open(name)).put("/static/gone.mjs", new Response(name));
}"""
CREDENTIAL = """async () => {
  const { openStore } = await import("/static/store.mjs");
  return (await (await openStore()).device()).credential;
}"""


def a_kiosk(site: Site, page: Page, name: str, hours: str = "") -> Page:
    with site.database.write() as session:
        made = create_enrolment(session, UNIT, name)
        set_hours(session, made.kiosk_id, hours)
    if not hours:
        return connect(page, site.url, made.code)
    page.goto(f"{site.url}/kiosk/enrol")
    page.get_by_label("Mã dùng một lần").fill(made.code)
    page.get_by_role("button", name="Kết nối").click()
    page.wait_for_url("**/kiosk")
    return page


def other_hours(local: datetime) -> str:
    """Opening hours that this moment is not within."""
    return "1-7 00:00-00:01" if local.hour >= 12 else "1-7 23:58-23:59"


def test_outside_opening_hours_it_rests_and_a_touch_wakes_it(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of(*TABLET)
    page.clock.install()
    a_kiosk(site, page, "nghỉ", other_hours(clock.now().astimezone(settings().zone)))
    resting = page.get_by_role("heading", name=RESTING)
    expect(resting).to_be_visible()
    expect(page.get_by_text("Phường Việt Yên")).to_be_visible()
    page.get_by_role("button", name="Chạm để bắt đầu").click()
    expect(page.get_by_text(FIRST_QUESTION)).to_be_visible()
    assert page.locator("input:checked").count() == 0
    page.clock.run_for(90_000)
    expect(resting).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text(FIRST_QUESTION)).to_be_visible()
    tap_face(page, 4)
    page.clock.run_for(1_000)
    page.get_by_role("button", name="Gửi ngay").click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    page.clock.run_for(90_000)
    expect(resting).to_be_visible()


def test_a_voice_of_the_device_reads_the_screen_when_asked_and_stops_with_it(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of(*TABLET)
    page.add_init_script(f"({VOICE})('vi')")
    a_kiosk(site, page, "đọc")
    button = page.get_by_role("button", name="Đọc to")
    expect(button).to_be_visible()
    assert page.evaluate("window.said") == []
    button.click()
    said = page.evaluate("window.said")
    assert said[0] == FIRST_QUESTION
    assert said[1:] == ["Rất không hài lòng", "Không hài lòng", "Bình thường", "Hài lòng", "Rất hài lòng"]
    expect(button).to_have_attribute("aria-pressed", "true")
    tap_face(page, 3)
    expect(button).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("window.stopped") == len(said)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Read aloud")).to_be_hidden()


def test_without_a_voice_nothing_is_offered(site: Site, page_of: Callable[..., Page]) -> None:
    page = a_kiosk(site, page_of(*TABLET), "câm")
    expect(page.get_by_role("button", name="Đọc to")).to_be_hidden()


def test_a_start_is_told_once_a_visit_and_never_with_an_answer(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of(*TABLET)
    asked: list[Request] = []
    page.on("request", lambda one: asked.append(one) if one.url.endswith("/started") else None)
    told: list[str] = []  # kept here: between two visits the page may load itself anew
    page.expose_function("tell", lambda text: told.append(text))
    page.add_init_script(f"({BEACONS})()")
    a_kiosk(site, page, "bắt đầu")
    assert asked == []
    answer_and_send(page, 5)
    wait_for_attract(page)
    tap_face(page, 1)
    eventually(page, lambda: len(asked) == len(told) == 2, "two starts")
    wanted = {"unit": UNIT, "mode": "kiosk", "counter": ""}
    assert [json.loads(text) for text in told] == [wanted, wanted]
    assert all("authorization" not in one.headers for one in asked)


def test_screens_come_again_only_when_something_of_them_has_changed(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of(*TABLET)
    page.clock.install()
    told: list[int] = []
    page.on("response", lambda one: told.append(one.status) if one.url.endswith("/kiosks/me") else None)
    a_kiosk(site, page, "một dòng")
    for words, status in (("", 304), (CHAIRS, 200), (CHAIRS, 304)):
        with site.database.write() as session:
            set_thanks(session, UNIT, {"vi": words})
        page.clock.fast_forward(LOOK_MS)
        eventually(page, lambda: told[-1] == status, f"a reply {status}")  # noqa: B023
    answer_and_send(page, 4)
    expect(page.get_by_text(CHAIRS)).to_be_visible()
    with site.database.write() as session:
        set_thanks(session, UNIT, {"vi": ""})


def test_a_credential_is_changed_without_anybody_noticing(site: Site, page_of: Callable[..., Page]) -> None:
    page = page_of(*TABLET)
    page.clock.install()
    a_kiosk(site, page, "khóa")
    before, ids = page.evaluate(CREDENTIAL), {row.response_id for row in stored(site.database)}
    with site.database.write() as session:
        ask_for_rotation(session, next(one.kiosk_id for one in list_kiosks(session) if one.name == "khóa"))
    answer_and_send(page, 4)
    page.clock.fast_forward(THANKS_MS)
    wait_for_attract(page)
    in_time(page, lambda: page.evaluate(CREDENTIAL) != before, "another credential")
    in_time(page, lambda: _settled(site), "the earlier one has ended")
    answer_and_send(page, 5)
    page.clock.fast_forward(THANKS_MS)
    in_time(page, lambda: len({row.response_id for row in stored(site.database)} - ids) == 2, "both")
    with site.database.read() as session:
        (shown,) = fleet(session, now=clock.now(), may=lambda one: one.name == "khóa")
    assert (shown.tally.made, shown.tally.missing, shown.tally.duplicate) == (2, 0, 0)


def _settled(site: Site) -> bool:
    with site.database.read() as session:
        kiosk = next(one for one in list_kiosks(session) if one.name == "khóa")
        return kiosk.next_digest is None and kiosk.credential_at is not None


SPOKEN = """
(() => {
  window.played = [];
  HTMLMediaElement.prototype.play = function () { window.played.push(this.src); return Promise.resolve(); };
  HTMLMediaElement.prototype.pause = function () { window.played.push("paused"); };
})()
"""


def test_a_recording_of_the_office_is_played_and_stops_with_the_screen(
    site: Site, page_of: Callable[..., Page]
) -> None:
    folder = site.home / "voices" / "quick" / "vi"
    folder.mkdir(parents=True)
    (folder / "q_overall.wav").write_bytes(b"RIFF....WAVE")
    page = page_of(*TABLET)
    page.add_init_script(SPOKEN)
    a_kiosk(site, page, "ghi âm")
    page.get_by_role("button", name="Đọc to").click()
    assert page.evaluate("window.played[0]").startswith("data:audio/wav;base64,")
    tap_face(page, 3)
    expect(page.get_by_role("button", name="Đọc to")).to_be_hidden()
    assert page.evaluate("window.played.at(-1)") == "paused"
    shutil.rmtree(site.home / "voices")


def test_pages_of_the_two_versions_before_still_find_their_files(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = page_of(*TABLET)
    page.goto(f"{site.url}/r")
    page.evaluate(EARLIER, ["kiosk-first", "kiosk-second", "kiosk-third"])
    a_kiosk(site, page, "bản cũ")
    eventually(page, lambda: "kiosk-first" not in page.evaluate(VERSIONS), "the oldest is dropped")
    kept = page.evaluate(VERSIONS)
    assert (len(kept), kept[:2]) == (3, ["kiosk-second", "kiosk-third"])
    eventually(page, lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"), "the worker")
    page.context.set_offline(True)
    found = page.evaluate("async () => (await fetch('/static/gone.mjs')).text()")
    assert found in kept[:2]
    wait_for_attract(page)
