"""Compare: two rounds, or two sets of units of one round; what differs, and what cannot be told apart.

Two rounds are shown by unit, by figure of one unit, or by service, field … of one unit.
"""

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
    figure_choices,
    known_figure,
    known_unit,
    no_figures,
    open_earlier,
    open_round,
    paged,
    unit_choices,
)
from app.console.telling import told
from app.core.database import SessionDep
from app.core.errors import SurveyError
from app.core.language import language_of, translator
from app.results.choices import rounds_awaited, rounds_with_editions
from app.results.words import DIMENSION_WORDS, FORMULA_WORDS
from app.rounds.service import Round

if TYPE_CHECKING:
    from app.results.comparing import Change, Compared, Comparison
    from app.results.evidence import Side
    from app.results.reading import EditionTables

router = APIRouter()
COMPARE = "/console/compare"
BAR_WIDTH, BAR_MARGIN = 160, 6
LEAST_SCALE = 5.0


class Asked(BaseModel):
    """What the address says."""

    kind: str = "rounds"
    round_code: str = Field("", alias="round")
    before: str = Field("", alias="with")
    unit: str = ""
    show: str = "units"
    figure: str = ""
    first: list[str] = []
    second: list[str] = []
    sort: str = ""
    page: int = 1
    lang: str = ""


@dataclass(frozen=True, slots=True)
class ChangeBar:
    """A difference with its interval on one scale for the whole table, zero in the middle; SVG units."""

    low: float
    value: float
    high: float
    zero: float


@dataclass(frozen=True, slots=True)
class Line:
    row: "Compared"
    bar: ChangeBar | None


@dataclass(frozen=True, slots=True)
class _Found:
    """A comparison with what its page says of it; `ways` are the second dimensions both rounds have."""

    opened: OpenRound
    before: Round | None = None
    comparison: "Comparison | None" = None
    refusal: str = ""
    nested: bool = False
    ways: Sequence[str] = ()
    sides: tuple[Sequence[str], Sequence[str]] = ((), ())


AskedDep = Annotated[Asked, Query()]


@router.get(COMPARE)
def show_comparison(request: Request, actor: StaffDep, session: SessionDep, asked: AskedDep) -> Response:
    """Differences in points with their intervals, arrows where they are significant."""
    require_somewhere(actor, "viewer")
    language = language_of(request)
    opened = open_round(session, actor, asked.round_code, language=language)
    if opened is None:
        return _nothing(request, actor, session, asked)
    error: SurveyError | None = None
    try:
        found = _compare(session, actor, opened, asked, language=language)
    except SurveyError as problem:
        error, found = problem, _Found(opened)
    return render_staff(
        request,
        "console/compare.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        **_context(session, found, asked, language),
    )


@router.get(f"{COMPARE}.csv")
def download_comparison(request: Request, actor: StaffDep, session: SessionDep, asked: AskedDep) -> Response:
    """The rows the page shows, all pages of them."""
    require_somewhere(actor, "viewer")
    language = language_of(request)
    opened = open_round(session, actor, asked.round_code, language=language)
    if opened is None:
        return _nothing(request, actor, session, asked)
    found = _compare(session, actor, opened, asked, language=language)
    rows = _sorted(found.comparison.rows, asked.sort) if found.comparison else []
    name = f"compare-{opened.survey.round_code}"
    lines = [_csv_row(found, row, asked) for row in rows]
    return csv_reply(request, actor, PageTable(name, f"{opened.edition_id} compare", CSV_COLUMNS, lines))


CSV_COLUMNS = (
    *("first_round", "second_round", "first_units", "second_units", "unit_code", "unit_name"),
    *("figure", "figure_name", "by", "value_code", "value_name", "match"),
    *("first_pct", "first_low", "first_high", "first_n"),
    *("second_pct", "second_low", "second_high", "second_n"),
    *("difference_points", "difference_low", "difference_high", "interval_level", "judged_together"),
    *("p", "p_adjusted", "arrow", "least_significant", "detectable_80", "hidden"),
)


def _compare(session: Session, actor: Actor, opened: OpenRound, asked: Asked, *, language: str) -> _Found:
    if asked.kind == "units":
        return _of_sets(opened, asked)
    earlier = open_earlier(session, actor, opened, asked.before, language=language)
    if earlier.opened is None:
        return _Found(opened, earlier.survey, refusal=earlier.refusal)
    return _of_rounds(session, opened, earlier.opened, asked)


def _of_sets(opened: OpenRound, asked: Asked) -> _Found:
    from app.results.comparing import compare_sets, overlap, sides_to_compare

    tables = opened.tables
    first, second = _seen(tables, asked.first), _seen(tables, asked.second)
    if not first and not second:
        return _Found(opened)
    made = compare_sets(tables, first, second, figures=_main_figures(tables))
    sides = sides_to_compare(tables, first, second)
    return _Found(opened, comparison=made, nested=overlap(tables, first, second), sides=sides)


def _seen(tables: "EditionTables", units: Sequence[str]) -> list[str]:
    return [unit for unit in dict.fromkeys(units) if unit in tables.units]


