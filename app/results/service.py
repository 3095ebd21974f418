"""Estimates for everybody who asks: command line, API and page use this one door."""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from app.accounts.service import COMMAND_LINE, Actor, is_within, record_audit
from app.core.database import Database
from app.core.errors import Forbidden
from app.results.declared import is_declared
from app.results.demographics import DEMOGRAPHICS
from app.results.request import DIMENSIONS, EstimateRequest, check_request

if TYPE_CHECKING:
    from app.results.runs import Run
    from app.results.views import RunView

# The libraries of an estimate take seconds to load and citizens' pages never need them: they are imported
# where a figure is asked for.

_NAME_COLUMNS = {word: word for word in DIMENSIONS} | {
    word: f"{word}_name" for word in ("unit", "service", *DEMOGRAPHICS)
}
_one_at_a_time = threading.Lock()


def estimate(
    database: Database,
    request: EstimateRequest,
    *,
    actor: Actor = COMMAND_LINE,
    on_step: Callable[[str], None] = lambda _: None,
) -> "Run":
    """The run that answers the request: the recorded one where nothing has changed, a new one otherwise.

    An actor sees the units of its own subtrees and figures over those alone.
    Raises: Invalid for what is not known, NotFound for the round, Forbidden without a role.
    """
    from app.results import estimation, runs

    asked = check_request(replace(request, within=_narrowed(request.within, actor)))
    if not is_declared(asked.by):
        _log_crossing(database, asked, actor)
    with _one_at_a_time:
        refresh_lake(database, on_step=on_step)
        with database.read() as session:
            inputs = estimation.gather(session, asked, on_step=on_step)
            found = runs.find_run(session, runs.run_id_of(inputs))
        if found is not None:
            return found
        run = runs.new_run(inputs, estimation.compute(inputs, on_step=on_step), by_whom=actor.name)
        with database.write() as session:
            runs.record_run(session, run)
        return run


def _log_crossing(database: Database, asked: EstimateRequest, actor: Actor) -> None:
    """A crossing that no edition holds is for analysts, and leaves a trace. Raises: Forbidden."""
    if not all(actor.may("analyst", path) for path in asked.within):
        raise Forbidden(
            "{name} may read the published tables; other crossings need the role analyst",
            where="by",
            remedy="choose one dimension beside the unit, or ask an administrator for the role",
            name=actor.name,
        )
    with database.write() as session:
        record_audit(session, actor, "crossing asked for", asked.round_code, by=",".join(asked.by))


def refresh_lake(database: Database, *, on_step: Callable[[str], None] = lambda _: None) -> int:
    """Lay down what was mixed since; how many parts were written. Ingest waits for the short write only."""
    from app.results import lake

    on_step("lake")
    with database.read() as session:
        laid = lake.lay_down(session)
    if laid.batches:
        with database.write() as session:
            lake.register_parts(session, laid)
    return len(laid.parts)


def rebuild_lake(database: Database) -> int:
    """Forget every part and lay all down again; files nothing refers to are deleted."""
    from app.results import lake

    with _one_at_a_time:
        with database.write() as session:
            lake.forget_parts(session)
        written = refresh_lake(database)
        with database.read() as session:
            lake.sweep(session)
    return written


def list_runs(session: Session, actor: Actor, *, round_code: str = "") -> list[dict[str, Any]]:
    """Runs the actor may read, newest first, without their rows."""
    from app.results import runs

    return [run for run in runs.list_runs(session, round_code) if _may(actor, run["settings"], "viewer")]


def may_read_run(session: Session, actor: Actor, run_id: str, *, role: str) -> bool:
    """Whether the actor has the role over every unit of the run. Raises: NotFound."""
    from app.results import runs

    return _may(actor, runs.get_run(session, run_id).record.settings, role)


def row_count(session: Session, run_id: str) -> int:
    """Rows of a run. Raises: NotFound."""
    from app.results import runs

    return runs.get_run(session, run_id).record.row_count


def run_as_json(session: Session, run_id: str, *, language: str) -> dict[str, Any]:
    """A run and its rows as plain values, rounded."""
    from app.results import runs
    from app.results.exports.sheet import as_json, sheet_of

    return as_json(sheet_of(session, runs.get_run(session, run_id), language=language))


def run_file(session: Session, run_id: str, kind: str, *, language: str) -> tuple[bytes, str, str]:
    """A run as a file: content, media type and name. Raises: NotFound, Invalid for the format."""
    from app.results import runs
    from app.results.exports import run_files

    run = runs.get_run(session, run_id)
    content = run_files.export_run(session, run, kind, language=language)
    stem = "-".join([run.record.round_code, *run.by, run_id[:8]])
    return content, run_files.MEDIA_TYPES[kind], f"{stem}.{kind}"


def record_run_file(
    database: Database, run_id: str, content: bytes, *, kind: str, rows: int, actor: Actor = COMMAND_LINE
) -> None:
    """A file of a run left the system: one line in the trail."""
    from app.results.exports.jobs import Made
    from app.results.exports.service import RESULTS, write_down

    made = Made("", kind, rows, hashlib.sha256(content).hexdigest())
    with database.write() as session:
        units = " ".join(actor.paths("viewer"))
        write_down(session, actor, RESULTS, target=f"run {run_id}", made=made, units=units)


def run_view(
    session: Session, run_id: str, *, language: str, figure: str = "", limit: int = 500
) -> "RunView":
    """A run as a page shows it: one figure at a time, and no more rows than a page can hold."""
    from app.results import runs, views

    return views.view_of(
        session, runs.get_run(session, run_id), language=language, figure=figure, limit=limit
    )


def dimension_names(row: Mapping[str, Any]) -> dict[str, str]:
    """The name of each dimension a row has, for people."""
    return {word: row[_NAME_COLUMNS[word]] for word in DIMENSIONS if _NAME_COLUMNS[word] in row}


def shown_dimensions(view: "RunView") -> tuple[str, ...]:
    """The dimensions of a view's rows, in the order of `dimension_names`."""
    return tuple(word for word in DIMENSIONS if word in view.by)


def _may(actor: Actor, asked: Mapping[str, Any], role: str) -> bool:
    return all(actor.may(role, path) for path in asked["within"])


def _narrowed(within: tuple[str, ...], actor: Actor) -> tuple[str, ...]:
    """The asked-for subtrees, cut down to those the actor may read."""
    own = actor.paths("viewer")
    seen = {path for path in within if actor.may("viewer", path)}
    seen |= {path for path in own if any(is_within(path, top) for top in within)}
    if not seen:
        raise Forbidden(
            "{name} may not read results of any unit",
            where="role",
            remedy="ask an administrator for the role",
            name=actor.name,
        )
    return tuple(sorted(path for path in seen if not any(o != path and is_within(path, o) for o in seen)))
