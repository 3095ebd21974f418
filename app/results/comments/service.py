"""Comments for staff: masked before anybody sees them, found, passed on, answered.

Only comments of the daily mix are shown, so none is younger than a day and nothing of their order is left.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, false, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from app.accounts.service import Actor, record_audit
from app.collection.tables import ResponseComment
from app.core import clock
from app.core.collation import fold
from app.core.errors import Invalid, NotFound
from app.results.comments.masking import Piece, pieces
from app.results.tables import COMMENT_STATES as COMMENT_STATES
from app.results.tables import CommentHandling
from app.units.tables import Service, Unit

PAGE_ROWS = 50
LONGEST_NOTE = 1000
LONGEST_SEARCH = 200
NO_TOPIC = "none"
NEWEST = (col(ResponseComment.answered_on).desc(), col(ResponseComment.comment_id))
OLDEST = (col(ResponseComment.answered_on), col(ResponseComment.comment_id))
PLACE = aliased(Unit)
ORDERS: dict[str, tuple[Any, ...]] = {
    "newest": NEWEST,
    "oldest": OLDEST,
    "unit": (
        select(PLACE.sort_key)
        .where(col(PLACE.unit_code) == ResponseComment.unit_code)
        .correlate(ResponseComment)
        .scalar_subquery(),
        *NEWEST,
    ),
}


@dataclass(frozen=True, slots=True)
class Question:
    """Which comments: `within` are the subtrees the reader may see; an empty word asks for all."""

    within: tuple[str, ...]
    search: str = ""
    round_code: str = ""
    unit_path: str = ""
    topic: str = ""
    status: str = ""
    order: str = "newest"


@dataclass(frozen=True, slots=True)
class Comment:
    """A masked comment with its place, its day, and what became of it."""

    comment_id: str
    round_code: str
    unit_code: str
    unit_name: str
    service_code: str
    service_name: str
    answered_on: date
    text: tuple[Piece, ...]
    topic: str
    topic_by: str
    status: str
    note: str
    handled_on: date | None
    handled_by: str


@dataclass(frozen=True, slots=True)
class Found:
    """A page of comments, and how many there are in each state."""

    comments: tuple[Comment, ...]
    states: Mapping[str, int]
    total: int


@dataclass(frozen=True, slots=True)
class Handling:
    """What a person decided about a comment."""

    status: str
    topic: str
    note: str = ""


def find_comments(session: Session, asked: Question, *, page: int = 1) -> Found:
    """A page of what was asked for, in one of ORDERS. Raises: Invalid for a state that is none."""
    states = _states(session, asked)
    first = (max(page, 1) - 1) * PAGE_ROWS
    ids = session.exec(_ids(asked).order_by(*ORDERS[asked.order]).offset(first).limit(PAGE_ROWS)).all()
    total = states[asked.status] if asked.status else sum(states.values())
    found = _comments(session, col(ResponseComment.comment_id).in_(ids), asked.order)
    return Found(tuple(found), states, total)


def all_comments(session: Session, asked: Question) -> Iterator[Comment]:
    """Every comment asked for, in the same order."""
    return _comments(session, col(ResponseComment.comment_id).in_(_ids(asked)), asked.order)


def get_comment(session: Session, comment_id: str, *, within: Sequence[str]) -> Comment:
    """One comment the reader may see. Raises: NotFound."""
    chosen = _ids(Question(tuple(within))).where(col(ResponseComment.comment_id) == comment_id)
    found = next(_comments(session, col(ResponseComment.comment_id).in_(chosen)), None)
    if found is None:
        raise NotFound(
            "comment {comment} is not known, or not yours to read",
            where="comment",
            remedy="see the list of comments",
            comment=comment_id[:36],
        )
    return found


def handle(session: Session, comment: Comment, decided: Handling, *, actor: Actor) -> None:
    """Write down what becomes of a comment. Raises: Invalid for an unknown state or a missing note."""
    _check(decided)
    row = session.get_one(CommentHandling, comment.comment_id)
    if decided.topic != row.topic:
        row.topic, row.topic_by = decided.topic, actor.name[:120]
    if (decided.status, decided.note) != (row.status, row.note):
        row.status, row.note = decided.status, decided.note
        row.handled_on, row.handled_by = clock.today(), actor.name[:120]
    session.add(row)
    record_audit(
        session, actor, "comment handled", comment.comment_id, status=decided.status, topic=decided.topic
    )


def _check(decided: Handling) -> None:
    if decided.status not in COMMENT_STATES:
        raise Invalid(
            "the state {value} is not known",
            where="status",
            remedy="use one of: {known}",
            value=decided.status,
            known=", ".join(COMMENT_STATES),
        )
    if decided.status != "new" and not decided.note.strip():
        raise Invalid(
            "a comment that is passed on or answered needs a note",
            where="note",
            remedy="write to whom it went, or what was done",
        )
    if len(decided.note) > LONGEST_NOTE:
        raise Invalid(
            "the note has {length} letters, at most {most} are kept",
            where="note",
            remedy="shorten it",
            length=len(decided.note),
            most=LONGEST_NOTE,
        )


def is_shown() -> ColumnElement[bool]:
    """Mixed, and of a day before today."""
    return col(ResponseComment.mixed_on).is_not(None) & (col(ResponseComment.answered_on) < clock.today())


def _ids(asked: Question) -> Any:
    """The ids of what was asked for: names and texts are looked up for those that are shown."""
    return (
        select(ResponseComment.comment_id)
        .join(CommentHandling, col(CommentHandling.comment_id) == ResponseComment.comment_id)
        .where(is_shown(), *_of_text(asked), *_of_place(asked))
        .where(col(CommentHandling.status) == asked.status if asked.status else true())
    )


def _of_text(asked: Question) -> list[ColumnElement[bool]]:
    """What the masked text and its topic must be."""
    words = fold(asked.search[:LONGEST_SEARCH]).split()
    wanted = [col(CommentHandling.folded).contains(word, autoescape=True) for word in words]
    if asked.topic:
        wanted.append(col(CommentHandling.topic) == ("" if asked.topic == NO_TOPIC else asked.topic))
    return wanted


def _of_place(asked: Question) -> list[ColumnElement[bool]]:
    """Where it was written; nothing where everything may be seen and was asked for."""
    wanted: list[ColumnElement[bool]] = []
    if asked.round_code:
        wanted.append(col(ResponseComment.round_code) == asked.round_code)
    for paths in (asked.within, (asked.unit_path,) if asked.unit_path else ("/",)):
        if "/" not in paths:
            below = or_(false(), *(col(Unit.path).startswith(path, autoescape=True) for path in paths))
            wanted.append(col(ResponseComment.unit_code).in_(select(Unit.unit_code).where(below)))
    return wanted


def _states(session: Session, asked: Question) -> Counter[str]:
    """How many comments in each state, whatever state was asked for."""
    if asked.status and asked.status not in COMMENT_STATES:
        _check(Handling(asked.status, ""))
    places = _of_place(asked)
    counted = select(CommentHandling.status, func.count()).where(*_of_text(asked))
    if places:  # what is prepared is shown, so without a place the one table is enough
        counted = counted.join(
            ResponseComment, col(CommentHandling.comment_id) == ResponseComment.comment_id
        ).where(*places)
    return Counter(dict(session.exec(counted.group_by(CommentHandling.status)).all()))


def _comments(session: Session, chosen: ColumnElement[bool], order: str = "newest") -> Iterator[Comment]:
    wanted: Any = (
        select(ResponseComment, CommentHandling, Unit.name, Service.name)
        .join(CommentHandling, col(CommentHandling.comment_id) == ResponseComment.comment_id)
        .join(Unit, col(Unit.unit_code) == ResponseComment.unit_code)
        .outerjoin(Service, col(Service.service_code) == ResponseComment.service_code)
        .where(chosen)
        .order_by(*ORDERS[order])
    )
    for said, handled, unit_name, service_name in session.execute(wanted):
        yield _comment(said, handled, unit_name, service_name or "")


def _comment(said: ResponseComment, handled: CommentHandling, unit_name: str, service_name: str) -> Comment:
    return Comment(
        comment_id=said.comment_id,
        round_code=said.round_code,
        unit_code=said.unit_code,
        unit_name=unit_name,
        service_code=said.service_code,
        service_name=service_name,
        answered_on=said.answered_on,
        text=tuple(pieces(handled.masked)),
        topic=handled.topic,
        topic_by=handled.topic_by,
        status=handled.status,
        note=handled.note,
        handled_on=handled.handled_on,
        handled_by=handled.handled_by,
    )
