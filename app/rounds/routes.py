"""Rounds over HTTP (JSON)."""

from collections.abc import Iterable

from fastapi import APIRouter
from sqlmodel import Session

from app.accounts.dependencies import ActorDep, require, require_somewhere
from app.accounts.service import Actor, record_audit
from app.core.database import SessionDep
from app.rounds import service
from app.rounds.schemas import RoundIn, RoundOut
from app.rounds.tables import Round
from app.units.service import known_units

router = APIRouter(prefix="/api/v1", tags=["rounds"])


@router.get("/rounds")
def list_rounds(actor: ActorDep, session: SessionDep) -> list[RoundOut]:
    """Every round, the newest period first."""
    require_somewhere(actor, "viewer")
    return [_shown(session, found) for found in service.list_rounds(session)]


@router.get("/rounds/{round_code}")
def read_round(round_code: str, actor: ActorDep, session: SessionDep) -> RoundOut:
    """One round with its units and forms."""
    require_somewhere(actor, "viewer")
    return _shown(session, service.get_round(session, round_code))


@router.post("/rounds", status_code=201)
def create_round(wanted: RoundIn, actor: ActorDep, session: SessionDep) -> RoundOut:
    """A new round; the actor must operate every unit it names."""
    require_somewhere(actor, "operator")
    _require_units(session, actor, wanted.units)
    new = service.NewRound(
        round_code=wanted.round,
        title=wanted.title,
        period_start_on=wanted.period_start_on,
        period_end_on=wanted.period_end_on,
        units=wanted.units,
        forms=service.named_forms(session, wanted.forms),
        basis=wanted.basis,
        population_kind=wanted.population_kind,
    )
    made = service.create_round(session, new)
    record_audit(session, actor, "round created", made.round_code, units=wanted.units)
    return _shown(session, made)


@router.post("/rounds/{round_code}/close")
def close_round(round_code: str, actor: ActorDep, session: SessionDep) -> RoundOut:
    """Close a round: no answers are taken from now on; closing twice is no error."""
    found = service.get_round(session, round_code)
    _require_units(session, actor, service.roots_of(session, round_code))
    if found.closed_at is None:
        record_audit(session, actor, "round closed", round_code)
    return _shown(session, service.close_round(session, round_code))


def _require_units(session: Session, actor: Actor, codes: Iterable[str]) -> None:
    # a code nobody knows is told by the round's own checks
    for unit in known_units(session, codes):
        require(actor, "operator", unit.path)


def _shown(session: Session, found: Round) -> RoundOut:
    return RoundOut(
        round=found.round_code,
        accepts_until_on=service.accepts_until(found),
        units=service.roots_of(session, found.round_code),
        forms=service.forms_of(session, found.round_code),
        **found.model_dump(exclude={"round_code", "created_at"}),
    )
