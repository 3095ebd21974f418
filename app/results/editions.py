"""Editions: the declared tables of a round from one data cut, kept for ever, and their way to the public."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from app.accounts.service import COMMAND_LINE, Actor
from app.core import clock
from app.core.database import Database
from app.core.errors import NotFound
from app.results.declared import name_of, requests_of
from app.results.inserts import insert_new
from app.results.request import check_request
from app.results.service import refresh_lake
from app.results.tables import Edition, EditionStep

EDITION_ID_LENGTH = 32
LISTED = 200


def compute_edition(
    database: Database,
    round_code: str,
    *,
    actor: Actor = COMMAND_LINE,
    on_step: Callable[[str], None] = lambda _: None,
    replaces: str | None = None,
    reason: str = "",
) -> Edition:
    """The edition of the data as they are now: the recorded one where nothing has changed.

    Raises: NotFound for the round.
    """
    from app.results import estimation, runs

    refresh_lake(database, on_step=on_step)
    main = check_request(requests_of(round_code)[0])
    with database.read() as session:
        inputs = estimation.gather(session, main, every_table=True, on_step=on_step)
    asked = [check_request(request) for request in requests_of(round_code, inputs.book.people)]
    made = []
    for request in asked:
        on_step(name_of(request.by))
        same_cut = estimation.asked_otherwise(inputs, request)
        made.append(runs.new_run(same_cut, estimation.compute(same_cut, on_step=on_step), by_whom=actor.name))
    edition = _edition_of(made, by_whom=actor.name)
    edition.replaces, edition.reason = replaces, reason
    with database.write() as session:
        for run in made:
            runs.record_run(session, run)
        insert_new(session, [edition])
    return edition


def newest(session: Session, round_code: str, *, published: bool = False) -> Edition | None:
    """The newest edition of a round; with `published`, the newest that the public may see."""
    for edition in _of_round(session, round_code):
        if not published or state_of(session, edition.edition_id) == "published":
            return edition
    return None


def get_edition(session: Session, edition_id: str) -> Edition:
    """Raises: NotFound."""
    found = session.get(Edition, edition_id)
    if found is None:
        raise NotFound(
            "the edition {edition_id} is not known",
            where="edition",
            remedy="list the editions and take an id from there",
            edition_id=edition_id,
        )
    return found


def list_editions(session: Session, round_code: str = "") -> list[Edition]:
    """Newest first."""
    return list(_of_round(session, round_code))


def state_of(session: Session, edition_id: str) -> str:
    """The last step taken: draft, checked, sealed, published or withdrawn."""
    taken = {step.step for step in steps_of(session, edition_id)}
    return next((step for step in ("withdrawn", "published", "sealed", "checked") if step in taken), "draft")


def steps_of(session: Session, edition_id: str) -> list[EditionStep]:
    """The steps taken, oldest first."""
    statement = select(EditionStep).where(EditionStep.edition_id == edition_id)
    return list(session.exec(statement.order_by(col(EditionStep.taken_at))))


def _of_round(session: Session, round_code: str) -> Sequence[Edition]:
    statement = select(Edition).order_by(col(Edition.created_at).desc(), Edition.edition_id).limit(LISTED)
    statement = statement.where(Edition.round_code == round_code) if round_code else statement
    return session.exec(statement).all()


def _edition_of(made: Any, *, by_whom: str) -> Edition:
    first = made[0].record
    content = _hash({name_of(run.by): run.record.content_hash for run in made})
    return Edition(
        edition_id=_hash({name_of(run.by): run.record.run_id for run in made})[:EDITION_ID_LENGTH],
        round_code=first.round_code,
        created_at=clock.now(),
        created_by=by_whom,
        tables={name_of(run.by): run.record.run_id for run in made},
        settings=first.settings,
        data_cut=first.data_cut,
        drivers={},
        code_version=first.code_version,
        content_hash=content,
    )


def _hash(parts: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
