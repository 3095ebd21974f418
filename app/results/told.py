"""Which counts of a round's course may be told, for every unit of the round: a page shows part of it."""

from collections.abc import Collection, Iterator, Mapping

import pyarrow.compute as pc
from sqlmodel import Session

from app.core.config import settings
from app.results.counts import COUNT, Counts
from app.results.editions import newest
from app.results.round_register import Place
from app.results.small_counts import DIRECT, Grid
from app.results.withheld import Cell, withheld_by
from app.rounds.service import Round

COLUMNS = {"service": "service_code", "mode": "mode", "month": "month"}
ABANDONED, PARTIAL = "breakoff", "usable"


class Told:
    """What the newest edition hides, and few forms it does not know of, by way of grouping."""

    def __init__(self, session: Session, survey: Round, counts: Counts, places: Mapping[str, Place]) -> None:
        self._session, self._counts, self._places = session, counts, places
        self._edition = newest(session, survey.round_code)
        self._above = {one.code: one.parent_code for one in places.values() if one.parent_code in places}
        self.fewest = settings().minimum_respondents
        self._found: dict[tuple[str, bool], set[Cell]] = {}
        self._units: set[str] = set()
        self._units = self._with_those_below({unit for unit, _ in self._settled("", complete=False)})

    def hides(self, unit: str, by: str = "", label: str = "") -> bool:
        """Whether the forms of this cell are not told."""
        return self._is_below_hidden(unit) or (unit, label) in self._settled(by, complete=False)

    def hides_complete(self, unit: str, by: str = "", label: str = "") -> bool:
        """Whether complete forms are not told apart from all others."""
        return self.hides(unit, by, label) or (unit, label) in self._settled(by, complete=True)

    def months_hidden(self, unit: str) -> set[str]:
        """Months of the unit that are not told."""
        if self._is_below_hidden(unit):
            return set(self._counts.by_service["month"].to_pylist())
        return {month for code, month in self._settled("month", complete=False) if code == unit}

    def _is_below_hidden(self, unit: str) -> bool:
        return unit in self._units or unit.removesuffix(DIRECT) in self._units

    def _with_those_below(self, units: Collection[str]) -> set[str]:
        found = set(units)
        for code in self._places:
            line = [code]
            while line[-1] in self._above:
                line.append(self._above[line[-1]])
            if found.intersection(line):
                found.add(code)
        return found

    def _settled(self, by: str, *, complete: bool) -> set[Cell]:
        if (by, complete) not in self._found:
            withheld = withheld_by(self._session, self._edition, by)
            declared = set(withheld.complete if complete else withheld.cells)
            declared |= {(f"{self._above.get(unit, '')}{DIRECT}", label) for unit, label in declared}
            leaves = self._leaves(by, complete=complete)
            grid = Grid.of(leaves, self._above, fewest=self.fewest)
            self._found[by, complete] = grid.hidden(declared, self._units)
        return self._found[by, complete]

    def _leaves(self, by: str, *, complete: bool) -> Iterator[tuple[Cell, int]]:
        """Forms by unit and label: usable ones, or those among them that are not complete."""
        table = self._counts.by_service if by in ("service", "month") else self._counts.by_mode
        outcome = table["outcome"]
        wanted = pc.equal(outcome, PARTIAL) if complete else pc.not_equal(outcome, ABANDONED)
        keys = ["unit_code", *([COLUMNS[by]] if by else [])]
        summed = table.filter(wanted).group_by(keys).aggregate([(COUNT, "sum")])
        columns = [summed[name].to_pylist() for name in (*keys, f"{COUNT}_sum")]
        labels = columns[1] if by else [""] * summed.num_rows
        for unit, label, count in zip(columns[0], labels, columns[-1], strict=True):
            if unit in self._places:
                yield (unit, label or ""), count
