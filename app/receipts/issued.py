"""How many codes were issued, kept after the codes themselves are gone; no time finer than a month."""

from collections import Counter
from collections.abc import Iterable
from typing import cast

from sqlalchemy import Connection, Table, inspect
from sqlalchemy.dialects import postgresql, sqlite

from app.core import clock
from app.receipts.tables import IssuedCount
from app.receipts.tokens import Receipt

ISSUED = cast(Table, inspect(IssuedCount).local_table)
_KEY = [column for column in ISSUED.c if column.primary_key]
_SQLITE, _POSTGRESQL = sqlite.insert(ISSUED), postgresql.insert(ISSUED)
_ADD = {
    "sqlite": _SQLITE.on_conflict_do_update(
        index_elements=_KEY, set_={"issued": ISSUED.c.issued + _SQLITE.excluded.issued}
    ),
    "postgresql": _POSTGRESQL.on_conflict_do_update(
        index_elements=_KEY, set_={"issued": ISSUED.c.issued + _POSTGRESQL.excluded.issued}
    ),
}


def count_issued(connection: Connection, receipts: Iterable[Receipt]) -> None:
    """Count codes that were issued now, in the transaction that issues them."""
    month = clock.today().isoformat()[:7]
    counts = Counter((r.round_code, r.unit_code, r.service_code, r.submission, month) for r in receipts)
    names = [column.name for column in _KEY]
    rows = [{**dict(zip(names, key, strict=True)), "issued": n} for key, n in sorted(counts.items())]
    if rows:  # in one order: batches cannot deadlock
        connection.execute(_ADD[connection.dialect.name], rows)
