"""Where the unit stands: against its last round, among its peers, and what to look at first. Pure."""

from collections.abc import Iterator, Sequence

from app.results.comparing import Compared, Comparison, compare_rounds
from app.results.priorities import Priorities, Priority, priorities_of
from app.results.ranking import Ranked, Ranking, rank_peers
from app.results.reports.content import Block, Bullets, Heading, Paragraph, Table
from app.results.reports.sections import Subject
from app.results.reports.telling import Teller

MOST_FIRST = 5


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


TIER_WORDS = {
    "above": _("above the mean of the peers"),
    "not_distinguishable": _("not distinguishable from the mean"),
    "below": _("below the mean of the peers"),
}
QUADRANT_WORDS = {
    "improve_first": _("matters, low"),
    "keep_up": _("matters, high"),
    "low_priority": _("matters less, low"),
    "possible_overkill": _("matters less, high"),
}
VERDICTS = {-1: _("fell"), 0: _("not distinguishable"), 1: _("rose")}
BOTH_FIGURES = 2


def compared_with_last(subject: Subject) -> Comparison | None:
    """All figures of the unit against its last round; None without one."""
    if subject.last is None:
        return None
    figures = [f.key for f in subject.tables.figures if f.formula != "equal_criteria"]
    return compare_rounds(
        subject.tables,
        subject.last.tables,
        units=[subject.unit],
        figures=figures,
        found={subject.unit: subject.last.match},
    )


def change_sentences(subject: Subject, found: Comparison | None) -> Iterator[str]:
    """Whether the main figure really changed, and if it cannot be told, what could have been."""
    tell = subject.tell
    row = next((one for one in found.rows if one.figure == subject.tables.headline), None) if found else None
    if row is None or row.change.difference is None or subject.last is None or row.change.second is None:
        return
    told = {
        "last": subject.last.title,
        "before": tell.percent(row.change.second.estimate),
        "points": tell.number(abs(row.change.difference)),
        "interval": _signed_interval(tell, row),
        "least": tell.number(row.change.least),
    }
    if row.change.arrow:
        way = _("Compared with {last} ({before}) the share fell by {points} points (interval {interval}).")
        if row.change.arrow > 0:
            way = _(
                "Compared with {last} ({before}) the share rose by {points} points (interval {interval})."
            )
        yield tell.say(way, **told)
    else:
        yield tell.say(
            _(
                "Compared with {last} ({before}) no change can be told (interval of the difference "
                "{interval}): with so many answers only a change of {least} points or more would show."
            ),
            **told,
        )


def change(subject: Subject, found: Comparison | None) -> list[Block]:
    """Every figure against the last round, with the verdict that holds over the whole table."""
    if found is None or subject.last is None or not any(r.change.difference is not None for r in found.rows):
        return []
    tell = subject.tell
    header = (_("Content"), _("Before (%)"), _("Now (%)"), _("Points"), _("Interval"), _("Verdict"))
    rows = tuple(_changed(tell, row) for row in found.rows if row.change.difference is not None)
    note = tell.say(
        _(
            "{tests} differences were tested together so that at most 5% of those called changes are false; "
            "{found} were found. The intervals agree with the verdicts."
        ),
        tests=found.changes.tests,
        found=found.changes.found,
    )
    if subject.last.match.kind == "approximate":
        note += " " + tell.translate(
            _("Units were merged in between and parts went elsewhere: the comparison is approximate.")
        )
    caption = tell.say(_("Change since {last}"), last=subject.last.title)
    return [
        Heading(tell.translate(_("Compared with the last round"))),
        Table(
            caption,
            tuple(tell.translate(word) for word in header),
            rows,
            (3.2, 1, 1, 1.25, 1.9, 1.5),
            note=note,
        ),
    ]


def _changed(tell: Teller, row: Compared) -> tuple[str, ...]:
    change = row.change
    return (
        row.figure_name,
        tell.number(change.second.estimate if change.second else None),
        tell.number(change.first.estimate if change.first else None),
        tell.signed(change.difference or 0.0),
        _signed_interval(tell, row),
        tell.translate(VERDICTS[change.arrow]),
    )


def _signed_interval(tell: Teller, row: Compared) -> str:
    low, high = row.change.low, row.change.high
    if low is None or high is None:
        return "…"
    return tell.say(_("{low} to {high}"), low=tell.signed(low), high=tell.signed(high))


TRUE_PLACE = {
    "one": _(
        "{unit} stands in place {rank} of {of} units of its level; with 95% confidence this is its true "
        "place; it is {tier}."
    ),
    "some": _(
        "{unit} stands in place {rank} of {of} units of its level; with 95% confidence its true place "
        "is from {best} to {worst}; it is {tier}."
    ),
    "unknown": _(
        "{unit} stands in place {rank} of {of} units of its level; its true place could be any of them "
        "at the 95% level; it is {tier}."
    ),
}


def ranked_among_peers(subject: Subject) -> Ranking | None:
    """The unit among the units of its level; None where it has none."""
    peers = subject.tables.peers(subject.unit)
    if len(peers) < BOTH_FIGURES:
        return None
    before = subject.last.tables if subject.last else None
    return rank_peers(subject.tables, peers, subject.tables.headline, before=before)


