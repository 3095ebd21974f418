"""results over HTTP (JSON and files)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.dependencies import ActorDep
from app.accounts.service import Actor, missing_role
from app.core.database import SessionDep
from app.core.language import language_of
from app.results import service
from app.results.request import MEASURE_SETS, EstimateRequest, words_of
from app.results.schemas import RunList, RunSummary

router = APIRouter(prefix="/api/v1", tags=["results"])


@router.get("/results")
def results(
    request: Request,
    actor: ActorDep,
    round_code: Annotated[str, Query(alias="round")],
    by: str = "unit",
    measures: str = "",
    level: float = 0.95,
) -> dict[str, Any]:
    """Estimates over the units the caller may read, from a recorded run."""
    asked = EstimateRequest(
        round_code=round_code, by=words_of(by), measures=words_of(measures) or MEASURE_SETS, level=level
    )
    run = service.estimate(request.app.state.database, asked, actor=actor)
    with request.app.state.database.read() as session:
        return service.run_as_json(session, run.record.run_id, language=language_of(request))


@router.get("/runs")
def runs(
    session: SessionDep, actor: ActorDep, round_code: Annotated[str, Query(alias="round")] = ""
) -> RunList:
    """Recorded runs, newest first: those over units the caller may read."""
    listed = service.list_runs(session, actor, round_code=round_code)
    return RunList(runs=[RunSummary(**run) for run in listed])


@router.get("/runs/{run_id}")
def run(request: Request, session: SessionDep, actor: ActorDep, run_id: str) -> dict[str, Any]:
    """One run with its rows."""
    _require(session, actor, run_id, role="viewer")
    return service.run_as_json(session, run_id, language=language_of(request))


@router.get("/runs/{run_id}/file.{kind}")
def run_file(request: Request, session: SessionDep, actor: ActorDep, run_id: str, kind: str) -> Response:
    """One run as a file of any format to keep."""
    _require(session, actor, run_id, role="analyst")
    content, media_type, name = service.run_file(session, run_id, kind, language=language_of(request))
    rows = service.row_count(session, run_id)
    service.record_run_file(request.app.state.database, run_id, content, kind=kind, rows=rows, actor=actor)
    disposition = f'attachment; filename="{name}"'
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})


def _require(session: Session, actor: Actor, run_id: str, *, role: str) -> None:
    if not service.may_read_run(session, actor, run_id, role=role):
        raise missing_role(actor, role)
