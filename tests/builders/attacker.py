"""Somebody who has every number of a round that is shown, and a linear program; data made to be hard.

`Attacker` is given, in whole numbers, which is more than any file holds: the people and the satisfied people
of a question in every cell where that question is shown, those of complete forms alone where they are shown
beside, single levels of the units that are shown, which rows exist, that everybody is in exactly one group of
every dimension and one unit of every level, and how many forms the page of a round's course tells of.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array

from analysis.cube import NOT_ASKED, Cube, canonical, cube_from_rows
from app.results.book import Book
from app.results.disclosure import Cells, Hidden

ITEMS = ("h", "a", "b", "c")
SATISFIED = (0.0, 0.0, 0.0, 1.0, 1.0)
ROOT = "P"
PEOPLE = ("sex", "age_band")
Floats = NDArray[np.float64]


@dataclass
class Tree:
    """Communes under one province, or under districts of it; services in fields."""

    lineage: dict[str, tuple[str, ...]]
    people: dict[str, object] = field(default_factory=dict)

    @property
    def tops(self) -> set[str]:
        return {line[0] for line in self.lineage.values()}

    def field_of(self, service: str) -> str:
        return f"field {service[0]}"


def made_up(
    seed: int,
    *,
    units: int,
    services: int,
    mean: float,
    satisfied: float,
    deep: bool = False,
    alone: Mapping[str, int] | None = None,
) -> tuple[Cube, Tree]:
    """Units and services of very different sizes; most crossings hold nobody, one or two people.

    `alone`: questions that are put to people of one service only.
    """
    rng = np.random.default_rng(seed)
    names = [f"u{i}" for i in range(units)]
    above = {name: (ROOT, f"d{i % 3}") if deep else (ROOT,) for i, name in enumerate(names)}
    lineage = {ROOT: (ROOT,), **{name: (*above[name], name) for name in names}}
    lineage |= {f"d{i}": (ROOT, f"d{i}") for i in range(3)} if deep else {}
    weight = rng.pareto(1.2, units)[:, None] * rng.pareto(1.0, services)[None]
    counts = rng.poisson(mean * units * services * weight / weight.sum())
    place = np.repeat(np.arange(counts.size), counts.ravel())
    n = len(place)
    unit, service = np.divmod(place, services)
    keys = {
        "unit": [names[i] for i in unit],
        "service": [f"{'xyz'[i % 3]}{i}" for i in service],
        "submission": rng.choice(["counter", "online"], n, p=[0.8, 0.2]).tolist(),
        "mode": rng.choice(["kiosk", "receipt", "paper"], n, p=[0.7, 0.27, 0.03]).tolist(),
        "date": [f"2026-0{m}-1{d}" for m, d in zip(rng.choice([7, 8, 9], n), rng.choice(3, n), strict=True)],
        "outcome": rng.choice(["complete", "usable"], n, p=[0.9, 0.1]).tolist(),
        "sex": rng.choice(["1", "2", ""], n, p=[0.45, 0.45, 0.1]).tolist(),
        "age_band": rng.choice(["1", "2", "3", "4", "5", ""], n, p=[0.1, 0.2, 0.3, 0.2, 0.1, 0.1]).tolist(),
    }
    answers = {}
    for item in ITEMS:
        level = np.where(rng.random(n) < satisfied, rng.choice([4, 5], n), rng.choice([1, 2, 3], n))
        answers[item] = np.where(rng.random(n) < 0.06, rng.choice([0, -1], n), level)
        if item in (alone or {}):
            answers[item][service != (alone or {})[item]] = NOT_ASKED
    return cube_from_rows(keys, answers), Tree(lineage)


def cubes_of(cube: Cube) -> dict[tuple[str, ...], Cube]:
    """The cube without demographics, and one for each of them."""
    return {
        key: _without(cube, [name for name in PEOPLE if name not in key])
        for key in [(), *((p,) for p in PEOPLE)]
    }


def _without(cube: Cube, names: list[str]) -> Cube:
    kept = [i for i, key in enumerate(cube.keys) if key not in names]
    form = Cube(
        tuple(cube.keys[i] for i in kept),
        tuple(cube.labels[i] for i in kept),
        cube.codes[:, kept],
        cube.items,
        cube.responses,
        cube.counts,
    )
    return canonical(form, form.codes, form.responses, form.counts)


WAYS = ("service", "submission", "mode", "month", "sex", "age_band", "occupation")
Cubes = Mapping[tuple[str, ...], Cube]
Path = tuple[str, ...]
ENDINGS = ("complete", "usable")
LEVELS = len(SATISFIED)
KINDS = tuple(range(len(ENDINGS) * LEVELS))
"""How the form ended, and the level that was chosen."""
UNFINISHED = KINDS[LEVELS:]
CONTENT = tuple(kind for kind in KINDS if SATISFIED[kind % LEVELS])
Row = tuple[list[int], list[float], float]


@dataclass(frozen=True)
class Told:
    """What the page of a round's course tells of a cell: usable forms, and complete ones where it does."""

    usable: int
    complete: int | None


