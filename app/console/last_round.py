"""The round before, as pages compare with it: its edition, and the change of units since."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.accounts.service import Actor
from app.results.choices import round_before, rounds_with_editions
from app.results.comparing import Compared, compare_rounds
from app.results.editions import newest
from app.results.mergers import matches, successions_between
from app.results.reading import EditionTables, open_edition
from app.rounds.service import Round

# Editions never change and the map of successions hardly: what was compared once is kept.
_changes: dict[tuple[str, str, str, tuple[str, ...]], dict[str, Compared]] = {}
KEPT_CHANGES = 64


@dataclass(frozen=True, slots=True)
class LastRound:
    """The last comparable round with figures, and its tables as the reader may see them."""

    survey: Round
    tables: EditionTables


def last_round(session: Session, actor: Actor, survey: Round, *, language: str) -> LastRound | None:
    """None where nothing went before that could be compared."""
    before = round_before(rounds_with_editions(session), survey)
    edition = newest(session, before.round_code) if before else None
    if before is None or edition is None:
        return None
    return LastRound(before, open_edition(session, edition, language=language, within=actor.paths("viewer")))


def changes_since(
    session: Session, survey: Round, tables: EditionTables, last: LastRound, *, units: Sequence[str]
) -> dict[str, Compared]:
    """Unit -> change of its satisfaction since the last round, the given units as one family of tests."""
    figure = tables.headline
    if not any(one.key == figure for one in last.tables.figures):
        return {}
    key = (tables.edition.edition_id, last.tables.edition.edition_id, tables.language, tuple(units))
    if key not in _changes:
        found = matches(
            successions_between(session, last.survey.period_end_on, survey.period_end_on),
            {unit: everything_below(tables, unit) for unit in units},
            old_units=_units(last.tables),
        )
        compared = compare_rounds(tables, last.tables, units=units, figures=[figure], found=found)
        while len(_changes) >= KEPT_CHANGES:
            _changes.pop(next(iter(_changes)), None)
        _changes[key] = {row.unit: row for row in compared.rows}
    return _changes[key]


def everything_below(tables: EditionTables, unit: str) -> list[str]:
    """The unit and every unit below it."""
    below = [unit]
    for child in tables.children(unit):
        below += everything_below(tables, child)
    return below


def _units(tables: EditionTables) -> Collection[str]:
    return {row.unit for row in tables.rows(figure=tables.headline)}
