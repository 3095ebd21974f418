"""Receipts over HTTP: tokens for one-stop software, label sheets for the counter, QR pictures."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import ActorDep, StaffDep, require
from app.accounts.service import record_audit
from app.core.database import Database, SessionDep
from app.core.error_shape import ErrorBody
from app.core.errors import NotFound
from app.core.qr import qr_png, qr_svg
from app.receipts.issuing import IssuedReceipt, issue_receipts, link_of
from app.receipts.posters import poster
from app.receipts.schemas import ReceiptOut, ReceiptsIn, SheetQuery, StartedOut
from app.receipts.service import read_token
from app.receipts.sheets import label_sheet
from app.receipts.started import started_between
from app.units.service import get_unit, subtree

router = APIRouter()
KEPT = {"Cache-Control": "private, max-age=3600"}


@router.post(
    "/api/v1/receipts",
    status_code=201,
    tags=["receipts"],
    responses={410: {"model": ErrorBody, "description": "the round is over"}},
)
def issue(body: ReceiptsIn, session: SessionDep, actor: ActorDep) -> list[ReceiptOut]:
    """Receipts for dossiers, each good for one answer. The same dossier again gets the same receipt."""
    for unit_code in {wanted.unit for wanted in body.receipts}:
        _require_operator(session, actor, unit_code)
    issued = issue_receipts(session, body.round, [wanted.order() for wanted in body.receipts])
    record_audit(session, actor, "receipts.issue", body.round, count=len(issued))
    return [_shown(receipt) for receipt in issued]


@router.get("/r/{token}/qr.svg", include_in_schema=False)
async def svg_picture(token: str) -> Response:
    """The QR picture of a token issued here."""
    return Response(qr_svg(_known_link(token)), media_type="image/svg+xml", headers=KEPT)


@router.get("/r/{token}/qr.png", include_in_schema=False)
async def png_picture(token: str) -> Response:
    """The same for software that cannot draw SVG."""
    return Response(qr_png(_known_link(token)), media_type="image/png", headers=KEPT)


@router.get("/console/receipts/sheet.pdf", include_in_schema=False)
def sheet(
    request: Request, session: SessionDep, actor: StaffDep, wanted: Annotated[SheetQuery, Query()]
) -> Response:
    """Labels to print: fresh codes at every download."""
    _require_operator(session, actor, wanted.unit)
    database: Database = request.app.state.database
    with database.write() as writing:
        issued = issue_receipts(writing, wanted.round, [wanted.order()] * wanted.count)
        record_audit(writing, actor, "receipts.sheet", wanted.unit, round=wanted.round, count=wanted.count)
    name = f"sipas-{wanted.unit}-{wanted.count}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(label_sheet(issued), media_type="application/pdf", headers=headers)


@router.get("/console/receipts/poster.pdf", include_in_schema=False)
def poster_pdf(session: SessionDep, actor: StaffDep, unit: str, counter: str = "") -> Response:
    """A poster of a unit or one of its counters."""
    _require_operator(session, actor, unit)
    drawn = poster(unit, get_unit(session, unit).name, counter=counter)
    headers = {"Content-Disposition": f'attachment; filename="sipas-{unit}-poster.pdf"'}
    return Response(drawn, media_type="application/pdf", headers=headers)


@router.get("/api/v1/started", tags=["receipts"])
def started(
    session: SessionDep, actor: ActorDep, unit: str, from_on: date, through_on: date
) -> list[StartedOut]:
    """How many people began to answer in a unit and below it, by mode, counter and day."""
    require(actor, "viewer", get_unit(session, unit).path)
    codes = [below.unit_code for below in subtree(session, unit)]
    found = started_between(session, codes, from_on=from_on, through_on=through_on)
    return [StartedOut(**row.model_dump()) for row in found]


def _require_operator(session: Session, actor: Actor, unit_code: str) -> None:
    require(actor, "operator", get_unit(session, unit_code).path)


def _known_link(token: str) -> str:
    if read_token(token) is None:
        raise NotFound("this code was not issued here", where="token")
    return link_of(token)


def _shown(receipt: IssuedReceipt) -> ReceiptOut:
    return ReceiptOut(
        status="repeated" if receipt.repeated else "issued",
        token=receipt.token,
        short_code=receipt.short_code,
        url=receipt.url,
        qr_svg=f"{receipt.url}/qr.svg",
        qr_png=f"{receipt.url}/qr.png",
        expires_on=receipt.expires_on,
    )
