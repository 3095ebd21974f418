"""The register over HTTP (JSON), for staff and machines."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.accounts.dependencies import ActorDep, require, require_somewhere
from app.core.database import SessionDep
from app.units import service
from app.units.schemas import ServiceOut, SuccessorOut, UnitOut, VolumeOut

router = APIRouter(prefix="/api/v1", tags=["units"])

Search = Annotated[str, Query(max_length=200, description="name, marks optional, or code")]
Limit = Annotated[int, Query(ge=1, le=5000)]
Month = Annotated[str, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


@router.get("/units")
def list_units(
    actor: ActorDep, session: SessionDep, search: Search = "", below: str = "", limit: Limit = 500
) -> list[UnitOut]:
    """Units in Vietnamese order; `below` keeps one unit and what is under it."""
    require_somewhere(actor, "viewer")
    top = service.get_unit(session, below).path if below else "/"
    found = service.list_units(session, search=search, below=top, limit=limit)
    return [UnitOut(**unit.model_dump()) for unit in found]


@router.get("/units/{unit_code}")
def read_unit(unit_code: str, actor: ActorDep, session: SessionDep) -> UnitOut:
    """One unit."""
    require_somewhere(actor, "viewer")
    return UnitOut(**service.get_unit(session, unit_code).model_dump())


@router.get("/units/{old_code}/successors")
def list_successors(old_code: str, actor: ActorDep, session: SessionDep) -> list[SuccessorOut]:
    """Where an old commune went, the main heir first; empty for a code that was never replaced."""
    require_somewhere(actor, "viewer")
    found = service.successors_of(session, old_code)
    if not found:
        service.get_unit(session, old_code)  # whoever mistypes a code must not read "never replaced"
    return [SuccessorOut(**row.model_dump()) for row in found]


@router.get("/units/{unit_code}/volumes")
def list_volumes(
    unit_code: str,
    month: Month,
    actor: ActorDep,
    session: SessionDep,
    population_kind: str = "finished_dossiers",
) -> list[VolumeOut]:
    """What a unit and those below it finished in a month."""
    require(actor, "viewer", service.get_unit(session, unit_code).path)
    codes = [unit.unit_code for unit in service.subtree(session, unit_code)]
    return [
        VolumeOut(**row.model_dump()) for row in service.volumes_of(session, codes, [month], population_kind)
    ]


@router.get("/services")
def list_services(
    actor: ActorDep, session: SessionDep, search: Search = "", limit: Limit = 500
) -> list[ServiceOut]:
    """Services in Vietnamese order."""
    require_somewhere(actor, "viewer")
    found = service.list_services(session, search=search, limit=limit)
    return [ServiceOut(**one.model_dump()) for one in found]


@router.get("/services/{service_code}")
def read_service(service_code: str, actor: ActorDep, session: SessionDep) -> ServiceOut:
    """One service."""
    require_somewhere(actor, "viewer")
    return ServiceOut(**service.get_service(session, service_code).model_dump())
