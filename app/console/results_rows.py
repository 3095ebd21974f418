"""The rows of a results view: which are asked for, in which order, on which page, and how they stand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.console.results_question import CRITERIA, FACTORS, FIGURES, Question
from app.core.collation import fold
from app.results.reading import EditionTables, Estimate
from app.results.standing import standings

PAGE_ROWS = 50
PLACE_OF_KIND = {"headline": 0, "overall": 1, "factor": 2, "criterion": 3}


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is shown: `key` is its code in the rows' dimension, `way` its place against the whole."""

    key: str
    name: str
    estimate: Estimate
    way: str
    depth: int
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """One page of rows with everything they are compared with; `whole` is the row of the chosen unit."""

    question: Question
    rows: Sequence[Row]
    every: Sequence[Row]
    whole: Estimate | None
    page: int
    pages: int

    @property
    def total(self) -> int:
        return len([row for row in self.every if not row.is_whole])

    def count(self, way: str) -> int:
        return sum(row.way == way for row in self.every)


def settled(tables: EditionTables, asked: Question) -> Question:
    """The question with what was left open filled in, and what this edition does not have left out."""
    unit = asked.unit if _is_seen(tables, asked.unit) else (tables.tops[0] if tables.tops else "")
    at = asked.at if set(asked.fixed) <= set(tables.dimensions) else ""
    known = {one.key for one in tables.figures}
    return _with(
        asked,
        unit=unit,
        at=at,
        by=_rows_of(tables, asked, unit, at),
        figure=asked.figure if asked.figure in known else tables.headline,
        across=asked.across if asked.across in (CRITERIA, FACTORS, *tables.dimensions) else FACTORS,
    )


def _with(asked: Question, **words: str) -> Question:
    return replace(asked, **words)  # type: ignore[arg-type]


def _is_seen(tables: EditionTables, unit: str) -> bool:
    return bool(unit) and tables.lineage(unit)[0] in tables.tops


def _rows_of(tables: EditionTables, asked: Question, unit: str, at: str) -> str:
    """Units where there are some below, else the services; criteria where a value is fixed already."""
    if asked.by in ("unit", FIGURES) or (asked.by in tables.dimensions and not at):
        return asked.by
    if at:
        return FIGURES
    return "unit" if tables.children(unit) else FIGURES


def view_of(tables: EditionTables, asked: Question) -> View:
    """The view of a settled question."""
    whole = _whole(tables, asked)
    found = _found(tables, asked)
    ways = standings(list(zip(found, _references(tables, asked, found, whole), strict=True)))
    above = _above(tables, asked) if asked.by == "unit" else None
    rows = [_row(asked, row, way, above=above) for row, way in zip(found, ways, strict=True)]
    pinned = [row for row in rows if row.is_whole]
    others = _in_order(_searched([row for row in rows if not row.is_whole], asked.q), asked.sort)
    pages = max(1, -(-len(others) // PAGE_ROWS))
    page = min(max(asked.page, 1), pages)
    shown = others[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    return View(asked, [*pinned, *shown], [*pinned, *others], whole, page, pages)


def _whole(tables: EditionTables, asked: Question) -> Estimate | None:
    """The chosen unit's own figure, in the fixed value where rows are units of that value."""
    if asked.by == "unit" and asked.at:
        (dimension, value), *_ = asked.fixed.items()
        return tables.one(dimension, unit=_above(tables, asked), figure=asked.figure, **{dimension: value})
    unit = _above(tables, asked) if asked.by == "unit" else asked.unit
    return tables.one(unit=unit, figure=asked.figure)


def _above(tables: EditionTables, asked: Question) -> str:
    """Where rows are units: the unit they stand below; a unit with none below stands among its peers."""
    if tables.children(asked.unit):
        return asked.unit
    return tables.parent(asked.unit) or asked.unit


def _found(tables: EditionTables, asked: Question) -> list[Estimate]:
    if asked.by == "unit":
        units = _units(tables, asked)
        (dimension, value) = next(iter(asked.fixed.items()), ("unit", ""))
        where = {dimension: value} if asked.at else {}
        return tables.rows(dimension, unit=units, figure=asked.figure, **where)
    if asked.by == FIGURES:
        dimension = next(iter(asked.fixed), "unit")
        found = tables.rows(dimension, unit=asked.unit, **asked.fixed)
        return _in_reading_order(tables, found)
    return tables.rows(asked.by, unit=asked.unit, figure=asked.figure)


def _references(
    tables: EditionTables, asked: Question, found: Sequence[Estimate], whole: Estimate | None
) -> list[Estimate | None]:
    """What each row is compared with: the chosen unit's own row; for figures, the unit above it."""
    if asked.by != FIGURES:
        return [whole for _ in found]
    above = tables.parent(asked.unit)
    if above is None:
        return [None for _ in found]
    rows = tables.rows(next(iter(asked.fixed), "unit"), unit=above, **asked.fixed)
    by_figure = {row.figure: row for row in rows}
    return [by_figure.get(row.figure) for row in found]


def _units(tables: EditionTables, asked: Question) -> list[str]:
    above = _above(tables, asked)
    if not asked.q:
        return [above, *tables.children(above)]
    return [above, *_below(tables, above)]


def _below(tables: EditionTables, unit: str) -> list[str]:
    """Every unit below, level after level."""
    found: list[str] = []
    level = list(tables.children(unit))
    while level:
        found += level
        level = [child for one in level for child in tables.children(one)]
    return found


def _in_reading_order(tables: EditionTables, rows: Sequence[Estimate]) -> list[Estimate]:
    order = {one.key: place for place, one in enumerate(tables.figures)}
    return sorted(rows, key=lambda row: (PLACE_OF_KIND[row.kind], order.get(row.figure, len(order))))


def _row(asked: Question, row: Estimate, way: str, *, above: str | None) -> Row:
    if asked.by == FIGURES:
        return Row(row.figure, row.figure_name, row, way, depth=int(row.kind == "criterion"))
    key = row.place[asked.by]
    is_whole = key == above
    depth = int(asked.by == "unit" and not is_whole)
    return Row(key, row.names[asked.by], row, way, depth=depth, is_whole=is_whole)


def _searched(rows: Sequence[Row], search: str) -> list[Row]:
    wanted = fold(search)
    return [row for row in rows if wanted in fold(row.name) or wanted == row.key] if wanted else list(rows)


_KEYS: dict[str, Callable[[Estimate], Any]] = {
    "high": lambda row: -(row.estimate or 0.0),
    "low": lambda row: row.estimate or 0.0,
    "n": lambda row: -(row.n or 0),
}


def _in_order(rows: Sequence[Row], sort: str) -> list[Row]:
    """Hidden rows come last, whatever the order; by name is the order of the edition."""
    if sort not in _KEYS:
        return list(rows)
    return sorted(rows, key=lambda row: (not row.estimate.is_published, _KEYS[sort](row.estimate)))
