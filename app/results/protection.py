"""Which cells of units by groups are hidden, so that what is shown pins no hidden one. Pure.

What is protected are people who can be moved in thought: `movable` is the least number of satisfied people of
any question in a cell. A cell with fewer than `fewest` is hidden. Two constructions see to the others:

- Units: hidden units of one parent form a set; only the set's sum follows from what is shown. Each of them
  can trade at least `fewest` people with another of the set, in some group of every table alike. Everything
  below a hidden unit is hidden.
- Groups: in the table of shown units and sets, every hidden cell stands in cycles (two rows, two groups, with
  the totals between) that keep every sum and along which at least `fewest` people can move. Units' totals are
  taken as known here, so tables of different groups cannot be played off against each other. Cells without
  people may stand in a cycle too: they are then shown as hidden, so a hidden cell may be empty.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.arrays import BoolArray, FloatArray, IntArray
from app.results.trees import Crossing, Tree

TRIED_LEAVES = 6
MOST_CYCLES = 40
EMPTY_PRICE = 2.0
"""What it costs to show an empty cell as hidden; a cell with people costs more the more there are."""


@dataclass(frozen=True, slots=True)
class Table:
    """One crossing with what its protection looks at.

    Shapes: (units, groups): `movable`, `people`, `present`.
    """

    crossing: Crossing
    movable: FloatArray
    people: FloatArray
    present: BoolArray

    @classmethod
    def of(cls, crossing: Crossing, *, structural: BoolArray | None = None) -> "Table":
        """`structural` (groups, items): questions hardly anybody of a group answers; looked at apart."""
        satisfied = crossing.satisfied
        if structural is not None:
            satisfied = np.where(structural[None], np.inf, satisfied)
        people = crossing.answered.max(axis=2)
        movable = satisfied.min(axis=2)
        return cls(crossing, np.where(np.isfinite(movable), movable, people), people, people > 0)


@dataclass(slots=True)
class HiddenUnits:
    """Hidden units by their parent, and every unit that is hidden, those below included."""

    sets: dict[int, list[int]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)


def hide_units(tables: Sequence[Table], *, fewest: int) -> HiddenUnits:
    """The units to hide for one group of figures; all tables have the same units and hold at least one."""
    return _Units(tables, fewest).settle()


def hide_cells(table: Table, units: HiddenUnits, *, fewest: int, also: BoolArray | None = None) -> BoolArray:
    """The cells of one table to hide: (units, groups), hidden units with everything they have included.

    `also` are cells that are hidden whatever their size.
    """
    hidden = np.zeros(table.present.shape, dtype=np.bool_)
    below = sorted(units.hidden)
    hidden[below] = table.present[below]
    reduced = _Reduced.of(table, units, fewest)
    if also is not None:
        reduced.primary[: len(reduced.shown)] |= also[reduced.shown]
    hidden[reduced.shown] = _Cycles(reduced, fewest).settle()[: len(reduced.shown)]
    return hidden


class _Units:
    """The tree of units, from the top: which siblings must be hidden together."""

    def __init__(self, tables: Sequence[Table], fewest: int) -> None:
        self.tables, self.fewest = tables, fewest
        first = tables[0]
        self.tree = first.crossing.units
        self.children = self.tree.children()
        self.movable, self.people = first.movable[:, 0], first.people[:, 0]
        self.forced: set[int] = set()

    def settle(self) -> HiddenUnits:
        while True:
            found, failed = self._attempt()
            if failed is None:
                return found
            self.forced.add(failed)

    def _attempt(self) -> tuple[HiddenUnits, int | None]:
        found = HiddenUnits()
        if self._is_primary(0):
            found.hidden = set(range(len(self.tree.nodes)))
            return found, None
        for node, children in enumerate(self.children):
            if node in found.hidden:
                found.hidden.update(children)
                continue
            together = self._together([child for child in children if self.people[child] > 0])
            if together is None:
                return found, node
            if together:
                found.sets[node] = together
                found.hidden.update(together)
        return found, None

    def _is_primary(self, unit: int) -> bool:
        few = self.people[unit] > 0 and self.movable[unit] < self.fewest
        return bool(few) or unit in self.forced

    def _together(self, siblings: list[int]) -> list[int] | None:
        """The siblings to hide, none where all are large enough; None where even all together are too few."""
        chosen = [unit for unit in siblings if self._is_primary(unit)]
        others = sorted((u for u in siblings if u not in chosen), key=lambda u: (self.people[u], u))
        while chosen and not self._is_enough(chosen):
            if not others:
                return None if self._too_few(chosen) else chosen
            needy = [unit for unit in chosen if not self._has_partner(unit, chosen)]
            useful = [self._helped(unit, needy) for unit in others]
            chosen.append(others.pop(int(np.argmax(useful))))
        return chosen

    def _too_few(self, chosen: list[int]) -> bool:
        return len(chosen) < 2 or self._sum(chosen) < self.fewest + len(chosen)

    def _is_enough(self, chosen: list[int]) -> bool:
        return not self._too_few(chosen) and all(self._has_partner(unit, chosen) for unit in chosen)

    def _sum(self, chosen: list[int]) -> float:
        return float(self.movable[chosen].sum())

    def _has_partner(self, unit: int, chosen: list[int]) -> bool:
        return any(self._can_trade(unit, other) for other in chosen if other != unit)

    def _helped(self, unit: int, needy: list[int]) -> int:
        return sum(self._can_trade(unit, other) for other in needy)

    def _can_trade(self, one: int, other: int) -> bool:
        """Whether enough people of one of them could all be the other's, in a group of every table."""
        return any(all(self._holds(t, a, b) for t in self.tables) for a, b in ((one, other), (other, one)))

    def _holds(self, table: Table, giver: int, taker: int) -> bool:
        leaves = table.crossing.groups.leaf
        both = table.present[giver, leaves] & table.present[taker, leaves]
        enough = table.movable[giver, leaves] > self.fewest
        return bool((both & enough).any())


