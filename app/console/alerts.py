"""Alerts: what stands, what to look at, who has seen it."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff, require_somewhere
from app.alerts import service, words
from app.alerts.service import AlertView, Wanted
from app.console.choosing import unit_named
from app.console.listing import Listing, Order, list_reply, listed
from app.console.telling import FieldsDep, told
from app.core.collation import sort_key
from app.core.config import settings
from app.core.database import SessionDep
from app.core.errors import SurveyError
from app.core.language import language_of, translator
from app.kiosks.service import list_kiosks
from app.results.signals import FALSE_ALARM

router = APIRouter()
ALERTS = "/console/alerts"
FILTERS = ("unit", "state", "rule")
KEPT = (*FILTERS, "sort", "page")
ORDERS: dict[str, Order[AlertView]] = {
    "unit": Order(lambda one: sort_key(one.unit_name)),
    "rule": Order(lambda one: one.rule),
    "since": Order(lambda one: one.opened_at, down=True),
    "state": Order(lambda one: service.STATES.index(one.state)),
}
FILE_COLUMNS = (
    *("rule", "unit_code", "unit_name", "period", "alert", "state", "opened_at", "closed_at"),
    *("acknowledged_at", "acknowledged_by", "note"),
)


def _wanted(unit: str = "", state: str = "", rule: str = "") -> Wanted:
    return Wanted(
        unit.strip(), state if state in service.STATES else "", rule if rule in service.RULES else ""
    )


WantedDep = Annotated[Wanted, Depends(_wanted)]


@router.get(ALERTS)
def show_alerts(
    request: Request, actor: StaffDep, session: SessionDep, wanted: WantedDep, done: str = ""
) -> Response:
    require_somewhere(actor, "viewer")
    try:
        return _page(request, actor, session, wanted, done=done)
    except SurveyError as error:
        return _page(request, actor, session, Wanted(), error=error)


@router.get(f"{ALERTS}.csv")
def take_alerts(request: Request, actor: StaffDep, session: SessionDep, wanted: WantedDep) -> Response:
    """The list as the page shows it, every page of it."""
    require_somewhere(actor, "viewer")
    rows = [_cells(one) for one in _found(request, session, actor, wanted).every]
    return list_reply(request, actor, "alerts", FILE_COLUMNS, rows)


def _cells(one: AlertView) -> tuple[str, ...]:
    return (
        *(one.rule, one.unit_code, one.unit_name, one.period, one.sentence, one.state),
        *(_stamp(instant) for instant in (one.opened_at, one.closed_at, one.acknowledged_at)),
        *(one.acknowledged_by, one.note),
    )


def _stamp(instant: datetime | None) -> str:
    return _local(instant).isoformat(timespec="minutes") if instant else ""


@router.post(f"{ALERTS}/{{alert_id}}/acknowledge")
def acknowledge(
    alert_id: str, request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep
) -> Response:
    """Seen, with a word on what is done; back to the list as it was filtered."""
    kept = {name: fields.get(name, "") for name in KEPT if fields.get(name)}
    try:
        service.acknowledge(session, alert_id, note=fields.get("note", ""), by=actor)
    except SurveyError as error:
        session.rollback()
        return _page(request, actor, session, _wanted(*(kept.get(name, "") for name in FILTERS)), error=error)
    return RedirectResponse(f"{ALERTS}?{urlencode({**kept, 'done': 'acknowledged'})}", 303)


def _page(
    request: Request,
    actor: Actor,
    session: Session,
    wanted: Wanted,
    *,
    done: str = "",
    error: SurveyError | None = None,
) -> Response:
    language = language_of(request)
    say = translator(language)
    found = _found(request, session, actor, wanted)
    return render_staff(
        request,
        "console/alerts.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        done=done,
        wanted=wanted,
        found=found,
        standing=sum(one.state == "open" for one in found.every),
        kept={name: request.query_params.get(name, "") for name in ("sort", "page")},
        kiosks={kiosk.kiosk_id: kiosk.name for kiosk in list_kiosks(session)},
        rules=[(rule, say(words.RULE_NAMES[rule])) for rule in service.RULES],
        local=_local,
        may_note=actor.may_somewhere("analyst"),
        one_side=FALSE_ALARM / 2,
    )


def _found(request: Request, session: Session, actor: Actor, wanted: Wanted) -> Listing[AlertView]:
    """What stands first and the gravest of it; a unit may be asked for by its name."""
    code = unit_named(session, wanted.unit_code).unit_code if wanted.unit_code else ""
    by_code = Wanted(code, wanted.state, wanted.rule)
    found = service.list_alerts(session, actor, by_code, language=language_of(request))
    return listed(request, found, ORDERS)


def _local(instant: datetime) -> datetime:
    return instant.astimezone(settings().zone)
