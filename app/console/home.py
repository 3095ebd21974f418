"""The overview: a round with figures at a glance, the open rounds, and what an operator does next."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.dependencies import HOME, StaffDep, render_staff
from app.accounts.service import Actor
from app.console.round_views import view_round
from app.core.database import SessionDep
from app.core.language import language_of, translator
from app.forms.service import list_versions
from app.results.choices import rounds_on_their_way, rounds_with_editions
from app.rounds.service import list_rounds
from app.units.service import list_services, list_units

router = APIRouter()
SHOWN_STATES = ("open", "late", "ahead")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of setting up: done, the next one, or later."""

    name: str
    state: str


@router.get(HOME)
def show_home(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    language = language_of(request)
    every = [
        view_round(session, found, language=language, paths=actor.paths("operator"))
        for found in list_rounds(session)
    ]
    return render_staff(
        request,
        "console/home.html",
        actor,
        rounds=[view for view in every if view.state in SHOWN_STATES],
        past=len([view for view in every if view.state not in SHOWN_STATES]),
        steps=set_up_steps(session, has_round=bool(every)) if actor.may_somewhere("operator") else [],
        on_their_way=rounds_on_their_way(session),
        **_glance(request, actor, session),
    )


def _glance(request: Request, actor: Actor, session: Session) -> dict[str, Any]:
    """The asked-for round, or the newest one, where it has figures the reader may see."""
    computed = rounds_with_editions(session)
    if not computed or not actor.may_somewhere("viewer"):
        return {"found": None, "computed": []}
    from app.console import overview
    from app.console.results_page import opened_edition, reasons_of

    language, asked = language_of(request), request.query_params.get("round", "")
    opened = opened_edition(session, actor, round_code=asked, edition_id="", language=language)
    if opened is None:
        return {"found": None, "computed": []}
    found = overview.overview_of(session, actor, opened, language=language)
    say = translator(language)
    return {
        "found": found,
        "computed": computed,
        "finding": overview.finding(found, language),
        "units_finding": overview.units_finding(found, language),
        "glance": overview.glance(found, language) if found.shown else None,
        "reasons": lambda row: reasons_of(row, say),
    }


def set_up_steps(session: Session, *, has_round: bool) -> list[Step]:
    """The steps in order; the first one that is not done is the next."""
    done = {
        "units": bool(list_units(session, limit=1)),
        "services": bool(list_services(session, limit=1)),
        "form": bool(list_versions(session)),
        "round": has_round,
    }
    following = next((name for name, is_done in done.items() if not is_done), "")
    return [
        Step(name, "done" if is_done else "next" if name == following else "later")
        for name, is_done in done.items()
    ]