@dataclass(frozen=True, slots=True)
class _Reduced:
    """A table whose rows are the shown units and, below their parents, one row a set of hidden units.

    Shapes: rows x groups.  `shown` are the units of the first rows; `parent` numbers rows.
    """

    groups: Tree
    shown: IntArray
    parent: IntArray
    movable: FloatArray
    people: FloatArray
    present: BoolArray
    primary: BoolArray

    @classmethod
    def of(cls, table: Table, units: HiddenUnits, fewest: int) -> "_Reduced":
        tree, count = table.crossing.units, len(table.present)
        shown = np.array([unit for unit in range(count) if unit not in units.hidden], dtype=np.int64)
        place = {unit: row for row, unit in enumerate(shown.tolist())}
        parents = [place[int(tree.parent[unit])] if tree.parent[unit] >= 0 else -1 for unit in shown]
        sets, groups = list(units.sets.values()), table.present.shape[1]
        few = table.present[shown] & (table.movable[shown] < fewest)
        alone = np.array([table.present[one].sum(axis=0) for one in sets]).reshape(-1, groups)
        movable = np.array([table.movable[one].sum(axis=0) for one in sets]).reshape(-1, groups)
        people = np.array([table.people[one].sum(axis=0) for one in sets]).reshape(-1, groups)
        movable = np.maximum(movable - alone, 0)  # that each of them has somebody is known
        pinned = (alone > 0) & ((alone == 1) | (movable < fewest))
        return cls(
            groups=table.crossing.groups,
            shown=shown,
            parent=np.array([*parents, *(place[above] for above in units.sets)], dtype=np.int64),
            movable=np.vstack([table.movable[shown], movable]),
            people=np.vstack([table.people[shown], people]),
            present=np.vstack([table.present[shown], alone > 0]),
            primary=np.vstack([few, pinned]),
        )


_Parting = tuple[list[int], IntArray]
"""A leaf's line up to where it meets others, and the lines of those: (leaves, steps)."""


@dataclass(frozen=True, slots=True)
class _Cycle:
    """Cells that rise and cells that fall together; how far they can go, up and down; what hiding costs."""

    rise: tuple[tuple[int, int], ...]
    fall: tuple[tuple[int, int], ...]
    up: float
    down: float
    cost: float

    @property
    def cells(self) -> tuple[tuple[int, int], ...]:
        return (*self.rise, *self.fall)

    def worth(self, wanted: float) -> float:
        """Cost for every person it lets move, as far as they are wanted."""
        return (self.cost + 0.01) / min(self.up + self.down, wanted)


