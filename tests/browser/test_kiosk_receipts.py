"""A receipt held before the kiosk: by a scanner that types, by a camera, with and without the network."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from builders.site import SERVICE, UNIT, Site, arrived, ids
from builders.tapping import SCAN, answer_and_send, connect, tap_face, wait_for_attract
from playwright.sync_api import Page, expect

from app.core import clock
from app.kiosks.service import create_enrolment
from app.receipts.issuing import ReceiptOrder, issue_receipts
from app.receipts.service import issue

pytestmark = pytest.mark.browser
TABLET, PORTRAIT = (1280, 800), (1080, 1920)
READ = "Đã đọc giấy hẹn."
CAMERA = """() => {
  window.BarcodeDetector = class {
    async detect() { return window.seen ? [{ rawValue: window.seen }] : []; }
  };
  const made = document.createElement("canvas");
  setInterval(() => made.getContext("2d").fillRect(0, 0, 10 * Math.random(), 10), 50);
  const camera = { getUserMedia: async () => (window.stream = made.captureStream()) };
  Object.defineProperty(navigator, "mediaDevices", { value: camera });
}"""


@pytest.fixture
def kiosk(site: Site, page_of: Callable[..., Page]) -> Page:
    page = page_of(*TABLET)
    return connected(site, page)


def connected(site: Site, page: Page) -> Page:
    with site.database.write() as session:
        code = create_enrolment(session, UNIT, "quét").code
    return connect(page, site.url, code)


def test_a_scanned_receipt_says_the_service_and_is_spent_with_the_answer(site: Site, kiosk: Page) -> None:
    before, address = ids(site), f"{site.url}/r/{site.token()}"
    kiosk.evaluate(SCAN, address)
    expect(kiosk.get_by_text(READ)).to_contain_text("Chứng thực bản sao")
    tap_face(kiosk, 4)
    expect(kiosk.locator("[data-progress]")).to_have_text("2/3")
    kiosk.get_by_role("button", name="Gửi ngay").click()
    row = arrived(site, kiosk, before)
    assert (row.mode, row.service_code, row.stage, row.flags) == ("kiosk", SERVICE, "returned", "")
    wait_for_attract(kiosk)
    expect(kiosk.get_by_text(READ)).to_be_hidden()
    kiosk.evaluate(SCAN, address)
    tap_face(kiosk, 2)
    kiosk.get_by_role("button", name="Gửi ngay").click()
    assert arrived(site, kiosk, before | {row.response_id}).flags == "repeat"


def test_without_network_the_receipt_is_read_on_the_device_and_sent_later(site: Site, kiosk: Page) -> None:
    before = ids(site)
    with site.database.write() as session:
        (issued,) = issue_receipts(
            session, site.round_code, [ReceiptOrder(UNIT, SERVICE, "online", "returned", None)]
        )
    kiosk.context.set_offline(True)
    kiosk.evaluate(SCAN, issued.short_code)
    expect(kiosk.get_by_text(READ)).to_be_visible()
    answer_and_send(kiosk, 5)
    assert ids(site) == before
    kiosk.context.set_offline(False)
    row = arrived(site, kiosk, before)
    assert (row.service_code, row.submission, row.flags) == (SERVICE, "online", "")


def another_office(site: Site) -> str:
    expires_on = clock.today() + timedelta(days=9)
    return f"{site.url}/r/{issue(site.round_code, '00001', expires_on=expires_on, service_code=SERVICE)}"


def an_identity_card(_: Site) -> str:
    return "001090012345|Nguyen Van A|01011990"


@pytest.mark.parametrize(
    ("paper", "words"),
    [
        (an_identity_card, "Đây không phải là giấy hẹn của khảo sát này."),
        (another_office, "Giấy này của cơ quan khác hoặc đã hết hạn."),
    ],
)
def test_a_paper_that_does_not_fit_is_told_and_leaves_nothing(
    site: Site, kiosk: Page, paper: Callable[[Site], str], words: str
) -> None:
    before = ids(site)
    kiosk.evaluate(SCAN, paper(site))
    expect(kiosk.get_by_text(words)).to_be_visible()
    assert "Nguyen" not in kiosk.content()
    answer_and_send(kiosk, 3)
    expect(kiosk.get_by_text(words)).to_be_hidden()
    assert arrived(site, kiosk, before).flags == ""


def test_what_a_scanner_types_is_never_shown_and_a_fast_typist_loses_nothing(site: Site, kiosk: Page) -> None:
    tap_face(kiosk, 3)
    search = kiosk.get_by_role("searchbox")
    search.fill("tam")
    search.focus()
    kiosk.evaluate(SCAN, f"{site.url}/r/{site.token()}")
    expect(kiosk.get_by_text(READ)).to_be_visible()
    assert site.url not in kiosk.content()
    kiosk.reload()
    wait_for_attract(kiosk)
    tap_face(kiosk, 3)
    search.focus()
    kiosk.evaluate(SCAN.replace(', "Enter"', ""), "khai sinh")
    expect(search).to_have_value("khai sinh")


def test_a_camera_reads_the_receipt_where_the_browser_can(site: Site, page_of: Callable[..., Page]) -> None:
    page = page_of(*PORTRAIT)
    page.add_init_script(f"({CAMERA})()")
    connected(site, page)
    page.get_by_role("button", name="Quét giấy hẹn").click()
    expect(page.get_by_role("heading", name="Xin đưa mã trên giấy hẹn ra trước camera")).to_be_visible()
    page.evaluate("(text) => { window.seen = text; }", f"{site.url}/r/{site.token()}")
    expect(page.get_by_text(READ)).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("window.stream.getTracks().map((track) => track.readyState)") == ["ended"]


def test_without_such_a_browser_no_camera_is_offered(site: Site, kiosk: Page) -> None:
    expect(kiosk.get_by_role("button", name="Quét giấy hẹn")).to_be_hidden()
    cameras = {
        path: kiosk.request.get(f"{site.url}{path}").headers["permissions-policy"].split("camera=")[1]
        for path in ("/kiosk", "/kiosk/enrol", "/r", "/console/login")
    }
    assert cameras == {"/kiosk": "(self)", "/kiosk/enrol": "()", "/r": "()", "/console/login": "()"}
