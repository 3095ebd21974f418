"""Lists of the console are sorted, read page by page and taken as a file; nothing is left out silently."""

import csv
import io
import re
from datetime import date
from html import unescape

import httpx
import pytest
from builders.accounts import a_member_of_staff, signed_in
from builders.results import a_register
from sqlmodel import Session, select

from app.accounts.tables import AuditEntry
from app.alerts.tables import Alert
from app.core import clock
from app.core.collation import sort_key
from app.core.database import Database
from app.kiosks.service import create_enrolment
from app.rounds.tables import Round
from app.units.tables import Unit

pytestmark = pytest.mark.anyio
MANY = 230
LISTS = ("units", "services", "volumes", "kiosks", "accounts", "rounds", "alerts")


def many_units(session: Session) -> None:
    """A province of more units than a page holds; one of them is named like a formula."""
    a_register(session)
    for place in range(MANY):
        code, name = f"9{place:04}", f"Xã Số {place:03}" if place else "=CMD()"
        unit = Unit(
            unit_code=code,
            name=name,
            kind="commune",
            parent_code="24",
            path=f"/24/{code}/",
            sort_key=sort_key(name),
            valid_from_on=date(2025, 7, 1),
        )
        session.add(unit)
    session.flush()


def first_cells(page: str) -> list[str]:
    """What the rows of the page's table are called."""
    found = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', page, re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>", " ", cell)).split("\n")[0].strip() for cell in found]


def rows_of(reply: httpx.Response) -> list[dict[str, str]]:
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(reply.content.decode("utf-8-sig"))))


async def test_every_unit_can_be_reached_page_by_page_and_stands_in_the_file(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        many_units(session)
    signed_in(client, database)
    seen: list[str] = []
    address = "/console/units"
    while address:
        page = (await client.get(address)).text
        seen += first_cells(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(following[1]) if following else ""
    assert len(seen) == len(set(seen)) == MANY + 5
    rows = rows_of(await client.get("/console/units.csv?q=xa%20so"))
    assert len(rows) == MANY - 1
    every = rows_of(await client.get("/console/units.csv?sort=-code"))
    assert [row["code"] for row in every] == sorted((row["code"] for row in every), reverse=True)
    assert next(row["name"] for row in every if row["code"] == "90000") == "'=CMD()"
    with database.read() as session:
        taken = session.exec(select(AuditEntry).where(AuditEntry.action == "list taken")).all()
    assert {(entry.target, entry.detail["rows"]) for entry in taken} == {
        ("units", MANY - 1),
        ("units", MANY + 5),
    }


async def test_a_heading_sorts_says_how_and_turns_round_and_the_address_keeps_everything(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        many_units(session)
    signed_in(client, database)
    page = (await client.get("/console/units?q=xa&below=24&page=2")).text
    assert page.count('aria-sort="ascending"') == 1
    by_code = unescape(re.findall(r'class="order" href="([^"]+)"', page)[1])
    assert by_code == "/console/units?q=xa&below=24&sort=code"
    turned = (await client.get(by_code)).text
    assert re.search(r'aria-sort="ascending"><a class="order" href="[^"]*sort=-code"', turned)
    down = (await client.get("/console/units?sort=-code")).text
    assert 'aria-sort="descending"' in down
    assert first_cells(down)[0] == f"Xã Số {MANY - 1:03}"
    assert "sort=-code" in re.search(r'rel="next" href="([^"]+)"', down)[1]  # type: ignore[index]
    assert (await client.get("/console/units?sort=nonsense&page=99999999")).status_code == 200


async def test_volumes_of_a_month_are_sorted_by_what_was_finished(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        a_register(session)
    signed_in(client, database)
    rows = rows_of(await client.get("/console/volumes.csv?month=2026-08&sort=-finished"))
    finished = [int(row["finished"]) for row in rows]
    assert len(finished) == 12
    assert finished == sorted(finished, reverse=True)
    assert {row["month"] for row in rows} == {"2026-08"}
    months = rows_of(await client.get("/console/volumes.csv"))
    assert [row["month"] for row in months] == ["2026-09", "2026-08", "2026-07"]
    assert (await client.get("/console/volumes?month=..%2F..&sort=late")).status_code == 200


@pytest.mark.parametrize("name", LISTS)
async def test_every_list_is_a_file_and_its_headings_are_links(
    client: httpx.AsyncClient, database: Database, name: str
) -> None:
    with database.write() as session:
        a_register(session)
        create_enrolment(session, "07267", "Sảnh chính")
        session.add(a_round_row())
        session.add(an_alert(0))
    signed_in(client, database)
    page = (await client.get(f"/console/{name}")).text
    links = [unescape(link) for link in re.findall(r'class="order" href="([^"]+)"', page)]
    assert links
    for link in links:
        sorted_page = await client.get(link)
        assert sorted_page.status_code == 200
        assert sorted_page.text.count("aria-sort=") == 1
    assert f'href="/console/{name}.csv"' in page
    reply = await client.get(f"/console/{name}.csv")
    assert rows_of(reply)
    assert f'filename="{name}' in reply.headers["content-disposition"] or name == "volumes"


def a_round_row() -> Round:
    return Round(
        round_code="2026-Q3",
        title="Quý III",
        basis="opt_in",
        population_kind="finished_dossiers",
        period_start_on=date(2026, 7, 1),
        period_end_on=date(2026, 9, 30),
        created_at=clock.now(),
    )


def an_alert(place: int) -> Alert:
    return Alert(
        alert_id=f"a{place:05}",
        rule="kiosk_silent",
        unit_code="07267",
        period="",
        subject=f"k{place}",
        detail={"minutes": 20, "kiosk": "Sảnh", "since": "2026-09-01T08:00:00+00:00"},
        opened_at=clock.now(),
        seen_at=clock.now(),
    )


async def test_no_alert_is_left_out_however_many_stand(client: httpx.AsyncClient, database: Database) -> None:
    with database.write() as session:
        a_register(session)
        session.add_all(an_alert(place) for place in range(1200))
    signed_in(client, database)
    page = (await client.get("/console/alerts")).text
    assert "1.200 cảnh báo" in page
    assert 'rel="next"' in page
    assert len(rows_of(await client.get("/console/alerts.csv"))) == 1200


async def test_a_list_as_a_file_needs_the_same_right_as_its_page(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        a_register(session)
        a_member_of_staff(session, "somebody")
    signed_in(client, database, role="viewer", unit_path="/24/07267/")
    assert (await client.get("/console/accounts.csv")).status_code == 403
    assert (await client.get("/console/kiosks.csv")).status_code == 403
    assert {row["unit_code"] for row in rows_of(await client.get("/console/volumes.csv?month=2026-08"))} == {
        "07267"
    }
