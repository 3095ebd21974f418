"""A results view as a chart: bars with intervals, or the heat map."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.console.results_map import Cell, Map
from app.console.results_page import ResultsPage, reasons_of
from app.console.results_rows import Row
from app.core.language import Translator, translator
from app.results.charts import (
    NARROW,
    WIDE,
    Frame,
    HeatCell,
    HeatMap,
    HeatRow,
    IntervalBars,
    IntervalRow,
    Mark,
    heat_map,
    interval_bars,
)
from app.results.reading import Estimate


@dataclass(frozen=True, slots=True)
class Drawn:
    """One chart twice: for wide and for narrow screens."""

    wide: str
    narrow: str


def forest_of(page: ResultsPage, language: str) -> Drawn:
    """The rows of this page on one scale."""
    chart = _bars(page, translator(language))
    wide, narrow = (
        interval_bars(_frame(page, language, width=width, key=f"forest-{width}"), chart)
        for width in (WIDE, NARROW)
    )
    return Drawn(wide, narrow)


def chart_file(page: ResultsPage, language: str) -> str:
    """The view as a picture that stands alone."""
    say = translator(language)
    frame = _frame(page, language, width=WIDE, key="chart", headed=True)
    if page.map is not None:
        return heat_map(frame, _heat(page.map, say))
    return interval_bars(frame, _bars(page, say))


def _frame(page: ResultsPage, language: str, *, width: int, key: str, headed: bool = False) -> Frame:
    say = translator(language)
    survey = page.opened.survey
    source = say(
        "%(round)s; edition %(edition)s. n: people who answered. Computed here; not the SIPAS index."
    )
    return Frame(
        title=page.finding,
        measure=f"{page.figure_name}. {page.measure}",
        description=say("The same numbers stand in the table beside the chart."),
        source=source % {"round": survey.title, "edition": page.opened.edition.edition_id[:8]},
        language=language,
        width=width,
        key=key,
        headed=headed,
    )


def _bars(page: ResultsPage, say: Translator) -> IntervalBars:
    whole = page.view.whole
    reference = None
    if whole is not None and whole.estimate is not None and page.question.by != "figure":
        reference = Mark(whole.estimate, page.opened.tables.unit_name(whole.unit))
    return IntervalBars([_bar(row, say) for row in page.view.rows], reference)


def _bar(row: Row, say: Translator) -> IntervalRow:
    bar = bar_of(row.estimate, row.name, row.way, say)
    return replace(bar, strong=row.is_whole, depth=row.depth)


def bar_of(row: Estimate, label: str, way: str, say: Translator) -> IntervalRow:
    """A figure as a bar, with the words that stand where it is hidden."""
    return IntervalRow(
        label=label,
        value=row.estimate,
        low=row.low,
        high=row.high,
        n=row.n,
        words=hidden_words(row, say),
        solid=not is_shaky(row.reasons),
        sign=way,
    )


def hidden_words(row: Estimate, say: Translator) -> str:
    return f"{say('not published')}: {'; '.join(reasons_of(row, say))}"


def is_shaky(reasons: Sequence[str]) -> bool:
    """Provisional volumes alone do not make a figure one to doubt."""
    return any(reason != "provisional" for reason in reasons)


def _heat(shown: Map, say: Translator) -> HeatMap:
    rows = [HeatRow(one.row.name, [_heat_cell(c) for c in one.cells], one.row.is_whole) for one in shown.rows]
    key = say("Darker: fewer are satisfied. Triangles: differs for certain. –: not published or not asked.")
    return HeatMap([column.name for column in shown.columns], rows, key)


def _heat_cell(cell: Cell) -> HeatCell:
    return HeatCell(cell.row.estimate if cell.row else None, cell.way)
