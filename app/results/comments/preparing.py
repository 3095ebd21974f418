"""New comments are masked once and kept masked: a page never works on what people really wrote."""

from collections.abc import Sequence

from sqlalchemy import or_
from sqlmodel import Session, col, func, select

from app.collection.tables import ResponseComment
from app.core.database import Database
from app.core.errors import Translate
from app.forms.service import get_form, list_versions
from app.results.comments.masking import MASK_VERSION, folded, mask
from app.results.comments.service import is_shown
from app.results.comments.topics import NAMES, Topic, suggest, topics_of
from app.results.tables import CommentHandling
from app.units.tables import Unit

AT_ONCE = 400


def prepare(database: Database, *, most: int = AT_ONCE) -> int:
    """Mask what was mixed since, `most` at a time; how many still wait. Safe to run at any time and twice."""
    waiting = how_many_wait(database)
    if not waiting:
        return 0
    with database.write() as session:
        prepared = _prepare(session, most)
    return max(0, waiting - prepared)


def prepare_all(database: Database) -> int:
    """Mask everything that waits, in short transactions; how many there were."""
    waiting = how_many_wait(database)
    while prepare(database):
        pass
    return waiting


def how_many_wait(database: Database) -> int:
    """Comments that may be shown and are not masked by today's rules: what is masked stays shown."""
    masked = select(func.count()).where(col(CommentHandling.mask_version) >= MASK_VERSION)
    with database.read() as session:
        shown = session.scalar(select(func.count()).select_from(ResponseComment).where(is_shown())) or 0
        return shown - (session.scalar(masked) or 0)


def factors_in_use(session: Session, language: str) -> dict[str, str]:
    """Code and text of every factor of the published forms."""
    forms = [get_form(session, one.form_version) for one in list_versions(session)]
    return {
        factor.code: factor.text.get(language, factor.text["vi"]) for form in forms for factor in form.factors
    }


def topic_names(session: Session, translate: Translate) -> dict[str, str]:
    """What every topic is called, in the order they are offered."""
    known = {topic.code for topic in topics_of(factors_in_use(session, "vi"))}
    shown = {code: translate(name) for code, name in NAMES.items()} | factors_in_use(
        session, translate.language
    )
    return {code: name for code, name in shown.items() if code in known}


def _prepare(session: Session, most: int) -> int:
    version = col(CommentHandling.mask_version)
    found = session.exec(
        select(ResponseComment)
        .outerjoin(CommentHandling, col(CommentHandling.comment_id) == ResponseComment.comment_id)
        .where(is_shown(), or_(version.is_(None), version < MASK_VERSION))
        .order_by(col(ResponseComment.comment_id))
        .limit(most)
    ).all()
    known = _known(session, [comment.comment_id for comment in found])
    units, topics = _unit_names(session), topics_of(factors_in_use(session, "vi"))
    for comment in found:
        handled = known.get(comment.comment_id) or CommentHandling(
            comment_id=comment.comment_id, masked="", folded="", mask_version=0
        )
        session.add(_masked(handled, comment.body, units=units, topics=topics))
    session.flush()
    return len(found)


def _masked(
    handled: CommentHandling, body: str, *, units: frozenset[str], topics: Sequence[Topic]
) -> CommentHandling:
    handled.masked = mask(body, units)
    handled.folded = folded(handled.masked)
    handled.mask_version = MASK_VERSION
    if not handled.topic_by:
        handled.topic = suggest(handled.folded, topics)
    return handled


def _known(session: Session, ids: Sequence[str]) -> dict[str, CommentHandling]:
    rows = session.exec(select(CommentHandling).where(col(CommentHandling.comment_id).in_(ids))).all()
    return {row.comment_id: row for row in rows}


def _unit_names(session: Session) -> frozenset[str]:
    """`việt yên` of Phường Việt Yên: what may follow the word for its kind."""
    names = session.exec(select(Unit.name)).all()
    without_kind = {" ".join(name.lower().split()[skip:]) for name in names for skip in (1, 2)}
    return frozenset(name for name in without_kind if name)