@dataclass
class Secret:
    """A cell whose people are looked for: those of some kinds, in some units and groups."""

    way: str
    unit: str
    path: Path
    kinds: tuple[int, ...]
    units: NDArray[np.bool_]
    groups: NDArray[np.bool_]


class Attacker:
    """People of every unit, group and kind as unknowns; what is shown of one question as equations."""

    def __init__(
        self,
        cubes: Cubes,
        tree: Tree | Book,
        hidden: Hidden,
        *,
        item: str,
        told: Mapping[tuple[str, str, str], Told] | None = None,
    ) -> None:
        family = next(i for i, items in enumerate(hidden.families) if item in items)
        self.tree, self.told = tree, told or {}
        self.patterns = [
            hidden.cells[key] for key in (("main", str(family)), ("item", item)) if key in hidden.cells
        ]
        rating = item == hidden.families[family][0]
        self.partial = hidden.cells.get(("partial", str(family), "headline"), {}) if rating else {}
        self.ways = [way for way in WAYS if (way,) in self.patterns[0]]
        self.units = sorted({unit for cube in cubes.values() for unit in cube.label("unit")})
        self.groups: dict[str, list[Path]] = {}
        self.true: dict[str, Floats] = {}
        self.asked: dict[str, Floats] = {}
        for way in self.ways:
            self._count(cubes.get((way,), cubes[()]), way, item)
        self.populations: list[Floats] = []
        self._number_unknowns()
        self._write_equations()

    def is_hidden(self, way: str, unit: str, path: Path) -> bool:
        return any((way,) in ways and ways[way,].has(unit, path) for ways in self.patterns)

    def _count(self, cube: Cube, way: str, item: str) -> None:
        paths = self._paths(cube, way)
        groups = self.groups[way] = sorted(set(paths))
        counts = cube.levels[:, cube.item(item)].astype(float)
        ended = np.array([ENDINGS.index(label) for label in cube.label("outcome")])[cube.code("outcome")]
        asked = cube.counts[:, cube.item(item)].sum(axis=1) > 0
        unit = np.array([self.units.index(label) for label in cube.label("unit")])[cube.code("unit")]
        group = np.array([groups.index(path) for path in paths])
        table = np.zeros((len(KINDS), len(self.units), len(groups)))
        for level in range(LEVELS):
            np.add.at(table, (LEVELS * ended + level, unit, group), counts[:, level])
        self.true[way] = table
        self.asked[way] = np.zeros(table.shape[1:])
        np.add.at(self.asked[way], (unit, group), asked)

    def _paths(self, cube: Cube, way: str) -> list[Path]:
        if way == "month":
            return [(f"month:{cube.label('date')[code][:7]}",) for code in cube.code("date")]
        labels = [cube.label(way)[code] for code in cube.code(way)]
        if way == "service":
            return [(f"field:{self.tree.field_of(label)}", f"service:{label}") for label in labels]
        return [(f"{way}:{label}",) for label in labels]

    def _number_unknowns(self) -> None:
        """Unknown is what is listed: cells where somebody was asked, and empty ones that look hidden."""
        self.place: dict[str, NDArray[np.int64]] = {}
        self.unknowns = 0
        for way in self.ways:
            listed = self.asked[way] > 0
            looks = {cell for ways in self.patterns if (way,) in ways for cell in ways[way,].empty()}
            for i, unit in enumerate(self.units):
                for j, path in enumerate(self.groups[way]):
                    listed[i, j] |= (unit, path[-1:]) in looks
            place = np.full(self.true[way].shape, -1, dtype=np.int64)
            count = len(KINDS) * int(listed.sum())
            place[:, listed] = self.unknowns + np.arange(count).reshape(len(KINDS), -1)
            self.place[way] = place
            self.unknowns += count

    def nodes(self, way: str) -> Iterator[tuple[str, Path, NDArray[np.bool_], NDArray[np.bool_]]]:
        """Every cell a table has a row for: unit, path as the table says it, which leaves it stands for."""
        lines = [self.tree.lineage[unit] for unit in self.units]
        for unit in dict.fromkeys(step for line in lines for step in line):
            rows = np.array([unit in line for line in lines])
            yield unit, (), rows, np.ones(len(self.groups[way]), dtype=np.bool_)
            for step in dict.fromkeys(step for path in self.groups[way] for step in path):
                yield unit, (step,), rows, np.array([step in path for path in self.groups[way]])

    def _write_equations(self) -> None:
        equal: list[Row] = []
        most: list[Row] = []
        for way in self.ways:
            for unit, path, units, groups in self.nodes(way):
                for kinds in self._shown(way, unit, path):
                    here = np.ix_(kinds, np.flatnonzero(units), np.flatnonzero(groups))
                    equal.append((self._places(way, here), [], float(self.true[way][here].sum())))
                for kinds, count in self._at_most(way, unit, path):
                    here = np.ix_(kinds, np.flatnonzero(units), np.flatnonzero(groups))
                    most.append((self._places(way, here), [], float(count)))
        for way in self.ways[1:]:
            for kind in KINDS:
                for i in range(len(self.units)):
                    one, other = (self.place[w][kind][i] for w in (self.ways[0], way))
                    plus, minus = one[one >= 0].tolist(), other[other >= 0].tolist()
                    equal.append((plus + minus, [1.0] * len(plus) + [-1.0] * len(minus), 0.0))
        self.matrix, self.right = self._matrix(equal)
        self.upper, self.upper_right = self._matrix(most)

    def _places(self, way: str, here: tuple[NDArray[np.int64], ...]) -> list[int]:
        block = self.place[way][here]
        found: list[int] = block[block >= 0].tolist()
        return found

    def _matrix(self, rows: Sequence[Row]) -> tuple[csr_array, Floats]:
        where = np.repeat(np.arange(len(rows)), [len(columns) for columns, _, _ in rows])
        columns = [c for row, _, _ in rows for c in row]
        values = [v for row, signs, _ in rows for v in (signs or [1.0] * len(row))]
        matrix = coo_array((values, (where, columns)), shape=(len(rows), self.unknowns)).tocsr()
        return matrix, np.array([total for _, _, total in rows])

    def _shown(self, way: str, unit: str, path: Path) -> list[tuple[int, ...]]:
        """Sums that can be read: all forms together, complete ones alone, levels of units."""
        if self.is_hidden(way, unit, path):
            return []
        sums: list[tuple[int, ...]] = [KINDS, CONTENT]
        if not path and way == self.ways[0]:
            sums += [(level, LEVELS + level) for level in range(LEVELS)]
        apart = self._apart(way)
        if apart is not None and not apart.has(unit, path):
            sums += [KINDS[:LEVELS], CONTENT[: len(CONTENT) // 2]]
        return sums

    def _apart(self, way: str) -> Cells | None:
        return self.partial.get((way,))

    def _at_most(self, way: str, unit: str, path: Path) -> list[tuple[tuple[int, ...], int]]:
        """Forms the page of the course tells of: no fewer than the people of one question."""
        if (path and path[0].split(":", 1)[0] != way) or (not path and way != self.ways[0]):
            return []
        told = self.told.get((way if path else "", unit, path[0].split(":", 1)[1] if path else ""))
        if told is None:
            return []
        apart = (
            []
            if told.complete is None
            else [(KINDS[:LEVELS], told.complete), (UNFINISHED, told.usable - told.complete)]
        )
        return [(KINDS, told.usable), *apart]

    def secrets(self) -> list[Secret]:
        """What is to be found out: hidden cells with people, and unfinished forms that are not told apart.

        A cell that holds everybody of its unit is no secret where the unit is shown: it is the same number.
        """
        found = []
        for way in self.ways:
            apart = self._apart(way)
            for unit, path, units, groups in self.nodes(way):
                if not path and way != self.ways[0]:
                    continue
                people = self.true[way][:, units][:, :, groups].sum(axis=(1, 2))
                if path and not self.is_hidden(way, unit, ()) and self._is_whole(way, units, groups):
                    continue
                if self.is_hidden(way, unit, path):
                    kinds: tuple[int, ...] = KINDS
                elif apart is not None and apart.has(unit, path):
                    kinds = UNFINISHED
                else:
                    continue
                if people[list(kinds)].sum() > 0:
                    found.append(Secret(way, unit, path, kinds, units, groups))
        return found

    def _is_whole(self, way: str, units: NDArray[np.bool_], groups: NDArray[np.bool_]) -> bool:
        """Nobody of these units was asked in another group: the cell is the units' own figure once more."""
        listed = self.place[way][0][units] >= 0
        return not listed[:, ~groups].any()

    def range_of(self, secret: Secret, *, satisfied: bool, enough: float = np.inf) -> float:
        """How many people the cell may hold more at most than at least; where that is `enough`, no less.

        Every population found so far holds for every cell: often two of them differ enough already.
        """
        kinds = [kind for kind in secret.kinds if kind in CONTENT or not satisfied]
        here = np.ix_(kinds, np.flatnonzero(secret.units), np.flatnonzero(secret.groups))
        goal = np.zeros(self.unknowns)
        goal[self._places(secret.way, here)] = 1.0
        if self.populations:
            seen = np.array([population @ goal for population in self.populations])
            if np.ptp(seen) >= enough:
                return float(np.ptp(seen))
        ends = [self._end(goal, sign) for sign in (1.0, -1.0)]
        return ends[1] - ends[0]

    def _end(self, goal: Floats, sign: float) -> float:
        bounded = {"A_ub": self.upper, "b_ub": self.upper_right} if len(self.upper_right) else {}
        solved = linprog(
            sign * goal, A_eq=self.matrix, b_eq=self.right, bounds=(0, None), method="highs", **bounded
        )
        if solved.status == 3:  # without an end
            return -sign * np.inf
        assert solved.status == 0, solved.message
        self.populations.append(solved.x)
        return float(sign * solved.fun)
