"""The results of an edition: one view at a time, all of it in the address; its table and chart as files."""

import hashlib
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.dependencies import StaffDep, render_staff, require_somewhere
from app.accounts.service import Actor
from app.console.results_question import Question, QuestionDep
from app.core.database import Database, SessionDep
from app.core.errors import NotFound
from app.core.language import language_of, translator
from app.core.numbers import rounded
from app.results.choices import rounds_with_editions
from app.rounds.service import list_rounds

if TYPE_CHECKING:
    from app.console.results_page import ResultsPage

# Reading an edition loads the libraries of tables: they are imported where a page of figures is asked for.

router = APIRouter()
EXACT_DIGITS = 2


@router.get("/console/results")
def show_results(request: Request, actor: StaffDep, session: SessionDep, asked: QuestionDep) -> Response:
    """The view the address asks for."""
    from app.console.results_charts import forest_of

    require_somewhere(actor, "viewer")
    language = language_of(request)
    page = _page(session, actor, asked, language=language)
    if page is None:
        return nothing_yet(request, actor, session, round_code=asked.round_code)
    return render_staff(
        request,
        "console/results.html",
        actor,
        rounds=rounds_with_editions(session),
        asked=asked,
        page=page,
        forest=forest_of(page, language) if _is_drawn(page) else None,
        **_words(page, language),
    )


@router.get("/console/results/table.{kind}")
def take_table(request: Request, actor: StaffDep, asked: QuestionDep, kind: str) -> Response:
    """Exactly the rows of the view, all pages of them, as CSV or XLSX; who took it is written down."""
    from app.console import results_files
    from app.results.exports.jobs import Made
    from app.results.exports.service import RESULTS, write_down

    require_somewhere(actor, "viewer")
    language, database = language_of(request), _database(request)
    with database.read() as session:
        page = _required(session, actor, asked, language=language)
        content, rows = results_files.table_file(page, kind, language=language)
    edition = page.opened.edition.edition_id
    name = f"{page.opened.survey.round_code}-{edition[:8]}.{kind}"
    made = Made(name, kind, rows, hashlib.sha256(content).hexdigest())
    with database.write() as session:
        target = f"{edition} {page.question.query()}"
        units = " ".join(sorted(actor.paths("viewer")))
        write_down(session, actor, RESULTS, target=target, made=made, units=units)
    return _file(content, name, results_files.MEDIA_TYPES[kind])


@router.get("/console/results/chart.{kind}")
def take_chart(
    request: Request, actor: StaffDep, session: SessionDep, asked: QuestionDep, kind: str
) -> Response:
    """The view as a picture: SVG or PNG."""
    from app.console.results_charts import chart_file

    require_somewhere(actor, "viewer")
    page = _required(session, actor, asked, language=language_of(request))
    return picture_reply(chart_file(page, language_of(request)), kind, name=page.opened.survey.round_code)


def nothing_yet(request: Request, actor: Actor, session: Session, *, round_code: str = "") -> Response:
    """The page where no results exist, or none the reader may see: those who may can have them computed."""
    rounds = list_rounds(session)
    named = next((one for one in rounds if one.round_code == round_code), None)
    survey = named or next(iter(rounds), None)
    return render_staff(request, "console/results_none.html", actor, survey=survey)


def picture_reply(svg: str, kind: str, *, name: str) -> Response:
    """A chart as a file. Raises: NotFound for another kind of picture."""
    from app.results.charts import chart_png

    if kind == "svg":
        return _file(svg.encode(), f"{name}.svg", "image/svg+xml; charset=utf-8")
    if kind == "png":
        return _file(chart_png(svg), f"{name}.png", "image/png")
    raise NotFound(
        "charts come as svg or png, not as {kind}", where="kind", remedy="ask for one of them", kind=kind
    )


def exact(value: float | None) -> str:
    """A number for machines: as the files publish it."""
    return "" if value is None else str(rounded(value, EXACT_DIGITS))


def _page(session: Session, actor: Actor, asked: Question, *, language: str) -> "ResultsPage | None":
    from app.console.results_page import opened_edition, results_page

    opened = opened_edition(
        session, actor, round_code=asked.round_code, edition_id=asked.edition, language=language
    )
    return results_page(opened, asked, language=language) if opened else None


def _required(session: Session, actor: Actor, asked: Question, *, language: str) -> "ResultsPage":
    page = _page(session, actor, asked, language=language)
    if page is None:
        raise NotFound(
            "there are no results to read yet",
            where="round",
            remedy="have the round's results computed first",
        )
    return page


def _is_drawn(page: "ResultsPage") -> bool:
    return page.question.view == "forest" or (page.question.view == "heat" and page.map is None)


def _words(page: "ResultsPage", language: str) -> dict[str, Any]:
    """What the template needs to say about rows."""
    from app.console.results_page import drill, reasons_of

    say = translator(language)
    return {
        "exact": exact,
        "drill": lambda row: drill(page.question, row),
        "reasons": lambda row: reasons_of(row, say),
        "provisional": any("provisional" in row.estimate.reasons for row in page.view.rows),
    }


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _file(content: bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
