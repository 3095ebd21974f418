"""What a kiosk keeps to start without network: complete, small, and of one version."""

import hashlib
import json
import re

import httpx
import pytest

from app.core.pages import STATIC

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
    assert asked
    assert asked <= set(listed["files"])


async def test_the_whole_cache_is_small(client: httpx.AsyncClient) -> None:
    listed = await known(client)
    sizes = [len((await client.get(path)).content) for path in [*listed["pages"], *listed["files"]]]
    assert sum(sizes) < LARGEST_BYTES
