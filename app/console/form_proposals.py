"""A form of one's own: proposed by one person, published when another has looked at it."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff, require
from app.accounts.service import record_audit
from app.console.choosing import UploadDep, chosen_file
from app.console.forms import FORMS, LAST_STAGE, list_page, preview
from app.console.telling import FieldsDep, local_day, told
from app.core.database import SessionDep
from app.core.errors import NotFound, SurveyError
from app.core.language import language_of
from app.forms import proposals, service
from app.forms.difference import Difference, difference
from app.forms.page import form_page

router = APIRouter()
PROPOSALS = f"{FORMS}/proposals"
ROLE = "operator"


@router.post(PROPOSALS)
def propose_form(
    request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep, upload: UploadDep
) -> Response:
    require(actor, ROLE)
    try:
        file = chosen_file(upload)
        made = proposals.propose(session, file.content, file.name, by=actor.name, note=fields.get("note", ""))
    except SurveyError as error:
        session.rollback()
        return list_page(request, actor, session, note=fields.get("note", ""), error=error)
    record_audit(session, actor, "form proposed", made.form_version, code=made.form_code)
    return RedirectResponse(f"{FORMS}?done=proposed", 303)


@router.get(f"{PROPOSALS}/{{proposal_id}}")
def show_proposal(proposal_id: str, request: Request, actor: StaffDep, session: SessionDep) -> Response:
    require(actor, ROLE)
    return _page(request, actor, session, proposals.get_proposal(session, proposal_id))


def _page(
    request: Request,
    actor: Actor,
    session: Session,
    found: proposals.FormProposal,
    *,
    reason: str = "",
    error: SurveyError | None = None,
) -> Response:
    page = form_page(proposals.form_of(found), language_of(request), LAST_STAGE)
    before, changed = _against_newest(session, found)
    return render_staff(
        request,
        "console/form_proposal.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        proposal=found,
        proposed_on=local_day(found.proposed_at),
        decided_on=local_day(found.decided_at) if found.decided_at else None,
        is_own=found.proposed_by == actor.name,
        page=page,
        before=before,
        found=changed,
        reason=reason,
    )


def _against_newest(
    session: Session, found: proposals.FormProposal
) -> tuple[service.FormVersion | None, Difference | None]:
    """What the proposal changes in the newest published version of its form; nothing to compare: None."""
    try:
        newest = service.newest_version(session, found.form_code)
    except NotFound:
        return None, None
    return newest, difference(service.get_form(session, newest.form_version), proposals.form_of(found))


@router.get(f"{PROPOSALS}/{{proposal_id}}/preview")
def preview_proposal(
    proposal_id: str, request: Request, actor: StaffDep, session: SessionDep, stage: str = LAST_STAGE
) -> Response:
    require(actor, ROLE)
    form = proposals.form_of(proposals.get_proposal(session, proposal_id))
    return preview(request, form, stage, back=f"{PROPOSALS}/{proposal_id}")


@router.post(f"{PROPOSALS}/{{proposal_id}}/approve")
def approve_proposal(proposal_id: str, request: Request, actor: StaffDep, session: SessionDep) -> Response:
    require(actor, ROLE)
    try:
        published = proposals.approve(session, proposal_id, by=actor.name)
    except SurveyError as error:
        session.rollback()
        return _page(request, actor, session, proposals.get_proposal(session, proposal_id), error=error)
    record_audit(session, actor, "form approved", published.form_version, code=published.form_code)
    return RedirectResponse(f"{FORMS}?done=published", 303)


@router.post(f"{PROPOSALS}/{{proposal_id}}/refuse")
def refuse_proposal(
    proposal_id: str, request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep
) -> Response:
    require(actor, ROLE)
    reason = fields.get("reason", "")
    try:
        found = proposals.refuse(session, proposal_id, by=actor.name, reason=reason)
    except SurveyError as error:
        session.rollback()
        found = proposals.get_proposal(session, proposal_id)
        return _page(request, actor, session, found, reason=reason, error=error)
    record_audit(session, actor, f"form {found.decision}", found.form_version, code=found.form_code)
    return RedirectResponse(f"{FORMS}?done={found.decision}", 303)
