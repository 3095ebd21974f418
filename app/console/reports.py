"""Reports to take away: choose a round, a unit and a format."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from app.accounts.dependencies import StaffDep, render_staff, require_somewhere
from app.accounts.service import Actor
from app.console.telling import told
from app.core.database import Database
from app.core.errors import SurveyError
from app.core.language import LANGUAGES, language_of
from app.results.editions import newest
from app.results.reports import service
from app.rounds.service import list_rounds

router = APIRouter()


class Wanted(BaseModel):
    """Which report; `kind` is pdf, docx or sheet; `annex` is "yes" for one with every detailed figure."""

    round_code: str = ""
    unit: str = ""
    kind: str = "pdf"
    annex: str = ""
    edition: str = ""
    language: str = ""

    @property
    def form(self) -> str:
        return "sheet" if self.kind == "sheet" else "annexed" if self.annex else "report"


def _wanted(
    round_code: Annotated[str, Query(alias="round")] = "",
    unit: str = "",
    kind: str = "pdf",
    annex: str = "",
    edition: str = "",
    language: str = "",
) -> Wanted:
    return Wanted(
        round_code=round_code, unit=unit, kind=kind, annex=annex, edition=edition, language=language
    )


WantedDep = Annotated[Wanted, Depends(_wanted)]


@router.get("/console/reports")
def show_reports(request: Request, actor: StaffDep, wanted: WantedDep) -> Response:
    """The rounds with an edition, and the units the reader may take a report of."""
    return _page(request, actor, wanted)


@router.get("/console/reports/file")
def take_report(request: Request, actor: StaffDep, wanted: WantedDep) -> Response:
    """The file itself; who took it is written down."""
    database: Database = request.app.state.database
    try:
        with database.read() as session:
            edition = service.edition_for(session, wanted.round_code, wanted.edition)
            service.require_report(session, actor, edition, wanted.unit)
            made = service.report_file(
                session,
                edition,
                wanted.unit,
                "pdf" if wanted.form == "sheet" else wanted.kind,
                form=wanted.form,
                language=wanted.language if wanted.language in LANGUAGES else language_of(request),
            )
        with database.write() as session:
            service.note_taken(session, actor, edition, wanted.unit, name=made.name)
    except SurveyError as error:
        return _page(request, actor, wanted, problem=error)
    disposition = f'attachment; filename="{made.name}"'
    return Response(made.content, media_type=made.media_type, headers={"Content-Disposition": disposition})


def _page(request: Request, actor: Actor, wanted: Wanted, *, problem: SurveyError | None = None) -> Response:
    require_somewhere(actor, "viewer")
    database: Database = request.app.state.database
    with database.read() as session:
        rounds = [one for one in list_rounds(session) if newest(session, one.round_code)]
        chosen = wanted.round_code or (rounds[0].round_code if rounds else "")
        known = any(one.round_code == chosen for one in rounds)
        units = service.units_for(session, actor, chosen) if known else []
    return render_staff(
        request,
        "console/reports.html",
        actor,
        rounds=rounds,
        chosen=chosen,
        units=units,
        unit=wanted.unit,
        problem=told(request, problem),
        status=problem.status if problem else 200,
    )
