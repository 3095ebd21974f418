"""Machines' keys: made here, shown once, revoked here."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from app.accounts import service
from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff, require, require_somewhere
from app.accounts.service import ROLES, ApiKey
from app.accounts.staff import path_of_unit
from app.console.telling import FieldsDep, local_day, told
from app.core.database import SessionDep
from app.core.errors import SurveyError

router = APIRouter()
KEYS = "/console/keys"


@dataclass(frozen=True, slots=True)
class KeyView:
    key_id: str
    name: str
    role: str
    unit_path: str
    created_on: date
    revoked_on: date | None


@router.get(KEYS)
def show_keys(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    require_somewhere(actor, "administrator")
    return _page(request, actor, session)


def _page(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    issued: service.IssuedKey | None = None,
    error: SurveyError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    return render_staff(
        request,
        "console/keys.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        issued=issued,
        typed=defaultdict(str, typed or {}),
        roles=ROLES,
        keys=[_view(key) for key in service.list_keys(session) if actor.may("administrator", key.unit_path)],
    )


def _view(key: ApiKey) -> KeyView:
    return KeyView(
        key.key_id,
        key.name,
        key.role,
        key.unit_path,
        local_day(key.created_at),
        local_day(key.revoked_at) if key.revoked_at else None,
    )


@router.post(KEYS)
def create_key(request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    """The reply shows the secret, so it is the page itself: reloading asks before it makes another key."""
    require_somewhere(actor, "administrator")
    try:
        unit_path = path_of_unit(session, fields.get("unit", ""))
        require(actor, "administrator", unit_path)
        issued = service.create_key(
            session, fields.get("name", ""), role=fields.get("role", ""), unit_path=unit_path, by=actor
        )
        session.flush()
    except SurveyError as error:
        session.rollback()
        return _page(request, actor, session, error=error, typed=fields)
    return _page(request, actor, session, issued=issued)


@router.post(f"{KEYS}/{{key_id}}/revoke")
def revoke_key(key_id: str, actor: StaffDep, session: SessionDep) -> Response:
    require(actor, "administrator", service.get_key(session, key_id).unit_path)
    service.revoke_key(session, key_id, by=actor)
    return RedirectResponse(KEYS, 303)
