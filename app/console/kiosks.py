"""Kiosks: which there are, what each has sent and what is wrong with it, connecting one, cutting one off."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff, require, require_somewhere
from app.accounts.service import record_audit
from app.console.listing import Listing, Order, list_reply, listed
from app.console.telling import FieldsDep, local_day, told
from app.core import clock
from app.core.collation import sort_key
from app.core.config import settings
from app.core.database import SessionDep
from app.core.errors import Invalid, SurveyError
from app.core.language import LANGUAGES, language_of
from app.core.qr import qr_svg
from app.kiosks import service
from app.kiosks.fleet import FleetKiosk, fleet
from app.kiosks.hours import hours_in_words
from app.kiosks.rotation import ask_for_rotation
from app.kiosks.service import Kiosk
from app.kiosks.thanks import LONGEST_THANKS, set_thanks, thanks_of
from app.units.service import get_unit, known_units

router = APIRouter()
KIOSKS = "/console/kiosks"
UNREADABLE = 422
STATES = ("waiting", "connected", "revoked")


@dataclass(frozen=True, slots=True)
class KioskView:
    """`state` is connected, waiting (its code is not used yet) or revoked; `fleet`: count and flags."""

    name: str
    unit_name: str
    state: str
    since_on: date
    contact: datetime | None
    fleet: FleetKiosk
    thanks: Mapping[str, str]

    @property
    def kiosk_id(self) -> str:
        return self.fleet.kiosk.kiosk_id


ORDERS: dict[str, Order[KioskView]] = {
    "name": Order(lambda one: sort_key(one.name)),
    "unit": Order(lambda one: sort_key(one.unit_name)),
    "state": Order(lambda one: STATES.index(one.state)),
    "since": Order(lambda one: one.since_on, down=True),
    "answers": Order(lambda one: one.fleet.tally.made, down=True),
    "contact": Order(lambda one: one.contact, down=True),
}
FILE_COLUMNS = (
    *("name", "unit_code", "unit_name", "state", "since_on", "made", "missing", "duplicate", "waiting"),
    *("set_aside", "flags", "last_contact_at", "version", "opening_hours"),
)


@dataclass(frozen=True, slots=True)
class NewCode:
    """A one-time code, shown this once: to type, and as a picture of the link that carries it."""

    name: str
    code: str

    @property
    def qr(self) -> Markup:
        return Markup(qr_svg(service.enrolment_link(self.code)))  # drawn here: numbers and nothing else


@dataclass(frozen=True, slots=True)
class WrongKiosk:
    """A kiosk that cannot be connected, as it was typed."""

    error: SurveyError
    typed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WrongHours:
    """Opening hours that cannot be read, as they were typed, and what is told beside their field."""

    kiosk_id: str
    typed: str
    told: dict[str, object] | None


@dataclass(frozen=True, slots=True)
class WrongThanks:
    """A unit's words that cannot be shown, as they were typed on a kiosk's row, and what is told of them."""

    kiosk_id: str
    typed: Mapping[str, str]
    told: dict[str, object] | None


@router.get(KIOSKS)
def show_kiosks(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    require_somewhere(actor, "operator")
    return _page(request, actor, session)


@router.get(f"{KIOSKS}.csv")
def take_kiosks(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    """The list as the page shows it, every page of it."""
    require_somewhere(actor, "operator")
    rows = [_cells(one) for one in _found(request, session, actor).every]
    return list_reply(request, actor, "kiosks", FILE_COLUMNS, rows)


def _cells(one: KioskView) -> tuple[str | int | date, ...]:
    kiosk, tally, device = one.fleet.kiosk, one.fleet.tally, one.fleet.device
    return (
        *(one.name, kiosk.unit_code, one.unit_name, one.state, one.since_on),
        *(tally.made, tally.missing, tally.duplicate, tally.waiting, tally.aside, " ".join(one.fleet.flags)),
        one.contact.isoformat(timespec="seconds") if one.contact else "",
        device.version or "" if device else "",
        kiosk.opening_hours or settings().opening_hours,
    )


def _found(request: Request, session: Session, actor: Actor) -> Listing[KioskView]:
    return listed(request, _views(session, actor), ORDERS)


def _page(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    enrolled: NewCode | None = None,
    wrong: WrongKiosk | WrongHours | WrongThanks | None = None,
) -> Response:
    new, language = wrong if isinstance(wrong, WrongKiosk) else None, language_of(request)
    return render_staff(
        request,
        "console/kiosks.html",
        actor,
        status=new.error.status if new else UNREADABLE if wrong else 200,
        problem=told(request, new.error if new else None),
        enrolled=enrolled,
        typed=defaultdict(str, new.typed if new else {}),
        enrol_address=settings().link_base + service.ENROL_PAGE,
        minutes=settings().enrolment_minutes,
        wrong_hours=wrong if isinstance(wrong, WrongHours) else None,
        wrong_thanks=wrong if isinstance(wrong, WrongThanks) else None,
        longest_thanks=LONGEST_THANKS,
        usual_hours=settings().opening_hours,
        hours_in_words=lambda hours: hours_in_words(hours, language),
        found=_found(request, session, actor),
    )


def _views(session: Session, actor: Actor) -> list[KioskView]:
    codes = {kiosk.unit_code for kiosk in service.list_kiosks(session)}
    units = {unit.unit_code: unit for unit in known_units(session, codes)}
    found = fleet(
        session, now=clock.now(), may=lambda kiosk: actor.may("operator", units[kiosk.unit_code].path)
    )
    thanks = {code: thanks_of(session, code) for code in {one.kiosk.unit_code for one in found}}
    return [_view(one, units[one.kiosk.unit_code].name, thanks[one.kiosk.unit_code]) for one in found]


def _view(one: FleetKiosk, unit_name: str, thanks: Mapping[str, str]) -> KioskView:
    kiosk = one.kiosk
    state = "revoked" if kiosk.revoked_at else "connected" if kiosk.enrolled_at else "waiting"
    instant = kiosk.revoked_at or kiosk.enrolled_at or kiosk.created_at
    contact_at = one.device.contact_at if one.device else None
    contact = contact_at.astimezone(settings().zone) if contact_at else None
    return KioskView(kiosk.name, unit_name, state, local_day(instant), contact, one, thanks)


@router.post(KIOSKS)
def enrol(request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    """The reply shows the code, so it is the page itself; the code is stored nowhere."""
    require_somewhere(actor, "operator")
    try:
        unit = get_unit(session, fields.get("unit", ""))
        require(actor, "operator", unit.path)
        made = service.create_enrolment(session, unit.unit_code, fields.get("name", ""))
    except SurveyError as error:
        session.rollback()
        return _page(request, actor, session, wrong=WrongKiosk(error, fields))
    record_audit(session, actor, "kiosk enrolled", made.kiosk_id, unit=unit.unit_code)
    return _page(request, actor, session, enrolled=NewCode(fields.get("name", "") or unit.name, made.code))


@router.post(f"{KIOSKS}/{{kiosk_id}}/renew")
def renew(kiosk_id: str, request: Request, actor: StaffDep, session: SessionDep) -> Response:
    kiosk = _own(session, actor, kiosk_id)
    code = service.renew_code(session, kiosk.kiosk_id)
    record_audit(session, actor, "kiosk code renewed", kiosk_id)
    return _page(request, actor, session, enrolled=NewCode(kiosk.name, code))


@router.post(f"{KIOSKS}/{{kiosk_id}}/rotate")
def rotate(kiosk_id: str, actor: StaffDep, session: SessionDep) -> Response:
    """The device takes another credential at its next heartbeat."""
    _own(session, actor, kiosk_id)
    ask_for_rotation(session, kiosk_id)
    record_audit(session, actor, "kiosk credential rotated", kiosk_id)
    return RedirectResponse(KIOSKS, 303)


@router.post(f"{KIOSKS}/{{kiosk_id}}/hours")
def set_hours(
    kiosk_id: str, request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep
) -> Response:
    """This kiosk's own opening hours; an empty field gives it those of the setting."""
    _own(session, actor, kiosk_id)
    typed = fields.get("hours", "")
    try:
        kiosk = service.set_hours(session, kiosk_id, typed)
    except Invalid as error:
        wrong = WrongHours(kiosk_id, typed, told(request, error))
        return _page(request, actor, session, wrong=wrong)
    record_audit(session, actor, "kiosk hours set", kiosk_id, hours=kiosk.opening_hours)
    return RedirectResponse(KIOSKS, 303)


