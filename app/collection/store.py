"""The one statement that writes responses. Never check-then-insert: the primary key decides who was first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from sqlalchemy import Connection, Table, insert, inspect, select
from sqlalchemy.dialects import postgresql, sqlite

from app.collection.acceptance import REPEAT, Entry
from app.collection.tables import Response, ResponseComment
from app.kiosks.accounting import merge
from app.receipts.service import spend, unspend

Verdict = Literal["recorded", "repeated", "taken", "token_spent", "refused"]
RESPONSES = cast(Table, inspect(Response).local_table)
COMMENTS = cast(Table, inspect(ResponseComment).local_table)
_INSERT = {
    "sqlite": sqlite.insert(RESPONSES).on_conflict_do_nothing().returning(RESPONSES.c.response_id),
    "postgresql": postgresql.insert(RESPONSES).on_conflict_do_nothing().returning(RESPONSES.c.response_id),
}


@dataclass(slots=True)
class _Batch:
    """What is known so far about the ids of a batch."""

    firsts: dict[str, Entry] = field(default_factory=dict)
    stored: dict[str, str] = field(default_factory=dict)
    recorded: set[str] = field(default_factory=set)
    spent: set[str] = field(default_factory=set)


def store(connection: Connection, entries: Sequence[Entry]) -> list[Verdict]:
    """Write these in the connection's transaction; one verdict an entry, in order. The caller commits."""
    batch = _Batch()
    for entry in entries:
        if entry.refusal is None:
            batch.firsts.setdefault(entry.response_id, entry)
    looked_up = (entry.response_id for entry in entries if entry.refusal or entry.token_digest)
    batch.stored = _digests(connection, looked_up)
    fresh = [entry for key, entry in sorted(batch.firsts.items()) if key not in batch.stored]
    _write(connection, batch, _spend_tokens(connection, batch, fresh))
    verdicts = [_verdict(batch, entry) for entry in entries]
    _count_numbers(connection, entries, verdicts)
    return verdicts


def _digests(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Content digests of those that are stored already."""
    wanted = set(ids)
    if not wanted:
        return {}
    chosen = select(RESPONSES.c.response_id, RESPONSES.c.content_digest)
    found = connection.execute(chosen.where(RESPONSES.c.response_id.in_(wanted)))
    return {row.response_id: row.content_digest for row in found}


def _spend_tokens(connection: Connection, batch: _Batch, fresh: list[Entry]) -> list[tuple[Entry, str]]:
    """The entries to insert, each with its flag: a token somebody else spent stops a phone, not a kiosk."""
    claims: dict[str, Entry] = {}
    for entry in fresh:
        if entry.token_digest:
            claims.setdefault(entry.token_digest, entry)
    days = {digest: entry.token_expires_on for digest, entry in claims.items() if entry.token_expires_on}
    won = spend(connection, days)
    lost = {
        entry.response_id
        for entry in fresh
        if entry.token_digest and not (entry.token_digest in won and claims[entry.token_digest] is entry)
    }
    # on PostgreSQL the winner may be this same response, sent to another process a moment ago
    batch.stored |= _digests(connection, lost)
    lost -= batch.stored.keys()
    batch.spent = {key for key in lost if not batch.firsts[key].kept_when_spent}
    return [
        (entry, REPEAT if entry.response_id in lost else "")
        for entry in fresh
        if entry.response_id not in batch.spent and entry.response_id not in batch.stored
    ]


def _write(connection: Connection, batch: _Batch, chosen: list[tuple[Entry, str]]) -> None:
    if not chosen:
        return
    rows = [_flagged(entry.row, flag) for entry, flag in chosen]
    batch.recorded = set(connection.execute(_INSERT[connection.dialect.name], rows).scalars())
    late = [(entry, flag) for entry, flag in chosen if entry.response_id not in batch.recorded]
    if late:
        batch.stored |= _digests(connection, (entry.response_id for entry, _ in late))
        unspend(connection, (entry.token_digest for entry, flag in late if entry.token_digest and not flag))
    comments = [row for entry, _ in chosen if entry.response_id in batch.recorded for row in entry.comments]
    if comments:
        connection.execute(insert(COMMENTS), comments)


def _count_numbers(connection: Connection, entries: Sequence[Entry], verdicts: Sequence[Verdict]) -> None:
    """What is stored, now or before, is noted in its device's count: one transaction, or neither."""
    merge(
        connection,
        [
            (entry.arrival, verdict == "recorded")
            for entry, verdict in zip(entries, verdicts, strict=True)
            if entry.arrival is not None and verdict in ("recorded", "repeated")
        ],
    )


def _flagged(row: Mapping[str, Any], flag: str) -> Mapping[str, Any]:
    return {**row, "flags": ",".join(sorted(filter(None, (row["flags"], flag))))} if flag else row


def _verdict(batch: _Batch, entry: Entry) -> Verdict:
    key = entry.response_id
    if key in batch.recorded and batch.firsts[key] is entry:
        return "recorded"
    before = batch.firsts[key].row["content_digest"] if key in batch.recorded else batch.stored.get(key)
    if before is not None:
        return "repeated" if entry.is_repeat_of(before) else "taken"
    return "token_spent" if entry.refusal is None and key in batch.spent else "refused"
