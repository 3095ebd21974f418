"""Answers that came another way: the queue a kiosk saved, and forms filled in elsewhere, from files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, render_staff, require, require_somewhere
from app.accounts.service import record_audit
from app.collection.imports import Imported, import_responses
from app.collection.queue_file import Recovered, import_queue
from app.console.choosing import Upload, UploadsDep, chosen_file
from app.console.telling import told
from app.core.database import Database, SessionDep
from app.core.errors import Invalid, Problem, SurveyError
from app.core.language import language_of, translator

router = APIRouter()
RESPONSES = "/console/responses"
ROLE = "operator"
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: how many were new, known, left out or refused, and why (place, problems)."""

    name: str
    recorded: int
    repeated: int
    left_out: int
    refused: Sequence[tuple[int, Sequence[Problem]]]


@router.get(RESPONSES)
def show_responses(request: Request, actor: StaffDep) -> Response:
    require_somewhere(actor, ROLE)
    return _page(request, actor)


def _page(
    request: Request, actor: Actor, *, outcome: Outcome | None = None, error: SurveyError | None = None
) -> Response:
    say = translator(language_of(request))
    refused = outcome.refused[:SHOWN] if outcome else ()
    return render_staff(
        request,
        "console/responses.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        outcome=outcome,
        refused=[(place, [one.render(say) for one in problems]) for place, problems in refused],
        more=len(outcome.refused) - len(refused) if outcome else 0,
    )


@router.post(f"{RESPONSES}/queue")
def recover_queue(request: Request, actor: StaffDep, session: SessionDep, uploads: UploadsDep) -> Response:
    """The file `/kiosk/queue` saved on a device; safe to send again."""
    require(actor, ROLE)
    try:
        file = chosen_file(uploads.get("queue"), "queue")
        with TemporaryDirectory() as folder:
            session.rollback()  # answers are written by transactions of their own
            outcome = _of_queue(file.name, import_queue(_database(request), _kept(folder, file)))
    except SurveyError as error:
        return _page(request, actor, error=error)
    return _done(request, actor, session, outcome, action="responses.import_queue")


@router.post(f"{RESPONSES}/import")
def import_file(request: Request, actor: StaffDep, session: SessionDep, uploads: UploadsDep) -> Response:
    """A table of answers with the map that says what its columns mean; safe to send again."""
    require(actor, ROLE)
    try:
        file, plan = chosen_file(uploads.get("file")), chosen_file(uploads.get("map"), "map")
        with TemporaryDirectory() as folder:
            session.rollback()
            done = import_responses(_database(request), _kept(folder, file), _kept(folder, plan, "map-"))
            outcome = _of_import(file.name, done)
    except SurveyError as error:
        return _page(request, actor, error=error)
    return _done(request, actor, session, outcome, action="responses.import")


def _done(request: Request, actor: Actor, session: Session, outcome: Outcome, *, action: str) -> Response:
    counts = {
        "recorded": outcome.recorded,
        "repeated": outcome.repeated,
        "refused": len(outcome.refused),
    }
    record_audit(session, actor, action, outcome.name, **counts)
    return _page(request, actor, outcome=outcome)


def _kept(folder: str, file: Upload, before: str = "") -> Path:
    """The upload under its own last name, for the time of the import."""
    path = Path(folder, before + Path(file.name).name)
    path.write_bytes(file.content)
    return path


def _of_queue(name: str, found: Recovered) -> Outcome:
    refused = [(place, _problems(error)) for place, error in found.refused]
    return Outcome(name, found.recorded, found.repeated, 0, refused)


def _of_import(name: str, done: Imported) -> Outcome:
    refused = [(one.row.line, one.problems) for one in done.rejected]
    return Outcome(name, done.accepted, done.repeated, done.left_out, refused)


def _problems(error: SurveyError) -> Sequence[Problem]:
    return (error.problems if isinstance(error, Invalid) else ()) or (error.problem,)


def _database(request: Request) -> Database:
    found: Database = request.app.state.database
    return found
