"""What pages over an edition share: its round, its tables as the reader may see them, its units and figures.

The libraries behind tables take a moment to load: they are imported where a page asks for figures.
"""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.dependencies import render_staff
from app.accounts.service import Actor
from app.core.database import Database
from app.core.language import translator
from app.results.choices import round_before, rounds_with_editions, why_not_comparable
from app.results.words import FORMULA_WORDS, KIND_WORDS
from app.rounds.service import Round, list_rounds

if TYPE_CHECKING:
    from app.results.reading import EditionTables

PAGE_ROWS = 100
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class OpenRound:
    """A round and its newest edition as somebody may see it."""

    survey: Round
    tables: "EditionTables"

    @property
    def edition_id(self) -> str:
        return self.tables.edition.edition_id


@dataclass(frozen=True, slots=True)
class Earlier:
    """The round to compare with: `opened` is None, and `refusal` says why, where it cannot be compared."""

    survey: Round | None = None
    refusal: str = ""
    opened: OpenRound | None = None


@dataclass(frozen=True, slots=True)
class PageTable:
    """The table of a page as a file; `target` says in the trail what was taken."""

    name: str
    target: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Paged(Generic[Row]):
    """One page of a table."""

    rows: Sequence[Row]
    page: int
    pages: int
    total: int


def open_round(session: Session, actor: Actor, round_code: str, *, language: str) -> OpenRound | None:
    """The asked-for round, or the newest with figures; None where there is none."""
    from app.results.editions import newest
    from app.results.reading import open_edition

    rounds = rounds_with_editions(session)
    survey = next((one for one in rounds if not round_code or one.round_code == round_code), None)
    edition = newest(session, survey.round_code) if survey else None
    if survey is None or edition is None:
        return None
    return OpenRound(survey, open_edition(session, edition, language=language, within=actor.paths("viewer")))


def open_earlier(session: Session, actor: Actor, opened: OpenRound, wanted: str, *, language: str) -> Earlier:
    """The wanted round, or the one before it, as somebody may see it."""
    rounds = rounds_with_editions(session)
    named = next((one for one in rounds if one.round_code == wanted), None)
    before = named or round_before(rounds, opened.survey)
    if before is None:
        return Earlier()
    refusal = why_not_comparable(opened.survey, before)
    old = None if refusal else open_round(session, actor, before.round_code, language=language)
    return Earlier(before, refusal, old)


def no_figures(request: Request, actor: Actor, session: Session, *, title: str, round_code: str) -> Response:
    """The page where there is nothing to show yet: computing it is offered to those who may."""
    rounds = list_rounds(session)
    survey = next((one for one in rounds if not round_code or one.round_code == round_code), None)
    return render_staff(
        request,
        "console/no_figures.html",
        actor,
        title=title,
        survey=survey,
        rounds=rounds_with_editions(session),
    )


def unit_choices(tables: "EditionTables") -> list[tuple[str, str, int]]:
    """(code, name, depth) of every unit of the edition the reader may see, in display order."""
    return [(unit, tables.unit_name(unit), len(tables.lineage(unit)) - 1) for unit in tables.units]


def figure_choices(tables: "EditionTables", language: str) -> list[tuple[str, str]]:
    """(key, words) of every figure, the main ones first."""
    _ = translator(language)
    return [
        (one.key, f"{_(KIND_WORDS[one.kind])}: {one.name} ({_(FORMULA_WORDS[one.formula])})")
        for one in tables.figures
    ]


def known_figure(tables: "EditionTables", wanted: str) -> str:
    """The asked-for figure where the edition has it, else the one that stands for satisfaction."""
    return wanted if any(one.key == wanted for one in tables.figures) else tables.headline


def known_unit(tables: "EditionTables", wanted: str) -> str:
    """The asked-for unit where the reader may see it, else the top."""
    if wanted in tables.units:
        return wanted
    return tables.tops[0] if tables.tops else ""


def paged(rows: Sequence[Row], page: int) -> Paged[Row]:
    """That page of the rows; the nearest one where there is no such page."""
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    here = min(max(page, 1), pages)
    return Paged(rows[(here - 1) * PAGE_ROWS : here * PAGE_ROWS], here, pages, len(rows))


def csv_reply(request: Request, actor: Actor, table: PageTable) -> Response:
    """The table as a file a spreadsheet opens rightly: UTF-8, decimals with a point, no text a formula.

    Who took it is written down as for every other file.
    """
    from app.results.exports.jobs import Made
    from app.results.exports.service import RESULTS, write_down

    content = csv_content(table)
    made = Made(f"{table.name}.csv", "csv", len(table.rows), hashlib.sha256(content).hexdigest())
    database: Database = request.app.state.database
    with database.write() as session:
        units = " ".join(sorted(actor.paths("viewer")))
        write_down(session, actor, RESULTS, target=table.target, made=made, units=units)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def csv_content(table: PageTable) -> bytes:
    """The table as UTF-8 a spreadsheet opens rightly; no cell of text can be a formula."""
    from app.results.exports.delimited import BYTE_ORDER_MARK, harmless

    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table.header)
    for row in table.rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else _plain(cell) for cell in row])
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def _plain(cell: Any) -> Any:
    return "" if cell is None else round(cell, 4) if isinstance(cell, float) else cell
