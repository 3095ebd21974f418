"""Alerts over HTTP (JSON)."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.accounts.dependencies import ActorDep, require, require_somewhere
from app.accounts.staff import path_of_unit
from app.alerts import receivers, service
from app.alerts.schemas import AlertOut, NoteIn, ReceiverIn, ReceiverOut
from app.core.database import SessionDep
from app.core.language import language_of

router = APIRouter(prefix="/api/v1", tags=["alerts"])


@router.get("/alerts")
def list_alerts(
    request: Request,
    actor: ActorDep,
    session: SessionDep,
    unit: str = "",
    state: Annotated[str, Query(pattern="^(|open|acknowledged|closed)$")] = "",
    rule: str = "",
) -> list[AlertOut]:
    """Alerts of the units the caller may see; a unit means everything below it as well."""
    require_somewhere(actor, "viewer")
    wanted = service.Wanted(unit, state, rule)
    found = service.list_alerts(session, actor, wanted, language=language_of(request))
    return [AlertOut.model_validate(one, from_attributes=True) for one in found]


@router.post("/alerts/{alert_id}/acknowledge", status_code=204)
def acknowledge(alert_id: str, body: NoteIn, actor: ActorDep, session: SessionDep) -> None:
    """Acknowledge an alert: somebody has seen it, and says what is done."""
    service.acknowledge(session, alert_id, note=body.note, by=actor)


@router.get("/alert-receivers")
def list_receivers(actor: ActorDep, session: SessionDep) -> list[ReceiverOut]:
    """Who is told, within the caller's units."""
    require_somewhere(actor, "administrator")
    return [
        ReceiverOut.model_validate(one, from_attributes=True)
        for one in receivers.list_receivers(session)
        if actor.may("administrator", one.unit_path)
    ]


@router.post("/alert-receivers", status_code=201)
def add_receiver(body: ReceiverIn, actor: ActorDep, session: SessionDep) -> ReceiverOut:
    """A new receiver; the reply holds a webhook's secret, this once."""
    path = path_of_unit(session, body.unit)
    require(actor, "administrator", path)
    new = receivers.NewReceiver(body.kind, body.name, body.address, path, body.language)
    issued = receivers.add_receiver(session, new, by=actor)
    return ReceiverOut(**issued.receiver.model_dump(), secret=issued.secret)


@router.delete("/alert-receivers/{receiver_id}", status_code=204)
def remove_receiver(receiver_id: str, actor: ActorDep, session: SessionDep) -> None:
    """Tell a receiver no more."""
    require(actor, "administrator", receivers.get_receiver(session, receiver_id).unit_path)
    receivers.remove_receiver(session, receiver_id, by=actor)
