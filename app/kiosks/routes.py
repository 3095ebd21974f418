"""Kiosks over HTTP: connecting a device, what it shows, and the operator's side."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import ActorDep, require
from app.accounts.service import record_audit
from app.core import clock
from app.core.config import settings
from app.core.database import Database, SessionDep
from app.core.errors import Invalid
from app.core.pages import render
from app.kiosks import device_routes, service
from app.kiosks.device_routes import CredentialDep
from app.kiosks.etags import etag_of, is_known
from app.kiosks.guesses import Guesses
from app.kiosks.hours import opening_of
from app.kiosks.rotation import ask_for_rotation
from app.kiosks.schemas import (
    EnrolIn,
    EnrolledOut,
    KioskOut,
    OpeningOut,
    PlaceOut,
    RedeemedOut,
    RedeemIn,
    ScreensOut,
)
from app.kiosks.screens import MODE, screens_of
from app.kiosks.shell import version
from app.kiosks.tables import Kiosk
from app.units.service import get_unit

router = APIRouter()
api = APIRouter(prefix="/api/v1/kiosks", tags=["kiosks"])
guesses = Guesses()
NOW = "X-Server-Now"
CAMERA_HERE = "geolocation=(), microphone=(), payment=(), usb=(), camera=(self)"


@router.get("/kiosk", include_in_schema=False)
async def kiosk_page(request: Request) -> HTMLResponse:
    """The shell: the same for every kiosk, so it needs no database."""
    page = render(request, "kiosk.html", kiosk=True, version=version())
    page.headers["Permissions-Policy"] = CAMERA_HERE  # to read a receipt's code; no other page may
    return page


@router.get("/kiosk/enrol", include_in_schema=False)
async def enrol_page(request: Request) -> HTMLResponse:
    """Where a device's one-time code is typed."""
    return render(request, "kiosk_enrol.html", kiosk=True, version=version())


@api.post("/redeem")
def redeem(body: RedeemIn, request: Request) -> RedeemedOut:
    """A one-time code becomes the device's credential."""
    address = request.client.host if request.client else ""
    guesses.check(address)
    database: Database = request.app.state.database
    try:
        with database.write() as session:
            return _redeemed(session, body.code)
    except Invalid:
        guesses.wrong(address)
        raise


def _redeemed(session: Session, code: str) -> RedeemedOut:
    kiosk, credential = service.redeem_enrolment(session, code)
    unit = get_unit(session, kiosk.unit_code)
    return RedeemedOut(
        kiosk_id=kiosk.kiosk_id,
        device_id=kiosk.device_id or "",
        name=kiosk.name,
        credential=credential,
        unit=PlaceOut(code=unit.unit_code, name=unit.name),
    )


@api.get(
    "/me",
    response_model=ScreensOut,
    responses={304: {"description": "nothing has changed since the ETag shown; X-Server-Now is the clock"}},
)
def me(
    session: SessionDep,
    request: Request,
    credential: CredentialDep,
    known: Annotated[str, Header(alias="If-None-Match")] = "",
) -> Response:
    """What the device shows: unit, round, screens in every language, and the server's clock."""
    kiosk = service.kiosk_of(session, credential)
    shown = _screens(session, kiosk, demo=bool(getattr(request.app.state, "demo", False)))
    tag = etag_of(shown)
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization",
        NOW: shown.now.isoformat(),  # a body kept from before tells an old time
    }
    if is_known(tag, known):
        return Response(status_code=304, headers=headers)
    return Response(shown.model_dump_json(), headers=headers, media_type="application/json")


def _screens(session: Session, kiosk: Kiosk, *, demo: bool) -> ScreensOut:
    found = screens_of(session, kiosk, on=clock.today(), demo=demo)
    return ScreensOut(
        unit=PlaceOut(code=found.unit_code, name=found.unit_name),
        device_id=kiosk.device_id or "",
        version=version(),
        round=found.round_code or None,
        form_version=found.form_version or None,
        mode=MODE,
        now=clock.now(),
        time_zone=settings().time_zone,
        idle_seconds=found.idle_seconds,
        warning_seconds=found.warning_seconds,
        thanks_seconds=found.thanks_seconds,
        opening=None if demo else OpeningOut(**asdict(opening_of(kiosk.opening_hours))),
        screens=dict(found.screens),
    )


@api.get("")
def kiosks(session: SessionDep, actor: ActorDep) -> list[KioskOut]:
    """The kiosks of the caller's units."""
    return [_shown(kiosk) for kiosk in service.list_kiosks(session) if _may(session, actor, kiosk)]


@api.post("", status_code=201)
def enrol(body: EnrolIn, session: SessionDep, actor: ActorDep) -> EnrolledOut:
    """A new kiosk; its one-time code is shown this once."""
    require(actor, "operator", get_unit(session, body.unit).path)
    made = service.create_enrolment(session, body.unit, body.name)
    record_audit(session, actor, "kiosks.enrol", made.kiosk_id, unit=body.unit)
    return _enrolled(made.kiosk_id, made.code)


@api.post("/{kiosk_id}/code", status_code=201)
def renew(kiosk_id: str, session: SessionDep, actor: ActorDep) -> EnrolledOut:
    """Another one-time code for a kiosk whose device was lost or replaced."""
    _require_operator(session, actor, kiosk_id)
    record_audit(session, actor, "kiosks.renew_code", kiosk_id)
    return _enrolled(kiosk_id, service.renew_code(session, kiosk_id))


@api.post("/{kiosk_id}/rotate")
def rotate(kiosk_id: str, session: SessionDep, actor: ActorDep) -> KioskOut:
    """Have the device change its credential at its next heartbeat."""
    _require_operator(session, actor, kiosk_id)
    record_audit(session, actor, "kiosks.rotate", kiosk_id)
    return _shown(ask_for_rotation(session, kiosk_id))


@api.post("/{kiosk_id}/revoke")
def revoke(kiosk_id: str, session: SessionDep, actor: ActorDep) -> KioskOut:
    """Cut a device off."""
    _require_operator(session, actor, kiosk_id)
    record_audit(session, actor, "kiosks.revoke", kiosk_id)
    return _shown(service.revoke(session, kiosk_id))


def _require_operator(session: Session, actor: Actor, kiosk_id: str) -> None:
    kiosk = service.get_kiosk(session, kiosk_id)
    require(actor, "operator", get_unit(session, kiosk.unit_code).path)


def _may(session: Session, actor: Actor, kiosk: Kiosk) -> bool:
    return actor.may("operator", get_unit(session, kiosk.unit_code).path)


def _enrolled(kiosk_id: str, code: str) -> EnrolledOut:
    return EnrolledOut(
        kiosk_id=kiosk_id,
        code=code,
        url=settings().link_base + service.ENROL_PAGE,
        expires_in_minutes=settings().enrolment_minutes,
    )


def _shown(kiosk: Kiosk) -> KioskOut:
    return KioskOut(
        kiosk_id=kiosk.kiosk_id,
        unit=kiosk.unit_code,
        name=kiosk.name,
        enrolled=kiosk.enrolled_at is not None,
        revoked=kiosk.revoked_at is not None,
    )


router.include_router(device_routes.router)
router.include_router(api)
