"""Published forms: how each reads, how it looks to citizens, what changed between two versions."""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from markupsafe import Markup
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff, require, require_somewhere
from app.accounts.service import record_audit
from app.collection.webform import gates_of
from app.console.telling import FieldsDep, local_day, told
from app.core.database import SessionDep
from app.core.errors import SurveyError
from app.core.language import language_of
from app.core.pages import environment, render
from app.forms import proposals, service
from app.forms.answers import Form, Stage
from app.forms.difference import difference
from app.forms.page import form_page

router = APIRouter()
FORMS = "/console/forms"
LAST_STAGE: Stage = "returned"  # the longest: every question is asked
HASH_SHOWN = 12
DONE = ("published", "proposed", "refused", "withdrawn")


@dataclass(frozen=True, slots=True)
class VersionView:
    version: str
    short: str
    code: str
    number: int
    title: str
    items: int
    published_on: date
    published_by: str


@router.get(FORMS)
def show_forms(request: Request, actor: StaffDep, session: SessionDep, done: str = "") -> Response:
    return list_page(request, actor, session, done=done if done in DONE else "")


def list_page(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    done: str = "",
    note: str = "",
    error: SurveyError | None = None,
) -> Response:
    return render_staff(
        request,
        "console/forms.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        done=done,
        versions=_views(session, language_of(request)),
        waiting=[
            (one.proposal_id, one.form_code, one.note, local_day(one.proposed_at), one.proposed_by)
            for one in proposals.list_proposals(session, waiting=True)
        ],
        shipped=service.shipped_codes(),
        note=note,
    )


def _views(session: Session, language: str) -> list[VersionView]:
    views = []
    for one in service.list_versions(session):
        page = form_page(service.get_form(session, one.form_version), language, LAST_STAGE)
        views.append(
            VersionView(
                one.form_version,
                one.form_version[:HASH_SHOWN],
                one.form_code,
                one.number,
                page.title,
                len(page.items),
                local_day(one.published_at),
                one.published_by,
            )
        )
    return views


@router.post(FORMS)
def publish_form(request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    require(actor, "operator")
    try:
        published = service.publish(session, fields.get("form_code", ""), by=actor.name)
    except SurveyError as error:
        session.rollback()
        return list_page(request, actor, session, error=error)
    record_audit(session, actor, "form published", published.form_version, code=published.form_code)
    return RedirectResponse(f"{FORMS}?done=published", 303)


@router.get(f"{FORMS}/definitions/{{code}}.toml")
def download_definition(code: str, actor: StaffDep) -> Response:
    """A shipped definition, to begin one's own from."""
    require_somewhere(actor, "viewer")
    headers = {"Content-Disposition": f'attachment; filename="{code}.toml"'}
    return PlainTextResponse(service.shipped_text(code), headers=headers)


@router.get(f"{FORMS}/compare")
def compare_forms(
    request: Request, actor: StaffDep, session: SessionDep, old: str = "", new: str = ""
) -> Response:
    versions = [(one.form_version, f"{one.form_code} {one.number}") for one in service.list_versions(session)]
    found, error = None, None
    try:
        if old and new:
            found = difference(service.get_form(session, old), service.get_form(session, new))
    except SurveyError as wrong:
        error = wrong
    return render_staff(
        request,
        "console/form_compare.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        versions=versions,
        old=old,
        new=new,
        found=found,
    )


@router.get(f"{FORMS}/{{form_version}}")
def show_form(form_version: str, request: Request, actor: StaffDep, session: SessionDep) -> Response:
    published = service.get_version(session, form_version)
    page = form_page(service.get_form(session, form_version), language_of(request), LAST_STAGE)
    return render_staff(
        request,
        "console/form.html",
        actor,
        page=page,
        number=published.number,
        published_on=local_day(published.published_at),
        published_by=published.published_by,
        previous=next((one for one in _of_code(session, published) if one.number < published.number), None),
    )


def _of_code(session: Session, published: service.FormVersion) -> list[service.FormVersion]:
    """Versions of the same form, newest first."""
    return [one for one in service.list_versions(session) if one.form_code == published.form_code]


@router.get(f"{FORMS}/{{form_version}}/preview")
def preview_form(
    form_version: str, request: Request, actor: StaffDep, session: SessionDep, stage: str = LAST_STAGE
) -> Response:
    require_somewhere(actor, "viewer")
    return preview(request, service.get_form(session, form_version), stage, back=f"{FORMS}/{form_version}")


def preview(request: Request, form: Form, stage: str, *, back: str) -> Response:
    """The page a citizen gets, by the same templates; it has no button to send and nowhere to send to."""
    language = language_of(request)
    chosen: Stage = "received" if stage == "received" else LAST_STAGE
    page, (gates, opens) = form_page(form, language, chosen), gates_of(form, chosen)
    questions = environment(language).get_template("answer_questions.html")
    body = questions.render(
        items=page.items, intro=page.intro, given={}, problems={}, gates=gates, opens=opens
    )
    return render(
        request,
        "console/form_preview.html",
        form_title=page.title,
        questions=Markup(body),  # rendered with autoescape
        stage=chosen,
        has_stages=any(item.stage for item in form.items),
        back=back,
    )
