"""Two thousand answers from four kiosks over a network that fails in every way: none lost, none twice.

Doubles come one after the other, and side by side as from a device whose two pages send the same queue.
"""

import asyncio
import random
from typing import Any

import httpx
import pytest
from builders.accounts import an_api_key
from builders.collection import COMMUNE, an_asking_commune, how_many, post, stored
from builders.kiosks import Device, a_device

from app.core.database import Database
from app.receipts.tables import SpentToken

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
KIOSKS, EACH, AT_ONCE = 4, 500, 8


class FlakyNetwork:
    """Drops requests and replies, answers 5xx by itself, delivers twice; all of it from one seed."""

    def __init__(self, client: httpx.AsyncClient, seed: int) -> None:
        self._client = client
        self._random = random.Random(seed)
        self.failed = 0
        self.side_by_side: list[list[int]] = []

    async def send(self, wire: dict[str, Any], headers: dict[str, str]) -> int | None:
        """The status the device sees; None where it sees nothing in time."""
        fate = self._random.random()
        if fate < 0.1:
            return self._fail(self._random.choice([500, 502, 503, 504]))  # a proxy's word, never delivered
        if fate < 0.2:
            return self._fail(None)
        if fate < 0.4:
            return await self._twice_at_once(wire, headers)
        reply = await post(self._client, wire, **headers)
        if fate < 0.5:
            return self._fail(None)  # committed, but the device never hears of it
        if fate < 0.6:
            reply = await post(self._client, wire, **headers)
        return reply.status_code

    async def _twice_at_once(self, wire: dict[str, Any], headers: dict[str, str]) -> int | None:
        """Two requests of one body on their way together; the device hears of one, or of neither."""
        replies = await asyncio.gather(*(post(self._client, wire, **headers) for _ in range(2)))
        self.side_by_side.append(sorted(reply.status_code for reply in replies))
        return self._fail(None) if self._random.random() < 0.3 else replies[0].status_code

    def _fail(self, status: int | None) -> int | None:
        self.failed += 1
        return status


async def drain(network: FlakyNetwork, device: Device, queue: dict[int, dict[str, Any]], seed: int) -> None:
    """A device's rule: keep an answer until a 2xx, in whatever order."""
    order = random.Random(seed)
    while queue:
        numbers = order.sample(sorted(queue), min(AT_ONCE, len(queue)))
        statuses = await asyncio.gather(
            *(network.send(queue[number], device.numbered(number)) for number in numbers)
        )
        for number, status in zip(numbers, statuses, strict=True):
            assert status is None or status in (200, 201) or status >= 500
            if status in (200, 201):
                del queue[number]


async def test_two_thousand_answers_arrive_once_each_and_every_number_is_there(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        asking = an_asking_commune(session)
        devices = [a_device(session, COMMUNE, f"Quầy {n}") for n in range(KIOSKS)]
        staff = {"Authorization": f"Bearer {an_api_key(session, role='operator')}"}
    queues = [
        {
            n: asking.wire(mode="kiosk", token=asking.token() if n % 4 == 0 else None)
            for n in range(1, EACH + 1)
        }
        for _ in devices
    ]
    made = {wire["response_id"] for queue in queues for wire in queue.values()}
    network = FlakyNetwork(client, seed=20261122)
    await asyncio.gather(
        *(
            drain(network, device, queue, seed=n)
            for n, (device, queue) in enumerate(zip(devices, queues, strict=True))
        )
    )
    assert network.failed > KIOSKS * EACH / 10
    assert len(network.side_by_side) > KIOSKS * EACH / 10
    assert {tuple(statuses) for statuses in network.side_by_side} == {(200, 200), (200, 201)}
    rows = stored(database)
    assert len(rows) == len(made) == KIOSKS * EACH
    assert {row.response_id for row in rows} == made
    assert {row.flags for row in rows} == {""}  # a double of itself never makes a receipt a repeat
    assert how_many(database, SpentToken) == KIOSKS * EACH / 4
    for device in devices:
        await device.beat(client, made=EACH)
    shown = (await client.get("/api/v1/kiosks/fleet", headers=staff)).json()
    counts = [(one["made"], one["missing"], one["duplicate"], one["waiting"]) for one in shown]
    assert counts == [(EACH, 0, 0, 0)] * KIOSKS
