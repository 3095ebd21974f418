"""Figures hidden so that no hidden one can be worked out, the same in every table of a round.

All figures of a questionnaire in a cell are shown together or not at all, so that no factor, index, level or
count of questions put gives a criterion away. The whole round is looked at, whatever part somebody may see;
`protection` says how. Questions that hardly anybody of a group answers are looked at one by one, and an index
that holds such a question is hidden where the question is. Figures of complete forms alone are hidden where
too few others separate them from the main ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.arrays import BoolArray, IntArray
from analysis.cube import Cube
from app.results.book import Book
from app.results.demographics import DEMOGRAPHICS
from app.results.figures import Figure
from app.results.people_counts import Counts
from app.results.protection import HiddenUnits, Table, hide_cells, hide_units
from app.results.trees import Crossing, Path, Tree

WHOLE = ""
DIRECT = "*"
PARTIAL = "usable"
STRUCTURAL_SHARE = 0.5
"""A question answered by a smaller share of a group than this is no question of everybody there."""

Way = tuple[str, ...]
Pattern = tuple[str, ...]
Cubes = Mapping[tuple[str, ...], Cube]


@dataclass(frozen=True, slots=True)
class Cells:
    """Which cells of units by groups are hidden, and which have people; rows by unit, columns by path."""

    units: Mapping[str, int]
    groups: Mapping[Path, int]
    hidden: BoolArray
    present: BoolArray

    def has(self, unit: str, path: Path) -> bool:
        row, column = self.units.get(unit), self.groups.get(path)
        return row is not None and column is not None and bool(self.hidden[row, column])

    def at(self, places: "Places") -> BoolArray:
        """(domains,): whether one of a domain's places is hidden."""
        row = np.array([self.units.get(name, -1) for name in places.units])[places.unit]
        column = np.array([self.groups.get(path, -1) for path in places.paths])[places.path]
        known = np.flatnonzero((row >= 0) & (column >= 0))
        hidden = known[self.hidden[row[known], column[known]]]
        return np.asarray(np.bincount(places.domain[hidden], minlength=places.domains) > 0)

    def empty(self) -> list[tuple[str, Path]]:
        """Hidden cells without people."""
        units, paths = list(self.units), list(self.groups)
        found = np.argwhere(self.hidden & ~self.present).tolist()
        return [(units[row], paths[column]) for row, column in found]

    def any_of(self, unit: str) -> bool:
        row = self.units.get(unit)
        return row is not None and bool(self.hidden[row].any())


@dataclass(frozen=True, slots=True)
class Places:
    """Where the domains of a table stand in the one that decides it; without units a domain has several.

    Shapes: `domain`, `unit`, `path` (places,): the domain's number, and codes into `units` and `paths`.
    """

    way: Way
    units: Sequence[str]
    paths: Sequence[Path]
    domains: int
    domain: IntArray
    unit: IntArray
    path: IntArray

    @classmethod
    def of(cls, keys: Sequence[str], labels: Sequence[Sequence[str]], tops: Sequence[str]) -> "Places":
        """The places of these labels; without units a domain is about all `tops`."""
        units: dict[str, int] = {}
        paths: dict[Path, int] = {}
        found = []
        for domain, label in enumerate(labels):
            values = dict(zip(keys, label, strict=True))
            code = values.pop("unit", None)
            path = paths.setdefault(tuple(f"{n}:{value}" for n, value in values.items()), len(paths))
            for unit in tops if code is None else [code or WHOLE]:
                found.append((domain, units.setdefault(unit, len(units)), path))
        columns = np.array(found, dtype=np.int64).reshape(-1, 3).T
        return cls(way_of(keys), list(units), list(paths), len(labels), *columns)


