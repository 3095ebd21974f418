"""Editions of a round: computing them, their steps towards the public, who took them and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from app.accounts.dependencies import StaffDep, render_staff, require_somewhere
from app.accounts.service import Actor, record_audit
from app.console.telling import FieldsDep, local_day, told
from app.core.config import settings
from app.core.database import SessionDep
from app.core.errors import SurveyError
from app.core.language import language_of, translator
from app.results import sealing, work
from app.results.editions import get_edition, list_editions, state_of, steps_of
from app.results.renewal import DAILY
from app.results.tables import Edition
from app.results.words import EDITION_WORDS, STEP_WORDS, TABLE_WORDS
from app.rounds.service import Round, get_round, list_rounds

router = APIRouter()
EDITIONS = "/console/editions"
HASH_SHOWN = 12
DONE = ("started", *sealing.BEFORE)


@dataclass(frozen=True, slots=True)
class StepView:
    name: str
    by_whom: str
    day: date
    note: str


@dataclass(frozen=True, slots=True)
class EditionView:
    """One edition with its steps; `possible` are those the reader may take now."""

    edition_id: str
    short: str
    created_at: datetime
    created_by: str
    state: str
    state_name: str
    mixed_through: date | None
    is_nightly: bool
    responses: int
    tables: int
    content_hash: str
    replaces: str
    reason: str
    steps: Sequence["StepView"]
    possible: Sequence[str]


@router.get(EDITIONS)
def show_editions(
    request: Request,
    actor: StaffDep,
    session: SessionDep,
    round_code: Annotated[str, Query(alias="round")] = "",
    done: str = "",
) -> Response:
    require_somewhere(actor, "viewer")
    rounds = list_rounds(session)
    chosen = next((one for one in rounds if not round_code or one.round_code == round_code), None)
    return _page(request, actor, session, survey=chosen, done=done if done in DONE else "")


@router.get(f"{EDITIONS}/progress")
def show_progress(
    request: Request, actor: StaffDep, round_code: Annotated[str, Query(alias="round")]
) -> dict[str, Any]:
    """How far the computation is, for the page's script."""
    require_somewhere(actor, "viewer")
    found = work.progress_of(round_code)
    if found is None or found.failed:
        return {"running": False}
    words = _step_name(request, found.step)
    return {"running": True, "step": words, "place": found.place, "steps": found.steps}


@router.post(EDITIONS)
def compute_edition(actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    survey = get_round(session, fields.get("round", ""))
    sealing.require_over_round(session, actor, survey.round_code, "analyst")
    running = work.progress_of(survey.round_code)
    if running is None or running.failed:
        record_audit(session, actor, "edition computing", survey.round_code)
        work.start([survey.round_code], by_whom=actor.name)
    return _back(survey.round_code, "started")


@router.post(f"{EDITIONS}/{{edition_id}}")
def take_step(
    edition_id: str, request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep
) -> Response:
    edition = get_edition(session, edition_id)
    step = fields.get("step", "")
    try:
        sealing.take_step(session, edition_id, step, actor=actor, note=fields.get("note", ""))
    except SurveyError as error:
        session.rollback()
        survey = get_round(session, edition.round_code)
        return _page(request, actor, session, survey=survey, error=error)
    return _back(edition.round_code, step)


def _back(round_code: str, done: str) -> Response:
    return RedirectResponse(f"{EDITIONS}?{urlencode({'round': round_code, 'done': done})}", 303)


def _page(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    survey: Round | None,
    done: str = "",
    error: SurveyError | None = None,
) -> Response:
    progress = work.progress_of(survey.round_code) if survey else None
    return render_staff(
        request,
        "console/editions.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        done=done,
        rounds=list_rounds(session),
        survey=survey,
        progress=progress,
        step=_step_name(request, progress.step) if progress else "",
        may_compute=survey and sealing.may_over_round(session, actor, survey.round_code, "analyst"),
        editions=_views(request, session, actor, survey.round_code) if survey else [],
    )


def _step_name(request: Request, step: str) -> str:
    return translator(language_of(request))({**STEP_WORDS, **TABLE_WORDS}.get(step, step))


def _views(request: Request, session: Session, actor: Actor, round_code: str) -> list[EditionView]:
    found = list_editions(session, round_code)
    return [_view(session, one, actor, translator(language_of(request))) for one in found]


def _day_of(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _view(session: Session, edition: Edition, actor: Actor, translate: Any) -> EditionView:
    state = state_of(session, edition.edition_id)
    return EditionView(
        edition_id=edition.edition_id,
        short=edition.edition_id[:8],
        created_at=edition.created_at.astimezone(settings().zone),
        created_by=edition.created_by,
        state=state,
        state_name=translate(EDITION_WORDS[state]),
        mixed_through=_day_of(edition.data_cut["mixed_through"]),
        is_nightly=edition.created_by == DAILY,
        responses=sum(edition.data_cut["responses"].values()),
        tables=len(edition.tables),
        content_hash=edition.content_hash[:HASH_SHOWN],
        replaces=(edition.replaces or "")[:8],
        reason=edition.reason,
        steps=[
            StepView(
                translate(EDITION_WORDS[taken.step]), taken.taken_by, local_day(taken.taken_at), taken.note
            )
            for taken in steps_of(session, edition.edition_id)
        ],
        possible=sealing.possible_steps(session, edition, actor),
    )
