"""Somebody who has every published number of a round and a linear program pins no hidden cell.

The attacker is given, for all declared tables together, the people (`n`) and the satisfied people of every
figure that is shown, in whole numbers, which is more than any file holds; which rows exist; that everybody is
in exactly one group of every dimension and one unit of every level; that pooled indices are sums of their
questions; which figures of complete forms alone are shown beside those of all forms, and how large they are.
Hidden cells may slide over at least five people, and so may the unfinished forms of a cell.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from builders.province import BEFORE, ROUND
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from analysis.cube import Cube, canonical, cube_from_rows
from app.core.database import Database
from app.results import estimation
from app.results.book import Book
from app.results.disclosure import Hidden, hidden_cells
from app.results.editions import questions
from app.results.figures import questionnaires

FEWEST = 5
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
    seed: int, *, units: int, services: int, mean: float, satisfied: float, deep: bool = False
) -> tuple[Cube, Tree]:
    """Units and services of very different sizes; most crossings hold nobody, one or two people."""
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
MOST_TARGETS = 25
Cubes = Mapping[tuple[str, ...], Cube]
ENDINGS = ("complete", "usable")
KINDS = range(4)
"""Complete and satisfied, complete and not, unfinished and satisfied, unfinished and not."""
UNFINISHED = (2, 3)


@dataclass
class Secret:
    """A cell whose people are looked for: those of some kinds, in some units and groups."""

    way: str
    unit: str
    path: tuple[str, ...]
    kinds: tuple[int, ...]
    units: NDArray[np.bool_]
    groups: NDArray[np.bool_]


class Attacker:
    """People of every unit and group as unknowns, what is shown as equations.

    Four unknowns a unit and group: `KINDS`, by how the form ended and whether the person is satisfied.
    """

    def __init__(self, cubes: Cubes, tree: Tree | Book, hidden: Hidden, family: int = 0) -> None:
        item = hidden.families[family][0]
        self.tree, self.cells = tree, hidden.cells["main", str(family)]
        self.partial = hidden.cells.get(("partial", str(family), "headline"), {})
        cells = self.cells
        self.ways = [way for way in WAYS if (way,) in cells]
        self.units = sorted({unit for cube in cubes.values() for unit in cube.label("unit")})
        self.groups: dict[str, list[tuple[str, ...]]] = {}
        self.true: dict[str, Floats] = {}
        self.asked: dict[str, Floats] = {}
        for way in self.ways:
            self._count(cubes.get((way,), cubes[()]), way, item)
        self._number_unknowns()
        self._write_equations()

    def _count(self, cube: Cube, way: str, item: str) -> None:
        paths = self._paths(cube, way)
        groups = self.groups[way] = sorted(set(paths))
        counts = cube.levels[:, cube.item(item)].astype(float)
        content = counts @ np.array(SATISFIED)
        ended = np.array([ENDINGS.index(label) for label in cube.label("outcome")])[cube.code("outcome")]
        asked = cube.counts[:, cube.item(item)].sum(axis=1) > 0
        unit = np.array([self.units.index(label) for label in cube.label("unit")])[cube.code("unit")]
        group = np.array([groups.index(path) for path in paths])
        table = np.zeros((len(KINDS), len(self.units), len(groups)))
        np.add.at(table, (2 * ended, unit, group), content)
        np.add.at(table, (2 * ended + 1, unit, group), counts.sum(axis=1) - content)
        self.true[way] = table
        self.asked[way] = np.zeros(table.shape[1:])
        np.add.at(self.asked[way], (unit, group), asked)

    def _paths(self, cube: Cube, way: str) -> list[tuple[str, ...]]:
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
            looks = set(self.cells[way,].empty())
            for i, unit in enumerate(self.units):
                for j, path in enumerate(self.groups[way]):
                    listed[i, j] |= (unit, path[-1:]) in looks
            place = np.full(self.true[way].shape, -1, dtype=np.int64)
            count = len(KINDS) * int(listed.sum())
            place[:, listed] = self.unknowns + np.arange(count).reshape(len(KINDS), -1)
            self.place[way] = place
            self.unknowns += count

    def nodes(self, way: str) -> Iterator[tuple[str, tuple[str, ...], NDArray[np.bool_], NDArray[np.bool_]]]:
        """Every cell a table has a row for: unit, path as the table says it, which leaves it stands for."""
        lines = [self.tree.lineage[unit] for unit in self.units]
        for unit in dict.fromkeys(step for line in lines for step in line):
            rows = np.array([unit in line for line in lines])
            yield unit, (), rows, np.ones(len(self.groups[way]), dtype=np.bool_)
            for step in dict.fromkeys(step for path in self.groups[way] for step in path):
                yield unit, (step,), rows, np.array([step in path for path in self.groups[way]])

    def _write_equations(self) -> None:
        rows: list[tuple[list[int], list[float], float]] = []
        for way in self.ways:
            for unit, path, units, groups in self.nodes(way):
                for kinds in self._shown(way, unit, path):
                    here = np.ix_(kinds, np.flatnonzero(units), np.flatnonzero(groups))
                    block = self.place[way][here]
                    rows.append((block[block >= 0].tolist(), [], float(self.true[way][here].sum())))
        for way in self.ways[1:]:
            for kind in KINDS:
                for i in range(len(self.units)):
                    one, other = (self.place[w][kind][i] for w in (self.ways[0], way))
                    plus, minus = one[one >= 0].tolist(), other[other >= 0].tolist()
                    rows.append((plus + minus, [1.0] * len(plus) + [-1.0] * len(minus), 0.0))
        where = np.repeat(np.arange(len(rows)), [len(columns) for columns, _, _ in rows])
        columns = [c for row, _, _ in rows for c in row]
        values = [v for row, signs, _ in rows for v in (signs or [1.0] * len(row))]
        self.matrix = coo_array((values, (where, columns)), shape=(len(rows), self.unknowns)).tocsr()
        self.right = np.array([total for _, _, total in rows])

    def _shown(self, way: str, unit: str, path: tuple[str, ...]) -> list[tuple[int, ...]]:
        """Sums that can be read: all forms together, and complete ones alone where they are shown."""
        if self.cells[way,].has(unit, path):
            return []
        apart = self.partial.get((way,))
        alone = [] if apart is None or apart.has(unit, path) else [(0,), (1,)]
        return [(0, 2), (1, 3), *alone]

    def secrets(self) -> list[Secret]:
        """What is to be found out: hidden cells with people, and unfinished forms that are not told apart."""
        found = []
        for way in self.ways:
            apart = self.partial.get((way,))
            for unit, path, units, groups in self.nodes(way):
                if not path and way != self.ways[0]:
                    continue
                people = self.true[way][:, units][:, :, groups].sum(axis=(1, 2))
                if self.cells[way,].has(unit, path):
                    kinds: tuple[int, ...] = tuple(KINDS)
                elif apart is not None and apart.has(unit, path):
                    kinds = UNFINISHED
                else:
                    continue
                if people[list(kinds)].sum() > 0:
                    found.append(Secret(way, unit, path, kinds, units, groups))
        return found

    def range_of(self, secret: "Secret", *, satisfied: bool) -> float:
        """How many people the cell may hold more at most than at least."""
        goal = np.zeros(self.unknowns)
        kinds = [kind for kind in secret.kinds if kind % 2 == 0 or not satisfied]
        block = self.place[secret.way][
            np.ix_(kinds, np.flatnonzero(secret.units), np.flatnonzero(secret.groups))
        ]
        goal[block[block >= 0]] = 1.0
        ends = []
        for sign in (1.0, -1.0):
            solved = linprog(sign * goal, A_eq=self.matrix, b_eq=self.right, bounds=(0, None), method="highs")
            if solved.status == 3:  # without an upper end
                return np.inf
            assert solved.status == 0, solved.message
            ends.append(sign * solved.fun)
        return float(ends[1] - ends[0])


def settled(cubes: dict[tuple[str, ...], Cube], tree: Tree) -> Hidden:
    return hidden_cells(
        cubes,
        tree,  # type: ignore[arg-type]
        families=[(ITEMS, SATISFIED)],
        by=("unit",),
        fewest=FEWEST,
    )


HARD = {
    "few units, many ones and twos": dict(units=6, services=9, mean=6.0, satisfied=0.8),
    "many small units": dict(units=24, services=6, mean=5.0, satisfied=0.9),
    "few are satisfied": dict(units=8, services=6, mean=9.0, satisfied=0.3),
    "everybody is satisfied": dict(units=8, services=6, mean=5.0, satisfied=1.0),
    "unfinished forms told apart": dict(units=7, services=5, mean=200.0, satisfied=0.8),
    "districts between": dict(units=15, services=6, mean=8.0, satisfied=0.8, deep=True),
}


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("seed", [1, 2])
def test_all_tables_together_pin_no_hidden_cell_of_hard_data(name: str, seed: int) -> None:
    cube, tree = made_up(seed, **HARD[name])  # type: ignore[arg-type]
    cubes = cubes_of(cube)
    attack(Attacker(cubes, tree, settled(cubes, tree)), seed=seed)


@pytest.mark.parametrize("round_code", [BEFORE, ROUND])
def test_all_tables_of_the_demos_editions_pin_no_hidden_cell(province: Database, round_code: str) -> None:
    """Cells drawn for each questionnaire of each round, its headline question."""
    with province.read() as session:
        inputs = questions(session, round_code)[0]
    hidden = estimation.settled(inputs)
    assert hidden is not None
    cubes = {key: eligible(cube) for key, cube in inputs.cubes.items()}
    families = [number for number in range(len(hidden.families)) if ("main", str(number)) in hidden.cells]
    assert families
    assert {satisfied for _, satisfied in questionnaires(inputs.forms)} == {SATISFIED}
    for number in families:
        attack(Attacker(cubes, inputs.whole_book, hidden, number), seed=number)


@pytest.mark.parametrize("pattern", ["main", "partial"])
def test_the_attacker_pins_cells_where_the_rule_lets_one_be_subtracted(pattern: str) -> None:
    cube, tree = made_up(1, **HARD["unfinished forms told apart"])  # type: ignore[arg-type]
    cubes = cubes_of(cube)
    hidden = settled(cubes, tree)
    (careless,) = [cells for key, cells in hidden.cells.items() if key[0] == pattern and key[-1] != "overall"]
    for way, cells in careless.items():
        alone = cells.hidden & (
            np.cumsum(cells.hidden, axis=1) == 1
        )  # one cell a unit: its total gives it away
        careless[way] = replace(cells, hidden=alone)
    with pytest.raises(AssertionError):
        attack(Attacker(cubes, tree, hidden), seed=1)


def eligible(cube: Cube) -> Cube:
    """The responses that count."""
    counted = np.array([label in estimation.ELIGIBLE for label in cube.label("outcome")])
    return cube.select(counted[cube.code("outcome")])


def attack(attacker: Attacker, *, seed: int) -> None:
    secrets = np.random.default_rng(seed).permutation(np.array(attacker.secrets(), dtype=object)).tolist()
    assert secrets
    unfinished = [secret for secret in secrets if secret.kinds == UNFINISHED]
    whole = [secret for secret in secrets if secret.kinds != UNFINISHED]
    pinned = []
    for secret in [*whole[:MOST_TARGETS], *unfinished[:MOST_TARGETS]]:
        for satisfied in (True, False):
            wide = attacker.range_of(secret, satisfied=satisfied)
            if wide < FEWEST - 1e-6:
                pinned.append((secret.way, secret.unit, secret.path, secret.kinds, satisfied, wide))
    assert not pinned
