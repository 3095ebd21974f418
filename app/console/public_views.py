"""A published edition as the public page shows it: rows with words, and their chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.language import Translator, translator
from app.core.numbers import day, number
from app.results.charts import NARROW, WIDE, Frame, IntervalBars, IntervalRow, interval_bars
from app.results.published import PublicEdition, for_public
from app.results.reading import EditionTables, Estimate
from app.results.views import FigureChoice
from app.results.words import FORMULA_WORDS, KIND_WORDS, STATE_WORDS, reason_text
from app.rounds.service import Round

MOST_UNITS, MOST_SERVICES = 200, 40
"""Every unit of the largest province; of procedures those that most people judged."""
WHOLE = "toan-dot"


@dataclass(frozen=True, slots=True)
class PublicRow:
    """One line of a table: what people read, `code` where it leads on, the figure."""

    code: str
    name: str
    row: Estimate
    state: str
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class PublicView:
    """A unit's page: its own figure, what is directly below, its services, its criteria."""

    survey: Round
    public: PublicEdition
    unit: str
    name: str
    above: str | None
    figure: FigureChoice
    own: PublicRow | None
    complete_only: Estimate | None
    below: Sequence[PublicRow]
    services: Sequence[PublicRow]
    parts: Sequence[PublicRow]
    method: Sequence[tuple[str, str]]
    note: str

    @property
    def comparable(self) -> Sequence[PublicRow]:
        """What a chart could compare: units below, or services where there are none."""
        return self.below or [one for one in self.services if one.row.is_published]

    @property
    def charted(self) -> Sequence[PublicRow]:
        """What the chart compares, in the table's order; those with most answers where there are many."""
        every, most = self.comparable, MOST_UNITS if self.below else MOST_SERVICES
        if len(every) <= most:
            return every
        kept = sorted(range(len(every)), key=lambda place: -(every[place].row.n or 0))[:most]
        return [every[place] for place in sorted(kept)]

    @property
    def is_opt_in(self) -> bool:
        """Whether people chose by themselves to answer: then the interval says less."""
        return self.survey.basis == "opt_in"


def unit_of(segment: str) -> str:
    return "" if segment == WHOLE else segment


def segment_of(unit: str) -> str:
    return unit or WHOLE


def view_of(
    tables: EditionTables, survey: Round, public: PublicEdition, *, unit: str, figure: str
) -> PublicView:
    """What the public sees of a unit in one figure (the headline where the asked-for one is none)."""
    say = translator(tables.language)
    known = {one.key: one for one in tables.figures}
    chosen = known.get(figure) or known[tables.headline]
    own = tables.one(unit=unit, figure=chosen.key)
    below = tables.rows(unit=tables.children(unit) or ("-",), figure=chosen.key)
    services = tables.rows("service", unit=unit, figure=chosen.key) if "service" in tables.dimensions else []
    parts = [row for row in tables.rows(unit=unit) if row.figure != chosen.key]
    return PublicView(
        survey=survey,
        public=public,
        unit=unit,
        name=tables.unit_name(unit),
        above=tables.parent(unit),
        figure=chosen,
        own=_line(unit, tables.unit_name(unit), own, say) if own else None,
        complete_only=_published(tables.complete_only(unit, chosen.key)),
        below=[_line(row.unit, row.names["unit"], row, say) for row in below],
        services=[_line("", row.names["service"], row, say) for row in services],
        parts=[
            _line(row.figure, figure_words(known[row.figure], tables.language), row, say) for row in parts
        ],
        method=tables.labels.method,
        note=tables.labels.note,
    )


def _line(code: str, name: str, row: Estimate, say: Translator) -> PublicRow:
    shown = for_public(row)
    return PublicRow(
        code, name, shown, say(STATE_WORDS[row.state]), [say(reason_text(one)) for one in row.reasons]
    )


def _published(row: Estimate | None) -> Estimate | None:
    shown = for_public(row) if row else None
    return shown if shown and shown.is_published else None


def finding(view: PublicView, language: str) -> str:
    """The title: what was found, with how sure it is."""
    say, own = translator(language), view.own
    if own is None or own.row.estimate is None:
        return say("{name}: not published").format(name=view.name)
    return say("{name}: {share}% satisfied").format(
        name=view.name, share=number(own.row.estimate, language, 1)
    )


def chart_of(view: PublicView, language: str, *, width: int = WIDE, headed: bool = False) -> str:
    """The unit and what is compared below it, as a picture of one width."""
    own = [_bar(view.own, language, strong=True)] if view.own else []
    frame = Frame(
        title=finding(view, language),
        measure=figure_words(view.figure, language),
        description=translator(language)("The same numbers stand in the table of the page."),
        source=source_of(view, language),
        language=language,
        width=width,
        key=f"public-{width}",
        headed=headed,
    )
    return interval_bars(frame, IntervalBars([*own, *(_bar(row, language) for row in view.charted)]))


def charts_of(view: PublicView, language: str) -> Mapping[str, str]:
    """For wide and for narrow screens."""
    return {
        "wide": chart_of(view, language, width=WIDE),
        "narrow": chart_of(view, language, width=NARROW),
    }


def figure_words(figure: FigureChoice, language: str) -> str:
    say = translator(language)
    return f"{say(KIND_WORDS[figure.kind])}: {figure.name} ({say(FORMULA_WORDS[figure.formula])})"


def source_of(view: PublicView, language: str) -> str:
    """What a chart must say wherever it is shown: which survey, when, what the interval leaves out."""
    say, survey = translator(language), view.survey
    words = say(
        "{round} ({first} – {last}). n: people who answered. Computed from the survey; not the SIPAS index."
    ).format(
        round=survey.title,
        first=day(survey.period_start_on, language),
        last=day(survey.period_end_on, language),
    )
    withdrawn = [say("WITHDRAWN.")] if view.public.state == "withdrawn" else []
    return " ".join([*withdrawn, words, view.note])


def _bar(one: PublicRow, language: str, *, strong: bool = False) -> IntervalRow:
    row, say = one.row, translator(language)
    return IntervalRow(
        label=one.name,
        value=row.estimate,
        low=row.low,
        high=row.high,
        n=row.n,
        words=say("not published"),
        solid=all(reason == "provisional" for reason in row.reasons),
        strong=strong,
        depth=0 if strong else 1,
    )