@dataclass(slots=True)
class Hidden:
    """What is hidden in a round, pattern by pattern and way of grouping by way."""

    root: str
    families: tuple[tuple[str, ...], ...]
    cells: dict[Pattern, dict[Way, Cells]] = field(default_factory=dict)

    def mask(
        self,
        keys: Sequence[str],
        labels: Sequence[Sequence[str]],
        *,
        figures: Sequence[Figure],
        tops: Sequence[str],
    ) -> BoolArray:
        """(domains, figures): whether a figure is hidden.

        Where units are not told apart a figure is about all `tops`: hidden if that of one of them is.
        """
        places = Places.of(keys, labels, tops)
        wanted = [self._patterns(figure) for figure in figures]
        columns = {pattern: self._column(pattern, places) for one in wanted for pattern in one}
        nothing = np.zeros(places.domains, dtype=np.bool_)
        found = [np.any([columns[pattern] for pattern in one] or [nothing], axis=0) for one in wanted]
        return np.column_stack(found).reshape(places.domains, len(figures))

    def whole_mask(
        self, keys: Sequence[str], labels: Sequence[Sequence[str]], *, tops: Sequence[str]
    ) -> BoolArray:
        """(domains,): whether counts of all forms together would tell of a hidden questionnaire."""
        places = Places.of(keys, labels, tops)
        every = [self._column(pattern, places) for pattern in self.cells if pattern[0] == "main"]
        return np.asarray(np.any(every, axis=0) if every else np.zeros(places.domains), dtype=np.bool_)

    def empty_labels(self, keys: Sequence[str]) -> list[tuple[str, ...]]:
        """Cells without people that are shown as hidden, as labels of a table by these dimensions."""
        if not keys or keys[0] != "unit":
            return []
        names, way = tuple(keys[1:]), way_of(keys)
        found: dict[tuple[str, ...], None] = {}
        for ways in self.cells.values():
            for unit, path in ways[way].empty() if way in ways else ():
                steps = [step.partition(":") for step in path]
                if tuple(name for name, _, _ in steps) == names and not unit.endswith(DIRECT):
                    found[(unit, *(value for _, _, value in steps))] = None
        return list(found)

    def any_within(
        self, name: str, keys: Sequence[str], labels: Sequence[Sequence[str]], *, tops: Sequence[str]
    ) -> list[bool]:
        """(domains,): whether any group of this dimension is hidden in a domain of units."""
        tables = [ways[name,] for pattern, ways in self.cells.items() if pattern[0] == "main"]
        places = Places.of(keys, labels, tops)
        hidden = np.array(
            [any(table.any_of(unit) for table in tables) for unit in places.units], dtype=np.bool_
        )
        inside = places.domain[hidden[places.unit]] if len(hidden) else places.domain
        return [bool(count) for count in np.bincount(inside, minlength=places.domains)]

    def _column(self, pattern: Pattern, places: Places) -> BoolArray:
        ways = self.cells.get(pattern, {})
        return ways[places.way].at(places) if places.way in ways else np.zeros(places.domains, dtype=np.bool_)

    def _patterns(self, figure: Figure) -> list[Pattern]:
        items = figure.measure.items
        number = str(next(i for i, family in enumerate(self.families) if items[0] in family))
        found: list[Pattern] = [("main", number), *(("item", item) for item in items)]
        if figure.sensitivity:
            found.append(("partial", number, figure.kind))
        return [pattern for pattern in found if pattern in self.cells]


def way_of(keys: Sequence[str]) -> Way:
    """The crossing that decides a table: fields stand over services."""
    way = tuple(name for name in keys if name != "unit" and (name != "field" or "service" not in keys))
    return ("service",) if way in ((), ("field",)) else way


def hidden_cells(
    cubes: Cubes,
    book: Book,
    *,
    families: Sequence[tuple[tuple[str, ...], tuple[float, ...]]],
    by: Sequence[str],
    fewest: int,
) -> Hidden:
    """Settle every declared table of the round, and the one by these dimensions if it is another.

    `families` are the questions of each questionnaire, the headline first, with what counts as satisfied.
    """
    rows = _Rows(cubes, book, {item: satisfied for items, satisfied in families for item in items})
    hidden = Hidden(rows.root, tuple(items for items, _ in families))
    ways = declared_ways(cubes)
    asked = way_of(by)
    for number, (items, satisfied) in enumerate(families):
        for pattern, only, partial in _patterns_of(rows, str(number), items, satisfied, ways):
            settled = _settle(rows, (only, satisfied, partial), ways, asked=asked, fewest=fewest)
            if settled:
                hidden.cells[pattern] = settled
    return hidden


