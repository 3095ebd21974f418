"""Rounds: the list, a new one, closing one."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff, require, require_somewhere
from app.accounts.service import record_audit
from app.console.listing import Listing, Order, list_reply, listed
from app.console.round_views import RoundView, form_title, view_round
from app.console.telling import FieldsDep, as_day, told
from app.core import clock
from app.core.collation import sort_key
from app.core.database import SessionDep
from app.core.errors import NotFound, SurveyError
from app.core.language import language_of
from app.forms.service import list_versions
from app.rounds import service
from app.rounds.service import BASES, MODES
from app.units.service import POPULATION_KINDS, get_unit

router = APIRouter()
ROUNDS = "/console/rounds"
DONE = ("created", "closed")
QUARTER_MONTHS = 3
STATES = ("open", "late", "ahead", "over", "closed")
ORDERS: dict[str, Order[RoundView]] = {
    "title": Order(lambda one: sort_key(one.title)),
    "period": Order(lambda one: one.start_on, down=True),
    "state": Order(lambda one: STATES.index(one.state)),
}
FILE_COLUMNS = ("round", "title", "first_day", "last_day", "state", "units", "forms")


@router.get(ROUNDS)
def show_rounds(request: Request, actor: StaffDep, session: SessionDep, done: str = "") -> Response:
    found = _found(request, session, actor)
    return render_staff(request, "console/rounds.html", actor, found=found, done=done if done in DONE else "")


@router.get(f"{ROUNDS}.csv")
def take_rounds(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    """The list as the page shows it, every page of it."""
    rows = [_cells(session, one) for one in _found(request, session, actor).every]
    return list_reply(request, actor, "rounds", FILE_COLUMNS, rows)


def _cells(session: Session, one: RoundView) -> tuple[str | date, ...]:
    units = " ".join(service.roots_of(session, one.code))
    forms = "; ".join(f"{mode}: {title}" for mode, title in one.forms)
    return one.code, one.title, one.start_on, one.end_on, one.state, units, forms


def _found(request: Request, session: Session, actor: Actor) -> Listing[RoundView]:
    language, paths = language_of(request), actor.paths("operator")
    found = [view_round(session, one, language=language, paths=paths) for one in service.list_rounds(session)]
    return listed(request, found, ORDERS, usual="period")


@router.get(f"{ROUNDS}/new")
def show_new_round(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    require_somewhere(actor, "operator")
    taken = {one.round_code for one in service.list_rounds(session)}
    return _form(request, actor, session, fields=free_quarter(clock.today(), taken))


def free_quarter(today: date, taken: Collection[str]) -> dict[str, str]:
    """A round is most often a quarter: the first without one, from today's on, is filled in beforehand."""
    fields = _quarter_of(today)
    while fields["round_code"] in taken:
        fields = _quarter_of(date.fromisoformat(fields["period_end_on"]) + timedelta(days=1))
    return fields


def _quarter_of(today: date) -> dict[str, str]:
    quarter = (today.month - 1) // QUARTER_MONTHS + 1
    start = date(today.year, QUARTER_MONTHS * quarter - 2, 1)
    end = (start + timedelta(days=31 * QUARTER_MONTHS)).replace(day=1) - timedelta(days=1)
    return {
        "round_code": f"{today.year}-Q{quarter}",
        "period_start_on": start.isoformat(),
        "period_end_on": end.isoformat(),
    }


def _form(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    fields: dict[str, str],
    error: SurveyError | None = None,
) -> Response:
    language = language_of(request)
    versions = [
        (
            one.form_version,
            f"{form_title(session, one.form_version, language)} ({one.form_code} {one.number})",
        )
        for one in list_versions(session)
    ]
    return render_staff(
        request,
        "console/round_new.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        fields=defaultdict(str, fields),
        versions=versions,
        modes=MODES,
        bases=BASES,
        populations=POPULATION_KINDS,
    )


@router.post(ROUNDS)
def create_round(request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    try:
        new = _as_round(fields)
        _require_units(session, actor, new.units)
        service.create_round(session, new)
    except SurveyError as error:
        session.rollback()
        return _form(request, actor, session, fields=fields, error=error)
    record_audit(session, actor, "round created", new.round_code, units=list(new.units))
    return RedirectResponse(f"{ROUNDS}?done=created", 303)


def _as_round(fields: dict[str, str]) -> service.NewRound:
    return service.NewRound(
        round_code=fields.get("round_code", ""),
        title=fields.get("title", ""),
        period_start_on=as_day(fields, "period_start_on"),
        period_end_on=as_day(fields, "period_end_on"),
        units=[code for code in re.split(r"[\s,;]+", fields.get("units", "")) if code],
        forms={mode: version for mode in MODES if (version := fields.get(f"form_{mode}", ""))},
        basis=fields.get("basis", BASES[0]),
        population_kind=fields.get("population_kind", POPULATION_KINDS[0]),
    )


def _require_units(session: Session, actor: Actor, codes: Sequence[str]) -> None:
    """Every unit that exists must be the actor's; those that do not are told by the round itself."""
    for code in codes:
        try:
            unit = get_unit(session, code)
        except NotFound:
            continue
        require(actor, "operator", unit.path)


@router.post(f"{ROUNDS}/{{round_code}}/close")
def close_round(round_code: str, actor: StaffDep, session: SessionDep) -> Response:
    for code in service.roots_of(session, service.get_round(session, round_code).round_code):
        require(actor, "operator", get_unit(session, code).path)
    service.close_round(session, round_code)
    record_audit(session, actor, "round closed", round_code)
    return RedirectResponse(f"{ROUNDS}?done=closed", 303)
