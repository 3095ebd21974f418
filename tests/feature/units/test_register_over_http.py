import httpx
import pytest
from builders.accounts import an_api_key
from builders.units import a_province_with_communes, a_unit, a_volume, some_services

from app.core.database import Database

pytestmark = pytest.mark.anyio


@pytest.fixture
def viewer(database: Database) -> dict[str, str]:
    """The headers of a machine that may read everything below Bắc Ninh; a town elsewhere is there too."""
    with database.write() as session:
        a_province_with_communes(session)
        a_unit(session, "27", "Tỉnh Khác", kind="province")
        some_services(session)
        a_volume(session, "07777", "2026-10", finished=40, service_code="2.000815")
        a_volume(session, "07774", "2026-10", finished=60)
        a_volume(session, "07774", "2026-09", finished=5)
        return {"Authorization": f"Bearer {an_api_key(session, 'viewer', '/24/')}"}


async def test_the_register_is_for_those_who_are_signed_in(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/units", "/api/v1/units/24", "/api/v1/services", "/api/v1/services/1"):
        assert (await client.get(path)).status_code == 401


async def test_units_come_in_vietnamese_order_below_one_of_them(
    client: httpx.AsyncClient, viewer: dict[str, str]
) -> None:
    found = (await client.get("/api/v1/units?below=24", headers=viewer)).json()
    assert [unit["name"] for unit in found] == [
        "Phường Bắc Giang",
        "Phường Tự Lạn",
        "Phường Việt Yên",
        "Tỉnh Bắc Ninh",
    ]


async def test_a_search_finds_names_without_marks_and_codes(
    client: httpx.AsyncClient, viewer: dict[str, str]
) -> None:
    for words in ("viet yen", "07777"):
        found = (await client.get("/api/v1/units", params={"search": words}, headers=viewer)).json()
        assert [unit["unit_code"] for unit in found] == ["07777"]
    found = (await client.get("/api/v1/services?search=tam%20tru", headers=viewer)).json()
    assert [service["service_code"] for service in found] == ["1.004194"]


async def test_volumes_of_a_month_come_with_those_of_the_units_below(
    client: httpx.AsyncClient, viewer: dict[str, str]
) -> None:
    found = (await client.get("/api/v1/units/24/volumes?month=2026-10", headers=viewer)).json()
    assert sorted(row["finished"] for row in found) == [40, 60]


async def test_volumes_of_another_province_are_not_shown(
    client: httpx.AsyncClient, viewer: dict[str, str]
) -> None:
    reply = await client.get("/api/v1/units/27/volumes?month=2026-10", headers=viewer)
    assert reply.status_code == 403


@pytest.mark.parametrize("path", ["units/99", "units?below=99", "services/9.999999"])
async def test_a_code_nobody_knows_is_told(
    client: httpx.AsyncClient, viewer: dict[str, str], path: str
) -> None:
    reply = await client.get(f"/api/v1/{path}", headers=viewer)
    assert reply.status_code == 404
    assert reply.json()["error"]["remedy"]
