"""The spent tokens: written in the response's own transaction, mixed and forgotten by the daily mix."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import cast

from sqlalchemy import Connection, Table, bindparam, delete, inspect, select
from sqlalchemy.dialects import postgresql, sqlite

from app.core.anew import write_anew
from app.receipts.tables import SpentToken

SPENT = cast(Table, inspect(SpentToken).local_table)
_SPEND = {
    "sqlite": sqlite.insert(SPENT).on_conflict_do_nothing().returning(SPENT.c.token_digest),
    "postgresql": postgresql.insert(SPENT).on_conflict_do_nothing().returning(SPENT.c.token_digest),
}
_FIND = select(SPENT.c.token_digest).where(SPENT.c.token_digest == bindparam("digest"))


def spend(connection: Connection, tokens: Mapping[str, date]) -> set[str]:
    """Spend these digests; those given back were still unspent. Digest order: batches cannot deadlock."""
    if not tokens:
        return set()
    rows = [{"token_digest": digest, "expires_on": tokens[digest]} for digest in sorted(tokens)]
    return set(connection.execute(_SPEND[connection.dialect.name], rows).scalars())


def is_spent(connection: Connection, digest: str) -> bool:
    """Whether this token was used: asked when a code is opened, decided only when it is sent."""
    return connection.execute(_FIND, {"digest": digest}).first() is not None


def unspend(connection: Connection, digests: Iterable[str]) -> None:
    """Take back what this same transaction spent for a response that was not written."""
    if wanted := list(digests):
        connection.execute(delete(SPENT).where(SPENT.c.token_digest.in_(wanted)))


def forget_spent(connection: Connection, before: date) -> int:
    """Drop tokens that their own last day refuses from now on, also with a late answer."""
    return connection.execute(delete(SPENT).where(SPENT.c.expires_on < before)).rowcount


def mix_spent(connection: Connection) -> int:
    """Write every spent token anew, in the order of digests: no row tells when it was spent or mixed."""
    return write_anew(connection, SPENT, by="token_digest")
