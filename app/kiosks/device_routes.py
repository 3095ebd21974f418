"""What devices and the fleet page ask over HTTP: the service worker, the heartbeat, the count."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.accounts.dependencies import ActorDep, require_somewhere
from app.core import clock
from app.core.database import SessionDep
from app.core.errors import NotSignedIn
from app.core.pages import render
from app.kiosks import service
from app.kiosks.fleet import FleetKiosk, fleet
from app.kiosks.heartbeat import note_heartbeat
from app.kiosks.rotation import next_credential
from app.kiosks.schemas import DayOut, FleetOut, HeartbeatIn, HeartbeatOut
from app.kiosks.shell import version, worker
from app.units.service import get_unit

router = APIRouter()
api = APIRouter(prefix="/api/v1/kiosks", tags=["kiosks"])
bearer = HTTPBearer(auto_error=False, scheme_name="KioskCredential")


def _credential(found: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> str:
    if found is None:
        raise NotSignedIn(
            "this device is not connected (any more)", remedy="connect it with a new one-time code"
        )
    return found.credentials


CredentialDep = Annotated[str, Depends(_credential)]


@router.get("/sw.js", include_in_schema=False)
async def service_worker() -> Response:
    """Asked again at every check, so that a new version is seen at once."""
    return Response(worker(), media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/kiosk/queue", include_in_schema=False)
async def queue_page(request: Request) -> HTMLResponse:
    """Where staff save the answers a device could not send."""
    return render(request, "kiosk_queue.html", kiosk=True, version=version())


@api.post("/heartbeat")
def heartbeat(body: HeartbeatIn, session: SessionDep, credential: CredentialDep) -> HeartbeatOut:
    """A device tells how it is; kept coarse, and overwritten by its next word."""
    kiosk = service.kiosk_of(session, credential)
    note_heartbeat(session, kiosk, body)
    changed = next_credential(session, kiosk, credential)
    return HeartbeatOut(version=version(), now=clock.now(), credential=changed)


@api.get("/fleet")
def fleet_of_the_caller(session: SessionDep, actor: ActorDep) -> list[FleetOut]:
    """For every kiosk of the caller's units: missing, duplicate, waiting, and what is wrong with it."""
    require_somewhere(actor, "operator")
    found = fleet(
        session,
        now=clock.now(),
        may=lambda kiosk: actor.may("operator", get_unit(session, kiosk.unit_code).path),
    )
    return [_shown(one) for one in found]


def _shown(one: FleetKiosk) -> FleetOut:
    device = one.device
    return FleetOut(
        kiosk_id=one.kiosk.kiosk_id,
        unit=one.kiosk.unit_code,
        name=one.kiosk.name,
        revoked=one.kiosk.revoked_at is not None,
        made=one.tally.made,
        missing=one.tally.missing,
        duplicate=one.tally.duplicate,
        waiting=one.tally.waiting,
        aside=one.tally.aside,
        contact_at=device.contact_at if device else None,
        version=device.version if device else "",
        persisted=device.is_persisted if device else None,
        skew_seconds=device.skew_seconds if device else None,
        last_answer_on=device.last_answer_on if device else None,
        battery_pct=device.battery_pct if device else None,
        flags=list(one.flags),
        days=[
            DayOut(
                day=day,
                made=tally.made,
                missing=tally.missing,
                duplicate=tally.duplicate,
                waiting=tally.waiting,
                aside=tally.aside,
            )
            for day, tally in one.days
        ],
    )


router.include_router(api)