def rank_sentences(subject: Subject, found: Ranking | None) -> Iterator[str]:
    """The place, and the places it could be."""
    own = found.of_unit(subject.unit) if found else None
    if own is None or found is None:
        return
    tell = subject.tell
    yield tell.say(
        TRUE_PLACE[_narrowness(own, found.of)],
        unit=subject.unit_name,
        rank=own.rank,
        of=found.of,
        best=own.best,
        worst=own.worst,
        tier=tell.translate(TIER_WORDS[own.tier]),
    )
    if own.tied:
        yield tell.say(_("It shares this place with {count} more."), count=own.tied)
    if own.move is not None:
        yield _moved(tell, own)


def _narrowness(own: Ranked, of: int) -> str:
    if (own.best, own.worst) == (1, of):
        return "unknown"
    return "one" if own.best == own.worst else "some"


def _moved(tell: Teller, own: Ranked) -> str:
    move = own.move
    if move is None:
        raise RuntimeError("the unit was not ranked before")
    told = {"places": abs(move.change), "before": move.before, "after": move.after, "of": move.of}
    if move.moved == "unclear":
        message = _(
            "Among the {of} units ranked in both rounds it went from place {before} to {after}; "
            "whether its true place changed cannot be told."
        )
    elif move.moved == "up":
        message = _("Among the {of} units ranked in both rounds it rose from place {before} to {after}.")
    else:
        message = _("Among the {of} units ranked in both rounds it fell from place {before} to {after}.")
    return tell.say(message, **told)


def ranks(subject: Subject, found: Ranking | None) -> list[Block]:
    """The table of the peers."""
    if found is None or not found.rows:
        return []
    tell = subject.tell
    header = (
        _("Unit"),
        _("Place"),
        _("Satisfied (%)"),
        _("Interval (%)"),
        _("True place"),
        _("Change in places"),
    )
    rows = tuple(_place(tell, row, subject.unit) for row in found.rows)
    note = tell.translate(
        _(
            "“True place” holds the unit's place with 95% confidence. "
            "Places nearby often cannot be told apart."
        )
    )
    if found.unranked:
        names = ", ".join(row.names["unit"] for row in found.unranked)
        note += " " + tell.say(_("Without a published figure and so without a place: {names}."), names=names)
    return [
        Heading(tell.translate(_("Rank among the units of its level"))),
        Bullets(tuple(rank_sentences(subject, found))),
        Table(
            tell.translate(_("Units in the order of their share of satisfied answers")),
            tuple(tell.translate(word) for word in header),
            rows,
            (2.9, 0.9, 1.1, 1.7, 1.2, 1.2),
            note=note,
        ),
    ]


def _place(tell: Teller, row: Ranked, own: str) -> tuple[str, ...]:
    mark = "▸ " if row.unit == own else ""
    moved = "–" if row.move is None else f"{row.move.change:+d}".replace("-", "−").replace("+0", "0")
    return (
        mark + row.unit_name,
        str(row.rank),
        tell.number(row.row.estimate),
        tell.interval(row.row.low, row.row.high),
        f"{row.best} – {row.worst}",
        moved,
    )


def what_first(subject: Subject) -> Priorities | None:
    """The unit's priorities, where the edition has driver shares."""
    return priorities_of(subject.tables, subject.unit)


def first_names(found: Priorities | None) -> Sequence[Priority]:
    """The criteria to look at first, at most MOST_FIRST."""
    return found.first[:MOST_FIRST] if found else ()


def priorities(subject: Subject, found: Priorities | None) -> list[Block]:
    """Importance against performance."""
    if found is None or not found.rows:
        return []
    tell = subject.tell
    first = first_names(found)
    if first:
        text = tell.say(
            _("Criteria that matter, are low and are significantly below the peers: {names}."),
            names="; ".join(f"“{row.name}”" for row in first),
        )
    else:
        text = tell.translate(_("No criterion both matters, is low and is significantly below the peers."))
    header = (_("Criterion"), _("Importance (%)"), _("Satisfied (%)"), _("Against peers"), _("Group"))
    rows = tuple(
        (
            row.name,
            tell.number(row.importance, 1),
            tell.number(row.side.estimate),
            tell.signed(row.peers.difference) + (" *" if row.peers.arrow else "")
            if row.peers and row.peers.difference is not None
            else "–",
            tell.translate(QUADRANT_WORDS[row.quadrant]),
        )
        for row in found.rows
    )
    source = "" if found.is_own else subject.tables.unit_name(found.source)
    note = tell.translate(
        _(
            "Importance is the criterion's share of what goes with the overall rating; it shows where to "
            "look, not what an improvement would bring. * differs significantly from the peers, in points."
        )
    )
    if source:
        note += " " + tell.say(
            _("The unit has too few complete forms of its own: the importance is that of {unit}."),
            unit=source,
        )
    return [
        Heading(tell.translate(_("What to look at first"))),
        Paragraph(text),
        Table(
            tell.translate(_("Importance and performance of the criteria")),
            tuple(tell.translate(word) for word in header),
            rows,
            (3.6, 1.2, 1.1, 1.2, 1.8),
            note=note,
        ),
    ]
