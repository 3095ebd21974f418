"""The round before, as pages and reports compare with it: its edition, or that it is still being computed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.results.changes import changes_since
from app.results.choices import round_before, rounds_awaited, rounds_with_editions
from app.results.comparing import Compared
from app.results.editions import newest
from app.results.reading import EditionTables, open_edition
from app.rounds.service import Round


@dataclass(frozen=True, slots=True)
class LastRound:
    """The last comparable round with figures, and its tables as the reader may see them."""

    survey: Round
    tables: EditionTables


@dataclass(frozen=True, slots=True)
class Before:
    """What went before a round: `last` is None where nothing can be compared; `awaited` are being computed.

    While a round is awaited that is newer than any with figures, nothing is compared: a moment later the
    change would be another.
    """

    last: LastRound | None
    awaited: Sequence[Round]


NOTHING_BEFORE = Before(None, ())


def before_round(session: Session, survey: Round, *, language: str, within: Sequence[str] = ("/",)) -> Before:
    """The round before, and those whose first figures are on their way; `within` as in `open_edition`."""
    awaited = rounds_awaited(session, survey)
    before = round_before(rounds_with_editions(session), survey)
    if before is None or any(one.period_end_on > before.period_end_on for one in awaited):
        return Before(None, awaited)
    edition = newest(session, before.round_code)
    if edition is None:
        return Before(None, awaited)
    tables = open_edition(session, edition, language=language, within=within)
    return Before(LastRound(before, tables), awaited)


def headline_changes(
    session: Session, tables: EditionTables, last: LastRound | None, *, units: Sequence[str]
) -> dict[str, Compared]:
    """Unit -> change of its overall figure since the last round."""
    if last is None or not units:
        return {}
    found = changes_since(session, tables, last.tables, units=units, figures=[tables.headline])
    return {row.unit: row for row in found.rows}