def declared_ways(cubes: Cubes) -> list[Way]:
    """How the declared tables group answers."""
    people = [name for name in DEMOGRAPHICS if (name,) in cubes]
    return [("service",), ("submission",), ("mode",), ("month",), *((name,) for name in people)]


Question = tuple[tuple[str, ...], tuple[float, ...], str]
"""Items, what counts as satisfied, and of which forms: all (""), or partial ones by people at all."""


def _patterns_of(
    rows: "_Rows", number: str, items: tuple[str, ...], satisfied: tuple[float, ...], ways: Sequence[Way]
) -> Iterator[tuple[Pattern, tuple[str, ...], str]]:
    yield ("main", number), items, ""
    for item in _structural_items(rows, (items, satisfied, ""), ways):
        yield ("item", item), (item,), ""
    yield ("partial", number, "headline"), items[:1], PARTIAL
    yield ("partial", number, "overall"), items, PARTIAL


def _structural_items(rows: "_Rows", question: Question, ways: Sequence[Way]) -> list[str]:
    found: set[str] = set()
    for way in ways:
        crossing = rows.crossing(question, way)
        if crossing is not None:
            found |= {question[0][i] for i in np.flatnonzero(_structural(crossing).any(axis=0))}
    return [item for item in question[0] if item in found]


def _structural(crossing: Crossing) -> BoolArray:
    """(groups, items): questions that less than half of a group's people answer in the whole round."""
    answered = crossing.answered[0]
    return np.asarray(answered < STRUCTURAL_SHARE * answered.max(axis=1, keepdims=True), dtype=np.bool_)


def _settle(
    rows: "_Rows", question: Question, ways: Sequence[Way], *, asked: Way, fewest: int
) -> dict[Way, Cells]:
    crossings = {way: rows.crossing(question, way) for way in ways}
    tables = {way: _table(crossing) for way, crossing in crossings.items() if crossing is not None}
    if not tables:
        return {}
    units = hide_units(list(tables.values()), fewest=fewest)
    found = {
        way: _cells(rows, table, hide_cells(table, units, fewest=fewest)) for way, table in tables.items()
    }
    if asked not in found:
        found[asked] = _crossed(rows, question, asked, units=units, settled=found, fewest=fewest)
    return found


def _crossed(
    rows: "_Rows",
    question: Question,
    way: Way,
    *,
    units: HiddenUnits,
    settled: Mapping[Way, Cells],
    fewest: int,
) -> Cells:
    """A crossing nobody declared: hidden wherever one of its declared tables is, and protected in itself."""
    crossing = rows.crossing(question, way)
    if crossing is None:
        raise RuntimeError("a crossing of answers that are there")
    table = _table(crossing)
    also = np.zeros(table.present.shape, dtype=np.bool_)
    names = rows.unit_names(crossing.units)
    for column, path in enumerate(crossing.groups.nodes):
        parts = list(rows.parts(way, path))
        for row, unit in enumerate(names):
            also[row, column] = any(settled[w].has(unit, part) for w, part in parts if w in settled)
    return _cells(rows, table, hide_cells(table, units, fewest=fewest, also=also))


def _table(crossing: Crossing) -> Table:
    items = crossing.answered.shape[2]
    return Table.of(crossing, structural=_structural(crossing) if items > 1 else None)


def _cells(rows: "_Rows", table: Table, hidden: BoolArray) -> Cells:
    units = {name: i for i, name in enumerate(rows.unit_names(table.crossing.units))}
    nodes = table.crossing.groups.nodes
    groups = {_named(path): i for i, path in enumerate(nodes)}
    return Cells(units, groups, hidden, table.present)


