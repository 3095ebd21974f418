"""The register in the console: files are checked or stored whole, every mistake with its line."""

import io

import httpx
import openpyxl
import pytest
from builders.accounts import signed_in
from builders.units import a_province_with_communes, a_volume, some_services
from sqlmodel import select

from app.accounts.tables import AuditEntry
from app.console import imports
from app.core.database import Database
from app.core.tabular import Row
from app.units.tables import Service, Unit, Volume

pytestmark = pytest.mark.anyio
UNITS = "code,name,kind,parent_code\n24,Tỉnh Bắc Ninh,province,\n07777,Phường Việt Yên,ward,24\n"
VOLUMES = "unit_code,month,finished,on_time\n07777,2026-09,120,100\n07774,2026-09,80,80\n"


def a_form(csrf: str, text: str | bytes, name: str = "tệp.csv", *, store: str = "store") -> dict[str, object]:
    content = text.encode() if isinstance(text, str) else text
    return {"data": {"csrf_token": csrf, "store": store}, "files": {"file": (name, content)}}


async def test_a_dry_run_counts_what_it_would_do_and_stores_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    csrf = signed_in(client, database, role="operator")
    tried = await client.post("/console/units/import", **a_form(csrf, UNITS, store="check"))
    assert tried.status_code == 200
    assert "2 dòng mới, 0 dòng thay đổi, 0 dòng như cũ" in tried.text
    assert "Chưa lưu gì" in tried.text
    with database.read() as session:
        assert list(session.exec(select(Unit))) == []
    stored = await client.post("/console/units/import", **a_form(csrf, UNITS))
    assert stored.status_code == 303
    page = (await client.get(stored.headers["location"])).text
    assert "Đã lưu tệp.csv" in page
    assert "Phường Việt Yên" in page
    again = await client.post("/console/units/import", **a_form(csrf, UNITS, store="check"))
    assert "0 dòng mới, 0 dòng thay đổi, 2 dòng như cũ" in again.text
    with database.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "units imported")).one()
        assert (entry.target, entry.detail["inserted"]) == ("tệp.csv", 2)


async def test_every_mistake_of_a_file_is_named_with_its_line_and_nothing_is_stored(
    client: httpx.AsyncClient, database: Database
) -> None:
    csrf = signed_in(client, database, role="operator")
    wrong = UNITS + "0 7,Xã Lạ,ward,99\n07777,Lặp,ward,24\n"
    page = await client.post("/console/units/import", **a_form(csrf, wrong))
    assert page.status_code == 422
    assert "tệp.csv:4:code" in page.text
    assert "tệp.csv:5:code" in page.text
    unreadable = await client.post("/console/units/import", **a_form(csrf, b"\xff\xfe\x00", "a.csv"))
    assert unreadable.status_code == 422
    nothing = await client.post("/console/units/import", data={"csrf_token": csrf})
    assert nothing.status_code == 422
    with database.read() as session:
        assert list(session.exec(select(Unit))) == []


async def test_services_come_from_a_workbook_and_are_found_without_marks(
    client: httpx.AsyncClient, database: Database
) -> None:
    csrf = signed_in(client, database, role="operator")
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in (("code", "name", "field"), ("1.001193", "Đăng ký khai sinh", "Hộ tịch")):
        book.active.append(row)
    book.save(file)
    stored = await client.post("/console/services/import", **a_form(csrf, file.getvalue(), "dv.xlsx"))
    assert stored.status_code == 303
    assert "Đăng ký khai sinh" in (await client.get("/console/services?q=khai sinh")).text
    assert "Đăng ký khai sinh" not in (await client.get("/console/services?field=Đất đai")).text


async def test_volumes_are_brought_in_for_units_of_ones_own_alone(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        a_province_with_communes(session)
        some_services(session)
        a_volume(session, "07210", "2026-08", finished=500)
    csrf = signed_in(client, database, role="operator", unit_path="/24/07777/")
    strange = await client.post("/console/volumes/import", **a_form(csrf, VOLUMES))
    assert strange.status_code == 422
    assert "tệp.csv:3:unit_code" in strange.text
    own = VOLUMES.rsplit("07774", 1)[0]
    assert (await client.post("/console/volumes/import", **a_form(csrf, own))).status_code == 303
    page = (await client.get("/console/volumes?month=2026-09")).text
    assert "Đã giải quyết 120 trong 09/2026" in page
    assert "08/2026" not in page
    assert (await client.get("/console/volumes?unit=24")).status_code == 403
    refused = await client.post("/console/units/import", **a_form(csrf, UNITS))
    assert refused.status_code == 403
    with database.read() as session:
        assert {row.unit_code: row.finished for row in session.exec(select(Volume))} == {
            "07210": 500,
            "07777": 120,
        }


async def test_a_file_for_everybody_is_not_even_opened_for_an_operator_of_one_commune(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwanted(*_: object) -> list[Row]:
        raise AssertionError("the file was read")

    with database.write() as session:
        a_province_with_communes(session)
    csrf = signed_in(client, database, role="operator", unit_path="/24/07777/")
    monkeypatch.setattr(imports, "read_rows", unwanted)
    for name in ("units", "services"):
        refused = await client.post(f"/console/{name}/import", **a_form(csrf, b"PK", "t.xlsx"))
        assert refused.status_code == 403


async def test_a_small_file_that_unpacks_to_a_huge_table_is_refused_in_words_and_nothing_is_stored(
    client: httpx.AsyncClient, database: Database
) -> None:
    csrf = signed_in(client, database, role="operator")
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in (("code", "name", "field"), ("1.001193", "Đăng ký khai sinh", "Hộ tịch")):
        book.active.append(row)
    for line in range(3, 2003):
        book.active.cell(line, 16_384, "x")
    book.save(file)
    refused = await client.post("/console/services/import", **a_form(csrf, file.getvalue(), "dv.xlsx"))
    assert refused.status_code == 422
    assert "dòng 3 có ô ở cột thứ 16384, bảng có nhiều nhất 200 cột" in refused.text
    assert "hãy xóa phần nằm bên phải bảng" in refused.text
    with database.read() as session:
        assert list(session.exec(select(Service))) == []


async def test_what_comes_with_the_program_is_loaded_with_one_button(
    client: httpx.AsyncClient, database: Database
) -> None:
    csrf = signed_in(client, database, role="operator")
    typed = {"csrf_token": csrf, "province": "99"}
    wrong = await client.post("/console/units/load-reference", data=typed)
    assert wrong.status_code == 404
    assert 'value="99"' in wrong.text
    loaded = await client.post("/console/units/load-reference", data=typed | {"province": "24"})
    assert loaded.status_code == 303
    assert (await client.post("/console/services/load-reference", data=typed)).status_code == 303
    with database.read() as session:
        assert session.get(Unit, "24") is not None
        assert len(session.exec(select(Service)).all()) == 2642


async def test_an_empty_file_holds_the_columns(client: httpx.AsyncClient, database: Database) -> None:
    signed_in(client, database, role="viewer")
    given = await client.get("/console/volumes/template.csv")
    assert given.text.lstrip("\ufeff").startswith("unit_code,month,finished,service_code")
    assert (await client.get("/console/nothing/template.csv")).status_code == 404
