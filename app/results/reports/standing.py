"""Where the unit stands: against its last round, among its peers, and what to look at first."""

from collections.abc import Iterator, Sequence

from sqlmodel import Session

from app.core import numbers
from app.results.changes import change_of, changes_since
from app.results.comparing import Change, Compared, Comparison
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


def compared_with_last(session: Session, subject: Subject) -> Comparison | None:
    """All figures of the unit against its last round; None without one."""
    if subject.last is None:
        return None
    figures = [f.key for f in subject.tables.figures if f.formula != "equal_criteria"]
    return changes_since(session, subject.tables, subject.last.tables, units=[subject.unit], figures=figures)


def change_sentences(subject: Subject, found: Comparison | None) -> Iterator[str]:
    """Whether the main figure really changed, and if it cannot be told, what could have been."""
    tell = subject.tell
    if subject.before.awaited and not subject.last:
        yield tell.say(
            _(
                "The figures of {last} were still being computed when this report was made: "
                "made again later, it says what has changed."
            ),
            last=subject.before.awaited[0].title,
        )
    row = change_of(found, subject.unit, subject.tables.headline) if found else None
    if row is None or row.change.difference is None or subject.last is None or row.change.second is None:
        return
    yield tell.say(
        CHANGED[row.change.arrow],
        last=subject.last.survey.title,
        before=tell.percent(row.change.second.estimate),
        points=tell.number(abs(row.change.difference)),
        interval=_interval_words(tell, row),
        least=tell.number(row.change.least),
    )


CHANGED = {
    -1: _("Compared with {last} ({before}) the share fell by {points} points ({interval})."),
    0: _(
        "Compared with {last} ({before}) no change can be told ({interval}): with so many answers only a "
        "change of {least} points or more would show."
    ),
    1: _("Compared with {last} ({before}) the share rose by {points} points ({interval})."),
}


def _interval_words(tell: Teller, row: Compared) -> str:
    """The interval of the difference with its level, and how many units were judged with it."""
    message = _("{level} interval of the difference: {interval}")
    if row.change.judged > 1:
        message = _("{level} interval of the difference, {count} units judged together: {interval}")
    told = {"interval": _signed_interval(tell, row), **_judged(tell, row.change)}
    return tell.say(message, **told)


def change(subject: Subject, found: Comparison | None) -> list[Block]:
    """Every figure against the last round, with the verdict that holds over the whole table."""
    if found is None or subject.last is None or not any(r.change.difference is not None for r in found.rows):
        return []
    tell = subject.tell
    header = (_("Content"), _("Before (%)"), _("Now (%)"), _("Points"), _("Interval"), _("Verdict"))
    rows = tuple(_changed(tell, row) for row in found.rows if row.change.difference is not None)
    note = _families(tell, subject, found)
    if any(row.match.kind == "approximate" for row in found.rows):
        note += " " + tell.translate(
            _("Units were merged in between and parts went elsewhere: the comparison is approximate.")
        )
    caption = tell.say(_("Change since {last}"), last=subject.last.survey.title)
    return [
        Heading(tell.translate(_("Compared with the last round"))),
        Table(
            caption,
            tuple(tell.translate(word) for word in header),
            rows,
            (2.8, 0.9, 0.9, 1.1, 2.6, 1.6),
            note=note,
        ),
    ]


def _families(tell: Teller, subject: Subject, found: Comparison) -> str:
    """Which differences were judged together, and at which level their intervals stand."""
    known = [row for row in found.rows if row.change.difference is not None]
    own = next((row.change for row in known if row.figure == subject.tables.headline), None)
    others = [row.change for row in known if row.figure != subject.tables.headline]
    said = [tell.translate(_("Of the differences called changes at most 5% are expected to be false."))]
    if own is not None:
        message = _("The interval of the overall rating has the level {level}.")
        said.append(tell.say(FAMILY_OF_UNITS if own.judged > 1 else message, **_judged(tell, own)))
    if others:
        said.append(tell.say(FAMILY_OF_FIGURES, **_judged(tell, others[0])))
    return " ".join(said)


FAMILY_OF_UNITS = _(
    "The overall rating is judged together with that of all {count} units of the same level; its interval "
    "has the level {level}."
)
FAMILY_OF_FIGURES = _(
    "The other {count} figures of the unit are judged together; their intervals have the level {level}: an "
    "interval leaves zero out exactly where a change is told."
)


def _judged(tell: Teller, change: Change) -> dict[str, object]:
    return {"count": change.judged, "level": numbers.level(change.level, tell.language)}


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
    header = (_("Criterion"), _("Importance (%)"), _("Satisfied (%)"), _("Against peers"), _("Group"))
    return [
        Heading(tell.translate(_("What to look at first"))),
        Paragraph(_what_matters(tell, first_names(found))),
        Table(
            tell.translate(_("Importance and performance of the criteria")),
            tuple(tell.translate(word) for word in header),
            tuple(_criterion_row(tell, row) for row in found.rows),
            (3.6, 1.2, 1.1, 1.2, 1.8),
            note=_importance_note(subject, found),
        ),
    ]


def _what_matters(tell: Teller, first: Sequence[Priority]) -> str:
    if not first:
        return tell.translate(_("No criterion both matters, is low and is significantly below the peers."))
    return tell.say(
        _("Criteria that matter, are low and are significantly below the peers: {names}."),
        names="; ".join(f"“{row.name}”" for row in first),
    )


def _criterion_row(tell: Teller, row: Priority) -> tuple[str, ...]:
    against = "–"
    if row.peers and row.peers.difference is not None:
        against = tell.signed(row.peers.difference) + (" *" if row.peers.arrow else "")
    return (
        row.name,
        tell.number(row.importance, 1),
        tell.number(row.side.estimate),
        against,
        tell.translate(QUADRANT_WORDS[row.quadrant]),
    )


def _importance_note(subject: Subject, found: Priorities) -> str:
    tell = subject.tell
    note = tell.translate(
        _(
            "Importance is the criterion's share of what goes with the overall rating; it shows where to "
            "look, not what an improvement would bring. * differs significantly from the peers, in points."
        )
    )
    if found.is_own:
        return note
    borrowed = tell.say(
        _("The unit has too few complete forms of its own: the importance is that of {unit}."),
        unit=subject.tables.unit_name(found.source),
    )
    return f"{note} {borrowed}"
