"""What a page over editions offers to choose: rounds that have one, and the round before another."""

from collections.abc import Sequence

from sqlmodel import Session, select

from app.results import work
from app.results.tables import Edition
from app.rounds.service import Round, list_rounds


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


SAME_ROUND = _("Choose two different rounds.")
OTHER_BASIS = _(
    "One round asked a drawn sample, the other whoever wanted to answer: their difference would mix the way "
    "of asking with satisfaction, so it is not computed."
)
OTHER_POPULATION = _(
    "The rounds describe different people (finished dossiers, residents): their difference is not computed."
)


def rounds_with_editions(session: Session) -> list[Round]:
    """Rounds that have figures, the newest period first."""
    computed = set(session.exec(select(Edition.round_code).distinct()))
    return [survey for survey in list_rounds(session) if survey.round_code in computed]


def round_before(rounds: Sequence[Round], survey: Round) -> Round | None:
    """The last comparable round whose period ended before this one's began."""
    earlier = [
        one
        for one in rounds
        if one.period_end_on < survey.period_start_on and not why_not_comparable(survey, one)
    ]
    return max(earlier, key=lambda one: one.period_end_on, default=None)


def rounds_on_their_way(session: Session) -> list[Round]:
    """Rounds whose first figures are being computed now, the newest first."""
    computed = {one.round_code for one in rounds_with_editions(session)}
    waiting = (one for one in list_rounds(session) if one.round_code not in computed)
    return [one for one in waiting if _is_computed_now(one.round_code)]


def rounds_awaited(session: Session, survey: Round) -> list[Round]:
    """Those of them that went before this round and can be compared with it."""
    return [
        one
        for one in rounds_on_their_way(session)
        if one.period_end_on < survey.period_start_on and not why_not_comparable(survey, one)
    ]


def _is_computed_now(round_code: str) -> bool:
    progress = work.progress_of(round_code)
    return progress is not None and not progress.failed


def why_not_comparable(one: Round, other: Round) -> str:
    """The msgid of what keeps two rounds from being compared; empty where nothing does."""
    if one.round_code == other.round_code:
        return SAME_ROUND
    if one.basis != other.basis:
        return OTHER_BASIS
    if one.population_kind != other.population_kind:
        return OTHER_POPULATION
    return ""
