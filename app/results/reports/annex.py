"""The annex with every share of a unit: its own, then within each procedure, field, month of the edition."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from app.results.reading import Estimate
from app.results.reports.content import Block, Heading, Paragraph, Table
from app.results.reports.sections import BROKEN_DOWN_BY, FIRST_COLUMN, Subject
from app.results.reports.telling import Teller
from app.results.words import DIMENSION_WORDS, FORMULA_WORDS


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


def detailed_figures(subject: Subject) -> list[Block]:
    """A table of all figures a place; places where nothing may be published share one table."""
    tell, tables = subject.tell, subject.tables
    blocks: list[Block] = [
        Heading(tell.translate(_("Annex: detailed figures"))),
        Paragraph(tell.translate(_("Every share of the edition for this unit, as the data files hold it."))),
        _figures(subject, subject.unit_name, tables.rows(unit=subject.unit)),
    ]
    for dimension in (word for word in BROKEN_DOWN_BY if word in tables.dimensions):
        rows = tables.rows(dimension, unit=subject.unit)
        if rows:
            caption = tell.say(_("Figures {by}"), by=tell.translate(BROKEN_DOWN_BY[dimension]))
            blocks += [Heading(caption, level=2), *_places(subject, dimension, rows)]
    return blocks


def _places(subject: Subject, dimension: str, rows: Sequence[Estimate]) -> Iterator[Block]:
    silent: list[tuple[str, Estimate]] = []
    for _code, group in groupby(rows, key=lambda row: row.place[dimension]):
        here = list(group)
        name = here[0].names[dimension]
        if any(row.is_published for row in here):
            yield _figures(subject, name, here)
        else:
            silent.append((name, here[0]))
    if silent:
        tell = subject.tell
        caption = tell.say(_("Nothing can be published here ({count})"), count=len(silent))
        yield tell.table(caption, silent, first=tell.translate(DIMENSION_WORDS[dimension]))


def _figures(subject: Subject, caption: str, rows: Sequence[Estimate]) -> Table:
    tell = subject.tell
    named = [(_named(row, tell), row) for row in rows]
    return tell.table(caption, named, first=tell.translate(FIRST_COLUMN["headline"]))


def _named(row: Estimate, tell: Teller) -> str:
    """The question, factor or form; where answers are pooled, by which formula."""
    if row.formula == "satisfied_share":
        return row.figure_name
    return f"{row.figure_name} ({tell.translate(FORMULA_WORDS[row.formula])})"
