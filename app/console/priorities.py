"""Priorities: what goes with satisfaction and how the unit does in it; where to look first."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts.dependencies import StaffDep, render_staff, require_somewhere
from app.accounts.service import Actor
from app.console.edition_pages import (
    OpenRound,
    PageTable,
    csv_reply,
    known_unit,
    no_figures,
    open_round,
    unit_choices,
)
from app.console.listing import Listing, Order, listed
from app.console.results import picture_reply
from app.core.collation import sort_key
from app.core.database import SessionDep
from app.core.language import language_of, translator
from app.results.choices import rounds_with_editions

if TYPE_CHECKING:
    from app.results.priorities import Priorities, Priority

router = APIRouter()
PRIORITIES = "/console/priorities"


class Asked(BaseModel):
    """What the address says."""

    round_code: str = Field("", alias="round")
    unit: str = ""
    form: str = ""
    sort: str = ""
    lang: str = ""


AskedDep = Annotated[Asked, Query()]
ORDERS: dict[str, Order["Priority"]] = {
    "name": Order(lambda row: sort_key(row.name)),
    "estimate": Order(lambda row: row.side.estimate),
    "importance": Order(lambda row: row.importance, down=True),
    "quadrant": Order(lambda row: row.quadrant),
    "peers": Order(lambda row: _against(row)),
}


@router.get(PRIORITIES)
def show_priorities(request: Request, actor: StaffDep, session: SessionDep, asked: AskedDep) -> Response:
    """The unit's criteria by what matters, how it does and how it stands against its peers."""
    from app.console import priority_charts

    require_somewhere(actor, "viewer")
    language = language_of(request)
    opened = open_round(session, actor, asked.round_code, language=language)
    if opened is None:
        return _nothing(request, actor, session, asked)
    found = _found(opened, asked)
    unit = known_unit(opened.tables, asked.unit)
    sorting = _sorted(request, found)
    rows = sorting.every
    return render_staff(
        request,
        "console/priorities.html",
        actor,
        asked=asked,
        survey=opened.survey,
        rounds=rounds_with_editions(session),
        units=unit_choices(opened.tables),
        unit=unit,
        forms=[(code, _form_name(opened, code)) for code in opened.tables.edition.drivers],
        found=found,
        source_name=opened.tables.unit_name(found.source) if found else "",
        sorting=sorting,
        rows=list(enumerate(rows, start=1)),
        finding=priority_charts.finding(found, opened.tables.unit_name(unit), language) if found else "",
        quadrant_words=priority_charts.QUADRANT_WORDS,
        drawn=priority_charts.drawn(opened, found, rows, language) if found else None,
    )


CSV_COLUMNS = (
    *("unit_code", "criterion", "criterion_name", "estimate_pct", "low", "high", "n", "state"),
    *("importance_pct", "importance_low", "importance_high", "importance_from", "quadrant", "clear"),
    *("peers_pct", "difference_points", "p_adjusted", "below_peers", "first"),
)


@router.get(f"{PRIORITIES}.csv")
def download_priorities(request: Request, actor: StaffDep, session: SessionDep, asked: AskedDep) -> Response:
    """The table as the page shows it."""
    require_somewhere(actor, "viewer")
    opened = open_round(session, actor, asked.round_code, language=language_of(request))
    if opened is None:
        return _nothing(request, actor, session, asked)
    found = _found(opened, asked)
    rows = _sorted(request, found).every
    name = f"priorities-{opened.survey.round_code}-{known_unit(opened.tables, asked.unit)}"
    lines = [_csv_row(row, found) for row in rows if found]
    return csv_reply(request, actor, PageTable(name, f"{opened.edition_id} priorities", CSV_COLUMNS, lines))


@router.get(f"{PRIORITIES}/chart.{{kind}}")
def take_chart(
    request: Request, actor: StaffDep, session: SessionDep, asked: AskedDep, kind: str
) -> Response:
    """The chart as a picture: SVG or PNG."""
    from app.console.priority_charts import picture

    require_somewhere(actor, "viewer")
    language = language_of(request)
    opened = open_round(session, actor, asked.round_code, language=language)
    found = _found(opened, asked) if opened else None
    if opened is None or found is None:
        return _nothing(request, actor, session, asked)
    name = f"{opened.survey.round_code}-{found.unit}-priorities"
    return picture_reply(picture(opened, found, _sorted(request, found).every, language), kind, name=name)


def _found(opened: OpenRound, asked: Asked) -> "Priorities | None":
    from app.results.priorities import priorities_of

    return priorities_of(opened.tables, known_unit(opened.tables, asked.unit), form=asked.form)


def _sorted(request: Request, found: "Priorities | None") -> "Listing[Priority]":
    """All on one page: the chart numbers the rows in the order of the table."""
    rows = found.rows if found else ()
    return listed(request, rows, ORDERS, page_rows=max(len(rows), 1))


def _against(row: "Priority") -> float | None:
    return row.peers.difference if row.peers else None


def _form_name(opened: OpenRound, form: str) -> str:
    names = [one.name for one in opened.tables.figures if one.key.startswith(f"overall:{form}:")]
    return names[0] if names else form


def _csv_row(row: "Priority", found: "Priorities") -> list[Any]:
    side, peers = row.side, row.peers
    return [
        *(found.unit, row.criterion, row.name, side.estimate, side.low, side.high, side.n, side.state),
        *(row.importance, row.importance_low, row.importance_high, found.source),
        *(row.quadrant, int(row.is_clear), peers.second.estimate if peers and peers.second else None),
        *(_against(row), peers.p_adjusted if peers else None, int(row.is_below), int(row.is_first)),
    ]


def _nothing(request: Request, actor: Actor, session: Session, asked: Asked) -> Response:
    _ = translator(language_of(request))
    return no_figures(request, actor, session, title=_("Priorities"), round_code=asked.round_code)
