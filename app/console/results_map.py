"""The heat map of a results view: its rows against criteria, factors or the values of another dimension."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.console.results_question import CRITERIA, FACTORS, Question
from app.console.results_rows import Row, View
from app.results.charts import shade_of
from app.results.reading import EditionTables, Estimate
from app.results.standing import standings

MAIN_FORMULAS = ("satisfied_share", "pooled_answers")


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of the map; `row` is None where nobody was asked."""

    row: Estimate | None
    way: str
    shade: int


@dataclass(frozen=True, slots=True)
class MapRow:
    row: Row
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """`key` is a figure or the code of a dimension's value."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Map:
    columns: Sequence[Column]
    rows: Sequence[MapRow]


def map_of(tables: EditionTables, view: View) -> Map:
    """The rows of this page of the view; arrows against the chosen unit's own row of the same column."""
    asked = view.question
    if asked.across in (CRITERIA, FACTORS):
        columns = _figures(tables, asked.across)
        found = _by_figure(tables, view, [column.key for column in columns])
        wholes = _figure_wholes(tables, view, [column.key for column in columns])
    else:
        columns, found, wholes = _by_value(tables, view)
    keys = [(row.key, column.key) for row in view.rows for column in columns]
    ways = _ways(keys, found, wholes)
    rows = [
        MapRow(row, [_cell(found.get((row.key, c.key)), ways.get((row.key, c.key), "")) for c in columns])
        for row in view.rows
    ]
    return Map(columns, rows)


Found = dict[tuple[str, str], Estimate]


def _figures(tables: EditionTables, kind: str) -> list[Column]:
    return [
        Column(one.key, one.name)
        for one in tables.figures
        if one.kind == kind and one.formula in MAIN_FORMULAS
    ]


def _by_figure(tables: EditionTables, view: View, figures: Sequence[str]) -> Found:
    asked, keys = view.question, [row.key for row in view.rows]
    if asked.by == "unit":
        dimension = next(iter(asked.fixed), "unit")
        rows = tables.rows(dimension, unit=keys, figure=figures, **asked.fixed)
    else:
        rows = tables.rows(asked.by, unit=asked.unit, figure=figures, **{asked.by: keys})
    return {(row.place[asked.by], row.figure): row for row in rows}


def _figure_wholes(tables: EditionTables, view: View, figures: Sequence[str]) -> dict[str, Estimate]:
    whole = view.whole
    if whole is None:
        return {}
    asked = view.question
    fixed = asked.fixed if asked.by == "unit" else {}
    rows = tables.rows(next(iter(fixed), "unit"), unit=whole.unit, figure=figures, **fixed)
    return {row.figure: row for row in rows}


def _by_value(tables: EditionTables, view: View) -> tuple[list[Column], Found, dict[str, Estimate]]:
    asked, across = view.question, view.question.across
    units = [row.key for row in view.rows] if asked.by == "unit" else []
    rows = tables.rows(across, unit=units, figure=asked.figure)
    columns = {row.place[across]: Column(row.place[across], row.names[across]) for row in rows}
    found = {(row.unit, row.place[across]): row for row in rows}
    whole = view.whole.unit if view.whole else ""
    return list(columns.values()), found, {key: found[whole, key] for key in columns if (whole, key) in found}


def _ways(
    keys: Sequence[tuple[str, str]], found: Found, wholes: dict[str, Estimate]
) -> dict[tuple[str, str], str]:
    there = [key for key in keys if key in found]
    return dict(zip(there, standings([(found[key], wholes.get(key[1])) for key in there]), strict=True))


def _cell(row: Estimate | None, way: str) -> Cell:
    return Cell(row, way, shade_of(row.estimate if row else None))


def columns_for(tables: EditionTables, asked: Question) -> tuple[str, ...]:
    """What a map of these rows can have as columns."""
    others = tables.dimensions if asked.by == "unit" and not asked.at else ()
    return (FACTORS, CRITERIA, *others)
