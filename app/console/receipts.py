"""Receipt codes: what to print. The receipts room draws sheets and posters; mistakes come back here."""

from collections import defaultdict
from datetime import date, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff, require, require_somewhere
from app.accounts.service import record_audit
from app.console.choosing import unit_named
from app.console.round_views import state_of
from app.console.telling import FieldsDep, as_day, told
from app.core import clock
from app.core.database import SessionDep
from app.core.errors import Invalid, SurveyError
from app.receipts.issuing import ReceiptOrder, issue_receipts
from app.receipts.posters import poster
from app.receipts.schemas import MOST_LABELS
from app.receipts.sheets import label_sheet
from app.rounds.service import forms_of, list_rounds
from app.units.service import SUBMISSIONS, Unit

router = APIRouter()
RECEIPTS = "/console/receipts"
ROLE = "operator"
STAGES = ("returned", "received")
VALID_DAYS = 30
USUAL_COUNT = "12"


@router.get(RECEIPTS)
def show_receipts(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    require_somewhere(actor, ROLE)
    usual = {"count": USUAL_COUNT, "expires_on": (clock.today() + timedelta(days=VALID_DAYS)).isoformat()}
    return _page(request, actor, session, typed=usual | dict(request.query_params))


def _page(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    typed: dict[str, str],
    error: SurveyError | None = None,
) -> Response:
    today = clock.today()
    rounds = [
        (found.round_code, found.title)
        for found in list_rounds(session)
        if state_of(found, today) in ("open", "ahead") and "receipt" in forms_of(session, found.round_code)
    ]
    return render_staff(
        request,
        "console/receipts.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        typed=defaultdict(str, typed),
        rounds=rounds,
        submissions=SUBMISSIONS,
        stages=STAGES,
        most=MOST_LABELS,
        today=today.isoformat(),
    )


@router.post(f"{RECEIPTS}/sheet")
def print_sheet(request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    """A sheet of fresh codes as PDF; a mistake shows the page again with what was typed."""
    try:
        unit = _own_unit(session, actor, fields)
        count = _count(fields)
        order = ReceiptOrder(
            unit.unit_code,
            fields.get("service", ""),
            fields.get("submission", "unknown"),
            fields.get("stage", ""),
            _expiry(fields),
        )
        issued = issue_receipts(session, fields.get("round", ""), [order] * count)
    except SurveyError as error:
        session.rollback()
        return _page(request, actor, session, typed=fields, error=error)
    record_audit(session, actor, "receipts.sheet", unit.unit_code, round=fields.get("round", ""), count=count)
    return _pdf(label_sheet(issued), f"sipas-{unit.unit_code}-{count}.pdf")


@router.post(f"{RECEIPTS}/poster")
def print_poster(request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    """A poster as PDF, of a unit or of one of its counters."""
    typed = {
        "poster_unit": fields.get("unit", ""),
        "counter": fields.get("counter", ""),
        "count": USUAL_COUNT,
    }
    try:
        unit = _own_unit(session, actor, fields)
        drawn = poster(unit.unit_code, unit.name, counter=fields.get("counter", ""))
    except SurveyError as error:
        session.rollback()
        return _page(request, actor, session, typed=typed, error=error)
    record_audit(session, actor, "receipts.poster", unit.unit_code, counter=fields.get("counter", ""))
    return _pdf(drawn, f"sipas-{unit.unit_code}-poster.pdf")


def _own_unit(session: Session, actor: Actor, fields: dict[str, str]) -> Unit:
    """Raises: Invalid where none was typed, NotFound, Forbidden."""
    given = fields.get("unit", "")
    if not given:
        raise Invalid("no unit was named", where="unit", remedy="type its name or code")
    found = unit_named(session, given)
    require(actor, ROLE, found.path)
    return found


def _count(fields: dict[str, str]) -> int:
    given = fields.get("count", "")
    if not (given.isdecimal() and 1 <= int(given[:6]) <= MOST_LABELS):
        raise Invalid(
            "{value} labels cannot be printed at once",
            where="count",
            remedy="choose a number from 1 to {most}",
            value=given or "–",
            most=MOST_LABELS,
        )
    return int(given)


def _expiry(fields: dict[str, str]) -> date | None:
    return as_day(fields, "expires_on") if fields.get("expires_on") else None


def _pdf(drawn: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(drawn, media_type="application/pdf", headers=headers)
