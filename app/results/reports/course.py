"""The unit's share over the rounds: the series of its page, with control limits, and what it says. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from app.results.charts import Frame, Trend, TrendPoint, trend_with_limits
from app.results.charts.trend import HEIGHT
from app.results.reports.content import Block, Paragraph, Picture
from app.results.reports.sections import Subject
from app.results.reports.telling import HIDDEN, Teller
from app.results.trend import Series, Turn
from app.results.words import STATE_WORDS

MOST_ROUNDS, FLAT = 8, 120


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


def signal_sentences(subject: Subject, series: Series) -> Iterator[str]:
    """The rounds that chance does not explain; nothing where there is none."""
    if series.signals:
        yield subject.tell.say(
            _(
                "A signal, outside the control limits around the mean of the rounds before ({centre}): "
                "{rounds}."
            ),
            centre=subject.tell.percent(series.centre),
            rounds="; ".join(_told(subject.tell, turn) for turn in series.signals),
        )


def course(subject: Subject, series: Series) -> list[Block]:
    """The picture of the last rounds and what it says."""
    picture = trend_picture(subject, series)
    if picture is None:
        return []
    said = list(signal_sentences(subject, series))
    quiet = _("No round lies outside the control limits: what moved is within what chance explains.")
    if series.centre is None:
        quiet = _("There are too few rounds for control limits yet.")
    return [Paragraph(said[0] if said else subject.tell.translate(quiet)), picture]


def trend_picture(subject: Subject, series: Series, *, is_flat: bool = False) -> Picture | None:
    """The main figure over the last rounds, oldest first; limits are those of the whole series.

    A flat one fills the width of a low place on paper, its letters large enough to be read there.
    """
    turns = [turn for turn in series.turns if turn.row is not None][-MOST_ROUNDS:]
    if len(turns) < 2:
        return None
    tell = subject.tell
    message = _("Share of satisfied answers of {unit} over the rounds")
    if series.centre is not None:
        message = _("Share of satisfied answers of {unit} over the rounds, with control limits")
    caption = tell.say(message, unit=subject.unit_name)
    told = "; ".join(_told(tell, turn) for turn in turns)
    measure = tell.translate(_("Satisfied answers, percent"))
    frame = Frame(caption, measure, told, language=tell.language, key="trend")
    shown = Trend(
        points=[_point(tell, turn) for turn in turns],
        centre=series.centre,
        centre_label=tell.translate(_("Mean before")),
        limits_label=tell.translate(_("control limits")),
        height=FLAT if is_flat else HEIGHT,
    )
    return Picture(caption, told, trend_with_limits(frame, shown))


def _point(tell: Teller, turn: Turn) -> TrendPoint:
    bare = TrendPoint(turn.survey.round_code, None, None, None, None)
    row = turn.row
    if row is None:
        return bare
    return replace(
        bare,
        value=row.estimate,
        low=row.low,
        high=row.high,
        n=row.n,
        limits=turn.limits,
        solid=row.state == "ok",
        signal=tell.translate(_("signal")) if turn.is_signal else "",
        words="" if row.is_published else tell.translate(STATE_WORDS[row.state]),
    )


def _told(tell: Teller, turn: Turn) -> str:
    """A round in words: its share, its limits, whether it is a signal."""
    row, name = turn.row, turn.survey.round_code
    if row is None or row.estimate is None:
        return f"{name}: {HIDDEN}"
    if turn.limits is None:
        return f"{name}: {tell.percent(row.estimate)}"
    message = _("{round}: {share} (limits {limits})")
    if turn.is_signal:
        message = _("{round}: {share} (limits {limits}; signal)")
    limits = tell.interval(*turn.limits)
    return tell.say(message, round=name, share=tell.percent(row.estimate), limits=limits)
