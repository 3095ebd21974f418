"""An analysis report of one unit in one round, from its editions; the parts stand in `sections`."""

from dataclasses import replace
from datetime import date

from sqlmodel import Session

from app.core import numbers
from app.core.errors import NotFound
from app.core.language import translator
from app.results.reading import EditionTables, open_edition
from app.results.reports import sections
from app.results.reports.content import Block, Bullets, Heading, Report
from app.results.reports.letterhead import letterhead_of
from app.results.reports.sections import Subject
from app.results.reports.telling import Teller
from app.results.tables import Edition
from app.rounds.service import get_round
from app.units.service import get_unit

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


def report_of(
    session: Session, edition: Edition, unit_code: str, *, language: str, written_on: date
) -> Report:
    """The whole report. Raises: NotFound when the edition has no row of the unit."""
    tell = Teller(translator(language))
    subject = subject_of(session, edition, unit_code, tell=tell)
    unit = get_unit(session, unit_code)
    above = get_unit(session, unit.parent_code) if unit.parent_code else None
    survey = get_round(session, edition.round_code)
    period = (
        f"{numbers.day(survey.period_start_on, language)} – {numbers.day(survey.period_end_on, language)}"
    )
    return Report(
        language=language,
        letterhead=letterhead_of(unit, above, written_on=written_on, tell=tell),
        kind=tell.translate(_("Report")),
        subject=tell.say(
            _("Satisfaction of citizens with the administrative service of {unit}, {round} ({period})"),
            unit=unit.name,
            round=survey.title,
            period=period,
        ),
        blocks=numbered(blocks_of(session, subject)),
        footer=tell.say(
            _("Edition {edition}; computed by the unit's own system, not the SIPAS index"),
            edition=edition.edition_id[:12],
        ),
    )


def subject_of(session: Session, edition: Edition, unit_code: str, *, tell: Teller) -> Subject:
    """The unit in its edition. Raises: NotFound."""
    tables: EditionTables = open_edition(session, edition, language=tell.language)
    if not tables.rows(unit=unit_code, figure=tables.headline):
        raise NotFound(
            "the edition has no row for the unit {unit}",
            where="unit",
            remedy="choose a unit that takes part in the round {round}",
            unit=unit_code,
            round=edition.round_code,
        )
    return Subject(tables, unit_code, get_round(session, edition.round_code).title, tell)


def blocks_of(session: Session, subject: Subject) -> list[Block]:
    """The parts in the order of the document; a part with nothing to say is left out."""
    tell = subject.tell
    return [
        Heading(tell.translate(_("Summary"))),
        Bullets(tuple(sections.summary_sentences(subject))),
        *sections.sample(subject),
        *sections.criteria(subject),
        *sections.breakdowns(subject),
        *sections.units_below(subject),
        *sections.hidden(subject),
        *sections.method(subject),
    ]


def numbered(blocks: list[Block]) -> tuple[Block, ...]:
    """Parts get roman numbers, tables and pictures running ones."""
    part = 0
    made: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading) and block.level == 1:
            part += 1
            block = replace(block, text=f"{ROMAN[part - 1]}. {block.text}")
        made.append(block)
    return tuple(made)
