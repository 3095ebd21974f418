"""One number everywhere: page, JSON, every file and both reports hold the same figure, interval and state.

Readers are programs that are not ours: pandas, pyarrow, openpyxl, pyreadstat, python-docx, PDFium. A new
format joins by a function in FILE_READERS that gives its rows.
"""

import csv
import io
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest
from builders.accounts import an_api_key, signed_in
from builders.in_process import in_process
from builders.province import ROUND
from builders.report_files import Place, Told, Words, docx_cells, pdf_cells, told_at

from app.core.database import Database
from app.core.language import translator
from app.results.editions import newest
from app.results.exports.edition_files import TableExport, write_edition_file
from app.results.reading import open_edition
from app.results.reports import service as reports
from app.results.reports.sections import BROKEN_DOWN_BY
from app.results.rounding import rounded_column
from app.results.tables import Edition
from app.results.words import FORMULA_WORDS, STATE_WORDS

pytestmark = pytest.mark.anyio

UNITS, PLACES, HIDDEN, FIGURES_A_PLACE, SEED = 5, 25, 7, 8, 20261122
CELLS = PLACES * FIGURES_A_PLACE
TABLES = ("unit", "unit,service", "unit,field", "unit,month", "unit,submission")
CODES = {"service": "service_code"}
Key = tuple[str, str, str, str]
"""Table, unit, the second dimension's code, figure."""
Cell = tuple[float | None, float | None, float | None, str]
Table = Mapping[Key, Cell]


@pytest.fixture(scope="module")
def edition(province: Database) -> Edition:
    with province.read() as session:
        found = newest(session, ROUND)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def published(province: Database, edition: Edition) -> Table:
    """Every cell as `reading` gives it, rounded as numbers are published: what all others must say."""
    cells: dict[Key, Cell] = {}
    with province.read() as session:
        tables = open_edition(session, edition)
        for table in TABLES:
            by = table.split(",")[-1]
            for row in tables.rows(by):
                key = (table, row.unit, row.place.get(by, "") if by != "unit" else "", row.figure)
                cells[key] = (rounded(row.estimate), rounded(row.low), rounded(row.high), row.state)
    return cells


@pytest.fixture(scope="module")
def chosen(published: Table) -> list[Key]:
    """Random places and figures of some random units (a report each), hidden and shown ones."""
    source = random.Random(SEED)
    units = set(source.sample(sorted({key[1] for key in published}), UNITS))
    cells = {key: cell for key, cell in published.items() if key[1] in units}
    hidden = {key[:3] for key, cell in cells.items() if cell[0] is None}
    places = {key[:3] for key in cells} - hidden
    taken = source.sample(sorted(places), PLACES - HIDDEN) + source.sample(sorted(hidden), HIDDEN)
    return [key for place in taken for key in _some_figures(published, place, source)]


def _some_figures(published: Table, place: tuple[str, str, str], source: random.Random) -> list[Key]:
    return source.sample(sorted(key for key in published if key[:3] == place), FIGURES_A_PLACE)


def rounded(value: float | None) -> float | None:
    return None if value is None else float(rounded_column(np.array([value]), 2)[0])