def _of_rounds(session: Session, opened: OpenRound, old: OpenRound, asked: Asked) -> _Found:
    from app.results.changes import changes_since, common_dimensions, value_changes

    new, unit = opened.tables, known_unit(opened.tables, asked.unit)
    figure, ways = known_figure(new, asked.figure), common_dimensions(session, new, old.tables)
    if asked.show in ways:
        made = value_changes(session, new, old.tables, cell=(unit, figure), by=asked.show)
    elif asked.show == "figures":
        made = changes_since(session, new, old.tables, units=[unit], figures=_main_figures(new))
    else:
        units = [unit, *new.children(unit)]
        made = changes_since(session, new, old.tables, units=units, figures=[figure])
    return _Found(opened, old.survey, made, ways=ways)


def _main_figures(tables: "EditionTables") -> list[str]:
    """Every figure once: of the two formulas of an index, the one shown first."""
    return [one.key for one in tables.figures if one.formula != "equal_criteria"]


def _context(session: Session, found: _Found, asked: Asked, language: str) -> dict[str, Any]:
    tables, comparison = found.opened.tables, found.comparison
    rows = _sorted(comparison.rows, asked.sort) if comparison else []
    bound = _bound([row.change for row in rows])
    page = paged(rows, asked.page)
    _ = translator(language)
    return {
        "asked": asked,
        "survey": found.opened.survey,
        "before": found.before,
        "rounds": rounds_with_editions(session),
        "units": unit_choices(tables),
        "unit": known_unit(tables, asked.unit),
        "unit_name": tables.unit_name(known_unit(tables, asked.unit)),
        "figures": figure_choices(tables, language),
        "figure": known_figure(tables, asked.figure),
        "comparison": comparison,
        "shown": "figures" if asked.kind == "units" else _shown(found, asked),
        "ways": [(by, _(DIMENSION_WORDS[by])) for by in found.ways],
        "judged": _judged(rows),
        "awaited": [] if comparison else rounds_awaited(session, found.opened.survey),
        "refusal": _(found.refusal) if found.refusal else "",
        "nested": found.nested,
        "page": page,
        "lines": [Line(row, _bar(row.change, bound)) for row in page.rows],
        "bound": bound,
        "formula_words": {code: _(text) for code, text in FORMULA_WORDS.items()},
    }


def _shown(found: _Found, asked: Asked) -> str:
    """What the rows are: units, figures, or a second dimension."""
    return asked.show if asked.show in (*found.ways, "figures") else "units"


def _judged(rows: Sequence["Compared"]) -> list[tuple[float, int]]:
    """Every level of the table's intervals, with how many differences were judged together there."""
    return sorted({(row.change.level, row.change.judged) for row in rows if row.change.level is not None})


def _sorted(rows: Sequence["Compared"], by: str) -> list["Compared"]:
    from app.results.comparing import sorted_rows

    return sorted_rows(rows, by)


def _bound(changes: Sequence["Change"]) -> float:
    """How far the common scale reaches on both sides of zero: whole fives of points."""
    limits = [abs(limit) for c in changes for limit in (c.low, c.high) if limit is not None]
    return max(LEAST_SCALE, -(-max(limits, default=0.0) // LEAST_SCALE) * LEAST_SCALE)


def _bar(change: "Change", bound: float) -> ChangeBar | None:
    if change.difference is None or change.low is None or change.high is None:
        return None
    half = BAR_WIDTH / 2
    low, value, high = (
        round(half + points / bound * (half - BAR_MARGIN), 1)
        for points in (change.low, change.difference, change.high)
    )
    return ChangeBar(low, value, high, half)


def _csv_row(found: _Found, row: "Compared", asked: Asked) -> list[Any]:
    change, by = row.change, _shown(found, asked)
    first, second = found.sides if row.unit == "" and any(found.sides) else ([row.unit], row.match.old_units)
    return [
        *(found.opened.survey.round_code, (found.before or found.opened.survey).round_code),
        *(" ".join(first), " ".join(second), row.unit, row.unit_name),
        *(row.figure, row.figure_name, by if row.value else "", row.value, row.value_name, row.match.kind),
        *(cell for side in (change.first, change.second) for cell in _side_cells(side)),
        *(change.difference, change.low, change.high, change.level, change.judged or None),
        *(
            _p(change.p),
            _p(change.p_adjusted),
            change.arrow,
            change.least,
            change.detectable,
            " ".join(row.hidden),
        ),
    ]


def _p(value: float | None) -> str | None:
    """Three significant digits: rounded like a percentage, a small one would be none."""
    return None if value is None else f"{value:.3g}"


def _side_cells(side: "Side | None") -> tuple[Any, ...]:
    return (side.estimate, side.low, side.high, side.n) if side else (None,) * 4


def _nothing(request: Request, actor: Actor, session: Session, asked: Asked) -> Response:
    _ = translator(language_of(request))
    return no_figures(request, actor, session, title=_("Compare"), round_code=asked.round_code)
