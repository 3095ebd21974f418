"""What a kiosk keeps to start without network: complete, small, and of one version."""

import hashlib
import json
import re

import httpx
import pytest
from builders.collection import COMMUNE, an_asking_commune
from builders.kiosks import Device, a_device
from builders.units import a_volume
from sqlmodel import col, func, select

from app.core.database import Database
from app.core.pages import STATIC
from app.forms.voices import MOST_BYTES as VOICES_BYTES
from app.kiosks.screens import SEARCHABLE
from app.units.shipped import load_services
from app.units.tables import Service

pytestmark = pytest.mark.anyio
LARGEST_BYTES = 1_500_000


async def known(client: httpx.AsyncClient) -> dict[str, object]:
    """The worker's own list."""
    reply = await client.get("/sw.js")
    assert reply.headers["content-type"].startswith("text/javascript")
    assert reply.headers["cache-control"] == "no-cache"
    first = reply.text.splitlines()[0]
    return json.loads(first.removeprefix("const KIOSK = ").removesuffix(";"))


async def test_every_kept_file_is_served_as_the_worker_expects_it(client: httpx.AsyncClient) -> None:
    for path, digest in (await known(client))["files"].items():
        reply = await client.get(path)
        assert reply.status_code == 200
        assert hashlib.sha256(reply.content).hexdigest() == digest


async def test_every_kept_page_is_of_the_workers_version_in_every_language(client: httpx.AsyncClient) -> None:
    listed = await known(client)
    for path in listed["pages"]:
        for language in ("vi", "en"):
            page = await client.get(path, params={"lang": language})
            assert f'data-version="{listed["version"]}"' in page.text


async def test_everything_a_kept_page_asks_for_is_kept(client: httpx.AsyncClient) -> None:
    listed = await known(client)
    asked: set[str] = set()
    for path in listed["pages"]:
        asked |= set(re.findall(r'(?:src|href)="(/static/[^"?]+)', (await client.get(path)).text))
    for path in [one for one in listed["files"] if one.endswith((".mjs", ".css"))]:
        text = (STATIC / path.removeprefix("/static/")).read_text(encoding="utf-8")
        asked |= {f"/static/{name}" for name in re.findall(r'from "\./([\w.-]+)"', text)}
        asked |= {f"/static/{name}" for name in re.findall(r'url\("([\w./-]+)"\)', text)}
    manifest = json.loads((STATIC / "kiosk.webmanifest").read_text(encoding="utf-8"))
    asked |= {f"/static/{icon['src']}" for icon in manifest["icons"]}
    assert "/static/kiosk.webmanifest" in asked
    assert asked <= set(listed["files"])


async def test_a_kiosk_is_installed_as_an_app_of_its_own(client: httpx.AsyncClient) -> None:
    page = await client.get("/kiosk")
    (address,) = re.findall(r'rel="manifest" href="([^"]+)"', page.text)
    assert "manifest-src 'self'" in page.headers["content-security-policy"]
    reply = await client.get(address)
    assert reply.headers["content-type"] == "application/manifest+json"
    manifest = reply.json()
    assert (manifest["display"], manifest["start_url"], manifest["lang"]) == ("fullscreen", "/kiosk", "vi")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    tokens = (STATIC / "tokens.css").read_text(encoding="utf-8")
    for colour in ("background_color", "theme_color"):
        assert f"--paper: {manifest[colour]};" in tokens


@pytest.fixture
def busiest(database: Database) -> Device:
    """A kiosk of a commune that offers as many procedures as can be, with the longest names."""
    with database.write() as session:
        an_asking_commune(session)
        load_services(session)
        longest = select(Service.service_code).order_by(func.length(Service.name).desc(), col(Service.name))
        for code in session.exec(longest.limit(SEARCHABLE)).all():
            a_volume(session, COMMUNE, "2026-09", finished=1, service_code=code)
        return a_device(session, COMMUNE)


async def test_all_that_a_device_keeps_is_small(client: httpx.AsyncClient, busiest: Device) -> None:
    listed = await known(client)
    sizes = [len((await client.get(path)).content) for path in [*listed["pages"], *listed["files"]]]
    bundle = await client.get("/api/v1/kiosks/me", headers=busiest.bearer)
    assert bundle.text.count("data-words") == 2 * SEARCHABLE
    voices = VOICES_BYTES * 4 // 3  # as text inside the screens
    assert sum(sizes) + len(bundle.content) + voices < LARGEST_BYTES
