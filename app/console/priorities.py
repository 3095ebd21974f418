"""Priorities: what goes with satisfaction and how the unit does in it; where to look first."""

from collections.abc import Sequence
from dataclasses import dataclass
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
from app.core.database import SessionDep
from app.core.language import language_of, translator
from app.results.choices import rounds_with_editions

if TYPE_CHECKING:
    from app.results.priorities import Priorities, Priority

router = APIRouter()
PRIORITIES = "/console/priorities"
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 480, 400, 52, 44, 16, 16
STEP = 5.0
MARK_RADIUS = 10


class Asked(BaseModel):
    """What the address says."""

    round_code: str = Field("", alias="round")
    unit: str = ""
    form: str = ""
    sort: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A criterion in the chart: its point, and where its number stands so that none covers another."""

    number: int
    x: float
    y: float
    label_x: float
    label_y: float
    is_below: bool


@dataclass(frozen=True, slots=True)
class Quadrants:
    """The chart in SVG units: marks, the two cuts, and the ends of both scales."""

    marks: tuple[Mark, ...]
    cut_x: float
    cut_y: float
    most_importance: float
    least_performance: float
    most_performance: float


AskedDep = Annotated[Asked, Query()]


@router.get(PRIORITIES)
def show_priorities(request: Request, actor: StaffDep, session: SessionDep, asked: AskedDep) -> Response:
    """The unit's criteria by what matters, how it does and how it stands against its peers."""
    require_somewhere(actor, "viewer")
    language = language_of(request)
    opened = open_round(session, actor, asked.round_code, language=language)
    if opened is None:
        return _nothing(request, actor, session, asked)
    found = _found(opened, asked)
    unit = known_unit(opened.tables, asked.unit)
    rows = _sorted(found.rows, asked.sort) if found else []
    return render_staff(
        request,
        "console/priorities.html",
        actor,
        asked=asked,
        survey=opened.survey,
        rounds=rounds_with_editions(session),
        units=unit_choices(opened.tables),
        unit=unit,
        unit_name=opened.tables.unit_name(unit),
        forms=[(code, _form_name(opened, code)) for code in opened.tables.edition.drivers],
        found=found,
        source_name=opened.tables.unit_name(found.source) if found else "",
        rows=list(enumerate(rows, start=1)),
        chart=_chart(rows, found) if found and rows else None,
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
    rows = _sorted(found.rows, asked.sort) if found else []
    name = f"priorities-{opened.survey.round_code}-{known_unit(opened.tables, asked.unit)}"
    lines = [_csv_row(row, found) for row in rows if found]
    return csv_reply(request, actor, PageTable(name, f"{opened.edition_id} priorities", CSV_COLUMNS, lines))


def _found(opened: OpenRound, asked: Asked) -> "Priorities | None":
    from app.results.priorities import priorities_of

    return priorities_of(opened.tables, known_unit(opened.tables, asked.unit), form=asked.form)


def _sorted(rows: Sequence["Priority"], by: str) -> list["Priority"]:
    if by == "importance":
        return sorted(rows, key=lambda row: -row.importance)
    if by == "estimate":
        return sorted(rows, key=lambda row: row.side.estimate)
    if by == "peers":
        return sorted(rows, key=lambda row: (row.peers is None, _against(row) or 0.0))
    return list(rows)


def _against(row: "Priority") -> float | None:
    return row.peers.difference if row.peers else None


def _form_name(opened: OpenRound, form: str) -> str:
    names = [one.name for one in opened.tables.figures if one.key.startswith(f"overall:{form}:")]
    return names[0] if names else form


def _chart(rows: Sequence["Priority"], found: "Priorities") -> Quadrants:
    """Importance to the right, satisfaction upwards; both scales end at whole steps."""
    most = STEP * -(-max(row.importance for row in rows) // STEP)
    shares = [row.side.estimate for row in rows]
    low, high = STEP * (min(shares) // STEP), min(STEP * -(-max(shares) // STEP), 100.0)
    low = min(low, high - STEP)

    def x(importance: float) -> float:
        return round(LEFT + importance / most * (WIDTH - LEFT - RIGHT), 1)

    def y(share: float) -> float:
        return round(TOP + (high - share) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    points = [(x(row.importance), y(row.side.estimate)) for row in rows]
    labels = apart(points)
    marks = tuple(
        Mark(number, *point, *label, row.is_below)
        for number, (row, point, label) in enumerate(zip(rows, points, labels, strict=True), start=1)
    )
    return Quadrants(marks, x(found.importance_cut), y(found.performance_cut), most, low, high)


def apart(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Places for numbers near their points such that none covers another: up and down in turn."""
    placed: list[tuple[float, float]] = []
    for x, y in points:
        steps = [0, *(sign * n for n in range(1, 12) for sign in (-1, 1))]
        places = ((x, y + step * MARK_RADIUS) for step in steps)
        fitting = (p for p in places if TOP < p[1] < HEIGHT - BOTTOM and _is_free(p, placed))
        placed.append(next(fitting, (x, y)))
    return placed


def _is_free(place: tuple[float, float], placed: Sequence[tuple[float, float]]) -> bool:
    nearest = (2 * MARK_RADIUS) ** 2
    return all((place[0] - x) ** 2 + (place[1] - y) ** 2 >= nearest for x, y in placed)


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
