"""Recording a response: the one way in, for kiosks, phones, posted pages, imports and the demo.

Replies: 201 recorded now, 200 the same response was here already, 409 the id belongs to another body, 422
with every reason. A spent code (`token_spent`), an expired one (`token_expired`) and a foreign one
(`token_invalid`) are 422, but a response recorded before its code expired or its round closed is still 200.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import cast

from app.collection.acceptance import Entry, accept, keys_of
from app.collection.directory import Directory, Key, KnownKiosk
from app.collection.pace import Pace
from app.collection.schemas import Outcome, RecordedOut, ResponseIn
from app.collection.store import Verdict, store
from app.collection.strata import Sender
from app.collection.writer import Writer
from app.core.database import Database
from app.core.errors import Conflict, Invalid, NotFound, SurveyError
from app.kiosks.accounting import Arrival
from app.receipts.short_codes import tidy

CITIZEN = Sender("citizen")
STAFF = Sender("staff")
CHUNK = 500
PACE = Pace()


@dataclass(frozen=True, slots=True)
class RecordedReply:
    """What to answer: the HTTP status and the body."""

    status: int
    body: RecordedOut


@dataclass(frozen=True, slots=True)
class Sent:
    """A response brought in, who it is from, and its number in a device's count."""

    wire: ResponseIn
    sender: Sender = STAFF
    arrival: Arrival | None = None


@dataclass(slots=True)
class Counts:
    """What became of many responses; `refused` holds the place in the input and the reason."""

    recorded: int = 0
    repeated: int = 0
    refused: list[tuple[int, SurveyError]] = field(default_factory=list)


async def record(
    writer: Writer, wire: ResponseIn, *, kiosk: KnownKiosk | None = None, arrival: Arrival | None = None
) -> RecordedReply:
    """Check, write durably, then say what became of it; the errors of the module's docstring are raised."""
    if kiosk:
        PACE.take(kiosk.device_id)
    sender = Sender("kiosk", kiosk.unit_code) if kiosk else CITIZEN
    await _look_up(writer.directory, _code_keys(wire, sender))
    wire = _with_token(wire, sender, writer.directory)
    await _look_up(writer.directory, keys_of(wire, sender))
    entry = replace(accept(wire, sender, writer.directory), arrival=arrival)
    verdict = await writer.write(entry)
    if verdict not in ("recorded", "repeated"):
        raise _error(entry, verdict)
    return _reply(wire, verdict, await _outcome_of(entry, writer.directory))


async def kiosk_with(writer: Writer, credential: str) -> KnownKiosk:
    """The kiosk with this credential; raises NotSignedIn for an unknown or revoked one."""
    key = ("kiosk", credential)
    await _look_up(writer.directory, [key])
    found: KnownKiosk = writer.directory.get(key)
    return found


async def arrival_of(writer: Writer, kiosk: KnownKiosk, number: int, device_id: str) -> Arrival | None:
    """Where a number counts: with the device that shows it, or with an earlier one of the same unit."""
    if not device_id or device_id == kiosk.device_id:
        return Arrival(kiosk.kiosk_id, kiosk.device_id, number)
    key = ("device", device_id)
    await _look_up(writer.directory, [key])
    try:
        earlier: KnownKiosk = writer.directory.get(key)
    except NotFound:
        return None  # a count that cannot be kept costs nobody an answer
    same_unit = earlier.unit_code == kiosk.unit_code
    return Arrival(earlier.kiosk_id, device_id, number) if same_unit else None


def record_many(database: Database, wires: Iterable[ResponseIn]) -> Counts:
    """Many responses brought in by staff, in commits of a few hundred: same checks, same statement."""
    return record_all(database, (Sent(wire) for wire in wires))


def record_all(database: Database, brought_in: Iterable[Sent]) -> Counts:
    """The same for responses of any sender."""
    counts, directory, place = Counts(), Directory(database), 0
    remaining = iter(brought_in)
    while chunk := list(islice(remaining, CHUNK)):
        _record_chunk(database, directory, counts, chunk=chunk, place=place)
        place += len(chunk)
    return counts


async def _look_up(directory: Directory, keys: Sequence[Key]) -> None:
    if not directory.is_ready(keys):
        await asyncio.to_thread(directory.read, keys)


def _code_keys(wire: ResponseIn, sender: Sender) -> list[Key]:
    """A kiosk without network cannot ask what a typed code stands for: it sends the code as it was read."""
    code = tidy(wire.token or "") if sender.kind == "kiosk" else ""
    return [("short_code", code)] if code else []


def _with_token(wire: ResponseIn, sender: Sender, directory: Directory) -> ResponseIn:
    """The response with the token its code stands for; with the code itself where that is not known here."""
    found = [directory.get(key) for key in _code_keys(wire, sender)]
    return wire.model_copy(update={"token": found[0]}) if any(found) else wire


async def _outcome_of(entry: Entry, directory: Directory) -> Outcome:
    """From the response stored before, where its repeat cannot be checked any more."""
    if "outcome" not in entry.row:
        key = ("outcome", entry.response_id)
        await _look_up(directory, [key])
        return cast(Outcome, directory.get(key))
    return cast(Outcome, entry.row["outcome"])


def _reply(wire: ResponseIn, verdict: Verdict, outcome: Outcome) -> RecordedReply:
    is_new = verdict == "recorded"
    body = RecordedOut(
        response_id=wire.response_id, status="recorded" if is_new else "repeated", outcome=outcome
    )
    return RecordedReply(201 if is_new else 200, body)


def _error(entry: Entry, verdict: Verdict) -> SurveyError:
    if verdict == "taken":
        return Conflict(
            "response {response} is stored with other content",
            where="response_id",
            code="id_taken",
            remedy="make a new response_id for every new response",
            response=entry.response_id,
        )
    if entry.refusal is not None:
        return entry.refusal
    return Invalid(
        "this code was used already",
        where="token",
        code="token_spent",
        remedy="one code gives one answer; thank you, it is here",
    )


def _record_chunk(
    database: Database, directory: Directory, counts: Counts, *, chunk: Sequence[Sent], place: int
) -> None:
    entries: list[tuple[int, Entry]] = []
    for offset, sent in enumerate(chunk):
        directory.read(_code_keys(sent.wire, sent.sender))
        wire = _with_token(sent.wire, sent.sender, directory)
        directory.read(keys_of(wire, sent.sender))
        entry = accept(wire, sent.sender, directory)
        entries.append((place + offset, replace(entry, arrival=sent.arrival)))
    with database.engine.connect() as connection:
        verdicts = store(connection, [entry for _, entry in entries])
        connection.commit()
    for (where, entry), verdict in zip(entries, verdicts, strict=True):
        _count(counts, where, _error(entry, verdict) if verdict not in ("recorded", "repeated") else verdict)


def _count(counts: Counts, where: int, told: str | SurveyError) -> None:
    if isinstance(told, SurveyError):
        counts.refused.append((where, told))
    elif told == "recorded":
        counts.recorded += 1
    else:
        counts.repeated += 1
