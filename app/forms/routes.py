"""Forms over HTTP (JSON): public to read, since a published version says nothing about anybody."""

from fastapi import APIRouter, Request, Response

from app.accounts.dependencies import ActorDep, require
from app.accounts.service import record_audit
from app.core.database import SessionDep
from app.forms import service
from app.forms.schemas import FormOut, PublishIn, VersionOut
from app.forms.tables import FormVersion

router = APIRouter(prefix="/api/v1", tags=["forms"])
FOR_GOOD = "public, max-age=31536000, immutable"


@router.get("/forms")
def list_forms(session: SessionDep) -> list[VersionOut]:
    """Every published version, by code, newest number first."""
    return [VersionOut(**_facts(version)) for version in service.list_versions(session)]


@router.get(
    "/forms/{form_version}",
    response_model=FormOut,
    responses={304: {"description": "the version is the one the ETag shown names"}},
)
def read_form(form_version: str, request: Request, response: Response, session: SessionDep) -> object:
    """One version with its definition; it never changes, so it may be kept for good."""
    published = service.get_version(session, form_version)
    headers = {"ETag": f'"{form_version}"', "Cache-Control": FOR_GOOD}
    if form_version in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return FormOut(**_facts(published), definition=published.document)


@router.post(
    "/forms",
    status_code=201,
    responses={200: {"model": VersionOut, "description": "the version that exists: nothing has changed"}},
)
def publish_form(wanted: PublishIn, response: Response, actor: ActorDep, session: SessionDep) -> VersionOut:
    """Publish a shipped definition; 200 and the version that exists when nothing in it changed."""
    require(actor, "operator")
    known = {version.form_version for version in service.list_versions(session)}
    published = service.publish(session, wanted.form, by=actor.name)
    if published.form_version in known:
        response.status_code = 200
    else:
        record_audit(session, actor, "form published", published.form_version, code=published.form_code)
    return VersionOut(**_facts(published))


def _facts(published: FormVersion) -> dict[str, object]:
    kept = published.model_dump(exclude={"document", "published_by"})
    return {**kept, "title": published.document["title"], "languages": published.document["languages"]}
