"""Somebody who has every published number of a round and a linear program pins no hidden cell.

The attacker is given, for all declared tables together, the people (`n`) and the satisfied people of every
figure that is shown, in whole numbers, which is more than any file holds; which rows exist; that everybody is
in exactly one group of every dimension and one unit of every level; that pooled indices are sums of their
questions; and that complete forms are among all forms. Hidden cells may slide over at least five people.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from analysis.cube import Cube, canonical, cube_from_rows
from app.results.disclosure import Cells, Hidden, hidden_cells

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


WAYS = ("service", "submission", "mode", "month", *PEOPLE)
MOST_TARGETS = 40


class Attacker:
    """People of every unit and group, satisfied or not, as unknowns; what is shown as equations."""

    def __init__(self, cube: Cube, tree: Tree, cells: dict[tuple[str, ...], Cells], item: str) -> None:
        self.tree, self.cells = tree, cells
        self.units = sorted(cube.label("unit"))
        self.groups = {way: sorted(set(self._paths(cube, way))) for way in WAYS}
        counts = cube.levels[:, cube.item(item)].astype(float)
        content = counts @ np.array(SATISFIED)
        asked = cube.counts[:, cube.item(item)].sum(axis=1) > 0
        self.true: dict[str, Floats] = {}
        self.asked: dict[str, Floats] = {}
        for way in WAYS:
            paths = self._paths(cube, way)
            unit = np.array([self.units.index(label) for label in cube.label("unit")])[cube.code("unit")]
            group = np.array([self.groups[way].index(path) for path in paths])
            table = np.zeros((2, len(self.units), len(self.groups[way])))
            np.add.at(table, (0, unit, group), content)
            np.add.at(table, (1, unit, group), counts.sum(axis=1) - content)
            self.true[way] = table
            self.asked[way] = np.zeros(table.shape[1:])
            np.add.at(self.asked[way], (unit, group), asked)
        self._number_unknowns()
        self._write_equations()

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
        self.least: list[float] = []
        for way in WAYS:
            listed = self.asked[way] > 0
            looks = set(self.cells[way,].empty())
            for i, unit in enumerate(self.units):
                for j, path in enumerate(self.groups[way]):
                    listed[i, j] |= (unit, path[-1:]) in looks
            place = np.full(self.true[way].shape, -1, dtype=np.int64)
            count = int(listed.sum())
            place[:, listed] = len(self.least) + np.arange(2 * count).reshape(2, count)
            self.place[way] = place
            self.least += [0.0] * (2 * count)

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
        for way in WAYS:
            for unit, path, units, groups in self.nodes(way):
                if not self.cells[way,].has(unit, path):
                    for kind in (0, 1):
                        block = self.place[way][kind][np.ix_(units, groups)]
                        total = float(self.true[way][kind][np.ix_(units, groups)].sum())
                        rows.append((block[block >= 0].tolist(), [], total))
        for way in WAYS[1:]:
            for kind in (0, 1):
                for i in range(len(self.units)):
                    one, other = (self.place[w][kind][i] for w in (WAYS[0], way))
                    plus, minus = one[one >= 0].tolist(), other[other >= 0].tolist()
                    rows.append((plus + minus, [1.0] * len(plus) + [-1.0] * len(minus), 0.0))
        where = np.repeat(np.arange(len(rows)), [len(columns) for columns, _, _ in rows])
        columns = [c for row, _, _ in rows for c in row]
        values = [v for row, signs, _ in rows for v in (signs or [1.0] * len(row))]
        self.matrix = coo_array((values, (where, columns)), shape=(len(rows), len(self.least))).tocsr()
        self.right = np.array([total for _, _, total in rows])

    def hidden(self) -> list[tuple[str, str, tuple[str, ...], NDArray[np.bool_], NDArray[np.bool_]]]:
        """The hidden cells with people: what is to be found out."""
        found = []
        for way in WAYS:
            for unit, path, units, groups in self.nodes(way):
                people = self.true[way][:, units][:, :, groups].sum()
                if people > 0 and self.cells[way,].has(unit, path) and (path or way == WAYS[0]):
                    found.append((way, unit, path, units, groups))
        return found

    def range_of(
        self, way: str, units: NDArray[np.bool_], groups: NDArray[np.bool_], *, satisfied: bool
    ) -> float:
        """How many people the cell may hold more at most than at least."""
        goal = np.zeros(len(self.least))
        for kind in (0,) if satisfied else (0, 1):
            block = self.place[way][kind][np.ix_(units, groups)]
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
    "districts between": dict(units=15, services=6, mean=8.0, satisfied=0.8, deep=True),
}


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("seed", [1, 2])
def test_all_tables_together_pin_no_hidden_cell_of_hard_data(name: str, seed: int) -> None:
    cube, tree = made_up(seed, **HARD[name])  # type: ignore[arg-type]
    hidden = settled(cubes_of(cube), tree)
    attack(cube, tree, hidden.cells["main", "0"], seed=seed)


def attack(cube: Cube, tree: Tree, cells: dict[tuple[str, ...], Cells], *, seed: int) -> None:
    attacker = Attacker(cube, tree, cells, ITEMS[0])
    secrets = attacker.hidden()
    assert secrets
    chosen = np.random.default_rng(seed).permutation(len(secrets))[:MOST_TARGETS]
    pinned = []
    for way, unit, path, units, groups in (secrets[i] for i in chosen):
        for satisfied in (True, False):
            wide = attacker.range_of(way, units, groups, satisfied=satisfied)
            if wide < FEWEST - 1e-6:
                pinned.append((way, unit, path, satisfied, wide))
    assert not pinned
