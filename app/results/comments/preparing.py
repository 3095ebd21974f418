"""New comments are masked once and kept masked: a page never works on what people really wrote."""

from collections.abc import Sequence

from sqlalchemy import or_, update
from sqlmodel import Session, col, func, select

from app.collection.tables import ResponseComment
from app.core.database import Database
from app.core.errors import Translate
from app.forms.service import get_form, list_versions
from app.results.comments.masking import MASK_VERSION, folded, mask
from app.results.comments.service import is_shown
from app.results.comments.topics import NAMES, Topic, suggest, topics_of
from app.results.inserts import insert_new
from app.results.tables import CommentHandling
from app.units.tables import Unit

AT_ONCE = 400
RENEWED = ("comment_id", "masked", "folded", "mask_version")


def prepare(database: Database, *, most: int = AT_ONCE) -> int:
    """Mask what was mixed since, `most` at a time; how many still wait. Safe to run at any time and twice."""
    waiting = how_many_wait(database)
    if not waiting:
        return 0
    with database.read() as session:
        masked = _masked(session, most)
    with database.write() as session:
        _write(session, masked)
    return max(0, waiting - len(masked))


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


def _masked(session: Session, most: int) -> list[tuple[CommentHandling, bool]]:
    """What is to be stored of comments that wait, and whether they were masked before by older rules.

    Outside a writing transaction: answers that come in never wait for this.
    """
    handled = col(CommentHandling.mask_version)
    found = session.exec(
        select(ResponseComment, handled)
        .outerjoin(CommentHandling, col(CommentHandling.comment_id) == ResponseComment.comment_id)
        .where(is_shown(), or_(handled.is_(None), handled < MASK_VERSION))
        .order_by(col(ResponseComment.comment_id))
        .limit(most)
    ).all()
    units, topics = _unit_names(session), topics_of(factors_in_use(session, "vi"))
    return [(_row(one, units=units, topics=topics), version is not None) for one, version in found]


def _row(comment: ResponseComment, *, units: frozenset[str], topics: Sequence[Topic]) -> CommentHandling:
    masked = mask(comment.body, units)
    plain = folded(masked)
    return CommentHandling(
        comment_id=comment.comment_id,
        masked=masked,
        folded=plain,
        mask_version=MASK_VERSION,
        topic=suggest(plain, topics),
    )


def _write(session: Session, rows: Sequence[tuple[CommentHandling, bool]]) -> None:
    """New ones whole; of those masked before the text alone, so what people decided stays."""
    insert_new(session, [row for row, is_known in rows if not is_known])
    again = [row.model_dump(include=set(RENEWED)) for row, is_known in rows if is_known]
    if again:
        session.execute(update(CommentHandling), again)


def _unit_names(session: Session) -> frozenset[str]:
    """`việt yên` of Phường Việt Yên: what may follow the word for its kind."""
    names = session.exec(select(Unit.name)).all()
    without_kind = {" ".join(name.lower().split()[skip:]) for name in names for skip in (1, 2)}
    return frozenset(name for name in without_kind if name)
