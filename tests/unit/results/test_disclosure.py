"""Hidden figures stay hidden: no sum of shown ones gives them away, in any table of the round."""

from dataclasses import dataclass, field

import numpy as np

from analysis.cube import Cube, cube_from_rows
from app.results.disclosure import Hidden, hidden_cells

ITEM = (("q",), (0.0, 0.0, 0.0, 1.0, 1.0))
FEWEST = 5
TOP = "P"


@dataclass
class Tree:
    """Communes under one province; services in two fields."""

    lineage: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def tops(self) -> set[str]:
        return {line[0] for line in self.lineage.values()}

    def field_of(self, service: str) -> str:
        return "f1" if service in {"a", "b"} else "f2"


def settled(people: dict[tuple[str, str], int], *, level: int = 5) -> Hidden:
    """Everybody answers the same, so that only the number of people can hide a figure."""
    rows = [(unit, service) for (unit, service), n in people.items() for _ in range(n)]
    keys = {
        "unit": [unit for unit, _ in rows],
        "service": [service for _, service in rows],
        "submission": ["counter"] * len(rows),
        "mode": ["kiosk"] * len(rows),
        "date": ["2026-07-01"] * len(rows),
        "outcome": ["complete"] * len(rows),
    }
    units = {unit for unit, _ in people}
    tree = Tree({TOP: (TOP,)} | {unit: (TOP, unit) for unit in units if unit != TOP})
    cube: Cube = cube_from_rows(keys, {"q": np.full(len(rows), level)})
    return hidden_cells({(): cube}, tree, families=[ITEM], by=("unit",), fewest=FEWEST)  # type: ignore[arg-type]


def hidden_units(hidden: Hidden) -> set[str]:
    cells = hidden.cells["main", "0"]["service",]
    return {unit for unit in cells.units if cells.has(unit, ())}


def test_a_small_unit_is_not_had_by_subtracting_the_others_from_the_province() -> None:
    hidden = hidden_units(settled({("u1", "a"): 3, ("u2", "a"): 40, ("u3", "a"): 60, ("u4", "a"): 80}))
    assert "u1" in hidden
    assert len(hidden) > 1
    assert TOP not in hidden


def test_nothing_is_hidden_where_everybody_has_enough_people() -> None:
    found = settled({(unit, service): 20 for unit in ("u1", "u2") for service in "ac"})
    every = [cells for ways in found.cells.values() for cells in ways.values()]
    assert every
    assert not any(cells.hidden.any() for cells in every)


def test_answers_given_to_the_province_itself_count_as_one_more_part() -> None:
    hidden = hidden_units(settled({(TOP, "a"): 3, ("u1", "a"): 30, ("u2", "a"): 40}))
    assert f"{TOP}*" in hidden
    assert hidden & {"u1", "u2"}


def test_few_satisfied_people_hide_a_unit_as_few_people_do() -> None:
    everybody = {("u1", "a"): 30, ("u2", "a"): 40}
    assert hidden_units(settled(everybody, level=1)) >= {TOP, "u1", "u2"}
    assert not hidden_units(settled(everybody, level=5))


def test_everything_below_a_hidden_unit_is_hidden_whatever_its_size() -> None:
    people = {("u1", "a"): 2, ("u1", "c"): 1} | {(f"u{i}", s): 12 for i in range(2, 6) for s in "abc"}
    found = settled(people)
    cells = found.cells["main", "0"]["service",]
    assert "u1" in hidden_units(found)
    for unit in hidden_units(found):
        rows = cells.present[cells.units[unit]]
        assert cells.hidden[cells.units[unit]][rows].all()
