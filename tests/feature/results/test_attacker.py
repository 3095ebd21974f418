"""Somebody who has every number of an edition and a linear program pins no hidden cell.

Attacked are the rating and a question drawn at random of every questionnaire, and each question that only
some are asked; given are their shown cells in all declared tables together, levels, complete forms alone, and
the counts of the page of the round's course. Indices and factors need no equations: they are shown only where
each of their questions is. Hidden cells may slide over at least five people, and so may unfinished forms.

One edition is attacked. Two editions of a running round tell together of what was added between them; this
is not protected and stands among the limits in docs/methods.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from builders.attacker import ITEMS, SATISFIED, UNFINISHED, Attacker, Told, Tree, cubes_of, made_up
from builders.province import BEFORE, ROUND
from sqlmodel import Session

from analysis.cube import Cube
from app.core.database import Database
from app.results import estimation
from app.results.disclosure import Hidden, hidden_cells
from app.results.editions import questions
from app.results.figures import figures_of, questionnaires
from app.results.monitoring import RoundCounts
from app.rounds.service import get_round

FEWEST = 5
MOST_TARGETS = 50
FEWER_TARGETS = 20
HARD: dict[str, dict[str, Any]] = {
    "few units, many ones and twos": dict(units=6, services=9, mean=6.0, satisfied=0.8),
    "many small units": dict(units=24, services=6, mean=5.0, satisfied=0.9),
    "few are satisfied": dict(units=8, services=6, mean=9.0, satisfied=0.3),
    "everybody is satisfied": dict(units=8, services=6, mean=5.0, satisfied=1.0),
    "nearly everybody is satisfied": dict(units=8, services=6, mean=12.0, satisfied=0.985),
    "unfinished forms told apart": dict(units=7, services=5, mean=200.0, satisfied=0.8),
    "districts between": dict(units=15, services=6, mean=8.0, satisfied=0.8, deep=True),
    "a question of one service only": dict(units=8, services=5, mean=14.0, satisfied=0.8, alone={"c": 0}),
    "two questions of small services": dict(
        units=7, services=6, mean=25.0, satisfied=0.7, alone={"b": 4, "c": 5}
    ),
}


def settled(cubes: dict[tuple[str, ...], Cube], tree: Tree) -> Hidden:
    return hidden_cells(
        cubes,
        tree,  # type: ignore[arg-type]
        families=[(ITEMS, SATISFIED)],
        by=("unit",),
        fewest=FEWEST,
    )


def attacked(hidden: Hidden, *, seed: int) -> Iterator[tuple[str, int]]:
    """Items and how many of their cells: the ratings, another one of each form, those only some are asked."""
    rng = np.random.default_rng(seed)
    for number, items in enumerate(hidden.families):
        if ("main", str(number)) in hidden.cells:
            yield items[0], MOST_TARGETS
            yield from ((str(item), FEWER_TARGETS) for item in rng.permutation(items[1:])[:1])
    yield from ((key[1], FEWER_TARGETS) for key in hidden.cells if key[0] == "item")


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("seed", [1, 2])
def test_all_tables_together_pin_no_hidden_cell_of_hard_data(name: str, seed: int) -> None:
    cube, tree = made_up(seed, **HARD[name])
    cubes = cubes_of(cube)
    hidden = settled(cubes, tree)
    for item, most in attacked(hidden, seed=seed):
        attack(Attacker(cubes, tree, hidden, item=item), seed=seed, most=most)


@pytest.mark.parametrize("name", [name for name in HARD if "question" in name])
def test_a_question_only_some_are_asked_is_settled_by_itself(name: str) -> None:
    cube, tree = made_up(1, **HARD[name])
    hidden = settled(cubes_of(cube), tree)
    assert {key[1] for key in hidden.cells if key[0] == "item"} == set(HARD[name]["alone"])


@pytest.mark.parametrize("round_code", [BEFORE, ROUND])
def test_all_tables_of_the_demos_editions_and_its_counts_pin_no_hidden_cell(
    province: Database, round_code: str
) -> None:
    """Cells drawn for each questionnaire of each round."""
    with province.read() as session:
        inputs = questions(session, round_code)[0]
        told = told_by_the_course(session, round_code)
    hidden = estimation.settled(inputs)
    assert hidden is not None
    assert len(told) > 50
    cubes = {key: eligible(cube) for key, cube in inputs.cubes.items()}
    assert {satisfied for _, satisfied in questionnaires(inputs.forms)} == {SATISFIED}
    for item, most in attacked(hidden, seed=len(round_code)):
        attack(Attacker(cubes, inputs.whole_book, hidden, item=item, told=told), seed=1, most=most)


def test_counts_of_forms_where_figures_are_hidden_would_pin_cells(province: Database) -> None:
    """The reason for hiding counts: with all of them the same attack succeeds."""
    with province.read() as session:
        inputs = questions(session, ROUND)[0]
    hidden = estimation.settled(inputs)
    assert hidden is not None
    cubes = {key: eligible(cube) for key, cube in inputs.cubes.items()}
    cube, told = cubes[()], dict[tuple[str, str, str], Told]()
    units, services = (np.array(cube.label(name))[cube.code(name)] for name in ("unit", "service"))
    for unit, service in set(zip(units.tolist(), services.tolist(), strict=True)):
        count = int(cube.responses[(units == unit) & (services == service)].sum())
        told["service", unit, service] = Told(count, None)
    with pytest.raises(AssertionError):
        attack(Attacker(cubes, inputs.whole_book, hidden, item="o_overall", told=told), seed=1, most=200)


def test_an_index_is_shown_only_where_each_of_its_questions_is(province: Database) -> None:
    with province.read() as session:
        every = questions(session, ROUND)
    hidden = estimation.settled(every[0])
    assert hidden is not None
    figures = figures_of(every[0].forms, ("headline", "criteria", "factors", "overall"))
    single = {f.measure.items[0]: i for i, f in enumerate(figures) if len(f.measure.items) == 1}
    indices = [i for i, figure in enumerate(figures) if len(figure.measure.items) > 1]
    assert len(indices) > 4
    for way in ("service", "submission", "mode", "month"):
        cells = hidden.cells["main", "0"][way,]
        labels = [
            (unit, path[0].split(":", 1)[1])
            for unit in cells.units
            for path in cells.groups
            if path and path[0].startswith(f"{way}:")
        ]
        mask = hidden.mask(("unit", way), labels, figures=figures, tops=[hidden.root])
        for i in indices:
            questions_hidden = mask[:, [single[item] for item in figures[i].measure.items]].any(axis=1)
            assert (mask[:, i] >= questions_hidden).all()


@pytest.mark.parametrize("pattern", ["main", "partial"])
def test_the_attacker_pins_cells_where_the_rule_lets_one_be_subtracted(pattern: str) -> None:
    cube, tree = made_up(1, **HARD["unfinished forms told apart"])
    cubes = cubes_of(cube)
    hidden = settled(cubes, tree)
    (careless,) = [cells for key, cells in hidden.cells.items() if key[0] == pattern and key[-1] != "overall"]
    for way, cells in careless.items():
        alone = cells.hidden & (
            np.cumsum(cells.hidden, axis=1) == 1
        )  # one cell a unit: its total gives it away
        careless[way] = replace(cells, hidden=alone)
    with pytest.raises(AssertionError):
        attack(Attacker(cubes, tree, hidden, item=ITEMS[0]), seed=1, most=MOST_TARGETS)


def told_by_the_course(session: Session, round_code: str) -> Mapping[tuple[str, str, str], Told]:
    """Every count that the page of the round's course shows, of every unit."""
    seen = RoundCounts(session, get_round(session, round_code), within=("/",))
    found = {}
    for unit in seen.places:
        for by, way in (("unit", ""), ("service", "service"), ("mode", "mode"), ("day", "month")):
            course = seen.course(unit, by)
            rows = [course.total] if by == "unit" else course.rows
            for flow in rows:
                if flow.usable is not None and (by != "day" or len(flow.code) == len("2026-07")):
                    found[way, unit, "" if by == "unit" else flow.code] = Told(flow.usable, flow.complete)
    return found


def eligible(cube: Cube) -> Cube:
    """The responses that count."""
    counted = np.array([label in estimation.ELIGIBLE for label in cube.label("outcome")])
    return cube.select(counted[cube.code("outcome")])


def attack(attacker: Attacker, *, seed: int, most: int) -> None:
    assert next(pinned(attacker, seed=seed, most=most), None) is None


def pinned(attacker: Attacker, *, seed: int, most: int) -> Iterator[tuple[Any, ...]]:
    secrets = np.random.default_rng(seed).permutation(np.array(attacker.secrets(), dtype=object)).tolist()
    unfinished = [secret for secret in secrets if secret.kinds == UNFINISHED]
    whole = [secret for secret in secrets if secret.kinds != UNFINISHED]
    for secret in [*whole[:most], *unfinished[:most]]:
        for satisfied in (True, False):
            wide = attacker.range_of(secret, satisfied=satisfied, enough=FEWEST)
            if wide < FEWEST - 1e-6:
                yield secret.way, secret.unit, secret.path, secret.kinds, satisfied, wide
