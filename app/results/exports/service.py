"""Whoever takes data out comes through here: the right role is asked for, and the file is written down.

Who, what, how many rows and the hash of the file are kept in the audit trail; administrators see them.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, func, select

from app.accounts.service import COMMAND_LINE, Actor, is_within, missing_role, record_audit
from app.accounts.tables import AuditEntry
from app.collection.tables import Response
from app.core.database import Database
from app.results.exports import apart
from app.results.exports.edition_files import TableExport
from app.results.exports.jobs import Made, make
from app.results.exports.response_files import check_response_format
from app.results.exports.responses import ResponseRequest, checked_k
from app.results.tables import Edition, EstimateRun
from app.rounds.service import units_of
from app.units.tables import Unit

RESULTS, RESPONSES = "export_results", "export_responses"
LISTED = 100
HEAVY = ("sav", "zip")
"""Formats whose libraries or memory a web process should not carry."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A line of the list of exports."""

    at: datetime
    who: str
    what: str
    target: str
    kind: str
    rows: int
    digest: str
    units: str


def export_edition(
    database: Database,
    wanted: TableExport,
    path: Path,
    *,
    actor: Actor = COMMAND_LINE,
    in_process: bool = True,
) -> Made:
    """A table of an edition, or all as `zip`, over the subtrees the actor is an analyst of.

    Raises: Forbidden without the role; NotFound, Invalid as `write_edition_file`.
    """
    narrowed = replace(wanted, within=_analyst_of(actor))
    here = in_process or wanted.kind not in HEAVY
    made = make(database, narrowed, path) if here else apart.make(narrowed, path)
    with database.write() as session:
        target = f"{wanted.edition_id} {wanted.table or '*'}"
        write_down(session, actor, RESULTS, target=target, made=made, units=" ".join(narrowed.within))
    return made


def export_responses(
    database: Database,
    wanted: ResponseRequest,
    path: Path,
    *,
    actor: Actor = COMMAND_LINE,
    in_process: bool = True,
) -> Made:
    """The responses of a round, protected; for analysts of every unit of the round.

    Raises: Forbidden without the role; NotFound, Invalid as `write_responses`.
    """
    check_response_format(wanted.kind)
    checked_k(wanted.k)
    with database.read() as session:
        require_whole_round(session, actor, wanted.round_code)
    made = make(database, wanted, path) if in_process else apart.make(wanted, path)
    with database.write() as session:
        write_down(session, actor, RESPONSES, target=wanted.round_code, made=made, units="/")
    return made


def require_whole_round(session: Session, actor: Actor, round_code: str) -> None:
    """Raises: Forbidden for anybody who is no analyst of every unit of the round, NotFound."""
    wanted = units_of(session, round_code)
    units = [unit for unit in session.exec(select(Unit)) if unit.unit_code in wanted]
    if not all(actor.may("analyst", unit.path) for unit in units):
        raise missing_role(actor, "analyst")


def taken(session: Session, limit: int = LISTED) -> list[Taken]:
    """The last exports, newest first."""
    statement = select(AuditEntry).where(col(AuditEntry.action).in_((RESULTS, RESPONSES)))
    found = session.exec(statement.order_by(col(AuditEntry.at).desc()).limit(limit))
    return [
        Taken(
            at=entry.at,
            who=entry.actor,
            what=entry.action,
            target=entry.target,
            kind=str(entry.detail.get("format", "")),
            rows=int(entry.detail.get("rows", 0)),
            digest=str(entry.detail.get("sha256", "")),
            units=str(entry.detail.get("units", "")),
        )
        for entry in found
    ]


def write_down(session: Session, actor: Actor, action: str, *, target: str, made: Made, units: str) -> None:
    """One line of the trail for a file that left the system."""
    hidden = {"hidden": made.report} if made.report else {}
    record_audit(
        session,
        actor,
        action,
        target,
        format=made.kind,
        rows=made.rows,
        sha256=made.digest,
        units=units,
        **hidden,
    )


def _analyst_of(actor: Actor) -> tuple[str, ...]:
    paths = actor.paths("analyst")
    if not paths:
        raise missing_role(actor, "analyst")
    return tuple(sorted(p for p in paths if not any(o != p and is_within(p, o) for o in paths)))


def row_counts(session: Session, edition: Edition) -> dict[str, int]:
    """Rows of every table of an edition."""
    wanted = col(EstimateRun.run_id).in_(edition.tables.values())
    counts = dict(session.exec(select(EstimateRun.run_id, EstimateRun.row_count).where(wanted)).all())
    return {name: counts[run_id] for name, run_id in edition.tables.items()}


def response_count(session: Session, round_code: str) -> int:
    """Responses of a round, broken-off ones included."""
    statement = select(func.count()).select_from(Response).where(Response.round_code == round_code)
    return session.exec(statement).one()
