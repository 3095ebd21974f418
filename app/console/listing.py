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
class Headings:
    """How a table is sorted, and where each of its headings leads."""

    by: str
    down: bool
    addresses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """One page of a sorted list; `every` is all of it, the rest as in `Headings`."""

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
    heads = headings(request, {name: order.down for name, order in orders.items()}, usual=usual)
    is_asked = "sort" in request.query_params and heads.by in orders
    every = _in_order(rows, orders[heads.by], down=heads.down) if is_asked else rows
    pages = pages_of(request, page=page_asked(request), total=len(every), rows=page_rows)
    start = (pages.number - 1) * page_rows
    return Listing(
        rows=every[start : start + page_rows],
        every=every,
        pages=pages,
        by=heads.by,
        down=heads.down,
        addresses=heads.addresses,
        file_query=address_of(request).partition("?")[2],
    )


def headings(request: Request, orders: Mapping[str, bool], *, usual: str = "") -> Headings:
    """How the address asks to sort; `orders` says of each column whether the largest comes first."""
    asked = request.query_params.get("sort", "")
    by, down = asked.removeprefix(DOWN), asked.startswith(DOWN)
    if by not in orders:
        by, down = usual, orders.get(usual, False)
    return Headings(
        by,
        down,
        {
            name: address_of(request, sort=_next(name, first, by=by, down=down))
            for name, first in orders.items()
        },
    )


def _in_order(rows: Sequence[Row], order: Order[Row], *, down: bool) -> list[Row]:
    known = [row for row in rows if order.key(row) is not None]
    unknown = [row for row in rows if order.key(row) is None]
    return [*sorted(known, key=order.key, reverse=down), *unknown]


def _next(name: str, first: bool, *, by: str, down: bool) -> str:
    """Chosen once more, a column turns round."""
    downwards = not down if name == by else first
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
