"""The parts of an analysis report, each from an edition's estimates. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.results.last_round import NOTHING_BEFORE, Before, LastRound
from app.results.reading import EditionTables, Estimate
from app.results.reports.content import Block, Bullets, Heading, Paragraph, Table
from app.results.reports.telling import Teller
from app.results.words import DIMENSION_WORDS, KIND_WORDS, reason_text

MOST_ROWS, MOST_UNITS = 40, 200


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


BROKEN_DOWN_BY = {
    "field": _("by field"),
    "service": _("by administrative procedure"),
    "submission": _("by the way the dossier was filed"),
    "mode": _("by the way of answering"),
    "month": _("by month"),
    "sex": _("by sex"),
    "age_band": _("by age"),
    "occupation": _("by occupation"),
}


FIRST_COLUMN = {
    "headline": _("Question"),
    "factor": KIND_WORDS["factor"],
    "criterion": KIND_WORDS["criterion"],
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about: the edition, the unit, how the round is called, and the round before it."""

    tables: EditionTables
    unit: str
    round_title: str
    tell: Teller
    before: Before = NOTHING_BEFORE

    @property
    def last(self) -> LastRound | None:
        return self.before.last

    @property
    def unit_name(self) -> str:
        return self.tables.unit_name(self.unit)

    def main(self) -> Estimate | None:
        return self.tables.one(unit=self.unit, figure=self.tables.headline)

    def by_kind(self, kind: str) -> list[Estimate]:
        """The unit's figures of one kind, the main formula only."""
        keys = [f.key for f in self.tables.figures if f.kind == kind and f.formula != "equal_criteria"]
        return self.tables.rows(unit=self.unit, figure=keys)


def summary_sentences(subject: Subject) -> Iterator[str]:
    """The main figure, and which criterion is lowest and highest."""
    tell, row = subject.tell, subject.main()
    if row is None or not row.is_published:
        why = "; ".join(tell.translate(reason_text(code)) for code in row.reasons) if row else ""
        yield tell.say(
            _("No overall share of satisfied answers can be published for {unit} in {round}: {why}."),
            unit=subject.unit_name,
            round=subject.round_title,
            why=why or tell.translate(_("nobody has answered yet")),
        )
        return
    yield tell.say(
        _(
            "In {round}, {share} of answers about {unit} are satisfied or very satisfied "
            "(95% interval from {low} to {high}; {n} answers)."
        ),
        round=subject.round_title,
        unit=subject.unit_name,
        share=tell.percent(row.estimate),
        low=tell.percent(row.low),
        high=tell.percent(row.high),
        n=tell.count(row.n),
    )
    yield subject.tables.labels.note
    yield from _extremes(subject)


def _extremes(subject: Subject) -> Iterator[str]:
    tell = subject.tell
    shown = [row for row in subject.by_kind("criterion") if row.estimate is not None]
    ranked = sorted(shown, key=lambda row: (row.estimate or 0.0, row.figure))
    if len(ranked) < 2:
        return
    lowest, highest = ranked[0], ranked[-1]
    yield tell.say(
        _(
            "Of {count} criteria the lowest is “{low_name}” with {low} (interval {low_interval}), "
            "the highest “{high_name}” with {high} (interval {high_interval})."
        ),
        count=len(ranked),
        low_name=lowest.figure_name,
        low=tell.percent(lowest.estimate),
        low_interval=tell.interval(lowest.low, lowest.high),
        high_name=highest.figure_name,
        high=tell.percent(highest.estimate),
        high_interval=tell.interval(highest.low, highest.high),
    )


