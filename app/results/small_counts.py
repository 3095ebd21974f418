"""Counts of forms that are not shown: few people, and what a sum would otherwise give back. Pure.

What an edition hides is hidden here too. For the answers it does not know yet the same minimum holds for the
counts themselves: one to four are not shown, and where such a count stands alone under a sum, or with others
that are too few together, the smallest of its neighbours is not shown either. Neighbours are the groups of
one unit, and the units directly below another in one group.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.results.withheld import Cell

DIRECT, NOWHERE = "*", "/"
"""After the code of a unit that has others below: answers given there itself.  Over a top is nothing."""

Line = tuple[str, str, str]
"""A sum: ("row", unit, "") over the groups of a unit, or ("column", unit above, group)."""


@dataclass(slots=True)
class Grid:
    """Forms by unit and group, summed up the tree; a table of units alone has the one group "".

    `above` is the unit over each unit.
    """

    above: Mapping[str, str]
    fewest: int
    counts: dict[Cell, int] = field(default_factory=lambda: defaultdict(int))
    _lines: dict[Line, set[Cell]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, leaves: Iterable[tuple[Cell, int]], above: Mapping[str, str], *, fewest: int) -> "Grid":
        """Add up (unit, group) -> forms; what a unit with others below it has of its own stands in a leaf."""
        grid, inner = cls(above, fewest), set(above.values())
        for (unit, group), count in leaves:
            if count:
                grid._add(f"{unit}{DIRECT}" if unit in inner else unit, group, count)
        return grid

    def hidden(self, declared: Collection[Cell], units: Collection[str] = ()) -> set[Cell]:
        """The cells not to be shown: `declared` ones, all of hidden `units`, those the minimum asks for."""
        settled = {cell for cell in self.counts if cell in declared or cell[0] in units}
        found = settled | {cell for cell, count in self.counts.items() if count < self.fewest}
        waiting = dict.fromkeys(line for cell in sorted(found - settled) for line in self._around(cell))
        while waiting:
            fresh = self._company(waiting.popitem()[0], found)
            found.update(fresh)
            waiting |= dict.fromkeys(line for cell in fresh for line in self._around(cell))
        return found.union(declared)

    def _add(self, leaf: str, group: str, count: int) -> None:
        for unit in self._line(leaf):
            self.counts[unit, group] += count
            self._lines["row", unit, ""].add((unit, group))
            self._lines["column", self._over(unit), group].add((unit, group))

    def _line(self, leaf: str) -> list[str]:
        """The leaf and every unit over it."""
        line = [leaf, self._over(leaf)] if leaf.endswith(DIRECT) else [leaf]
        while line[-1] in self.above:
            line.append(self.above[line[-1]])
        return line

    def _over(self, unit: str) -> str:
        return unit.removesuffix(DIRECT) if unit.endswith(DIRECT) else self.above.get(unit, NOWHERE)

    def _around(self, cell: Cell) -> list[Line]:
        unit, group = cell
        return [("row", unit, ""), ("column", self._over(unit), group)]

    def _company(self, line: Line, hidden: Collection[Cell]) -> Sequence[Cell]:
        """Cells to hide as well, so that a sum tells of no single count; the sum itself as a last resort."""
        cells = self._lines[line]
        mine = [cell for cell in cells if cell in hidden]
        others = sorted(
            (cell for cell in cells if cell not in hidden), key=lambda one: (self.counts[one], one)
        )
        added: list[Cell] = []
        while mine and self._too_few([*mine, *added]) and not self._sum_is_hidden(line, hidden):
            if not others:
                return [*added, *self._sum(line)]
            added.append(others.pop(0))
        return added

    def _too_few(self, cells: Sequence[Cell]) -> bool:
        return len(cells) < 2 or sum(self.counts[cell] for cell in cells) < self.fewest + len(cells)

    def _sum(self, line: Line) -> list[Cell]:
        """The cell a line adds up to, where it is in this table."""
        kind, unit, group = line
        return [(unit, group)] if kind == "column" and (unit, group) in self.counts else []

    def _sum_is_hidden(self, line: Line, hidden: Collection[Cell]) -> bool:
        return line[0] == "column" and any(cell in hidden for cell in self._sum(line))