class _Cycles:
    """One table: hide cycles for every cell that is hidden and cannot move far enough yet."""

    def __init__(self, table: _Reduced, width: int) -> None:
        self.table, self.width = table, width
        sets = slice(len(table.shown), None)
        self.hidden = table.primary & table.present
        self.hidden[:, 0] = False
        self.price = np.where(table.present, 1 + np.sqrt(table.people), EMPTY_PRICE)
        self.price[sets] = np.where(table.present[sets], 0.0, np.inf)
        self.price[self.hidden] = 0.0
        self.rows, self.columns = _Branches(table.parent), _Branches(table.groups.parent)

    def settle(self) -> BoolArray:
        free: set[tuple[int, int]] = set()
        waiting = self._in_order(np.argwhere(self.hidden))
        while waiting:
            cell = waiting.pop(0)
            if cell in free or self._says_its_total(cell[0]):
                continue
            cycles = self._free(cell)
            if cycles is None:
                return self._everything()
            free.add(cell)
            if len(cycles) == 1:
                free.update(cycles[0].cells)
            waiting += self._hide([cell for cycle in cycles for cell in cycle.cells])
        return self.hidden

    def _in_order(self, cells: IntArray) -> list[tuple[int, int]]:
        """Few people first."""
        order = np.argsort(self.table.people[tuple(cells.T)], kind="stable")
        return [(row, column) for row, column in cells[order].tolist()]

    def _hide(self, cells: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Hide the cells; those that were shown before."""
        fresh = [cell for cell in dict.fromkeys(cells) if not self.hidden[cell]]
        for cell in fresh:
            self.hidden[cell] = True
            self.price[cell] = 0.0
        return [cell for cell in fresh if self.table.present[cell]]

    def _free(self, cell: tuple[int, int]) -> list[_Cycle] | None:
        """The cycles that let the cell move far enough together; None where there are none."""
        found: list[_Cycle] = []
        fall, rise, wanted = self.table.movable.copy(), self.table.movable.copy(), float(self.width)
        for _ in range(MOST_CYCLES):
            choices = self._cycles(cell, (fall, rise))
            best = min(choices, key=lambda one: one.worth(wanted), default=None)
            if best is None:
                return None
            found.append(best)
            self.price[tuple(np.array(best.cells).T)] = 0.0
            for one in best.fall:
                fall[one] -= best.up
            for one in best.rise:
                rise[one] -= best.down
            wanted -= best.up + best.down
            if wanted <= 0:
                return found
        return None

    def _says_its_total(self, row: int) -> bool:
        """A unit with one group only: its own figure is the same and passed."""
        return int(self.table.present[row, self.columns.leaves[0]].sum()) == 1

    def _everything(self) -> BoolArray:
        """The last resort: no group of this table is shown for any unit that has several."""
        several = self.table.present[:, self.columns.leaves[0]].sum(axis=1) > 1
        hidden = self.table.present & several[:, None]
        hidden[:, 0] = False
        return np.asarray(hidden, dtype=np.bool_)

    def _cycles(self, cell: tuple[int, int], room: tuple[FloatArray, FloatArray]) -> Iterator[_Cycle]:
        """The best cycle through the cell for each way to begin it."""
        row, column = cell
        for leaf_row in self._first(self.rows.leaves[row], self.price[:, column]):
            for leaf_column in self._first(self.columns.leaves[column], self.price[leaf_row]):
                for meeting in self.columns.over(leaf_column, column):
                    columns = self.columns.apart(leaf_column, meeting)
                    yield from self._alone(self.rows.lines[leaf_row], columns, room)
                    for above in self.rows.over(leaf_row, row):
                        yield from self._beside(self.rows.apart(leaf_row, above), columns, room)

    def _first(self, leaves: IntArray, price: FloatArray) -> list[int]:
        order = np.argsort(price[leaves], kind="stable")
        return [int(leaf) for leaf in leaves[order][:TRIED_LEAVES] if np.isfinite(price[leaf])]

    def _alone(
        self, line: Sequence[int], columns: _Parting, room: tuple[FloatArray, FloatArray]
    ) -> Iterator[_Cycle]:
        """One row with all its totals: what one group gains another loses."""
        (here, there), (fall, rise) = columns, room
        price = self.price[line]
        cost = price[:, here].sum() + price[:, there].sum(axis=(0, 2))
        up = fall[line][:, there].min(axis=(0, 2))
        down = np.full(len(up), rise[line][:, here].min())
        best = self._best(cost, up, down)
        if best is not None:
            others = there[best].tolist()
            found = (float(part[best]) for part in (up, down, cost))
            yield _Cycle(_block(line, here), _block(line, others), *found)

    def _beside(
        self, rows: _Parting, columns: _Parting, room: tuple[FloatArray, FloatArray]
    ) -> Iterator[_Cycle]:
        """This row and another one, over two groups: (partners, other groups) are all looked at together."""
        (line, others), (here, there), (fall, rise) = rows, columns, room
        price, mine = self.price, np.ix_(line, here)
        beside = (others[:, :, None], np.asarray(here)[None, None])
        crossed = (others[:, :, None, None], there[None, None])
        cost = price[mine].sum() + price[line][:, there].sum(axis=(0, 2))[None]
        cost = cost + price[beside].sum(axis=(1, 2))[:, None] + price[crossed].sum(axis=(1, 3))
        up = np.minimum(fall[line][:, there].min(axis=(0, 2))[None], fall[beside].min(axis=(1, 2))[:, None])
        down = np.minimum(rise[mine].min(), rise[crossed].min(axis=(1, 3)))
        best = self._best(cost, up, down)
        if best is not None:
            partner, other = np.unravel_index(best, cost.shape)
            way, group = others[partner].tolist(), there[other].tolist()
            rising = (*_block(line, here), *_block(way, group))
            falling = (*_block(line, group), *_block(way, here))
            found = (float(part[partner, other]) for part in (up, down, cost))
            yield _Cycle(rising, falling, *found)

    def _best(self, cost: FloatArray, up: FloatArray, down: FloatArray) -> int | None:
        """The place with the least cost a person; None where nobody can move."""
        if not cost.size:
            return None
        gain = np.minimum(up + down, self.width)
        with np.errstate(divide="ignore", invalid="ignore"):
            worth = np.where((gain > 0) & np.isfinite(cost), (cost + 0.01) / gain, np.inf)
        best = int(np.argmin(worth))
        return best if np.isfinite(worth.flat[best]) else None


class _Branches:
    """A tree seen from its leaves: lines to the root, leaves below, and where two lines part."""

    def __init__(self, parent: IntArray) -> None:
        self.lines = [_line(parent, node) for node in range(len(parent))]
        inner = {int(above) for above in parent if above >= 0}
        below: list[list[int]] = [[] for _ in parent]
        for node, line in enumerate(self.lines):
            for above in () if node in inner else line:
                below[above].append(node)
        self.leaves = [np.array(leaves, dtype=np.int64) for leaves in below]
        self._others: dict[tuple[int, int], IntArray] = {}

    def over(self, leaf: int, node: int) -> list[int]:
        """The nodes strictly over `node` on the leaf's line that lead to other leaves as well."""
        line = self.lines[leaf]
        above = line[line.index(node) + 1 :]
        return [n for n in above if len(self.apart(leaf, n)[1])]

    def apart(self, leaf: int, meeting: int) -> _Parting:
        """The leaf's line below the meeting, and those of all leaves that part there: (leaves, steps)."""
        line = self.lines[leaf]
        own = line[: line.index(meeting)]
        key = (own[-1], meeting)
        if key not in self._others:
            others = np.setdiff1d(self.leaves[meeting], self.leaves[own[-1]])
            ways = [self.lines[o][: self.lines[o].index(meeting)] for o in others.tolist()]
            longest = max(map(len, ways), default=0)
            padded = [way + way[-1:] * (longest - len(way)) for way in ways]
            self._others[key] = np.array(padded, dtype=np.int64).reshape(len(ways), longest)
        return own, self._others[key]


def _line(parent: IntArray, node: int) -> list[int]:
    line = [node]
    while parent[line[-1]] >= 0:
        line.append(int(parent[line[-1]]))
    return line


def _block(rows: Sequence[int], columns: Sequence[int]) -> tuple[tuple[int, int], ...]:
    return tuple((row, column) for row in dict.fromkeys(rows) for column in dict.fromkeys(columns))
