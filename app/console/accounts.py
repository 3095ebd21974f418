"""Accounts: who may log in, over which units, and the help people need with it."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from app.accounts import staff
from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff, require, require_somewhere
from app.accounts.service import ROLES
from app.accounts.staff import Person, may_manage, path_of_unit
from app.console.listing import Listing, Order, list_reply, listed
from app.console.telling import FieldsDep, told
from app.core.collation import fold, sort_key
from app.core.database import SessionDep
from app.core.errors import Forbidden, Invalid, SurveyError

router = APIRouter()
ACCOUNTS = "/console/accounts"
ROLE = "administrator"
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those taken for one another
GROUPS, GROUP_SIGNS = 4, 5
DONE = ("granted", "ungranted", "sessions", "deactivated", "activated")

FILE_COLUMNS = ("username", "display_name", "roles", "active")
ORDERS: dict[str, Order[Person]] = {
    "name": Order(lambda one: sort_key(one.display_name)),
    "username": Order(lambda one: one.username),
    "roles": Order(lambda one: min((ROLES.index(held.role) for held in one.grants), default=None)),
    "state": Order(lambda one: not one.active),
}


@dataclass(frozen=True, slots=True)
class NewPassword:
    """Shown once, on the page that answers."""

    username: str
    password: str


def new_password() -> str:
    """A password to hand over: 99 bits, easy to read out."""
    groups = ("".join(secrets.choice(SIGNS) for _ in range(GROUP_SIGNS)) for _ in range(GROUPS))
    return "-".join(groups)


@router.get(ACCOUNTS)
def show_accounts(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    require_somewhere(actor, ROLE)
    return _list(request, actor, session)


@router.get(f"{ACCOUNTS}.csv")
def take_accounts(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    """The list as the page shows it, every page of it."""
    require_somewhere(actor, ROLE)
    found = _found(request, session, actor)
    rows = [(one.username, one.display_name, _roles(one), int(one.active)) for one in found.every]
    return list_reply(request, actor, "accounts", FILE_COLUMNS, rows)


def _roles(person: Person) -> str:
    return "; ".join(f"{held.role} {held.unit_path}" for held in person.grants)


def _list(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    typed: dict[str, str] | None = None,
    made: NewPassword | None = None,
    error: SurveyError | None = None,
) -> Response:
    return render_staff(
        request,
        "console/accounts.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        q=request.query_params.get("q", "").strip(),
        found=_found(request, session, actor),
        roles=ROLES,
        typed={"username": "", "name": "", "role": "viewer", "unit": ""} | (typed or {}),
        made=made,
    )


def _found(request: Request, session: Session, actor: Actor) -> Listing[Person]:
    q = fold(request.query_params.get("q", "").strip())
    people = [one for one in _people(session, actor) if q in fold(f"{one.username} {one.display_name}")]
    return listed(request, people, ORDERS)


def _people(session: Session, actor: Actor) -> Sequence[Person]:
    return [person for person in staff.list_staff(session) if may_manage(actor, person)]


@router.post(ACCOUNTS)
def create_account(request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    """The reply shows the password, so it is the page itself: it is stored nowhere in clear."""
    require_somewhere(actor, ROLE)
    typed = {name: fields.get(name, "") for name in ("username", "name", "role", "unit")}
    password = new_password()
    try:
        unit_path = _path(session, actor, typed["unit"])
        staff.create_staff(session, typed["username"], password, display_name=typed["name"], by=actor)
        staff.grant(session, typed["username"], role=typed["role"], unit_path=unit_path, by=actor)
        session.flush()
    except SurveyError as error:
        session.rollback()
        return _list(request, actor, session, typed=typed, error=error)
    return _list(request, actor, session, made=NewPassword(typed["username"].lower(), password))


def _path(session: Session, actor: Actor, unit_code: str) -> str:
    """The subtree a role is given over; the giver must be its administrator."""
    unit_path = path_of_unit(session, unit_code)
    require(actor, ROLE, unit_path)
    return unit_path


@router.get(f"{ACCOUNTS}/{{username}}")
def show_account(username: str, request: Request, actor: StaffDep, session: SessionDep) -> Response:
    _own(session, actor, username)
    return _one(request, actor, session, username=username)


def _one(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    username: str,
    made: NewPassword | None = None,
    error: SurveyError | None = None,
) -> Response:
    return render_staff(
        request,
        "console/account.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        person=staff.get_person(session, username),
        is_self=actor.name == username,
        roles=ROLES,
        done=done if (done := request.query_params.get("done", "")) in DONE else "",
        made=made,
    )


@router.post(f"{ACCOUNTS}/{{username}}/password")
def reset_password(username: str, request: Request, actor: StaffDep, session: SessionDep) -> Response:
    """A new password, shown once; whoever was logged in with the old one is logged out."""
    _own(session, actor, username)
    password = new_password()
    staff.set_password(session, username, password, by=actor)
    session.flush()
    return _one(request, actor, session, username=username, made=NewPassword(username, password))


@router.post(f"{ACCOUNTS}/{{username}}/grant")
def grant_role(
    username: str, request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep
) -> Response:
    def give() -> None:
        unit_path = _path(session, actor, fields.get("unit", ""))
        staff.grant(session, username, role=fields.get("role", ""), unit_path=unit_path, by=actor)

    return _changed(request, actor, session, username=username, change=give, done="granted")


@router.post(f"{ACCOUNTS}/{{username}}/ungrant")
def take_role(
    username: str, request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep
) -> Response:
    def take() -> None:
        _not_oneself(actor, username)
        unit_path = fields.get("unit_path", "")
        require(actor, ROLE, unit_path)
        staff.ungrant(session, username, role=fields.get("role", ""), unit_path=unit_path, by=actor)

    return _changed(request, actor, session, username=username, change=take, done="ungranted")


@router.post(f"{ACCOUNTS}/{{username}}/{{action}}")
def act_on_account(
    username: str, action: str, request: Request, actor: StaffDep, session: SessionDep
) -> Response:
    """Log the person out everywhere, lock the account, or open it again."""
    actions: dict[str, tuple[str, Callable[[], object]]] = {
        "sessions": ("sessions", lambda: staff.end_sessions(session, username, by=actor)),
        "deactivate": ("deactivated", lambda: _deactivate(session, actor, username)),
        "activate": ("activated", lambda: staff.activate(session, username, by=actor)),
    }
    if action not in actions:
        raise Invalid("{value} is nothing that can be done", where="action", value=action[:40])
    done, change = actions[action]
    return _changed(request, actor, session, username=username, change=change, done=done)


def _deactivate(session: Session, actor: Actor, username: str) -> None:
    _not_oneself(actor, username)
    staff.deactivate(session, username, by=actor)


def _not_oneself(actor: Actor, username: str) -> None:
    if actor.name == username:
        raise Forbidden(
            "nobody takes away their own access", where="username", remedy="ask another administrator"
        )


def _changed(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    username: str,
    change: Callable[[], object],
    done: str,
) -> Response:
    """Do it to somebody one may manage; tell in place where it cannot be done."""
    _own(session, actor, username)
    try:
        change()
    except SurveyError as error:
        session.rollback()
        return _one(request, actor, session, username=username, error=error)
    return RedirectResponse(f"{ACCOUNTS}/{username}?done={done}", 303)


def _own(session: Session, actor: Actor, username: str) -> None:
    """Raises: NotFound; Forbidden for somebody with a role outside the actor's units."""
    require_somewhere(actor, ROLE)
    if not may_manage(actor, staff.get_person(session, username)):
        raise Forbidden(
            "{name} may not change the account {username}: it has roles elsewhere",
            where="username",
            remedy="ask an administrator of all its units",
            name=actor.name,
            username=username,
        )
