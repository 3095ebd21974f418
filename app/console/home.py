"""The overview: rounds at a glance, and what an operator does next."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.dependencies import HOME, StaffDep, render_staff
from app.console.round_views import view_round
from app.core.database import SessionDep
from app.core.language import language_of
from app.forms.service import list_versions
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
    )


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
