"""A device's queue brought in from its file: the same checks and the same statement as over the network.

The kiosk's page `/kiosk/queue` writes the file: the bodies as they were to be sent, each with its number in
its device's count. Running it twice, or after the device has sent some itself, stores each answer once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import Session

from app.collection.schemas import wire_of
from app.collection.service import Sent, record_all
from app.collection.strata import Sender
from app.core.database import Database
from app.core.errors import Invalid, SurveyError, Unreadable
from app.kiosks.accounting import Arrival
from app.kiosks.schemas import LARGEST_NUMBER
from app.kiosks.service import kiosk_of_device

MOST_BYTES = 64 * 1024 * 1024


class QueuedAnswer(BaseModel):
    """One answer of the queue; without a device it is kept like one of an unknown sender."""

    model_config = ConfigDict(extra="ignore")

    body: str = Field(max_length=64 * 1024)
    number: int | None = Field(None, ge=1, le=LARGEST_NUMBER)
    device: str | None = Field(None, max_length=32)


class QueueFile(BaseModel):
    """The file as a kiosk writes it."""

    model_config = ConfigDict(extra="ignore")

    format: Literal["sipas-kiosk-queue"]
    format_version: Literal[1]
    entries: list[QueuedAnswer]


@dataclass(slots=True)
class Recovered:
    """What became of the answers; `refused` holds the place in the file and the reason."""

    recorded: int = 0
    repeated: int = 0
    refused: list[tuple[int, SurveyError]] = field(default_factory=list)


def import_queue(database: Database, path: Path) -> Recovered:
    """Record every answer of the file; a device that was never connected here stops it before the first."""
    queue = _read(path)
    with database.read() as session:
        owners = _owners(session, queue.entries)
    recovered, sent, places = Recovered(), [], []
    for place, entry in enumerate(queue.entries, start=1):
        try:
            sent.append(_sent(entry, owners))
            places.append(place)
        except SurveyError as error:
            recovered.refused.append((place, error))
    counts = record_all(database, sent)
    recovered.recorded, recovered.repeated = counts.recorded, counts.repeated
    recovered.refused += [(places[at], error) for at, error in counts.refused]
    recovered.refused.sort(key=lambda one: one[0])
    return recovered


def _read(path: Path) -> QueueFile:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _unreadable(path)
        return QueueFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise _unreadable(path) from error
    except ValidationError:
        raise _unreadable(path) from None  # its words would show answers


def _unreadable(path: Path) -> Unreadable:
    return Unreadable(
        "{file} is not the queue of a kiosk",
        where=path.name,
        remedy="give the file that the kiosk's page /kiosk/queue has saved",
        file=path.name,
    )


def _owners(session: Session, entries: Sequence[QueuedAnswer]) -> dict[str, tuple[str, str]]:
    """Kiosk and unit of every device in the file."""
    devices = sorted({entry.device for entry in entries if entry.device})
    kiosks = {device: kiosk_of_device(session, device) for device in devices}
    return {device: (kiosk.kiosk_id, kiosk.unit_code) for device, kiosk in kiosks.items()}


def _sent(entry: QueuedAnswer, owners: dict[str, tuple[str, str]]) -> Sent:
    if not entry.device:
        raise Invalid(
            "the answer names no device",
            where="device",
            remedy="connect the device again: it sends the answer by itself",
        )
    kiosk_id, unit_code = owners[entry.device]
    arrival = Arrival(kiosk_id, entry.device, entry.number) if entry.number else None
    return Sent(wire_of(entry.body.encode()), Sender("kiosk", unit_code, is_recovered=True), arrival)
