"""Comments: masked free text, what it is about, and what becomes of it."""

from dataclasses import dataclass, fields
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, local_path, render_staff, require_somewhere
from app.accounts.service import record_audit
from app.accounts.trail import TrailQuestion, read_trail
from app.console.choosing import pages_of, unit_named
from app.console.telling import FieldsDep, local_day, told
from app.core import clock
from app.core.database import Database, SessionDep
from app.core.errors import SurveyError
from app.core.language import language_of, translator
from app.results.comments import service
from app.results.comments.preparing import prepare, prepare_all, topic_names
from app.results.comments.service import COMMENT_STATES, Handling, Question
from app.results.comments.words import HIDDEN_WORDS, ORDER_WORDS, STATUS_WORDS
from app.rounds.service import list_rounds

router = APIRouter()
COMMENTS = "/console/comments"
ROLE = "analyst"
TYPED = ("status", "topic", "note", "back")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for, as it was typed."""

    q: str = ""
    round: str = ""
    unit: str = ""
    topic: str = ""
    status: str = ""
    sort: str = ""

    @property
    def order(self) -> str:
        return self.sort if self.sort in service.ORDERS else "newest"

    def as_question(self, session: Session, actor: Actor) -> Question:
        """Raises: NotFound or Invalid for the unit."""
        path = unit_named(session, self.unit).path if self.unit else ""
        return Question(actor.paths(ROLE), self.q, self.round, path, self.topic, self.status, self.order)


def _filters(request: Request) -> Filters:
    names = [field.name for field in fields(Filters)]
    return Filters(*(request.query_params.get(name, "").strip() for name in names))


FiltersDep = Annotated[Filters, Depends(_filters)]


@router.get(COMMENTS)
def show_comments(
    request: Request, actor: StaffDep, asked: FiltersDep, page: int = 1, done: str = ""
) -> Response:
    require_somewhere(actor, ROLE)
    database = _database(request)
    left = prepare(database)
    with database.read() as session:
        context = _context(request, session)
        found, error = service.Found((), {}, 0), None
        try:
            found = service.find_comments(session, asked.as_question(session, actor), page=page)
        except SurveyError as wrong:
            error = wrong
        return render_staff(
            request,
            "console/comments.html",
            actor,
            status=error.status if error else 200,
            problem=told(request, error),
            asked=asked,
            found=found,
            left=left,
            done=done == "handled",
            rounds=[(one.round_code, one.title) for one in list_rounds(session)],
            pages=pages_of(request, page=page, total=found.total, rows=service.PAGE_ROWS),
            query=request.url.query,
            orders=[(code, translator(language_of(request))(word)) for code, word in ORDER_WORDS.items()],
            **context,
        )


def _context(request: Request, session: Session) -> dict[str, Any]:
    translate = translator(language_of(request))
    return {
        "topics": topic_names(session, translate),
        "states": {code: translate(STATUS_WORDS[code]) for code in COMMENT_STATES},
        "hidden_words": {kind: translate(word) for kind, word in HIDDEN_WORDS.items()},
    }


@router.get(f"{COMMENTS}/file.{{kind}}")
def download_comments(kind: str, request: Request, actor: StaffDep, asked: FiltersDep) -> Response:
    """Everything the filters ask for, to hand on; written down in the trail."""
    from app.results.comments.export import export_comments  # loads the libraries of every file format

    require_somewhere(actor, ROLE)
    database = _database(request)
    prepare_all(database)
    translate = translator(language_of(request))
    with database.read() as session:
        chosen = service.all_comments(session, asked.as_question(session, actor))
        content, media_type = export_comments(
            chosen, kind, topics=topic_names(session, translate), translate=translate
        )
    with database.write() as session:
        record_audit(
            session, actor, "comments exported", asked.unit or asked.round or "/", format=kind, search=asked.q
        )
    name = f"y-kien-{clock.today().isoformat()}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


@router.get(f"{COMMENTS}/{{comment_id}}")
def show_comment(
    comment_id: str, request: Request, actor: StaffDep, session: SessionDep, back: str = ""
) -> Response:
    require_somewhere(actor, ROLE)
    comment = service.get_comment(session, comment_id, within=actor.paths(ROLE))
    stored = {"status": comment.status, "topic": comment.topic, "note": comment.note, "back": back}
    return _one(request, actor, session, comment=comment, typed=stored)


def _one(
    request: Request,
    actor: Actor,
    session: Session,
    *,
    comment: service.Comment,
    typed: dict[str, str],
    error: SurveyError | None = None,
) -> Response:
    asked = TrailQuestion(action="comment handled", target=comment.comment_id)
    history = read_trail(session, asked).entries
    return render_staff(
        request,
        "console/comment.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        comment=comment,
        typed=typed,
        history=[(local_day(entry.at), entry.actor, entry.detail) for entry in history],
        longest=service.LONGEST_NOTE,
        **_context(request, session),
    )


@router.post(f"{COMMENTS}/{{comment_id}}")
def handle_comment(
    comment_id: str, request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep
) -> Response:
    require_somewhere(actor, ROLE)
    comment = service.get_comment(session, comment_id, within=actor.paths(ROLE))
    typed = {name: fields.get(name, "") for name in TYPED}
    topic = typed["topic"] if typed["topic"] in topic_names(session, translator("vi")) else ""
    try:
        service.handle(session, comment, Handling(typed["status"], topic, typed["note"]), actor=actor)
    except SurveyError as error:
        session.rollback()
        return _one(request, actor, session, comment=comment, typed=typed, error=error)
    return RedirectResponse(local_path(f"{COMMENTS}?{_with_done(typed['back'])}", otherwise=COMMENTS), 303)


def _with_done(back: str) -> str:
    kept = [part for part in back.split("&") if part and not part.startswith(("done=", "lang="))]
    return "&".join([*kept, "done=handled"])


def _database(request: Request) -> Database:
    found: Database = request.app.state.database
    return found
