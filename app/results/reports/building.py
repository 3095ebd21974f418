"""An analysis report of one unit in one round, from its editions; the parts stand in `sections`."""

from dataclasses import replace
from datetime import date

from sqlmodel import Session

from app.core import numbers
from app.core.errors import NotFound
from app.core.language import translator
from app.results.last_round import before_round
from app.results.reading import open_edition
from app.results.reports import course, pictures, sections, standing
from app.results.reports.annex import detailed_figures
from app.results.reports.content import Block, Bullets, Heading, Report
from app.results.reports.letterhead import letterhead_of
from app.results.reports.sections import Subject
from app.results.reports.telling import Teller
from app.results.tables import Edition
from app.results.trend import Series, editions_until
from app.results.trend import series_of as series_over
from app.rounds.service import get_round
from app.units.service import get_unit

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV")


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


def report_of(
    session: Session,
    edition: Edition,
    unit_code: str,
    *,
    language: str,
    written_on: date,
    is_annexed: bool = False,
) -> Report:
    """The whole report, with every detailed figure where it is annexed.

    Raises: NotFound when the edition has no row of the unit.
    """
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
        blocks=numbered(blocks_of(session, subject) + (detailed_figures(subject) if is_annexed else [])),
        footer=tell.say(
            _("Edition {edition}; computed by the unit's own system, not the SIPAS index"),
            edition=edition.edition_id[:12],
        ),
    )


def subject_of(session: Session, edition: Edition, unit_code: str, *, tell: Teller) -> Subject:
    """The unit in its edition. Raises: NotFound."""
    tables = open_edition(session, edition, language=tell.language)
    if not tables.rows(unit=unit_code, figure=tables.headline):
        raise NotFound(
            "the edition has no row for the unit {unit}",
            where="unit",
            remedy="choose a unit that takes part in the round {round}",
            unit=unit_code,
            round=edition.round_code,
        )
    survey = get_round(session, edition.round_code)
    before = before_round(session, survey, language=tables.language)
    return Subject(tables, unit_code, survey.title, tell, before)


def blocks_of(session: Session, subject: Subject) -> list[Block]:
    """The parts in the order of the document; a part with nothing to say is left out."""
    tell = subject.tell
    compared, ranking = standing.compared_with_last(session, subject), standing.ranked_among_peers(subject)
    series = series_of(session, subject)
    sentences = (
        *sections.summary_sentences(subject),
        *standing.change_sentences(subject, compared),
        *course.signal_sentences(subject, series),
        *standing.rank_sentences(subject, ranking),
    )
    drawn = [pictures.criteria_picture(subject), pictures.units_picture(subject)]
    criteria, units = ([picture] if picture else [] for picture in drawn)
    below = sections.units_below(subject)
    return [
        Heading(tell.translate(_("Summary"))),
        Bullets(tuple(sentences)),
        *sections.sample(subject),
        *sections.criteria(subject),
        *criteria,
        *sections.breakdowns(subject),
        *below,
        *(units if below else []),
        *standing.change(subject, compared),
        *course.course(subject, series),
        *standing.ranks(subject, ranking),
        *standing.priorities(subject, standing.what_first(subject)),
        *sections.hidden(subject),
        *sections.method(subject),
    ]


def series_of(session: Session, subject: Subject) -> Series:
    """The main figure in every comparable round up to this one: the series of the unit's page."""
    survey = get_round(session, subject.tables.edition.round_code)
    editions = editions_until(session, survey, subject.tables)
    return series_over(editions, subject.unit, subject.tables.headline)


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