@pytest.fixture(scope="module")
def files(province: Database, edition: Edition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    with province.read() as session:
        for table in TABLES:
            for kind in FILE_READERS:
                wanted = TableExport(edition.edition_id, table, kind)
                write_edition_file(session, wanted, folder / f"{table}.{kind}")
    return folder


def _csv(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _json(path: Path) -> Iterator[dict[str, Any]]:
    yield from json.loads(path.read_text(encoding="utf-8"))["rows"]


def _xlsx(path: Path) -> Iterator[dict[str, Any]]:
    header, *rows = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True)[
        "results"
    ].iter_rows(values_only=True)
    yield from (dict(zip(map(str, header), row, strict=True)) for row in rows)


def _sav(path: Path) -> Iterator[dict[str, Any]]:
    yield from pyreadstat.read_sav(str(path))[0].to_dict("records")


def _dta(path: Path) -> Iterator[dict[str, Any]]:
    yield from pd.read_stata(path).to_dict("records")


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    yield from pq.read_table(path).to_pylist()


FILE_READERS: Mapping[str, Callable[[Path], Iterator[dict[str, Any]]]] = {
    "csv": _csv,
    "json": _json,
    "xlsx": _xlsx,
    "sav": _sav,
    "dta": _dta,
    "parquet": _parquet,
}


def cells_of(rows: Iterator[dict[str, Any]], table: str) -> dict[Key, Cell]:
    """The main shares of a file, keyed as `published` is."""
    second = table.split(",")[-1]
    name = "" if second == "unit" else CODES.get(second, second)
    found: dict[Key, Cell] = {}
    for row in rows:
        share = row["formula"] in ("satisfied_share", "pooled_answers", "equal_criteria")
        if not share or row["partial_rule"] != "complete_and_usable":
            continue
        figure = f"{row['measure_kind']}:{row['measure']}:{row['formula']}"
        key = (table, row["unit_code"] or "", (row[name] or "") if name else "", figure)
        found[key] = (_number(row["estimate"]), _number(row["low"]), _number(row["high"]), row["state"])
    return found


def _number(value: Any) -> float | None:
    return None if value is None or value == "" or value != value else float(value)


@pytest.mark.parametrize("kind", FILE_READERS)
def test_every_file_holds_the_published_cells(
    kind: str, files: Path, published: Table, chosen: list[Key]
) -> None:
    found: dict[Key, Cell] = {}
    for table in TABLES:
        found |= cells_of(FILE_READERS[kind](files / f"{table}.{kind}"), table)
    assert len(chosen) == CELLS
    assert {key: found[key] for key in chosen} == {key: published[key] for key in chosen}
    assert sum(published[key][0] is None for key in chosen) >= HIDDEN
    assert found.keys() == published.keys()


@pytest.fixture
async def client(province: Database) -> Any:
    async with in_process() as opened:
        yield opened


async def test_the_json_interface_gives_the_published_cells(
    client: httpx.AsyncClient, province: Database, edition: Edition, published: Table, chosen: list[Key]
) -> None:
    with province.write() as session:
        headers = {"Authorization": f"Bearer {an_api_key(session, 'analyst', '/')}"}
    found: dict[Key, Cell] = {}
    for table in TABLES:
        address = f"/api/v1/runs/{edition.tables[table]}"
        found |= cells_of(iter((await client.get(address, headers=headers)).json()["rows"]), table)
    assert {key: found[key] for key in chosen} == {key: published[key] for key in chosen}


ROW = re.compile(r'<tr class="state-[^>]*data-figure="([^"]+)" data-state="(\w+)"[^>]*>(.*?)</tr>', re.DOTALL)
DATA = re.compile(r'<data value="([^"]*)">')


async def test_the_page_shows_the_published_cells(
    client: httpx.AsyncClient, province: Database, published: Table, chosen: list[Key]
) -> None:
    signed_in(client, province, role="analyst")
    found: dict[Key, Cell] = {}
    for table, unit, value in dict.fromkeys(key[:3] for key in chosen):
        at = f"{table.split(',')[-1]}:{value}" if "," in table else ""
        asked = {"round": ROUND, "unit": unit, "by": "figure", "at": at}
        page = await client.get("/console/results", params=asked)
        assert page.status_code == 200
        for figure, state, inside in ROW.findall(page.text):
            shown = [_number(text) for text in DATA.findall(inside)][:3]
            numbers = shown if len(shown) == 3 else [None, None, None]
            found[table, unit, value, figure] = (numbers[0], numbers[1], numbers[2], state)
    assert {key: found[key] for key in chosen} == {key: published[key] for key in chosen}


@pytest.fixture(scope="module")
def told(province: Database, edition: Edition, chosen: list[Key]) -> Mapping[Key, Told]:
    """The chosen cells as a report with its annex writes them: where they stand, and in what words."""
    say = translator("vi")
    cells: dict[Key, Told] = {}
    with province.read() as session:
        tables = open_edition(session, edition)
        for table in TABLES:
            by = table.split(",")[-1]
            for row in tables.rows(by):
                key = (table, row.unit, row.place.get(by, "") if by != "unit" else "", row.figure)
                section = "" if by == "unit" else f"Số liệu {say(BROKEN_DOWN_BY[by])}"
                formula = "" if row.formula == "satisfied_share" else f" ({say(FORMULA_WORDS[row.formula])})"
                state = "" if row.state == "ok" else say(STATE_WORDS[row.state])
                numbers = shown(rounded(row.estimate), rounded(row.low), rounded(row.high))
                place = Place(row.unit, section, row.names[by], row.figure_name + formula)
                cells[key] = (place, (*numbers, state))
    return {key: cells[key] for key in chosen}


def shown(estimate: float | None, low: float | None, high: float | None) -> tuple[str, str]:
    """A share and its interval as reports write them."""
    if estimate is None or low is None or high is None:
        return "…", "…"
    share, least, most = (f"{number:.2f}".replace(".", ",") for number in (estimate, low, high))
    return share, f"{least} – {most}"


def test_the_annexed_reports_hold_the_published_cells(
    province: Database, edition: Edition, told: Mapping[Key, Told]
) -> None:
    wanted = dict(told.values())
    word: dict[Place, Words] = {}
    pdf: dict[Place, Words] = {}
    with province.read() as session:
        for unit in sorted({place.unit for place in wanted}):
            files = [
                reports.report_file(session, edition, unit, kind, form="annexed") for kind in reports.KINDS
            ]
            by_kind = dict(zip(reports.KINDS, (file.content for file in files), strict=True))
            rows = docx_cells(by_kind["docx"], unit)
            word |= rows
            pdf |= pdf_cells(by_kind["pdf"], list(rows))
    assert len(told) == CELLS
    assert {place: told_at(word, place) for place in wanted} == wanted
    assert {place: told_at(pdf, place) for place in wanted} == wanted
