"""The page "Tải dữ liệu": every file there is of a round, what is inside, and who took what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.dependencies import StaffDep, render_staff, require_somewhere
from app.accounts.service import Actor
from app.console.telling import local_day
from app.core.database import SessionDep
from app.core.errors import Forbidden
from app.core.language import language_of, translator
from app.results.choices import rounds_with_editions
from app.results.words import DIMENSION_WORDS, EDITION_WORDS
from app.rounds.service import Round

router = APIRouter()

KILO = 1000
FORMATS = ("xlsx", "csv", "sav", "dta", "parquet", "json", "xml")
RESPONSE_FORMATS = ("zip", "csv", "sav", "dta", "parquet", "xlsx", "jsonl")
BYTES_A_ROW = {"xlsx": 170, "csv": 620, "sav": 940, "dta": 1100, "parquet": 20, "json": 1600, "xml": 0}
RESPONSE_BYTES_A_ROW = {
    "zip": 30,
    "csv": 150,
    "sav": 80,
    "dta": 140,
    "parquet": 20,
    "xlsx": 130,
    "jsonl": 560,
}
WORKBOOK_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class FileChoice:
    """A file to take: its format and about how large it is."""

    kind: str
    size: str


@dataclass(frozen=True, slots=True)
class TableChoice:
    """A table of the edition."""

    name: str
    words: str
    rows: int


@dataclass(frozen=True, slots=True)
class EditionChoice:
    """An edition of the round."""

    edition_id: str
    created: date
    state: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for."""

    round_code: Annotated[str, Query(alias="round")] = ""
    edition: str = ""
    table: str = ""
    words: str = ""


@router.get("/console/downloads")
def show_downloads(
    request: Request, actor: StaffDep, session: SessionDep, wanted: Annotated[Wanted, Depends()]
) -> Response:
    """Choose a round, an edition, a table and a language; take the file."""
    require_somewhere(actor, "analyst")
    rounds = rounds_with_editions(session)
    survey = next(
        (one for one in rounds if one.round_code == wanted.round_code), rounds[0] if rounds else None
    )
    page_language = language_of(request)
    return render_staff(
        request,
        "console/downloads.html",
        actor,
        rounds=rounds,
        survey=survey,
        file_language=wanted.words if wanted.words in ("vi", "en") else page_language,
        responses=_responses(session, actor, survey) if survey else None,
        taken=_taken(session) if actor.may("administrator") else None,
        local_day=local_day,
        **(_chosen(session, survey, wanted, language=page_language) if survey else {}),
    )


def _chosen(session: Session, survey: Round, wanted: Wanted, *, language: str) -> dict[str, object]:
    from app.results.editions import list_editions, state_of
    from app.results.exports.service import row_counts

    found = list_editions(session, survey.round_code)
    one = next((edition for edition in found if edition.edition_id == wanted.edition), found[0])
    counts, _ = row_counts(session, one), translator(language)
    tables = [
        TableChoice(name, " × ".join(_(DIMENSION_WORDS[word]) for word in name.split(",")), counts[name])
        for name in one.tables
    ]
    here = next((table for table in tables if table.name == wanted.table), tables[0])
    states = {edition.edition_id: state_of(session, edition.edition_id) for edition in found}
    return {
        "editions": [
            EditionChoice(e.edition_id, local_day(e.created_at), _(EDITION_WORDS[states[e.edition_id]]))
            for e in found
        ],
        "edition": one,
        "tables": tables,
        "table": here,
        "files": _files(FORMATS, BYTES_A_ROW, here.rows),
        "all_rows": sum(table.rows for table in tables),
    }


def _responses(session: Session, actor: Actor, survey: Round) -> dict[str, object] | None:
    """What may be said of the responses; None for whoever may not take them."""
    from app.results.exports.service import require_whole_round, response_count

    try:
        require_whole_round(session, actor, survey.round_code)
    except Forbidden:
        return None
    count = response_count(session, survey.round_code)
    kinds = [k for k in RESPONSE_FORMATS if k != "xlsx" or count <= WORKBOOK_ROWS]
    return {
        "count": count,
        "files": _files(kinds, RESPONSE_BYTES_A_ROW, count),
        "workbook": "xlsx" in kinds,
        "most": WORKBOOK_ROWS,
    }


def _taken(session: Session) -> Sequence[object]:
    from app.results.exports.service import taken

    return taken(session)


def _files(kinds: Sequence[str], bytes_a_row: dict[str, int], rows: int) -> list[FileChoice]:
    return [FileChoice(kind, _size(rows * bytes_a_row[kind])) for kind in kinds]


def _size(count: int) -> str:
    """About how large: one digit is honest for an estimate."""
    if count <= 0:
        return ""
    for unit, width in (("GB", KILO**3), ("MB", KILO**2)):
        if count >= width:
            return f"{count / width:.0f} {unit}"
    return f"{max(1, round(count / KILO))} kB"
