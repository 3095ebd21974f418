"""Ranking among peers: value, place, where the true place lies, tier, moves; a sentence to quote."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts.dependencies import StaffDep, render_staff, require_somewhere
from app.accounts.service import Actor
from app.console.edition_pages import (
    Earlier,
    OpenRound,
    PageTable,
    csv_reply,
    figure_choices,
    known_figure,
    no_figures,
    open_earlier,
    open_round,
    unit_choices,
)
from app.console.listing import Listing, Order, listed
from app.console.telling import told
from app.core.collation import sort_key
from app.core.database import SessionDep
from app.core.errors import SurveyError
from app.core.language import language_of, translator
from app.results.choices import rounds_with_editions
from app.results.words import reason_text
from app.rounds.service import Round

if TYPE_CHECKING:
    from app.results.ranking import Ranked, Ranking
    from app.results.reading import EditionTables

router = APIRouter()
RANKING = "/console/ranking"
BAR_WIDTH, BAR_MARGIN = 160, 8
NO_ROUND = "-"


class Asked(BaseModel):
    """What the address says; `of` is the unit whose units are ranked, `all` 1 for sets that hold together."""

    round_code: str = Field("", alias="round")
    before: str = Field("", alias="with")
    of: str = ""
    unit: str = ""
    figure: str = ""
    all: int = 0
    sort: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class RankBar:
    """Where the rank set and the rank stand between first and last, in SVG units."""

    best: float
    rank: float
    worst: float


@dataclass(frozen=True, slots=True)
class Line:
    row: "Ranked"
    bar: RankBar


ORDERS: dict[str, Order["Ranked"]] = {
    "name": Order(lambda row: sort_key(row.unit_name)),
    "rank": Order(lambda row: row.rank),
    "value": Order(lambda row: row.side.estimate, down=True),
    "change": Order(lambda row: row.move.change if row.move else None, down=True),
    "points": Order(lambda row: row.points, down=True),
}


AskedDep = Annotated[Asked, Query()]


@router.get(RANKING)
def show_ranking(request: Request, actor: StaffDep, session: SessionDep, asked: AskedDep) -> Response:
    """The units below one unit, highest first."""
    require_somewhere(actor, "viewer")
    language = language_of(request)
    opened = open_round(session, actor, asked.round_code, language=language)
    if opened is None:
        return _nothing(request, actor, session, asked)
    error: SurveyError | None = None
    before, ranking = None, None
    try:
        before, ranking = _ranked(session, actor, opened, asked, language=language)
    except SurveyError as problem:
        error = problem
    sorting = _in_order(request, ranking)
    return render_staff(
        request,
        "console/ranking.html",
        actor,
        status=error.status if error else 200,
        problem=told(request, error),
        before=before,
        ranking=ranking,
        sorting=sorting,
        lines=[Line(row, _bar(row, sorting.total)) for row in sorting.rows],
        **_context(session, opened, asked, ranking, language),
    )


CSV_COLUMNS = (
    *("rank", "of", "unit_code", "unit_name", "figure", "estimate_pct", "low", "high", "n", "state"),
    *("rank_best", "rank_worst", "level", "simultaneous", "tied_with", "tier"),
    *(
        "rank_before",
        "rank_after",
        "of_both",
        "change_in_ranks",
        "change_low",
        "change_high",
        "change_points",
    ),
)


@router.get(f"{RANKING}.csv")
def download_ranking(request: Request, actor: StaffDep, session: SessionDep, asked: AskedDep) -> Response:
    """The table as the page shows it."""
    require_somewhere(actor, "viewer")
    language = language_of(request)
    opened = open_round(session, actor, asked.round_code, language=language)
    if opened is None:
        return _nothing(request, actor, session, asked)
    _, ranking = _ranked(session, actor, opened, asked, language=language)
    rows = [_csv_row(row, ranking) for row in _in_order(request, ranking).every]
    name = f"ranking-{opened.survey.round_code}"
    return csv_reply(request, actor, PageTable(name, f"{opened.edition_id} ranking", CSV_COLUMNS, rows))


def _in_order(request: Request, ranking: "Ranking | None") -> "Listing[Ranked]":
    """All on one page: a ranking is read as a whole."""
    rows = ranking.rows if ranking else ()
    return listed(request, rows, ORDERS, usual="rank", page_rows=max(len(rows), 1))


def _ranked(
    session: Session, actor: Actor, opened: OpenRound, asked: Asked, *, language: str
) -> tuple[Round | None, "Ranking"]:
    from app.results.ranking import rank_peers

    earlier = Earlier()
    if asked.before != NO_ROUND:
        earlier = open_earlier(session, actor, opened, asked.before, language=language)
    ranking = rank_peers(
        opened.tables,
        opened.tables.children(_group(opened.tables, asked)),
        known_figure(opened.tables, asked.figure),
        before=earlier.opened.tables if earlier.opened else None,
        simultaneous=bool(asked.all),
    )
    return None if earlier.refusal else earlier.survey, ranking


def _group(tables: "EditionTables", asked: Asked) -> str:
    """The unit whose units are ranked: as asked, else the one above the asked unit, else the first."""
    groups = [code for code, _, _ in _groups(tables)]
    if asked.of in groups:
        return asked.of
    above = tables.parent(asked.unit) if asked.unit else None
    return above if above in groups and above is not None else groups[0] if groups else ""


def _groups(tables: "EditionTables") -> list[tuple[str, str, int]]:
    return [one for one in unit_choices(tables) if len(tables.children(one[0])) > 1]


def _context(
    session: Session, opened: OpenRound, asked: Asked, ranking: "Ranking | None", language: str
) -> dict[str, Any]:
    tables = opened.tables
    figure = known_figure(tables, asked.figure)
    group = _group(tables, asked)
    _ = translator(language)
    rows = ranking.rows if ranking else ()
    chosen = ranking.of_unit(asked.unit) if ranking else None
    return {
        "asked": asked,
        "survey": opened.survey,
        "rounds": rounds_with_editions(session),
        "groups": _groups(tables),
        "group": group,
        "group_name": tables.unit_name(group),
        "members": [(code, tables.unit_name(code), 0) for code in tables.children(group)],
        "figures": figure_choices(tables, language),
        "figure": figure,
        "figure_name": next((one.name for one in tables.figures if one.key == figure), ""),
        "is_opt_in": opened.survey.basis == "opt_in",
        "note": tables.labels.note,
        "quoted": chosen or (rows[-1] if rows else None),
        "reasons": {
            row.unit: [_(reason_text(code)) for code in row.reasons]
            for row in (ranking.unranked if ranking else ())
        },
    }


def _bar(row: "Ranked", of: int) -> RankBar:
    width = BAR_WIDTH - 2 * BAR_MARGIN
    best, rank, worst = (
        round(BAR_MARGIN + (place - 1) / max(of - 1, 1) * width, 1)
        for place in (row.best, row.rank, row.worst)
    )
    return RankBar(best, rank, worst)


def _csv_row(row: "Ranked", ranking: "Ranking") -> list[Any]:
    side, move = row.side, row.move
    moved = (move.before, move.after, move.of, move.change, move.low, move.high) if move else (None,) * 6
    return [
        *(row.rank, ranking.of, row.unit, row.unit_name, row.row.figure),
        *(side.estimate, side.low, side.high, side.n, side.state),
        *(row.best, row.worst, ranking.level, int(ranking.simultaneous), row.tied, row.tier),
        *moved,
        row.points,
    ]


def _nothing(request: Request, actor: Actor, session: Session, asked: Asked) -> Response:
    _ = translator(language_of(request))
    return no_figures(request, actor, session, title=_("Ranking"), round_code=asked.round_code)
