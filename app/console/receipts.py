"""Receipt codes: what to print. The sheet itself is drawn by the receipts room."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.accounts.dependencies import StaffDep, render_staff, require_somewhere
from app.console.round_views import state_of
from app.core import clock
from app.core.database import SessionDep
from app.rounds.service import forms_of, list_rounds
from app.units.service import SUBMISSIONS

router = APIRouter()
STAGES = ("returned", "received")
VALID_DAYS = 30


@router.get("/console/receipts")
def show_receipts(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    require_somewhere(actor, "operator")
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
        rounds=rounds,
        submissions=SUBMISSIONS,
        stages=STAGES,
        expires_on=(today + timedelta(days=VALID_DAYS)).isoformat(),
    )
