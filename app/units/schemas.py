"""The register on the wire."""

from datetime import date

from pydantic import BaseModel


class UnitOut(BaseModel):
    unit_code: str
    name: str
    kind: str
    parent_code: str | None
    path: str
    valid_from_on: date
    valid_to_on: date | None


class SuccessorOut(BaseModel):
    """`kind` part: the old unit was split; `is_default` marks the main heir."""

    old_code: str
    old_name: str
    new_code: str
    kind: str
    is_default: bool
    effective_on: date


class ServiceOut(BaseModel):
    service_code: str
    name: str
    field: str
    level: str


class VolumeOut(BaseModel):
    """Dossiers finished in a month; an empty service is all services together."""

    unit_code: str
    service_code: str
    submission: str
    month: str
    population_kind: str
    finished: int
    on_time: int
    late: int
