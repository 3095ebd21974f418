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
from app.alerts.service import Wanted
from app.console.choosing import unit_named
from app.console.telling import FieldsDep, told
from app.core.config import settings
from app.core.database import SessionDep
from app.core.errors import SurveyError
from app.core.language import language_of, translator
from app.kiosks.service import list_kiosks
from app.results.signals import FALSE_ALARM

router = APIRouter()
ALERTS = "/console/alerts"
FILTERS = ("unit", "state", "rule")


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


@router.post(f"{ALERTS}/{{alert_id}}/acknowledge")
def acknowledge(
    alert_id: str, request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep
) -> Response:
    """Seen, with a word on what is done; back to the list as it was filtered."""
    kept = {name: fields.get(name, "") for name in FILTERS if fields.get(name)}
    try:
        service.acknowledge(session, alert_id, note=fields.get("note", ""), by=actor)
    except SurveyError as error:
        session.rollback()
        return _page(request, actor, session, _wanted(**kept), error=error)
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
    code = unit_named(session, wanted.unit_code).unit_code if wanted.unit_code else ""
    by_code = Wanted(code, wanted.state, wanted.rule)
    found = service.list_alerts(session, actor, by_code, language=language)
    return render_staff(
        request,
        "console/alerts.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        done=done,
        wanted=wanted,
        alerts=found,
        standing=sum(one.state == "open" for one in found),
        kiosks={kiosk.kiosk_id: kiosk.name for kiosk in list_kiosks(session)},
        rules=[(rule, say(words.RULE_NAMES[rule])) for rule in service.RULES],
        local=_local,
        may_note=actor.may_somewhere("analyst"),
        one_side=FALSE_ALARM / 2,
    )


def _local(instant: datetime) -> datetime:
    return instant.astimezone(settings().zone)