@router.post(f"{KIOSKS}/{{kiosk_id}}/thanks")
def write_thanks(
    kiosk_id: str, request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep
) -> Response:
    """What every kiosk of this one's unit says after an answer; empty fields give the usual words back."""
    unit_code = _own(session, actor, kiosk_id).unit_code
    typed = {language: fields.get(f"thanks_{language}", "") for language in LANGUAGES}
    try:
        words = set_thanks(session, unit_code, typed)
    except Invalid as error:
        return _page(request, actor, session, wrong=WrongThanks(kiosk_id, typed, told(request, error)))
    record_audit(session, actor, "kiosk thanks set", unit_code, **words)
    return RedirectResponse(KIOSKS, 303)


@router.get(f"{KIOSKS}/{{kiosk_id}}/card.pdf")
def card_pdf(kiosk_id: str, actor: StaffDep, session: SessionDep) -> Response:
    """The card to lay beside this kiosk."""
    from app.kiosks.cards import card

    kiosk = _own(session, actor, kiosk_id)
    headers = {"Content-Disposition": f'attachment; filename="sipas-{kiosk.unit_code}-card.pdf"'}
    drawn = card(get_unit(session, kiosk.unit_code).name)
    return Response(drawn, media_type="application/pdf", headers=headers)


@router.post(f"{KIOSKS}/{{kiosk_id}}/revoke")
def revoke(kiosk_id: str, actor: StaffDep, session: SessionDep) -> Response:
    _own(session, actor, kiosk_id)
    service.revoke(session, kiosk_id)
    record_audit(session, actor, "kiosk revoked", kiosk_id)
    return RedirectResponse(KIOSKS, 303)


def _own(session: Session, actor: Actor, kiosk_id: str) -> Kiosk:
    kiosk = service.get_kiosk(session, kiosk_id)
    require(actor, "operator", get_unit(session, kiosk.unit_code).path)
    return kiosk
