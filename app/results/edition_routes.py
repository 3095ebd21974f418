"""Editions over HTTP (JSON): the list, computing one, its steps, its verification."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts.dependencies import ActorDep, require_somewhere
from app.accounts.service import record_audit
from app.core.database import SessionDep
from app.results import sealing, work
from app.results.editions import get_edition, list_editions, state_of, steps_of
from app.results.tables import Edition
from app.rounds.service import get_round

router = APIRouter(prefix="/api/v1/editions", tags=["results"])


class StepIn(BaseModel):
    """A step somebody takes: checked, sealed, published or withdrawn."""

    step: str = Field(max_length=20)
    note: str = Field("", max_length=400, description="the reason, for a withdrawal")


class ComputeIn(BaseModel):
    """Which round's edition to compute."""

    round: str = Field(max_length=40)


class StepOut(BaseModel):
    step: str
    taken_at: datetime
    taken_by: str
    note: str


class EditionOut(BaseModel):
    """An edition without its tables' rows."""

    edition_id: str
    round: str
    created_at: datetime
    created_by: str
    state: str
    tables: dict[str, str]
    data_cut: dict[str, Any]
    code_version: str
    content_hash: str
    replaces: str | None
    reason: str
    steps: list[StepOut]


class EditionList(BaseModel):
    editions: list[EditionOut]


class VerdictOut(BaseModel):
    """Whether computing again from the stored answers gives the same, and what differs."""

    same: bool
    lines: list[str]


class ComputingOut(BaseModel):
    """The computation that now runs beside the server."""

    round: str
    step: str


@router.get("")
def editions(
    session: SessionDep, actor: ActorDep, round_code: Annotated[str, Query(alias="round")] = ""
) -> EditionList:
    """Editions, newest first."""
    require_somewhere(actor, "viewer")
    return EditionList(editions=[_out(session, one) for one in list_editions(session, round_code)])


@router.post("", status_code=202)
def compute(body: ComputeIn, session: SessionDep, actor: ActorDep) -> ComputingOut:
    """Compute a round's edition beside the server, unless that runs already."""
    survey = get_round(session, body.round)
    sealing.require_over_round(session, actor, survey.round_code, "analyst")
    running = work.progress_of(survey.round_code)
    if running is None or running.failed:
        record_audit(session, actor, "edition computing", survey.round_code)
        work.start([survey.round_code], by_whom=actor.name)
    found = work.progress_of(survey.round_code)
    return ComputingOut(round=survey.round_code, step=found.step if found else "")


@router.get("/{edition_id}")
def edition(edition_id: str, session: SessionDep, actor: ActorDep) -> EditionOut:
    """One edition."""
    require_somewhere(actor, "viewer")
    return _out(session, get_edition(session, edition_id))


@router.post("/{edition_id}/steps", status_code=201)
def take_step(edition_id: str, body: StepIn, session: SessionDep, actor: ActorDep) -> EditionOut:
    """Take one step with an edition."""
    sealing.take_step(session, edition_id, body.step, actor=actor, note=body.note)
    return _out(session, get_edition(session, edition_id))


@router.get("/{edition_id}/verification")
def verification(edition_id: str, request: Request, session: SessionDep, actor: ActorDep) -> VerdictOut:
    """Compute an edition again from the stored answers and compare; takes as long as computing did."""
    from app.results import verification as verifying

    sealing.require_over_round(session, actor, get_edition(session, edition_id).round_code, "analyst")
    verdict = verifying.verify(request.app.state.database, edition_id)
    return VerdictOut(same=verdict.is_same, lines=list(verdict.lines))


def _out(session: Session, one: Edition) -> EditionOut:
    return EditionOut(
        edition_id=one.edition_id,
        round=one.round_code,
        created_at=one.created_at,
        created_by=one.created_by,
        state=state_of(session, one.edition_id),
        tables=one.tables,
        data_cut=one.data_cut,
        code_version=one.code_version,
        content_hash=one.content_hash,
        replaces=one.replaces,
        reason=one.reason,
        steps=[
            StepOut(**step.model_dump(exclude={"edition_id"})) for step in steps_of(session, one.edition_id)
        ],
    )
