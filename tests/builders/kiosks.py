"""Devices that are connected, and what they send beside their answers."""

from dataclasses import dataclass
from typing import Any

import httpx
from sqlmodel import Session

from app.core import clock
from app.kiosks.service import create_enrolment, redeem_enrolment


@dataclass(frozen=True, slots=True)
class Device:
    """A connected device: who it is and what it shows the server."""

    kiosk_id: str
    device_id: str
    credential: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.credential}"}

    def numbered(self, number: int) -> dict[str, str]:
        return {**self.bearer, "X-Device-Sequence": str(number)}

    async def beat(self, client: httpx.AsyncClient, **told: Any) -> httpx.Response:
        """What it tells about itself; its clock is right unless said otherwise."""
        body = {"made": 0, "device_now": clock.now().isoformat(), **told}
        return await client.post("/api/v1/kiosks/heartbeat", json=body, headers=self.bearer)


def a_device(session: Session, unit_code: str, name: str = "Quầy 1") -> Device:
    """A new kiosk whose device has redeemed its code."""
    return a_device_with(session, create_enrolment(session, unit_code, name).code)


def a_device_with(session: Session, code: str) -> Device:
    kiosk, credential = redeem_enrolment(session, code)
    return Device(kiosk.kiosk_id, kiosk.device_id or "", credential)
