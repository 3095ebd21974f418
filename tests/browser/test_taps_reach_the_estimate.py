"""The whole chain: a tap on the kiosk and a form on a phone are in the next table that is downloaded."""

import csv
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from builders.collection import stored
from builders.site import UNIT, Site
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

from app.cli import cli
from app.core import clock
from app.rounds.service import forms_of

pytestmark = pytest.mark.browser
PORTRAIT, PHONE = (1080, 1920), (360, 740)
OTHERS, ARRIVAL_SECONDS = 12, 20


def others_answer(site: Site) -> None:
    """Enough people before, so that the figure is not hidden."""
    with site.database.read() as session:
        form_version = forms_of(session, site.round_code)["poster"]
    for n in range(OTHERS):
        wire = {
            "response_id": str(uuid4()), "round": site.round_code, "form_version": form_version, "unit": UNIT,
            "mode": "poster", "answered_on": clock.today().isoformat(), "language": "vi",
            "answers": {"q_overall": 5 if n % 2 else 2},
        }  # fmt: skip
        assert httpx.post(f"{site.url}/api/v1/responses", json=wire).status_code == 201


def answered(site: Site, measure: str) -> int:
    """How many people the downloaded table counts for this question in the unit."""
    file = Path(site.home) / f"{uuid4().hex}.csv"
    arguments = ["estimate", "--round", site.round_code, "--by", "unit", "--out", str(file)]
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = [
            row for row in csv.DictReader(opened) if row["unit_code"] == UNIT and row["measure"] == measure
        ]
    shown = [row for row in rows if row["formula"] == "satisfied_share" and row["state"] != "suppressed"]
    return int(shown[0]["n"]) if shown else 0


def wait_for(site: Site, how_many: int) -> None:
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while len(stored(site.database)) < how_many:
        assert time.monotonic() < deadline, "the answer did not arrive"
        time.sleep(0.1)


def test_a_tap_and_a_posted_page_are_in_the_next_table(site: Site, page_of: Callable[..., Page]) -> None:
    others_answer(site)
    before, rows = answered(site, "q_overall"), len(stored(site.database))
    assert before == OTHERS

    page = page_of(*PORTRAIT)
    page.goto(f"{site.url}/kiosk/enrol")
    page.get_by_label("Mã dùng một lần").fill(site.kiosk_code())
    page.get_by_role("button", name="Kết nối").click()
    page.wait_for_url("**/kiosk")
    page.locator("[data-screen]:not([hidden]) .choice").nth(4).click()
    page.get_by_role("button", name="Gửi ngay").click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()

    page = page_of(*PHONE, java_script_enabled=False)
    page.goto(f"{site.url}/p/{UNIT}")
    page.get_by_label("Rất hài lòng").check()
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("heading", name="Cảm ơn ông/bà!")).to_be_visible()

    wait_for(site, rows + 2)
    assert answered(site, "q_overall") == before + 2
