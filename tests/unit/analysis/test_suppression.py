"""Hidden cells against an attacker who solves all published sums by linear programming."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from analysis.errors import CannotBeProtected, InvalidArgument, RollUpMismatch, UnknownName
from analysis.suppression import RollUp, complementary_suppression, declared_roll_ups

# unit 0 the province, 1-2 groups, 3.. offices; service and month 0 the total
UNITS = [-1, 0, 0, 1, 1, 1, 2, 2, 2]
SERVICES = [-1, 0, 0, 0]
MONTHS = [-1, 0, 0]


def table_of(base, trees):
    """All cells of a cube of sums: keys and counts."""
    cells = {}
    for key, n in base.items():
        for upper in product(*(_line(tree, code) for tree, code in zip(trees, key, strict=True))):
            cells[upper] = cells.get(upper, 0) + np.asarray(n)
    return np.array(list(cells)), np.array(list(cells.values()))


def _line(tree, code):
    return [code] if tree[code] < 0 else [code, *_line(tree, tree[code])]


def reach(counts, roll_ups, hidden, cell):
    """What an attacker who knows every published count can conclude about a hidden one."""
    sums = np.zeros((len(roll_ups), len(counts)))
    for row, roll_up in enumerate(roll_ups):
        sums[row, list(roll_up.parts)] = 1
        sums[row, roll_up.total] = -1
    bounds = [(0, None) if h else (n, n) for h, n in zip(hidden, counts, strict=True)]
    aim = np.zeros(len(counts))
    aim[cell] = 1
    ends = []
    for sign in (1, -1):
        found = linprog(sign * aim, A_eq=sums, b_eq=np.zeros(len(sums)), bounds=bounds)
        ends.append(sign * found.fun if found.status == 0 else np.inf)
    return ends[0], ends[1]


def random_table(seed, trees, offices):
    rng = np.random.default_rng(seed)
    leaves = product(offices, *(range(1, len(tree)) for tree in trees[1:]))
    keys, counts = table_of({leaf: int(rng.negative_binomial(1, 0.06)) for leaf in leaves}, trees)
    return keys, counts, declared_roll_ups(keys, trees)


@pytest.mark.parametrize("seed", range(5))
def test_no_hidden_cell_can_be_pinned_closer_than_the_rule(seed):
    _, counts, roll_ups = random_table(seed, [UNITS, SERVICES, MONTHS], range(3, 9))
    primary = (counts > 0) & (counts < 5)
    hidden = complementary_suppression(counts, roll_ups, primary=primary).hidden
    assert np.all(hidden[primary])
    for cell in np.flatnonzero(hidden):
        low, high = reach(counts, roll_ups, hidden, cell)
        assert low - 1e-6 <= counts[cell] <= high + 1e-6
        assert high - low >= 5 - 1e-6


def test_without_complementary_cells_the_attacker_wins():
    _, counts, roll_ups = random_table(0, [UNITS, SERVICES], range(3, 9))
    primary = (counts > 0) & (counts < 5)
    widths = [np.diff(reach(counts, roll_ups, primary, cell))[0] for cell in np.flatnonzero(primary)]
    assert min(widths) == pytest.approx(0)


def test_every_witness_keeps_every_sum_and_touches_hidden_cells_only():
    _, counts, roll_ups = random_table(3, [UNITS, SERVICES, MONTHS], range(3, 9))
    found = complementary_suppression(counts, roll_ups, primary=(counts > 0) & (counts < 5))
    for witness in found.witnesses:
        move = np.zeros(len(counts))
        move[list(witness.up)], move[list(witness.down)] = 1, -1
        assert np.all(found.hidden[move != 0])
        assert all(move[list(r.parts)].sum() == move[r.total] for r in roll_ups)
        assert witness.width >= 5
    covered = {c for w in found.witnesses for c in (*w.up, *w.down)}
    assert covered == set(np.flatnonzero(found.hidden))


def test_nothing_to_hide_hides_nothing():
    _, counts, roll_ups = random_table(1, [UNITS, SERVICES], range(3, 9))
    found = complementary_suppression(counts, roll_ups, primary=np.zeros(len(counts), dtype=bool))
    assert not found.hidden.any()
    assert found.witnesses == ()


def test_one_small_office_takes_the_cheapest_sibling_with_it():
    counts = [100, 3, 40, 12, 45]
    found = complementary_suppression(counts, [RollUp(0, (1, 2, 3, 4))], primary=[0, 1, 0, 0, 0])
    assert np.flatnonzero(found.complementary).tolist() == [3]


def test_two_small_siblings_protect_each_other_when_together_they_are_enough():
    counts = [50, 3, 2, 45]
    found = complementary_suppression(counts, [RollUp(0, (1, 2, 3))], primary=[0, 1, 1, 0])
    assert not found.complementary.any()


def test_two_tiny_siblings_need_a_third():
    counts = [50, 1, 1, 48]
    found = complementary_suppression(counts, [RollUp(0, (1, 2, 3))], primary=[0, 1, 1, 0])
    assert found.hidden[3] or found.hidden[0]


def test_an_only_part_hides_its_total():
    found = complementary_suppression([3, 3], [RollUp(0, (1,))], primary=[0, 1])
    assert found.hidden.tolist() == [True, True]


def test_a_hidden_total_is_protected_through_its_parts():
    counts = [4, 1, 3]
    found = complementary_suppression(counts, [RollUp(0, (1, 2))], primary=[1, 0, 0])
    low, high = reach(counts, [RollUp(0, (1, 2))], found.hidden, 0)
    assert high - low >= 5


def test_dissenters_are_protected_by_a_second_column():
    respondents = np.array([60, 4, 20, 36])
    content = np.array([42, 4, 2, 36])
    primary, sums = [0, 1, 0, 0], [RollUp(0, (1, 2, 3))]
    assert complementary_suppression(respondents, sums, primary=primary).hidden.tolist() == [0, 1, 1, 0]
    both = complementary_suppression(np.column_stack([respondents, content]), sums, primary=primary, width=8)
    assert both.hidden.tolist() == [0, 1, 0, 1]


def test_frozen_cells_stay_published():
    counts = [100, 3, 40, 12, 45]
    found = complementary_suppression(
        counts, [RollUp(0, (1, 2, 3, 4))], primary=[0, 1, 0, 0, 0], frozen=[1, 0, 0, 1, 0]
    )
    assert np.flatnonzero(found.complementary).tolist() == [2]


def test_a_cell_that_frozen_figures_give_away_is_named():
    with pytest.raises(CannotBeProtected, match="cell 1"):
        complementary_suppression([50, 3, 47], [RollUp(0, (1, 2))], primary=[0, 1, 0], frozen=[1, 0, 1])


def test_an_incomplete_roll_up_is_refused():
    with pytest.raises(RollUpMismatch, match="declare every part"):
        complementary_suppression([50, 3, 40], [RollUp(0, (1, 2))], primary=[0, 1, 0])
    with pytest.raises(UnknownName, match="cell"):
        complementary_suppression([50, 3, 47], [RollUp(0, (1, 2, 9))], primary=[0, 1, 0])


def test_a_key_declared_twice_is_refused():
    with pytest.raises(InvalidArgument, match="twice"):
        declared_roll_ups([[0], [1], [1]], [[-1, 0]])


def test_roll_ups_follow_every_dimension():
    keys = [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]]
    found = declared_roll_ups(keys, [[-1, 0, 0], [-1, 0]])
    assert found == (
        RollUp(0, (1, 2)),
        RollUp(0, (3,)),
        RollUp(1, (4,)),
        RollUp(2, (5,)),
        RollUp(3, (4, 5)),
    )


def test_a_thousand_cells_take_seconds():
    trees = [[-1] + [0] * 6 + [1 + i % 6 for i in range(40)], [-1] + [0] * 3 + [1 + i % 3 for i in range(12)]]
    rng = np.random.default_rng(2)
    leaves = product(range(7, 47), range(4, 16))
    keys, counts = table_of({leaf: int(rng.negative_binomial(1, 0.03)) for leaf in leaves}, trees)
    primary = (counts > 0) & (counts < 5)
    found = complementary_suppression(counts, declared_roll_ups(keys, trees), primary=primary)
    assert found.hidden.sum() < 5 * primary.sum()


def test_totals_of_the_province_stay_published_when_offices_can_protect_each_other():
    keys, counts, roll_ups = random_table(4, [UNITS, SERVICES, MONTHS], range(3, 9))
    hidden = complementary_suppression(counts, roll_ups, primary=(counts > 0) & (counts < 5)).hidden
    assert not hidden[(keys == 0).all(axis=1)].any()