def _named(path: Path) -> Path:
    """The path as a table's labels say it: a service without the field it stands under."""
    return tuple(
        step
        for step, after in zip(path, (*path[1:], ""), strict=False)
        if not (step.startswith("field:") and after.startswith("service:"))
    )


class _Rows:
    """The eligible rows of the cubes with their places in the trees; crossings are counted once."""

    def __init__(self, cubes: Cubes, book: Book, satisfied: Mapping[str, tuple[float, ...]]) -> None:
        self.small = {key: Counts.of(cube, satisfied) for key, cube in cubes.items()}
        self.book = book
        self.root = next(iter(book.tops)) if len(book.tops) == 1 else ""
        self.inner = {line[-2] for line in book.lineage.values() if len(line) > 1}
        self._trees: dict[Way, tuple[tuple[Tree, IntArray], tuple[Tree, IntArray]]] = {}
        self._counted: dict[tuple[Question, Way], Crossing | None] = {}

    def crossing(self, question: Question, way: Way) -> Crossing | None:
        """Units by these groups for these questions; None where nobody was asked."""
        if (question, way) not in self._counted:
            self._counted[question, way] = self._count(question, way)
        return self._counted[question, way]

    def unit_names(self, tree: Tree) -> list[str]:
        return [path[-1] if path else self.root for path in tree.nodes]

    def parts(self, way: Way, path: Path) -> Iterator[tuple[Way, Path]]:
        """The declared tables that a path of a crossing belongs to, with its place there."""
        left = list(path)
        for name in way:
            steps = 2 if name == "service" else 1
            mine, left = left[:steps], left[steps:]
            if mine:
                yield (("service",) if name == "field" else (name,)), _named(tuple(mine))

    def _count(self, question: Question, way: Way) -> Crossing | None:
        items, _, partial = question
        counts = self.small[tuple(name for name in way if name in DEMOGRAPHICS)]
        if way not in self._trees:
            self._trees[way] = (self._unit_tree(counts), self._group_tree(counts, way))
        units, groups = self._trees[way]
        answers = counts.answers(items, outcome=partial)
        if not answers.asked.any():
            return None
        crossing = Crossing.count(units, groups, answers)
        return _people_at_all(crossing) if partial else crossing

    def _unit_tree(self, counts: Counts) -> tuple[Tree, IntArray]:
        paths = []
        for unit in counts.labels["unit"]:
            line = self.book.lineage[unit][1 if self.root else 0 :]
            paths.append((*line, f"{unit}{DIRECT}") if unit in self.inner else line)
        return Tree.of(paths), counts.codes["unit"]

    def _group_tree(self, counts: Counts, way: Way) -> tuple[Tree, IntArray]:
        names = ["service" if name == "field" else name for name in way]
        columns = [(counts.codes[name], counts.labels[name]) for name in names]
        codes = np.column_stack([code for code, _ in columns])
        distinct, place = np.unique(codes, axis=0, return_inverse=True)
        paths = [
            tuple(
                step
                for name, (_, labels), code in zip(way, columns, row, strict=True)
                for step in _steps(name, labels[code], self.book)
            )
            for row in distinct.tolist()
        ]
        leaves = {path: i for i, path in enumerate(dict.fromkeys(paths))}
        leaf = np.array([leaves[path] for path in paths], dtype=np.int64)
        return Tree.of(list(leaves)), leaf[place.reshape(-1)]


def _steps(name: str, label: str, book: Book) -> Path:
    """The path of one dimension's label in the cube: a service stands under its field."""
    if name == "service":
        return (f"field:{book.field_of(label)}", f"service:{label}")
    return (f"field:{book.field_of(label)}",) if name == "field" else (f"{name}:{label}",)


def _people_at_all(crossing: Crossing) -> Crossing:
    """Several questions as one: the one most people answered, the one most were satisfied with."""
    most = crossing.answered.max(axis=2, keepdims=True)
    return replace(crossing, answered=most, satisfied=crossing.satisfied.max(axis=2, keepdims=True))
