"""Hidden figures stay hidden: no sum of shown ones gives them away, in any table of the round."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from analysis.cube import Cube, cube_from_rows
from app.results.disclosure import DIMENSIONS, Hidden, hidden_cells

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


def counted(people: dict[tuple[str, str], int]) -> tuple[Cube, Tree]:
    """Satisfied and dissatisfied in turn, so that only the number of people can hide a figure."""
    rows = [(unit, service, 5) for (unit, service), n in people.items() for _ in range(n)]
    keys = {
        "unit": [row[0] for row in rows],
        "service": [row[1] for row in rows],
        "submission": ["counter"] * len(rows),
        "mode": ["kiosk"] * len(rows),
        "date": ["2026-07-01"] * len(rows),
    }
    units = {unit for unit, _ in people}
    tree = Tree({TOP: (TOP,)} | {unit: (TOP, unit) for unit in units if unit != TOP})
    return cube_from_rows(keys, {"q": np.array([row[2] for row in rows])}), tree


def settled(people: dict[tuple[str, str], int], *by: str) -> dict[tuple[str, ...], bool]:
    cube, tree = counted(people)
    hidden: Hidden = hidden_cells(cube, tree, by=by, groups=[ITEM], fewest=FEWEST)  # type: ignore[arg-type]
    return hidden.cells[ITEM]


def test_a_small_unit_is_not_had_by_subtracting_the_others_from_the_province() -> None:
    cells = settled({("u1", "a"): 3, ("u2", "a"): 40, ("u3", "a"): 60, ("u4", "a"): 80}, "unit")
    hidden = {key[0] for key, is_hidden in cells.items() if is_hidden}
    assert "u1" in hidden
    assert len(hidden) > 1


def test_nothing_is_hidden_where_everybody_has_enough_people() -> None:
    cells = settled({(unit, service): 20 for unit in ("u1", "u2") for service in "ac"}, "unit", "service")
    assert not any(cells.values())


def test_answers_given_to_the_province_itself_count_as_one_more_part() -> None:
    cells = settled({(TOP, "a"): 3, ("u1", "a"): 30, ("u2", "a"): 40}, "unit")
    assert cells["P*", *[""] * (len(DIMENSIONS) - 1)]
    assert sum(cells.values()) > 1


@pytest.mark.parametrize("by", [("unit", "field"), ("unit",), ("service",), ("field",)])
def test_a_coarser_table_hides_the_same_figures_asked_alone_or_as_margin(by: tuple[str, ...]) -> None:
    generator = np.random.default_rng(5)
    people = {(f"u{i}", service): int(generator.integers(1, 40)) for i in range(7) for service in "abcd"}
    whole, alone = settled(people, "unit", "service"), settled(people, *by)
    assert {key: whole[key] for key in alone} == alone


@pytest.mark.parametrize("seed", range(5))
def test_no_single_hidden_figure_stands_in_any_sum(seed: int) -> None:
    generator = np.random.default_rng(seed)
    people = {(f"u{i}", service): int(generator.integers(1, 30)) for i in range(6) for service in "abcd"}
    cells = settled(people, "unit", "service")
    for unit in (TOP, *(f"u{i}" for i in range(6))):
        for services, total in (("ab", "f:f1"), ("cd", "f:f2")):
            keys = [(unit, f"s:{s}") for s in services] + [(unit, total)]
            assert hidden_in(cells, keys) != 1
        assert hidden_in(cells, [(unit, "f:f1"), (unit, "f:f2"), (unit, "")]) != 1
    for service in ("", "f:f1", "f:f2", "s:a", "s:b", "s:c", "s:d"):
        assert hidden_in(cells, [(TOP, service), *((f"u{i}", service) for i in range(6))]) != 1


def hidden_in(cells: dict[tuple[str, ...], bool], keys: list[tuple[str, str]]) -> int:
    return sum(cells.get((*key, *[""] * (len(DIMENSIONS) - 2)), False) for key in keys)