def sample(subject: Subject) -> list[Block]:
    """Who answered, of how many dossiers, and how the answers came."""
    tell, row = subject.tell, subject.main()
    blocks: list[Block] = [Heading(tell.translate(_("Answers and coverage")))]
    if row is None or row.responses is None:
        return [*blocks, Paragraph(tell.translate(_("No answers were received.")))]
    population = row.population
    lines = [(tell.translate(_("Forms that count")), tell.count(row.responses))]
    if population:
        lines += [
            (tell.translate(_("Finished dossiers in the period")), tell.count(population)),
            (
                tell.translate(_("Forms for every 100 finished dossiers")),
                tell.number(100 * row.responses / population),
            ),
        ]
    if row.covered_pct is not None:
        lines.append((tell.translate(_("Dossiers of units with answers (%)")), tell.number(row.covered_pct)))
    lines += [
        (f"{tell.translate(_('Forms answered'))}: {name}", tell.count(count))
        for name, count in _forms_by_mode(subject).items()
    ]
    lines += _of_complete_forms(subject, row)
    caption = tell.translate(_("Answers received and what they stand for"))
    header = (tell.translate(_("Content")), tell.translate(_("Figure")))
    return [*blocks, Table(caption, header, tuple(lines), (5, 2))]


def _forms_by_mode(subject: Subject) -> dict[str, int | None]:
    """Forms a mode; one form may ask another overall question than the next, so all of them are looked at."""
    tables = subject.tables
    keys = [figure.key for figure in tables.figures if figure.kind == "headline"]
    found: dict[str, int | None] = {}
    for row in tables.rows("mode", unit=subject.unit, figure=keys):
        found[row.names["mode"]] = found.get(row.names["mode"]) or row.responses
    return {name: count for name, count in found.items() if count != 0}


def _of_complete_forms(subject: Subject, main: Estimate) -> list[tuple[str, str]]:
    tell, alone = subject.tell, subject.tables.complete_only(subject.unit, main.figure)
    if alone is None or alone.estimate is None:
        return []
    share = f"{tell.number(alone.estimate)} ({tell.interval(alone.low, alone.high)})"
    return [(tell.translate(_("Satisfied, if only complete forms are counted (%)")), share)]


def criteria(subject: Subject) -> list[Block]:
    """Factors and criteria, and the overall figures."""
    tell = subject.tell
    blocks: list[Block] = [Heading(tell.translate(_("Results by factor and criterion")))]
    for kind, caption in (
        ("headline", _("Overall rating")),
        ("factor", _("Share of satisfied answers by factor")),
        ("criterion", _("Share of satisfied answers by criterion")),
    ):
        rows = subject.by_kind(kind)
        if kind == "headline":
            rows += subject.by_kind("overall")
        if rows:
            named = [(_named(row, tell), row) for row in rows]
            blocks.append(
                tell.table(tell.translate(caption), named, first=tell.translate(FIRST_COLUMN[kind]))
            )
    return blocks


def _named(row: Estimate, tell: Teller) -> str:
    """The question's words; an index says that it pools all criteria."""
    if row.kind != "overall":
        return row.figure_name
    return tell.say(_("All criteria together: {form}"), form=row.figure_name)


def breakdowns(subject: Subject) -> list[Block]:
    """The main figure by everything the edition tells apart."""
    tell, tables = subject.tell, subject.tables
    blocks: list[Block] = [Heading(tell.translate(_("Results by group")))]
    name = next((f.name for f in tables.figures if f.key == tables.headline), "")
    blocks.append(Paragraph(tell.say(_("The tables of this part show the question “{name}”."), name=name)))
    for dimension in (word for word in BROKEN_DOWN_BY if word in tables.dimensions):
        rows = tables.rows(dimension, unit=subject.unit, figure=tables.headline)
        caption = tell.say(_("Share of satisfied answers {by}"), by=tell.translate(BROKEN_DOWN_BY[dimension]))
        if not rows:
            continue
        if not any(row.is_published for row in rows):
            blocks.append(Paragraph(_all_hidden(tell, dimension, rows)))
            continue
        shown = rows[:MOST_ROWS]
        named = [(row.names[dimension], row) for row in shown]
        table = tell.table(caption, named, first=tell.translate(DIMENSION_WORDS[dimension]))
        blocks.append(table)
        if len(rows) > MOST_ROWS:
            blocks.append(Paragraph(_left_out(tell, len(rows) - MOST_ROWS)))
    return blocks


def _all_hidden(tell: Teller, dimension: str, rows: Sequence[Estimate]) -> str:
    codes = dict.fromkeys(code for row in rows for code in row.reasons)
    return tell.say(
        _("No figure {by} can be published: {reasons}."),
        by=tell.translate(BROKEN_DOWN_BY[dimension]),
        reasons="; ".join(tell.translate(reason_text(code)) for code in codes),
    )


