"""Lists that are sorted by their columns, read page by page and taken as a file; all of it in the address."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.responses import Response

from app.accounts.actors import Actor
from app.accounts.service import record_audit
from app.console.choosing import Pages, address_of, page_asked, pages_of
from app.core.database import Database

PAGE_ROWS = 100
DOWN = "-"
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Order(Generic[Row]):
    """What a column is sorted by, nothing last; `down`: the largest first when it is first chosen."""

    key: Callable[[Row], Any]
    down: bool = False


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """One page of a sorted list; `every` is all of it, `addresses` where each column's heading leads."""

    rows: Sequence[Row]
    every: Sequence[Row]
    pages: Pages
    by: str
    down: bool
    addresses: Mapping[str, str]
    file_query: str

    @property
    def total(self) -> int:
        return len(self.every)


def listed(
    request: Request,
    rows: Sequence[Row],
    orders: Mapping[str, Order[Row]],
    *,
    usual: str = "",
    page_rows: int = PAGE_ROWS,
) -> Listing[Row]:
    """The page and order the address asks for; `usual` is the column the rows are sorted by as they come."""
    asked = request.query_params.get("sort", "")
    by, down = asked.removeprefix(DOWN), asked.startswith(DOWN)
    chosen = by in orders
    every = _in_order(rows, orders[by], down=down) if chosen else rows
    by, down = (by, down) if chosen else (usual, usual in orders and orders[usual].down)
    pages = pages_of(request, page=page_asked(request), total=len(every), rows=page_rows)
    start = (pages.number - 1) * page_rows
    return Listing(
        rows=every[start : start + page_rows],
        every=every,
        pages=pages,
        by=by,
        down=down,
        addresses={
            name: address_of(request, sort=_next(name, order, by=by, down=down))
            for name, order in orders.items()
        },
        file_query=address_of(request).partition("?")[2],
    )


def _in_order(rows: Sequence[Row], order: Order[Row], *, down: bool) -> list[Row]:
    known = [row for row in rows if order.key(row) is not None]
    unknown = [row for row in rows if order.key(row) is None]
    return [*sorted(known, key=order.key, reverse=down), *unknown]


def _next(name: str, order: Order[Row], *, by: str, down: bool) -> str:
    """Chosen once more, a column turns round."""
    downwards = not down if name == by else order.down
    return f"{DOWN if downwards else ''}{name}"


def list_reply(
    request: Request, actor: Actor, name: str, header: Sequence[str], rows: Sequence[Sequence[Any]]
) -> Response:
    """A whole list as a file: no cell is a formula, and who took it stands in the trail."""
    from app.console.edition_pages import PageTable, csv_content

    content = csv_content(PageTable(name, name, header, rows))
    database: Database = request.app.state.database
    with database.write() as session:
        digest = hashlib.sha256(content).hexdigest()
        asked = request.url.query
        record_audit(session, actor, "list taken", name, rows=len(rows), asked=asked, sha256=digest)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
