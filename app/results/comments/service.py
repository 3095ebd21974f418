"""Comments for staff: masked before anybody sees them, found, passed on, answered.

Only comments of the daily mix are shown, so none is younger than a day and nothing of their order is left.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, true
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


@dataclass(frozen=True, slots=True)
class Question:
    """Which comments: `within` are the subtrees the reader may see; an empty word asks for all."""

    within: tuple[str, ...]
    search: str = ""
    round_code: str = ""
    unit_path: str = ""
    topic: str = ""
    status: str = ""


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
    """A page of what was asked for, the newest day first. Raises: Invalid for a state that is none."""
    states = _states(session, asked)
    chosen = _chosen(asked).offset((max(page, 1) - 1) * PAGE_ROWS).limit(PAGE_ROWS)
    total = states[asked.status] if asked.status else sum(states.values())
    return Found(tuple(_comments(session, chosen)), states, total)


def all_comments(session: Session, asked: Question) -> Iterator[Comment]:
    """Every comment asked for, in the same order."""
    return _comments(session, _chosen(asked))


def get_comment(session: Session, comment_id: str, *, within: Sequence[str]) -> Comment:
    """One comment the reader may see. Raises: NotFound."""
    chosen = _chosen(Question(tuple(within))).where(col(ResponseComment.comment_id) == comment_id)
    found = next(_comments(session, chosen), None)
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


def _chosen(asked: Question) -> Select[Any]:
    return (
        select(ResponseComment, CommentHandling, Unit.name, Service.name)  # type: ignore[return-value]
        .join(CommentHandling, col(CommentHandling.comment_id) == ResponseComment.comment_id)
        .join(Unit, col(Unit.unit_code) == ResponseComment.unit_code)
        .outerjoin(Service, col(Service.service_code) == ResponseComment.service_code)
        .where(*_conditions(asked))
        .order_by(col(ResponseComment.answered_on).desc(), col(ResponseComment.comment_id))
    )


def _conditions(asked: Question) -> list[ColumnElement[bool]]:
    wanted = [is_shown(), or_(*(col(Unit.path).startswith(path, autoescape=True) for path in asked.within))]
    wanted += [
        col(CommentHandling.folded).contains(word, autoescape=True)
        for word in fold(asked.search[:LONGEST_SEARCH]).split()
    ]
    for column, value in (
        (col(ResponseComment.round_code), asked.round_code),
        (col(CommentHandling.topic), "" if asked.topic == "none" else asked.topic),
        (col(CommentHandling.status), asked.status),
    ):
        wanted.append(column == value if value else true())
    if asked.topic == "none":
        wanted.append(col(CommentHandling.topic) == "")
    if asked.unit_path:
        wanted.append(col(Unit.path).startswith(asked.unit_path, autoescape=True))
    return wanted


def _states(session: Session, asked: Question) -> Counter[str]:
    """How many comments in each state, whatever state was asked for."""
    if asked.status and asked.status not in COMMENT_STATES:
        _check(Handling(asked.status, ""))
    every = Question(asked.within, asked.search, asked.round_code, asked.unit_path, asked.topic)
    counted = (
        select(CommentHandling.status, func.count())
        .join(ResponseComment, col(CommentHandling.comment_id) == ResponseComment.comment_id)
        .join(Unit, col(Unit.unit_code) == ResponseComment.unit_code)
        .where(*_conditions(every))
        .group_by(CommentHandling.status)
    )
    return Counter(dict(session.exec(counted).all()))


def _comments(session: Session, chosen: Select[Any]) -> Iterator[Comment]:
    for said, handled, unit_name, service_name in session.execute(chosen):
        yield Comment(
            comment_id=said.comment_id,
            round_code=said.round_code,
            unit_code=said.unit_code,
            unit_name=unit_name,
            service_code=said.service_code,
            service_name=service_name or "",
            answered_on=said.answered_on,
            text=tuple(pieces(handled.masked)),
            topic=handled.topic,
            topic_by=handled.topic_by,
            status=handled.status,
            note=handled.note,
            handled_on=handled.handled_on,
            handled_by=handled.handled_by,
        )
