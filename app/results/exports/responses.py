"""Responses of a round as a file: gathered, protected and described here, written by `response_files`."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from analysis.cells import Register
from app.core.config import settings
from app.core.errors import Invalid
from app.core.language import translator
from app.forms.service import get_form
from app.forms.tables import FormVersion
from app.results import lake
from app.results.book import open_book
from app.results.cut import Cut
from app.results.demographics import grouped
from app.results.editions import newest
from app.results.exports.delimited import harmless
from app.results.exports.labelled import Labelled
from app.results.exports.response_columns import item_columns
from app.results.exports.response_design import response_design
from app.results.exports.response_keys import (
    Places,
    coded_keys,
    coded_variables,
    design_variables,
    text_keys,
    text_variables,
)
from app.results.exports.response_rows import Released, ResponseRows
from app.results.exports.response_withheld import LABELS, Kept
from app.results.population import population_of
from app.results.withheld import withheld_by
from app.rounds.service import get_round, units_of

CODED = ("sav", "dta")
GUARDED = ("csv", "zip")


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


NOTES = (
    _("One row is one response, in random order, without a number that leads to a person or a comment."),
    _("Weight, stratum and psu are those of the estimates; where something is hidden, the weight is a mean."),
    _("Ages are given in bands, days as months, procedures as fields."),
    _("What the tables hide is hidden here, form by form; complete forms are not kept apart from others."),
)
KEPT_APART = _("Every combination of unit, field and personal details is shared by at least {k} people")
HIDDEN_VALUES = _("Values hidden for it: {counts}")
NAMELESS = _("Responses whose unit is not named: {count}")


@dataclass(frozen=True, slots=True)
class ResponseRequest:
    """What is wanted; `k` 0 is the smallest that is allowed."""

    round_code: str
    kind: str
    language: str = "vi"
    k: int = 0


@dataclass(frozen=True, slots=True)
class Responses:
    """Responses ready to be written: the connection, the SQL, what they hold, what was hidden."""

    rows: ResponseRows
    sql: str
    data: Labelled
    released: Released


@dataclass(frozen=True, slots=True)
class Source:
    """What a response file is made of."""

    data: lake.Flat
    forms: Sequence[Any]
    places: Places
    kept: Kept
    population_of: Callable[[Iterable[tuple[str, str]]], Register]
    basis: str
    title: str
    edition_id: str = ""


def source_of(session: Session, round_code: str) -> Source:
    """The responses of a round's newest edition and what is known of its units.  Raises: NotFound."""
    survey, edition = get_round(session, round_code), newest(session, round_code)
    through = str(edition.data_cut["mixed_through"]) if edition else ""
    data = lake.flat(session, survey.round_code, Cut(mixed=True, through=through))
    forms = _forms(session, data)
    book = open_book(session, units_of(session, survey.round_code), {})
    people = grouped(forms)
    kept = Kept.of(
        {name: withheld_by(session, edition, name) for name in (*LABELS, *people)},
        forms,
        people=people,
        above={line[-1]: line[-2] for line in book.lineage.values() if len(line) > 1},
    )

    def population(answered: Iterable[tuple[str, str]]) -> Register:
        return population_of(session, survey, units=book.units.keys(), answered=answered)

    edition_id = edition.edition_id if edition else ""
    return Source(data, forms, Places.of(book), kept, population, survey.basis, survey.title, edition_id)


@contextmanager
def open_responses(source: Source, request: ResponseRequest) -> Iterator[Responses]:
    """Protect and weight.  Raises: Invalid for k and for too few responses."""
    k, data, places = checked_k(request.k), source.data, source.places
    if not data.parts and data.loose is None:
        raise _too_few(k)
    items = item_columns(source.forms, language=request.language)
    shown = harmless if request.kind in GUARDED else str
    with tempfile.TemporaryDirectory() as scratch, ResponseRows(data, items, scratch=Path(scratch)) as rows:
        rows.keep_units(places.unit_table(shown), places.service_table(shown), source.kept)
        released = _released(rows, k)
        answered = rows.fetch("SELECT DISTINCT unit_code, month FROM known").to_pydict()
        population = source.population_of(zip(answered["unit_code"], answered["month"], strict=True))
        fields = {code: service.field for code, service in places.book.services.items()}
        rows.give_design(response_design(rows.fetch, population, fields=fields, basis=source.basis))
        keys = coded_keys() if request.kind in CODED else text_keys(request.language)
        sql = rows.select(keys)
        labelled = _labelled(source, request, rows=rows, sql=sql, released=released)
        yield Responses(rows, sql, labelled, released)


def report_lines(released: Released, language: str) -> list[str]:
    """What disclosure control did, in words."""
    translate = translator(language)
    counts = "; ".join(f"{name}: {count}" for name, count in named(released).items()) or "-"
    return [
        translate(KEPT_APART).format(k=released.k),
        translate(HIDDEN_VALUES).format(counts=counts),
        translate(NAMELESS).format(count=released.nameless),
    ]


def named(released: Released) -> dict[str, int]:
    """Values hidden, by the column's name in the file."""
    return {name.removeprefix("a_").removesuffix("_no"): count for name, count in released.hidden.items()}


def _labelled(
    source: Source, request: ResponseRequest, *, rows: ResponseRows, sql: str, released: Released
) -> Labelled:
    language = request.language
    coded = request.kind in CODED
    keys = coded_variables(source.places, language) if coded else text_variables(language)
    return Labelled(
        title=source.title,
        language=language,
        variables=(*keys, *design_variables(language), *(item.variable for item in rows.items)),
        row_count=released.people,
        batches=lambda: rows.batches(sql),
        identity={"round": request.round_code, "k": str(released.k), "edition": source.edition_id},
        notes=[*map(translator(language), NOTES), *report_lines(released, language)],
    )


def _forms(session: Session, data: lake.Flat) -> list[Any]:
    wanted = select(FormVersion).where(col(FormVersion.form_version).in_(data.form_versions))
    versions = session.exec(wanted.order_by(FormVersion.form_code, col(FormVersion.number)))
    return [get_form(session, version.form_version) for version in versions]


def _released(rows: ResponseRows, k: int) -> Released:
    try:
        return rows.anonymise(k)
    except ValueError as error:
        raise _too_few(k) from error


def checked_k(k: int) -> int:
    fewest = settings().minimum_respondents
    if k and k < fewest:
        raise Invalid(
            "k {value} is smaller than {fewest}",
            where="k",
            remedy="give at least {fewest}",
            value=k,
            fewest=fewest,
        )
    return k or fewest


def _too_few(k: int) -> Invalid:
    return Invalid(
        "fewer than {k} people have answered: their responses cannot be given away",
        where="round",
        remedy="wait for more answers",
        k=k,
    )
