"""The office is upgraded twice while somebody is at the screen: it answers, sends, then is replaced."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from builders.collection import stored
from builders.office import Office, running_office
from builders.rounds import an_open_round
from builders.tapping import connect, eventually, in_time, tap_face, wait_for_attract
from playwright.sync_api import Page, expect

from app.core.database import Database
from app.kiosks.service import create_enrolment

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
UNIT, TABLET = "07777", (1280, 800)
FILE, FIRST_WORDS = "kiosk_ui/static/kiosk.mjs", "/** The kiosk"
CONTROLLED = "Boolean(navigator.serviceWorker.controller)"
TAKEN_OVER = (
    "window.takenOver = 0; navigator.serviceWorker.addEventListener('controllerchange', () => takenOver++)"
)
WAITS = "async () => Boolean((await navigator.serviceWorker.getRegistration('/kiosk')).waiting)"
SLOW = """
  const workers = navigator.serviceWorker;
  const register = workers.register.bind(workers);
  workers.register = (...given) => new Promise((done) => setTimeout(() => done(register(...given)), 1_500));
"""
LOSES_WORDS = """
  const post = ServiceWorker.prototype.postMessage;
  let words = 0;
  ServiceWorker.prototype.postMessage = function (...given) { if (words++ > 2) post.apply(this, given); };
"""
LOOK_MS = 310_000
OUTBOX = """async () => {
  const { openStore } = await import("/static/store.mjs");
  return (await (await openStore()).entries()).length;
}"""


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path) -> Iterator[Office]:
    """A running office in which nobody is asked whether they are still there."""
    patient = {"SIPAS_IDLE_SECONDS": "86400", "SIPAS_THANKS_SECONDS": "1"}
    with running_office(sqlite_template, tmp_path, **patient) as made:
        yield made


@pytest.fixture
def database(office: Office) -> Iterator[Database]:
    with closing(office.database()) as opened:
        yield opened


def upgraded(office: Office, release: int) -> None:
    office.kill()
    office.change(FILE, FIRST_WORDS, f"{FIRST_WORDS} of release {release},")
    office.start()


def version_of(page: Page) -> str:
    return page.locator("#kiosk").get_attribute("data-version") or ""


@pytest.fixture
def old(office: Office, database: Database, page_of: Callable[..., Page]) -> Page:
    """A page at which somebody has begun to answer."""
    with database.write() as session:
        an_open_round(session)
        code = create_enrolment(session, UNIT, "Quầy 1").code
    page = page_of(*TABLET)
    page.clock.install()
    connect(page, office.url, code)
    eventually(page, lambda: page.evaluate(CONTROLLED), "the worker")
    tap_face(page, 4)
    expect(page.locator("[data-progress]")).to_have_text("2/3")
    return page


def test_a_window_opened_while_a_release_waits_takes_it_by_itself(office: Office, old: Page) -> None:
    """Also on a device so slow that the first screen is there before the page knows its worker."""
    upgraded(office, 2)
    old.clock.fast_forward(LOOK_MS)
    eventually(old, lambda: old.evaluate(WAITS), "the new release")
    newer = old.context.new_page()
    newer.add_init_script(SLOW)
    newer.goto(f"{office.url}/kiosk")
    wait_for_attract(newer)
    assert version_of(newer) == version_of(old)
    eventually(newer, lambda: version_of(newer) != version_of(old), "the new version")


def test_a_release_that_was_not_taken_is_asked_for_again(
    office: Office, database: Database, page_of: Callable[..., Page]
) -> None:
    """The word to the new worker may be lost on a busy device; nobody need come for it to be said again."""
    with database.write() as session:
        an_open_round(session)
        code = create_enrolment(session, UNIT, "Quầy 1").code
    page = page_of(*TABLET)
    page.clock.install()
    page.add_init_script(LOSES_WORDS)
    connect(page, office.url, code)
    eventually(page, lambda: page.evaluate(CONTROLLED), "the worker")
    before = version_of(page)
    upgraded(office, 2)
    in_time(page, lambda: version_of(page) != before, "the new version")


def test_an_old_page_answers_and_drains_after_two_upgrades(
    office: Office, database: Database, old: Page
) -> None:
    versions = [version_of(old)]
    old.evaluate(TAKEN_OVER)
    for release in (2, 3):
        upgraded(office, release)
        old.clock.fast_forward(LOOK_MS)  # its next word with the office: it hears of the other version
        newer = old.context.new_page()  # a second window, opened by staff, brings each release in
        newer.clock.install()
        newer.goto(f"{office.url}/kiosk")
        wait_for_attract(newer)
        in_time(newer, lambda: version_of(newer) not in versions, "the new version")  # noqa: B023
        versions.append(version_of(newer))
        newer.close()
    assert len(set(versions)) == 3
    assert version_of(old) == versions[0]
    assert old.evaluate("window.takenOver") == 2
    old.context.set_offline(True)
    old.get_by_role("button", name="Bỏ qua").click()
    old.get_by_role("button", name="Gửi", exact=True).click()
    expect(old.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    assert stored(database) == []
    assert old.evaluate(OUTBOX) == 1
    old.context.set_offline(False)
    eventually(old, lambda: len(stored(database)) == 1, "the answer")
    eventually(old, lambda: old.evaluate(OUTBOX) == 0, "an empty outbox")
    assert stored(database)[0].answers == {"q_overall": 4}
    old.clock.fast_forward(2_000)
    in_time(old, lambda: version_of(old) == versions[-1], "the old page is replaced once nobody uses it")
    wait_for_attract(old)
