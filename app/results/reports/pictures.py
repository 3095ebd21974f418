"""The drawings of a report: titles say the finding, descriptions tell it in words. Pure."""

from collections.abc import Sequence

from app.results.charts import (
    Frame,
    IntervalBars,
    IntervalRow,
    Mark,
    interval_bars,
)
from app.results.reading import Estimate
from app.results.reports.content import Picture
from app.results.reports.sections import Subject
from app.results.words import STATE_WORDS

MOST_BARS = 24


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


def criteria_picture(subject: Subject, *, most: int = MOST_BARS) -> Picture | None:
    """The unit's criteria as bars with their intervals, lowest first."""
    rows = [row for row in subject.by_kind("criterion") if row.estimate is not None]
    if len(rows) < 2:
        return None
    ordered = sorted(rows, key=lambda row: (row.estimate or 0.0, row.figure))[:most]
    tell = subject.tell
    message = _("Criteria of {unit} from the lowest, with 95% intervals")
    if len(rows) > most:
        message = _("The {most} lowest criteria of {unit}, with 95% intervals")
    caption = tell.say(message, unit=subject.unit_name, most=most)
    return _bars(subject, caption, [(row.figure_name, row) for row in ordered], key="criteria")


def units_picture(subject: Subject) -> Picture | None:
    """The units below as bars, lowest first, with the whole unit as the mark; of many, the lowest."""
    below = subject.tables.children(subject.unit)
    rows = subject.tables.rows(unit=below, figure=subject.tables.headline) if below else []
    shown = [row for row in rows if row.estimate is not None]
    if len(shown) < 2:
        return None
    ordered = sorted(shown, key=lambda row: (row.estimate or 0.0, row.place["unit"]))[:MOST_BARS]
    message = _("Units of {unit} from the lowest, with 95% intervals")
    if len(shown) > MOST_BARS:
        message = _("The {most} lowest of {count} units of {unit}, with 95% intervals; the table shows all")
    caption = subject.tell.say(message, unit=subject.unit_name, most=MOST_BARS, count=len(shown))
    return _bars(subject, caption, [(row.names["unit"], row) for row in ordered], key="units")


def _bars(subject: Subject, caption: str, named: Sequence[tuple[str, Estimate]], *, key: str) -> Picture:
    tell, main = subject.tell, subject.main()
    rows = [
        IntervalRow(
            name, row.estimate, row.low, row.high, row.n, solid=row.state == "ok", words=_words(subject, row)
        )
        for name, row in named
    ]
    mark = None
    if key == "units" and main is not None and main.estimate is not None:
        mark = Mark(main.estimate, subject.unit_name)
    told = "; ".join(
        f"{name}: {tell.percent(row.estimate)} ({tell.interval(row.low, row.high)})" for name, row in named
    )
    drawn = interval_bars(_frame(subject, caption, told, key=key), IntervalBars(rows, reference=mark))
    return Picture(caption, told, drawn)


def _words(subject: Subject, row: Estimate) -> str:
    return "" if row.is_published else subject.tell.translate(STATE_WORDS[row.state])


def _frame(subject: Subject, title: str, description: str, *, key: str) -> Frame:
    measure = subject.tell.translate(_("Satisfied answers, percent"))
    return Frame(title, measure, description, language=subject.tell.language, key=key)
