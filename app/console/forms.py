"""Published forms, and how each reads."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff, require
from app.accounts.service import record_audit
from app.console.telling import FieldsDep, local_day, told
from app.core.database import SessionDep
from app.core.errors import SurveyError
from app.core.language import language_of
from app.forms import service
from app.forms.page import form_page

router = APIRouter()
FORMS = "/console/forms"
LAST_STAGE: Literal["returned"] = "returned"  # the longest: every question is asked
HASH_SHOWN = 12


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
    return _list(request, actor, session, done=done == "published")


def _list(
    request: Request, actor: Actor, session: Session, *, done: bool = False, error: SurveyError | None = None
) -> Response:
    return render_staff(
        request,
        "console/forms.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        done=done,
        versions=_views(session, language_of(request)),
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
        return _list(request, actor, session, error=error)
    record_audit(session, actor, "form published", published.form_version, code=published.form_code)
    return RedirectResponse(f"{FORMS}?done=published", 303)


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
    )
