"""An edition's way to the public: draft, checked, sealed, published, withdrawn. Each step once, by name.

Two people at least: nobody checks the edition they computed, and nobody seals the one they checked. A sealed
edition can be computed again from the stored answers and compared (`verification`).
"""

from collections.abc import Sequence

from sqlmodel import Session

from app.accounts.service import Actor, missing_role, record_audit
from app.core import clock
from app.core.errors import Conflict, Forbidden, Invalid
from app.results.editions import get_edition, state_of, steps_of
from app.results.tables import STEPS, Edition, EditionStep
from app.rounds.service import roots_of
from app.units.service import get_unit

BEFORE: dict[str, tuple[str, ...]] = {
    "checked": ("draft",),
    "sealed": ("checked",),
    "published": ("sealed",),
    "withdrawn": ("checked", "sealed", "published"),
}
ROLES = {"checked": "analyst", "sealed": "operator", "published": "operator", "withdrawn": "operator"}


def take_step(session: Session, edition_id: str, step: str, *, actor: Actor, note: str = "") -> EditionStep:
    """Take the step and write it down.

    Raises: NotFound, Forbidden without the role over the round or for the same person twice, Conflict where
    the edition is not at the step before, Invalid for a withdrawal without a reason.
    """
    if step not in STEPS:
        raise Invalid(
            "the step {value} is not known",
            where="step",
            remedy="use one of: {known}",
            value=repr(step),
            known=", ".join(STEPS),
        )
    edition = get_edition(session, edition_id)
    require_over_round(session, actor, edition.round_code, ROLES[step])
    state = state_of(session, edition_id)
    if state not in BEFORE[step]:
        raise Conflict(
            "the edition is {state}: it cannot be {step}",
            where="step",
            remedy="look at its steps; a correction is a new edition",
            state=state,
            step=step,
        )
    _require_another(session, edition, step, actor)
    if step == "withdrawn" and not note:
        raise Invalid(
            "a withdrawal needs a reason",
            where="note",
            remedy="say in one sentence what was wrong; readers will see it",
        )
    taken = EditionStep(
        edition_id=edition_id, step=step, taken_at=clock.now(), taken_by=actor.name[:120], note=note[:400]
    )
    session.add(taken)
    session.flush()
    detail = {"round": edition.round_code, "content_hash": edition.content_hash, "note": note[:400]}
    record_audit(session, actor, f"edition {step}", edition_id, **detail)
    return taken


def possible_steps(session: Session, edition: Edition, actor: Actor) -> tuple[str, ...]:
    """The steps this person could take now."""
    state = state_of(session, edition.edition_id)
    steps = [step for step in STEPS if state in BEFORE[step]]
    return tuple(step for step in steps if _may(session, edition, step, actor))


def may_over_round(session: Session, actor: Actor, round_code: str, role: str) -> bool:
    """Whether the actor has the role over every unit of the round."""
    return all(actor.may(role, path) for path in _paths(session, round_code))


def require_over_round(session: Session, actor: Actor, round_code: str, role: str) -> None:
    """Raises: Forbidden unless the actor has the role over every unit of the round."""
    if not may_over_round(session, actor, round_code, role):
        raise missing_role(actor, role)


def _paths(session: Session, round_code: str) -> Sequence[str]:
    return [get_unit(session, code).path for code in roots_of(session, round_code)]


def _may(session: Session, edition: Edition, step: str, actor: Actor) -> bool:
    allowed = may_over_round(session, actor, edition.round_code, ROLES[step])
    return allowed and actor.name not in _excluded(session, edition, step)


def _excluded(session: Session, edition: Edition, step: str) -> set[str]:
    """Who took the part that this step is to be independent of."""
    if step == "checked":
        return {edition.created_by}
    checkers = {taken.taken_by for taken in steps_of(session, edition.edition_id) if taken.step == "checked"}
    return checkers if step == "sealed" else set()


def _require_another(session: Session, edition: Edition, step: str, actor: Actor) -> None:
    if actor.name not in _excluded(session, edition, step):
        return
    if step == "checked":
        raise Forbidden(
            "{name} computed this edition: another person checks it",
            where="step",
            remedy="ask a second person with the role analyst or above",
            name=actor.name,
        )
    raise Forbidden(
        "{name} checked this edition: another person seals it",
        where="step",
        remedy="ask a second person with the role operator or above",
        name=actor.name,
    )
