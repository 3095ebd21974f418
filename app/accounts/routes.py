"""Accounts over HTTP: who am I, and machines' keys."""

from fastapi import APIRouter

from app.accounts import service
from app.accounts.dependencies import ActorDep, require, require_somewhere
from app.accounts.schemas import ActorOut, GrantOut, IssuedKeyOut, KeyIn, KeyOut
from app.accounts.staff import path_of_unit
from app.core.database import SessionDep

router = APIRouter(prefix="/api/v1", tags=["accounts"])


@router.get("/me")
def read_me(actor: ActorDep) -> ActorOut:
    """The person or machine asking, with its roles."""
    grants = [GrantOut(role=grant.role, unit_path=grant.unit_path) for grant in actor.grants]
    return ActorOut(name=actor.name, kind=actor.kind, grants=grants)


@router.get("/keys")
def list_keys(actor: ActorDep, session: SessionDep) -> list[KeyOut]:
    """The keys of the subtrees the administrator has."""
    require_somewhere(actor, "administrator")
    return [
        KeyOut(**key.model_dump())
        for key in service.list_keys(session)
        if actor.may("administrator", key.unit_path)
    ]


@router.post("/keys", status_code=201)
def create_key(wanted: KeyIn, actor: ActorDep, session: SessionDep) -> IssuedKeyOut:
    """A new key; its secret is in this reply only."""
    unit_path = path_of_unit(session, wanted.unit)
    require(actor, "administrator", unit_path)
    issued = service.create_key(session, wanted.name, role=wanted.role, unit_path=unit_path, by=actor)
    return IssuedKeyOut(key_id=issued.key_id, secret=issued.secret)


@router.delete("/keys/{key_id}", status_code=204)
def revoke_key(key_id: str, actor: ActorDep, session: SessionDep) -> None:
    """Revoke a key: it opens nothing from now on."""
    require(actor, "administrator", service.get_key(session, key_id).unit_path)
    service.revoke_key(session, key_id, by=actor)
