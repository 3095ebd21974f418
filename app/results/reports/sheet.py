"""One page about a unit, to hang up: its share, its change and place, its criteria, what to look at first."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlmodel import Session

from app.core import numbers
from app.core.language import translator
from app.core.typesetting import pdf_of
from app.results.charts import palette
from app.results.reports import building, course, pictures, sections, standing
from app.results.reports.content import Picture
from app.results.reports.sections import Subject
from app.results.reports.telling import Teller
from app.results.tables import Edition
from app.rounds.service import get_round

TEMPLATE = Path(__file__).parent / "sheet.typ"
TREND_MM, CRITERIA_MM = 38, 74
MOST_CRITERIA, MOST_FIRST = 8, 3


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


def unit_sheet(session: Session, edition: Edition, unit_code: str, *, language: str) -> bytes:
    """The page as PDF/UA-1. Raises: NotFound when the edition has no row of the unit."""
    subject = building.subject_of(session, edition, unit_code, tell=Teller(translator(language)))
    trend = course.trend_picture(subject, building.series_of(session, subject), is_flat=True)
    return pdf_of(TEMPLATE, "sheet", _plain(session, subject, trend), standards=("ua-1",))


def _plain(session: Session, subject: Subject, trend: Picture | None) -> dict[str, Any]:
    tell, row = subject.tell, subject.main()
    survey = get_round(session, subject.tables.edition.round_code)
    days = [numbers.day(day, tell.language) for day in (survey.period_start_on, survey.period_end_on)]
    published = row is not None and row.is_published
    lead = tell.translate(_("Satisfaction of citizens with the administrative service"))
    return {
        "language": tell.language,
        "accent": palette.ACCENT,
        "title": f"{lead}: {subject.unit_name}, {survey.title}",
        "lead": lead,
        "unit": subject.unit_name,
        "round": f"{survey.title} ({' – '.join(days)})",
        "measure": tell.translate(_("Satisfied or very satisfied")),
        "share": tell.percent(row.estimate) if row and published else "…",
        "interval": tell.say(_("95% interval: {interval}"), interval=tell.interval(row.low, row.high))
        if row and published
        else "",
        "answers": tell.say(_("{count} answers"), count=tell.count(row.n)) if row and published else "",
        "sentences": _sentences(session, subject, published=published),
        "pictures": _drawn(trend, pictures.criteria_picture(subject, most=MOST_CRITERIA)),
        "first_title": tell.translate(_("What to look at first")),
        "first": [one.name for one in standing.first_names(standing.what_first(subject))[:MOST_FIRST]],
        "small_print": _small_print(subject),
    }


def _sentences(session: Session, subject: Subject, *, published: bool) -> list[str]:
    """What happened; the share itself stands beside in large figures, what its interval leaves out below."""
    said = list(sections.summary_sentences(subject))
    below = subject.tables.labels.note.rstrip(".")
    return [
        *(one for one in said[1 if published else 0 :] if one.rstrip(".") != below),
        *standing.change_sentences(subject, standing.compared_with_last(session, subject)),
        *standing.rank_sentences(subject, standing.ranked_among_peers(subject)),
    ]


def _drawn(trend: Picture | None, criteria: Picture | None) -> Sequence[dict[str, Any]]:
    sized = [(trend, TREND_MM), (criteria, CRITERIA_MM)]
    return [{**asdict(one), "height": height} for one, height in sized if one is not None]


def _small_print(subject: Subject) -> str:
    tell = subject.tell
    return " ".join(
        [
            subject.tables.labels.note,
            tell.translate(sections.METHOD[-1]),
            tell.say(_("Edition {edition}."), edition=subject.tables.edition.edition_id[:12]),
        ]
    )
