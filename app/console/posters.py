"""Units where anybody may answer today, for the front page."""

from collections.abc import Sequence

from sqlmodel import Session

from app.console.round_views import state_of
from app.core import clock
from app.rounds import service as rounds
from app.units.service import Unit, subtree

SHOWN = 150


def open_units(session: Session) -> Sequence[Unit]:
    """Units of open rounds that take posters, in Vietnamese order; not those that only stand above."""
    asking: dict[str, Unit] = {}
    for found in rounds.list_rounds(session):
        if state_of(found, clock.today()) != "open" or "poster" not in rounds.forms_of(
            session, found.round_code
        ):
            continue
        for root in rounds.roots_of(session, found.round_code):
            asking |= {unit.unit_code: unit for unit in subtree(session, root)}
    above = {unit.parent_code for unit in asking.values()}
    visited = [unit for unit in asking.values() if unit.unit_code not in above]
    return sorted(visited, key=lambda unit: unit.sort_key)[:SHOWN]
