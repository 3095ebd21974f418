"""Editions: the declared tables of a round from one data cut, kept for ever, and their way to the public."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, delete, select

from app.accounts.service import COMMAND_LINE, Actor
from app.core import clock
from app.core.database import Database
from app.core.errors import NotFound
from app.results.cut import MIXED, Cut
from app.results.declared import name_of, requests_of
from app.results.inserts import insert_new
from app.results.request import check_request
from app.results.service import refresh_lake
from app.results.tables import Edition, EditionStep, EstimateRun

if TYPE_CHECKING:
    from app.results.estimation import Inputs
    from app.results.runs import Run

EDITION_ID_LENGTH = 32
LISTED = 200
KEPT_DRAFTS = 3


def compute_edition(
    database: Database,
    round_code: str,
    *,
    actor: Actor = COMMAND_LINE,
    on_step: Callable[[str], None] = lambda _: None,
    replaces: str | None = None,
    reason: str = "",
) -> Edition:
    """The edition of the answers mixed by now: the recorded one where nothing has changed.

    Raises: NotFound for the round.
    """
    from app.results import estimation, runs

    refresh_lake(database, on_step=on_step)
    with database.read() as session:
        every = questions(session, round_code, on_step=on_step)
        found = session.get(Edition, edition_id_of(every))
        if found is not None:
            return found
        drivers = _drivers(session, every[0], on_step=on_step)
    on_step("disclosure")
    hidden = estimation.settled(every[0])
    made = []
    for inputs in every:
        on_step(name_of(inputs.request.by))
        with database.read() as session:
            whole = estimation.counted_again(session, inputs)
        rows = estimation.compute(whole, hidden=hidden)
        made.append(runs.new_run(whole, rows, by_whom=actor.name))
    edition = _edition_of(every, made, by_whom=actor.name)
    edition.replaces, edition.reason, edition.drivers = replaces, reason, drivers
    with database.write() as session:
        for run in made:
            runs.record_run(session, run)
        insert_new(session, [edition])
        prune(session, round_code)
    return edition


def questions(
    session: Session,
    round_code: str,
    *,
    cut: Cut = MIXED,
    on_step: Callable[[str], None] = lambda _: None,
) -> list["Inputs"]:
    """Every declared table's inputs from one cut: the answers mixed by now, or those of another cut."""
    from app.results import estimation

    main = check_request(requests_of(round_code)[0])
    first = estimation.gather(session, main, cut=cut, on_step=on_step)
    asked = requests_of(round_code, first.book.people)[1:]
    return [first, *(estimation.asked_otherwise(first, check_request(request)) for request in asked)]


def edition_id_of(every: Sequence["Inputs"]) -> str:
    """Equal inputs of every table, equal edition."""
    from app.results.runs import run_id_of

    return _hash({name_of(one.request.by): run_id_of(one) for one in every})[:EDITION_ID_LENGTH]


def content_hash_of(parts: Mapping[str, str], rows: Mapping[str, str]) -> str:
    """What a seal stands for: answers, forms, register, names, settings, code and the rows of every table."""
    return _hash({**parts, **{f"rows {name}": digest for name, digest in rows.items()}})


def prune(session: Session, round_code: str) -> int:
    """Drop old drafts: all but the newest KEPT_DRAFTS, those somebody acted on and those others replace."""
    editions = list_editions(session, round_code)
    named = {edition.replaces for edition in editions}
    drafts = [e for e in editions if not steps_of(session, e.edition_id) and e.edition_id not in named]
    gone = drafts[KEPT_DRAFTS:]
    kept = {run for edition in editions if edition not in gone for run in edition.tables.values()}
    for edition in gone:
        session.delete(edition)
    session.flush()
    unused = {run for edition in gone for run in edition.tables.values()} - kept
    if unused:
        session.connection().execute(delete(EstimateRun).where(col(EstimateRun.run_id).in_(unused)))
    return len(gone)


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


def _edition_of(every: Sequence["Inputs"], made: Sequence["Run"], *, by_whom: str) -> Edition:
    first, rows = made[0].record, {name_of(run.by): run.record.content_hash for run in made}
    return Edition(
        edition_id=edition_id_of(every),
        round_code=first.round_code,
        created_at=clock.now(),
        created_by=by_whom,
        tables={name_of(run.by): run.record.run_id for run in made},
        settings=first.settings,
        data_cut=first.data_cut,
        drivers={},
        code_version=first.code_version,
        content_hash=content_hash_of(first.data_cut["parts"], rows),
    )


def _drivers(session: Session, inputs: "Inputs", *, on_step: Callable[[str], None]) -> dict[str, Any]:
    from app.results import lake
    from app.results.drivers import drivers_of

    on_step("drivers")
    cut = Cut(mixed=True, through=inputs.mixed_through)
    return drivers_of(inputs, lake.flat(session, inputs.survey.round_code, cut))


def _hash(parts: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
