"""What forms and addresses of pages share: a unit by its code or name, pages of long lists."""

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request
from sqlmodel import Session

from app.core.collation import fold
from app.core.errors import Invalid, NotFound
from app.units.service import Unit, list_units

NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Pages:
    """Where one is in a long list; addresses keep every other choice."""

    number: int
    count: int
    before: str
    after: str


def pages_of(request: Request, *, page: int, total: int, rows: int) -> Pages:
    count = max(1, -(-total // rows))
    number = min(max(page, 1), count)
    return Pages(
        number,
        count,
        _address(request, number - 1) if number > 1 else "",
        _address(request, number + 1) if number < count else "",
    )


def _address(request: Request, page: int) -> str:
    kept = {name: value for name, value in request.query_params.items() if name != "page" and value}
    return f"?{urlencode(kept | {'page': str(page)})}"


def unit_named(session: Session, given: str) -> Unit:
    """The unit of this code or name (marks may be left out). Raises: NotFound; Invalid where several fit."""
    found = list_units(session, search=given)
    exact = [unit for unit in found if unit.unit_code == given] or [
        unit for unit in found if fold(unit.name) == fold(given)
    ]
    chosen = exact or list(found)
    if not chosen:
        raise NotFound(
            "unit {unit} is not known", where="unit", remedy="see the list of units", unit=given[:80]
        )
    if len(chosen) > 1:
        raise Invalid(
            "{count} units are called {name}",
            where="unit",
            remedy="use the code: {codes}",
            count=len(chosen),
            name=given[:80],
            codes=", ".join(f"{unit.name} {unit.unit_code}" for unit in chosen[:NAMED_AT_MOST]),
        )
    return chosen[0]
