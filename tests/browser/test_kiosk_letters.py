"""Letters to touch: a procedure is found and a comment written in Vietnamese where there is no keyboard."""

from collections.abc import Callable

import pytest
from builders.collection import stored
from builders.site import UNIT, Site
from builders.tapping import NOW, connect, eventually, tap_face, wait_for_attract
from builders.units import a_volume
from playwright.sync_api import Page, expect
from sqlmodel import select

from app.collection.tables import ResponseComment
from app.kiosks.service import create_enrolment
from app.units.shipped import load_services

pytestmark = pytest.mark.browser
TABLET, PORTRAIT = (1280, 800), (1080, 1920)
OFTEN = ("1.001193", "1.004873", "1.000894", "1.004222", "2.000884", "1.003583", "2.000913", "1.012781")
THANKS_MS = 2_000
TYPED = """async (strokes) => {
  const { typed } = await import("/static/telex.mjs");
  return [...strokes].reduce((text, key) => typed(text, key), "");
}"""
WORDS = {
    "dduwowngf": "đường",
    "dduongwf": "đường",
    "Nguyeenx": "Nguyễn",
    "phuwowngf": "phường",
    "huwowngs daanx": "hướng dẫn",
    "huowngs": "hướng",
    "casn booj": "cán bộ",
    "camr own": "cảm ơn",
    "tieengs Vieetj": "tiếng Việt",
    "thur tucj": "thủ tục",
    "hoaf thuaanj": "hòa thuận",
    "hoawcj": "hoặc",
    "giaays": "giấy",
    "gif": "gì",
    "giuwax": "giữa",
    "quys": "quý",
    "quyeets": "quyết",
    "thuowr": "thuở",
    "khuyur": "khuỷu",
    "ngoeof": "ngoèo",
    "ruwowuj": "rượu",
    "chuwa": "chưa",
    "DDaij": "Đại",
    "wifi": "wifi",
    "camera": "camera",
    "email": "email",
    "ass": "as",
    "ddd": "dd",
    "aaa": "aa",
    "so 12a": "so 12a",
}


def a_kiosk(site: Site, page: Page) -> Page:
    with site.database.write() as session:
        code = create_enrolment(session, UNIT, "chữ").code
    return connect(page, site.url, code)


@pytest.fixture(scope="module", autouse=True)
def often(site: Site) -> None:
    with site.database.write() as session:
        load_services(session, codes=OFTEN)
        for code in OFTEN:
            a_volume(session, UNIT, "2026-09", finished=10, service_code=code)


def touch(page: Page, strokes: str) -> None:
    for stroke in strokes:
        page.locator(f"[data-key='{stroke}']").tap()


def test_words_are_composed_as_people_type_them(site: Site, page_of: Callable[..., Page]) -> None:
    page = page_of(*TABLET)
    page.goto(f"{site.url}/r")
    assert {strokes: page.evaluate(TYPED, strokes) for strokes in WORDS} == WORDS


@pytest.mark.parametrize("size", [PORTRAIT, TABLET])
def test_a_visit_by_touch_alone_finds_a_procedure_and_leaves_a_comment(
    site: Site, page_of: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = a_kiosk(site, page_of(*size, has_touch=True))
    page.clock.install()
    before = {row.response_id for row in stored(site.database)}
    tap_face(page, 4)
    pad = page.get_by_role("region", name="Bàn phím trên màn hình")
    expect(pad).to_be_hidden()
    page.get_by_role("searchbox").tap()
    expect(pad).to_be_visible()
    touch(page, "ket hon")
    expect(page.get_by_role("searchbox")).to_have_value("ket hon")
    page.locator(f"{NOW} .choice:visible").tap()
    expect(page.locator("[data-progress]")).to_have_text("3/4")
    expect(pad).to_be_hidden()
    page.get_by_role("button", name="Bỏ qua").tap()
    page.get_by_role("textbox").tap()
    touch(page, "huwowngs daanx rox,,")
    page.get_by_role("button", name="Xóa", exact=True).tap()
    expect(page.get_by_role("textbox")).to_have_value("Hướng dẫn rõ,")
    page.get_by_role("button", name="Gửi", exact=True).tap()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()
    expect(pad).to_be_hidden()
    page.clock.fast_forward(THANKS_MS)
    wait_for_attract(page)
    assert "Hướng dẫn" not in page.content()
    eventually(page, lambda: len(stored(site.database)) > len(before), "the answer")
    new = [row for row in stored(site.database) if row.response_id not in before]
    assert [row.service_code for row in new] == ["1.000894"]
    with site.database.read() as session:
        assert "Hướng dẫn rõ," in session.exec(select(ResponseComment.body)).all()


def test_in_english_letters_stay_as_they_are_and_a_keyboard_puts_them_away(
    site: Site, page_of: Callable[..., Page]
) -> None:
    page = a_kiosk(site, page_of(*TABLET, has_touch=True))
    page.get_by_role("button", name="English").tap()
    tap_face(page, 2)
    page.get_by_role("searchbox").tap()
    touch(page, "access")
    expect(page.get_by_role("searchbox")).to_have_value("access")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Backspace")
    expect(page.get_by_role("region", name="Letters to touch")).to_be_visible()
    page.keyboard.type("x")
    expect(page.get_by_role("region", name="Letters to touch")).to_be_hidden()
    expect(page.get_by_role("searchbox")).to_have_value("accesx")


@pytest.mark.parametrize("size", [PORTRAIT, TABLET])
def test_every_procedure_is_reached_by_going_further_and_none_is_cut(
    site: Site, page_of: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = a_kiosk(site, page_of(*size, has_touch=True))
    tap_face(page, 4)
    expect(page.get_by_text("Hôm nay ông/bà làm thủ tục gì?")).to_be_visible()
    tiles, seen, turns = page.locator(f"{NOW} .choice:visible"), list[str](), 0
    while not seen or tiles.first.inner_text() not in seen:
        turns += 1
        for tile in tiles.all():
            expect(tile).to_be_in_viewport(ratio=1)
        seen += tiles.all_inner_texts()
        page.get_by_role("button", name="Thủ tục khác").tap()
    assert len(seen) == len(set(seen)) == len(OFTEN) + 2
    assert turns > 1
