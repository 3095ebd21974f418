"""Indices over HTTP (JSON and files)."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from app.accounts.dependencies import ActorDep, require_somewhere
from app.core.database import SessionDep
from app.core.language import language_of, translator
from app.indicators import service, wording
from app.indicators.board import Asked, board
from app.indicators.definitions import name_of
from app.indicators.export import MEDIA_TYPES, export
from app.indicators.lines import Line
from app.indicators.schemas import Counts, LineOut, TargetIn, ValueIn

router = APIRouter(prefix="/api/v1", tags=["indicators"])


def _asked(unit: str = "", indicator: str = "", year: str = "") -> Asked:
    return Asked(unit, indicator, year)


AskedDep = Annotated[Asked, Depends(_asked)]


@router.get("/indicators")
def read_board(request: Request, actor: ActorDep, session: SessionDep, asked: AskedDep) -> list[LineOut]:
    """The newest figure of each index, or that of a year; a unit means everything below it too."""
    require_somewhere(actor, "viewer")
    lines = board(session, actor, asked)
    return [_out(line, language_of(request)) for line in lines]


@router.get("/indicators/file.{kind}")
def read_file(kind: str, request: Request, actor: ActorDep, session: SessionDep, asked: AskedDep) -> Response:
    """The board as CSV or XLSX, earlier years included."""
    require_somewhere(actor, "viewer")
    lines = board(session, actor, asked)
    content = export(lines, kind, language=language_of(request))
    headers = {"Content-Disposition": f'attachment; filename="indices.{kind}"'}
    return Response(content, media_type=MEDIA_TYPES[kind], headers=headers)


@router.post("/indicators", status_code=201)
def enter_value(body: ValueIn, actor: ActorDep, session: SessionDep) -> Counts:
    """Enter one figure, or correct it."""
    require_somewhere(actor, service.ROLE)
    done = service.record_value(session, body.model_dump(), by=actor)
    return Counts(inserted=done.inserted, updated=done.updated, unchanged=done.unchanged)


@router.post("/targets", status_code=204)
def set_target(body: TargetIn, actor: ActorDep, session: SessionDep) -> None:
    """Set a target: at least this much from that year on."""
    require_somewhere(actor, service.ROLE)
    service.set_target(session, body.model_dump(), by=actor)


def _out(line: Line, language: str) -> LineOut:
    return LineOut(
        indicator=line.indicator,
        name=translator(language)(name_of(line.indicator)),
        part=line.part,
        unit=line.unit_code,
        unit_name=line.unit_name,
        body=line.body,
        year=line.period,
        score=_text(line.score),
        max=_text(line.largest),
        share_pct=_text(line.share_pct),
        low=line.low,
        high=line.high,
        rank=line.rank,
        of=line.rank_of,
        change_points=_text(line.change.points),
        change_ranks=line.change.ranks,
        target=_text(line.target),
        verdict=line.verdict,
        shown=wording.value_text(line, language),
        change_shown=wording.change_text(line, language),
        source=line.source,
        parts=[_out(part, language) for part in line.parts],
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
