"""Figures hidden so that no hidden one can be worked out by subtraction, the same in every table of a round.

A table is protected together with every coarser one that its sums lead to (unit and service: also unit and
field, unit, service, field, everything). The coarser ones are settled first and stay as they are, so a figure
is either shown in all tables or in none. The whole round is looked at, whatever part somebody may see.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from analysis.arrays import BoolArray, FloatArray, IntArray
from analysis.cube import Cube
from analysis.errors import CannotBeProtected
from analysis.opt_in_sums import group_sum
from analysis.reliability import disclosure_marks
from analysis.suppression import RollUp, complementary_suppression, declared_roll_ups
from app.results.book import Book
from app.results.demographics import DEMOGRAPHICS
from app.results.figures import Figure

Key = tuple[str, ...]
Group = tuple[tuple[str, ...], tuple[float, ...]]

DIMENSIONS = ("unit", "service", "submission", "mode", "month", *DEMOGRAPHICS)
LEVELS = {"unit": ("", "unit"), "service": ("", "field", "service")}
DIRECT = "*"
UNANSWERED = "?"
MOST_CELLS = 4000


def group_of(figure: Figure) -> Group:
    """Figures over the same items stand on the same people."""
    return figure.measure.items, figure.satisfied


@dataclass(frozen=True, slots=True)
class Counts:
    """People by cell: `respondents`, `dissenters` (cells,); `additive` (cells, columns) adds up exactly."""

    respondents: FloatArray
    dissenters: FloatArray
    additive: FloatArray


@dataclass(slots=True)
class Hidden:
    """Which cells are hidden, figure group by figure group; `root` is the unit that stands for everything."""

    root: str
    cells: dict[Group, dict[Key, bool]] = field(default_factory=dict)

    def mask(
        self,
        keys: Sequence[str],
        labels: Sequence[Sequence[str]],
        *,
        figures: Sequence[Figure],
        tops: Sequence[str],
    ) -> BoolArray:
        """(domains, figures): whether a figure is hidden, whatever the reason.

        Where units are not told apart a figure is about all `tops`: hidden if that of one of them is.
        """
        cells = [[self._key(keys, label, top) for top in tops] for label in labels]
        columns = {group: self._column(group, cells) for group in {group_of(f) for f in figures}}
        return np.column_stack([columns[group_of(f)] for f in figures]).reshape(len(cells), len(figures))

    def _column(self, group: Group, cells: Sequence[Sequence[Key]]) -> BoolArray:
        known = self.cells[group]
        return np.array([any(known.get(key, False) for key in one) for one in cells], dtype=np.bool_)

    def _key(self, keys: Sequence[str], label: Sequence[str], top: str) -> Key:
        values = dict(zip(keys, label, strict=True))
        service = f"s:{values['service']}" if "service" in values else ""
        service = f"f:{values['field']}" if "field" in values else service
        values |= {name: values[name] or UNANSWERED for name in DEMOGRAPHICS if name in values}
        others = (values.get(name, "") for name in DIMENSIONS[2:])
        return (values.get("unit") or top, service, *others)


def hidden_cells(
    cube: Cube, book: Book, *, by: Sequence[str], groups: Sequence[Group], fewest: int
) -> Hidden:
    """Settle every table up to the one by these dimensions."""
    leaves = _Leaves.of(cube, book)
    hidden = Hidden(leaves.root, {group: {} for group in groups})
    for levels in _tables(by):
        lattice = _Lattice.of(leaves, levels, book)
        for group in groups:
            counts = lattice.count(leaves, group)
            _settle(lattice, counts, hidden.cells[group], fewest=fewest)
    return hidden


def _settle(lattice: "_Lattice", counts: Counts, known: dict[Key, bool], *, fewest: int) -> None:
    """Decide the cells of one table that no coarser table has decided."""
    fixed = np.array([key in known for key in lattice.keys], dtype=np.bool_)
    before = np.array([known.get(key, False) for key in lattice.keys], dtype=np.bool_)
    marks = disclosure_marks(counts.respondents, counts.dissenters, fewest=fewest)
    primary = np.where(fixed, before, marks.any & (counts.respondents > 0))
    hidden = primary
    if primary.any():
        hidden = _protect(lattice, counts, primary=primary, frozen=fixed & ~before, width=fewest)
    known.update(zip(lattice.keys, hidden.tolist(), strict=True))


def _protect(
    lattice: "_Lattice", counts: Counts, *, primary: BoolArray, frozen: BoolArray, width: int
) -> BoolArray:
    """Primary and complementary cells; where nothing else helps, every cell that is not settled yet."""
    if len(lattice.keys) > MOST_CELLS:
        return _hide_smallest(lattice.roll_ups, counts.respondents, primary=primary, frozen=frozen)
    try:
        found = complementary_suppression(
            counts.additive.astype(np.int64), lattice.roll_ups, primary=primary, width=width, frozen=frozen
        )
    except CannotBeProtected:
        return np.asarray(~frozen & (counts.respondents > 0) | primary, dtype=np.bool_)
    return found.hidden


def _hide_smallest(
    roll_ups: Sequence[RollUp], respondents: FloatArray, *, primary: BoolArray, frozen: BoolArray
) -> BoolArray:
    """For very large tables: the smallest partner is hidden until no sum has a single hidden part."""
    hidden, changed = primary.copy(), True
    while changed:
        changed = False
        for roll_up in roll_ups:
            members = [roll_up.total, *roll_up.parts]
            if sum(hidden[members]) == 1:
                free = [c for c in members if not hidden[c] and not frozen[c] and respondents[c] > 0]
                if free:
                    hidden[min(free, key=lambda c: (respondents[c], c))] = changed = True
    return hidden


def _tables(by: Sequence[str]) -> list[tuple[int, ...]]:
    """The table by these dimensions and all coarser ones, coarsest first: a level a dimension."""
    finest = [int(name in by) for name in DIMENSIONS]
    finest[1] = 2 if "service" in by else int("field" in by)
    return sorted(product(*(range(level + 1) for level in finest)), key=lambda levels: (sum(levels), levels))


@dataclass(frozen=True, slots=True)
class _Leaves:
    """The finest cells: a key each, and counts by item."""

    root: str
    keys: tuple[Key, ...]
    items: tuple[str, ...]
    levels: FloatArray
    row_leaf: IntArray
    row_answered: FloatArray
    people: dict[tuple[str, ...], FloatArray] = field(default_factory=dict)

    @classmethod
    def of(cls, cube: Cube, book: Book) -> "_Leaves":
        parents = {line[-2] for line in book.lineage.values() if len(line) > 1}
        root = next(iter(book.tops)) if len(book.tops) == 1 else ""
        units = [f"{unit}{DIRECT}" if unit in parents else unit for unit in cube.label("unit")]
        columns = [
            [units[code] for code in cube.code("unit")],
            [cube.label("service")[code] for code in cube.code("service")],
            [cube.label("submission")[code] for code in cube.code("submission")],
            [cube.label("mode")[code] for code in cube.code("mode")],
            [cube.label("date")[code][:7] for code in cube.code("date")],
        ]
        columns += [_labels_of(cube, name) for name in DEMOGRAPHICS]
        rows = list(zip(*columns, strict=True))
        keys = tuple(dict.fromkeys(rows))
        place = {key: i for i, key in enumerate(keys)}
        leaf = np.array([place[row] for row in rows], dtype=np.int64)
        answered = cube.levels.sum(axis=2).astype(np.float64)
        flat = cube.levels.reshape(len(rows), -1).astype(np.float64)
        levels = np.asarray(group_sum(leaf, len(keys)) @ flat).reshape(len(keys), *cube.levels.shape[1:])
        return cls(root, keys, cube.items, levels, leaf, answered)

    def respondents(self, items: tuple[str, ...]) -> FloatArray:
        """People by leaf: those of the most-answered item, day by day."""
        if items not in self.people:
            positions = [self.items.index(item) for item in items]
            most = self.row_answered[:, positions].max(axis=1)
            by_leaf = np.bincount(self.row_leaf, most, minlength=len(self.keys))
            self.people[items] = np.asarray(by_leaf, dtype=np.float64)
        return self.people[items]


def _labels_of(cube: Cube, name: str) -> list[str]:
    """Row by row; where a cube does not tell people apart they are one."""
    if name not in cube.keys:
        return [""] * len(cube.responses)
    return [cube.label(name)[code] or UNANSWERED for code in cube.code(name)]


@dataclass(frozen=True, slots=True)
class _Lattice:
    """The cells of one table with all their totals, and how leaves add up to them."""

    keys: tuple[Key, ...]
    roll_ups: tuple[RollUp, ...]
    cell: IntArray
    leaf: IntArray

    @classmethod
    def of(cls, leaves: _Leaves, levels: Sequence[int], book: Book) -> "_Lattice":
        chains = _Chains(leaves.root, levels, book)
        place: dict[Key, int] = {}
        pairs: list[tuple[int, int]] = []
        for i, leaf in enumerate(leaves.keys):
            for key in chains.above(leaf):
                pairs.append((place.setdefault(key, len(place)), i))
        cell, leaves_of_cells = np.array(pairs, dtype=np.int64).T
        return cls(tuple(place), _roll_ups(tuple(place), chains), cell, leaves_of_cells)

    def count(self, leaves: _Leaves, group: Group) -> Counts:
        items, satisfied = group
        against = 1 - np.asarray(satisfied)
        respondents = self._sum(leaves.respondents(items))
        dissent = [self._sum(leaves.levels[:, leaves.items.index(item)] @ against) for item in items]
        dissenters = np.minimum(np.max(dissent, axis=0), respondents)
        columns = [respondents, respondents - dissenters] if len(items) == 1 else [respondents]
        return Counts(respondents, dissenters, np.column_stack(columns))

    def _sum(self, values: FloatArray) -> FloatArray:
        return np.asarray(
            np.bincount(self.cell, values[self.leaf], minlength=len(self.keys)), dtype=np.float64
        )


class _Chains:
    """From a finest cell to every cell that contains it in a table of these levels."""

    def __init__(self, root: str, levels: Sequence[int], book: Book) -> None:
        self.root, self.levels, self.book = root, levels, book

    def above(self, leaf: Key) -> Iterator[Key]:
        return product(*(self.chain(place, name, leaf[place]) for place, name in enumerate(DIMENSIONS)))

    def chain(self, place: int, name: str, label: str) -> list[str]:
        if self.levels[place] == 0:
            return [self.root if name == "unit" else ""]
        if name == "unit":
            return self._units(label)
        if name == "service":
            steps = [f"s:{label}", f"f:{self.book.field_of(label)}", ""]
            return steps[2 - self.levels[place] :]
        return [label, ""]

    def _units(self, label: str) -> list[str]:
        line = list(reversed(self.book.lineage[label.removesuffix(DIRECT)]))
        chain = [label, *line] if label.endswith(DIRECT) else line
        return chain if chain[-1] == self.root else [*chain, self.root]

    def parent(self, place: int, node: str) -> str | None:
        """The node above, None for the topmost: (one step of `chain`)."""
        name = DIMENSIONS[place]
        if self.levels[place] == 0 or node == (self.root if name == "unit" else ""):
            return None
        if name == "unit":
            return self._units(node)[1]
        if node.startswith("s:") and name == "service":
            return f"f:{self.book.field_of(node[2:])}"
        return ""


def _roll_ups(keys: Sequence[Key], chains: _Chains) -> tuple[RollUp, ...]:
    columns, parents = [], []
    for place in range(len(DIMENSIONS)):
        nodes = sorted({key[place] for key in keys})
        code: Mapping[str, int] = {node: i for i, node in enumerate(nodes)}
        above = [chains.parent(place, node) for node in nodes]
        parents.append(np.array([-1 if up is None else code[up] for up in above], dtype=np.int64))
        columns.append([code[key[place]] for key in keys])
    return declared_roll_ups(np.array(columns, dtype=np.int64).T, parents)