def units_below(subject: Subject) -> list[Block]:
    """The units directly below, where there are any."""
    tell, tables = subject.tell, subject.tables
    below = tables.children(subject.unit)
    rows = tables.rows(unit=below, figure=tables.headline) if below else []
    if not rows:
        return []
    table = tell.table(
        tell.say(_("Share of satisfied answers in units of {unit}"), unit=subject.unit_name),
        [(row.names["unit"], row) for row in rows[:MOST_UNITS]],
        first=tell.translate(DIMENSION_WORDS["unit"]),
    )
    more = [Paragraph(_left_out(tell, len(rows) - MOST_UNITS))] if len(rows) > MOST_UNITS else []
    return [Heading(tell.translate(_("Units below"))), table, *more]


def _left_out(tell: Teller, count: int) -> str:
    return tell.say(
        _("{count} further rows stand in the data file that goes with this report."), count=tell.count(count)
    )


def hidden(subject: Subject) -> list[Block]:
    """What is not shown, how much of it, and why."""
    tell, tables = subject.tell, subject.tables
    blocks: list[Block] = [Heading(tell.translate(_("Figures that are not published, and why")))]
    counts = _hidden_reasons(tables, subject.unit)
    if not counts:
        return [*blocks, Paragraph(tell.translate(_("No figure of this unit had to be hidden.")))]
    text = _(
        "A figure is hidden when so few people stand behind it that one of them could be recognised, "
        "or when it would let a hidden figure be worked out by subtraction. "
        "It stays hidden on every page, in every file and in every difference."
    )
    rows = tuple((tell.translate(reason_text(code)), tell.count(count)) for code, count in counts.items())
    header = (tell.translate(_("Reason")), tell.translate(_("Figures")))
    caption = tell.translate(_("Hidden figures of the unit by reason"))
    return [*blocks, Paragraph(tell.translate(text)), Table(caption, header, rows, (6, 1.4))]


def _hidden_reasons(tables: EditionTables, unit: str) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for by in ("unit", *tables.dimensions):
        for row in tables.rows(by, unit=unit):
            if row.state == "suppressed":
                for code in row.reasons:
                    counts[code] = counts.get(code, 0) + 1
    return dict(sorted(counts.items(), key=lambda one: -one[1]))


METHOD = (
    _(
        "Every answer is given of people's own accord after their dossier was handled. Answers are weighted "
        "so that every unit, procedure, way of filing and month counts with the number of dossiers that were "
        "finished there; cells with too few answers are merged with their neighbours."
    ),
    _(
        "A share counts the answers “satisfied” and “very satisfied” among all answers to the question; "
        "blank answers and “no opinion” are left out."
    ),
    _(
        "The 95% interval says how far the share could have come out differently by chance. Where two "
        "intervals are compared the report speaks of a difference only if it is significant; otherwise the "
        "two cannot be told apart."
    ),
    _(
        "The figures are computed by the unit's own system. They are not the SIPAS index, which the Ministry "
        "of Home Affairs measures and announces."
    ),
)


def method(subject: Subject) -> list[Block]:
    """In plain words first, then the facts of the computation."""
    tell, tables = subject.tell, subject.tables
    record = tables.edition
    facts: Sequence[tuple[str, Any]] = [
        *tables.labels.method,
        (tell.translate(_("Edition")), record.edition_id),
        (tell.translate(_("Hash of the edition")), record.content_hash),
    ]
    caption = tell.translate(_("How the figures were made"))
    header = (tell.translate(_("Content")), tell.translate(_("Value")))
    rows = tuple((str(label), _breakable(str(value))) for label, value in facts)
    return [
        Heading(tell.translate(_("Annex: method"))),
        Bullets(tuple(tell.translate(text) for text in METHOD)),
        Paragraph(tables.labels.note),
        Table(caption, header, rows, (2, 4), texts=2),
    ]


def _breakable(text: str) -> str:
    """Long hashes get places where a line may end."""
    words = (
        "\u200b".join(word[i : i + 16] for i in range(0, len(word), 16)) if len(word) > 40 else word
        for word in text.split(" ")
    )
    return " ".join(words)
