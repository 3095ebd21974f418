"""The trail: who did what, to what, on which day. For administrators of everything."""

import json
from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import trail
from app.accounts.dependencies import StaffDep, render_staff, require
from app.accounts.service import record_audit
from app.accounts.trail import PAGE_ROWS, AuditEntry, TrailQuestion, read_trail
from app.console.choosing import pages_of
from app.console.listing import Headings, headings
from app.console.telling import as_day, told
from app.core.config import settings
from app.core.database import Database, SessionDep
from app.core.errors import SurveyError

router = APIRouter()
TRAIL = "/console/trail"
ROLE = "administrator"
FILTERS = ("who", "what", "target", "from_on", "through_on")


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


ACT_WORDS = {
    "export_responses": _("responses taken"),
    "export_results": _("table of results taken"),
    "kiosks.enrol": _("kiosk enrolled"),
    "kiosks.hours": _("kiosk hours set"),
    "kiosks.renew_code": _("kiosk code renewed"),
    "kiosks.revoke": _("kiosk revoked"),
    "kiosks.rotate": _("kiosk credential rotated"),
    "receipts.issue": _("receipt codes issued"),
    "receipts.poster": _("poster printed"),
    "receipts.sheet": _("sheet of labels printed"),
    "report.taken": _("report taken"),
    "responses.import": _("answers brought in"),
    "responses.import_queue": _("queue of a kiosk brought in"),
    "results.custom": _("table of one's own seen"),
    "results.table": _("table of results taken"),
}
"""Acts written down by a code, in words; the others are words already."""


@dataclass(frozen=True, slots=True)
class EntryView:
    at: datetime
    who: str
    what: str
    target: str
    detail: str


@router.get(TRAIL)
def show_trail(request: Request, actor: StaffDep, session: SessionDep, page: int = 1) -> Response:
    require(actor, ROLE)
    asked = _asked(request)
    error, found = None, trail.Trail((), 0)
    try:
        found = read_trail(session, _question(asked, _headings(request)), page=page)
    except SurveyError as wrong:
        error = wrong
    return render_staff(
        request,
        "console/trail.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        asked=asked,
        actions=trail.actions_done(session),
        act_words=ACT_WORDS,
        entries=[_view(entry) for entry in found.entries],
        sorting=_headings(request),
        total=found.total,
        pages=pages_of(request, page=page, total=found.total, rows=PAGE_ROWS),
        query=request.url.query,
    )


def _asked(request: Request) -> dict[str, str]:
    return {name: request.query_params.get(name, "").strip() for name in FILTERS}


def _headings(request: Request) -> Headings:
    return headings(request, {name: name == "at" for name in trail.SORTS}, usual="at")


def _question(asked: dict[str, str], sorting: Headings) -> TrailQuestion:
    return TrailQuestion(
        *(asked["who"], asked["what"], asked["target"]),
        from_on=_day(asked, "from_on"),
        through_on=_day(asked, "through_on"),
        sort=sorting.by,
        down=sorting.down,
    )


def _day(asked: dict[str, str], name: str) -> date | None:
    return as_day(asked, name) if asked[name] else None


def _view(entry: AuditEntry) -> EntryView:
    detail = "; ".join(f"{name}: {_said(value)}" for name, value in entry.detail.items() if value != "")
    return EntryView(entry.at.astimezone(settings().zone), entry.actor, entry.action, entry.target, detail)


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@router.get(f"{TRAIL}/file.csv")
def download_trail(request: Request, actor: StaffDep, session: SessionDep) -> Response:
    """Everything the filters ask for; the download itself is written down."""
    require(actor, ROLE)
    content = _file(session, _question(_asked(request), _headings(request)))
    database: Database = request.app.state.database
    with database.write() as writing:
        record_audit(writing, actor, "trail exported", "/", asked=_asked(request))
    headers = {"Content-Disposition": 'attachment; filename="trail.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def _file(session: Session, asked: TrailQuestion) -> bytes:
    from app.console.edition_pages import PageTable, csv_content

    lines = []
    page, rows = 1, read_trail(session, asked).entries
    while rows:
        for view in map(_view, rows):
            lines.append(
                (view.at.isoformat(timespec="seconds"), view.who, view.what, view.target, view.detail)
            )
        page += 1
        rows = read_trail(session, asked, page=page).entries
    return csv_content(PageTable("trail", "trail", ("at", "who", "what", "target", "detail"), lines))
