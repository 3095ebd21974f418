"""Thin weighting cells collapse by a rule that is written down: here it is worked by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cells import UNIT_STATES, Cells, collapse, encode_months, register, weighting_cells
from analysis.cells_by_hand import assigned_cells
from analysis.cube import Cube, cube_from_rows
from analysis.errors import InvalidArgument, ShapeMismatch, UnknownName

Counts = dict[tuple[str, str, str, str], tuple[int, float]]
FIELDS = {"S1": "land", "S2": "land", "S3": "justice"}


def cells_of(counts: Counts, provisional: tuple[str, ...] = ()) -> tuple[Cells, Cube]:
    """Cells from {(unit, service, submission, month): (answers, dossiers)}."""
    rows = [key for key, (n, _) in counts.items() for _ in range(n)]
    keys = {
        "unit": [r[0] for r in rows],
        "service": [r[1] for r in rows],
        "submission": [r[2] for r in rows],
        "date": [f"{r[3]}-15" for r in rows],
    }
    names = ("unit", "service", "submission", "month")
    population = register(
        {name: [key[k] for key in counts] for k, name in enumerate(names)},
        [dossiers for _, dossiers in counts.values()],
        provisional=[key[3] in provisional for key in counts],
    )
    cube = cube_from_rows(keys, {"q": [5] * len(rows)})
    return weighting_cells(cube, population, fields=FIELDS), cube


def partition(cells: Cells) -> set[tuple[frozenset[tuple[str, ...]], int]]:
    """Each cell as the keys it holds (without the unit) and the level it used."""
    return {
        (
            frozenset(k[1:] for k, c in zip(cells.key_labels, cells.key_cell, strict=True) if c == cell),
            int(level),
        )
        for cell, level in enumerate(cells.level)
    }


def test_cells_that_are_not_thin_stay_as_fine_as_the_register() -> None:
    cells, _ = cells_of(
        {("U", "S1", "online", "2026-01"): (10, 50), ("U", "S1", "online", "2026-02"): (20, 60)}
    )
    assert partition(cells) == {
        (frozenset({("S1", "online", "2026-01")}), 0),
        (frozenset({("S1", "online", "2026-02")}), 0),
    }
    assert sorted(cells.weight) == [3.0, 5.0]


def test_thin_months_are_merged_with_each_other_and_thick_ones_left_alone() -> None:
    cells, _ = cells_of(
        {
            ("U", "S1", "online", "2026-01"): (6, 50),
            ("U", "S1", "online", "2026-02"): (7, 60),
            ("U", "S1", "online", "2026-03"): (30, 90),
        }
    )
    assert partition(cells) == {
        (frozenset({("S1", "online", "2026-01"), ("S1", "online", "2026-02")}), 1),
        (frozenset({("S1", "online", "2026-03")}), 0),
    }


def test_a_merged_cell_that_is_still_thin_takes_in_the_sibling_with_the_fewest_answers() -> None:
    cells, _ = cells_of(
        {
            ("U", "S1", "online", "2026-01"): (4, 50),
            ("U", "S1", "online", "2026-02"): (40, 200),
            ("U", "S1", "online", "2026-03"): (30, 150),
        }
    )
    assert partition(cells) == {
        (frozenset({("S1", "online", "2026-01"), ("S1", "online", "2026-03")}), 1),
        (frozenset({("S1", "online", "2026-02")}), 0),
    }


def test_a_tie_between_siblings_goes_to_the_lowest_code() -> None:
    cells, _ = cells_of(
        {
            ("U", "S1", "online", "2026-01"): (4, 50),
            ("U", "S1", "online", "2026-02"): (30, 150),
            ("U", "S1", "online", "2026-03"): (30, 150),
        }
    )
    assert (frozenset({("S1", "online", "2026-01"), ("S1", "online", "2026-02")}), 1) in partition(cells)


def test_what_stays_thin_goes_up_month_by_month_then_field_then_submission_then_unit() -> None:
    thick = {("U", "S3", "counter", "2026-01"): (50, 200)}
    month, _ = cells_of(
        {("U", "S1", "online", "2026-01"): (9, 9), ("U", "S1", "online", "2026-02"): (1, 1), **thick}
    )
    assert sorted(month.level) == [0, 1]
    field, _ = cells_of(
        {("U", "S1", "online", "2026-01"): (9, 9), ("U", "S2", "online", "2026-01"): (1, 1), **thick}
    )
    assert sorted(field.level) == [0, 2]
    submission, _ = cells_of(
        {("U", "S1", "online", "2026-01"): (9, 9), ("U", "S2", "post", "2026-01"): (1, 1), **thick}
    )
    assert sorted(submission.level) == [0, 3]
    unit, _ = cells_of({("U", "S1", "online", "2026-01"): (9, 9), **thick})
    assert unit.level.tolist() == [4]


def test_a_cell_without_dossiers_or_with_a_weight_five_times_the_units_is_thin() -> None:
    empty, _ = cells_of(
        {("U", "S1", "online", "2026-01"): (20, 0), ("U", "S1", "online", "2026-02"): (20, 90)}
    )
    assert empty.weight.tolist() == [90 / 40]
    heavy, _ = cells_of(
        {("U", "S1", "online", "2026-01"): (10, 600), ("U", "S1", "online", "2026-02"): (200, 400)}
    )
    assert heavy.level.tolist() == [1]
    bearable, _ = cells_of(
        {("U", "S1", "online", "2026-01"): (10, 200), ("U", "S1", "online", "2026-02"): (200, 800)}
    )
    assert bearable.level.tolist() == [0, 0]


def test_dossiers_of_a_silent_service_are_carried_by_its_siblings() -> None:
    cells, _ = cells_of(
        {("U", "S1", "online", "2026-01"): (0, 70), ("U", "S2", "online", "2026-01"): (20, 100)}
    )
    assert cells.weight.tolist() == [170 / 20]


def test_cells_never_cross_units() -> None:
    cells, _ = cells_of({("U", "S1", "online", "2026-01"): (3, 9), ("V", "S1", "online", "2026-01"): (3, 9)})
    assert sorted(cells.cell_unit.tolist()) == [0, 1]


def test_more_answers_than_dossiers_are_kept_and_marked() -> None:
    cells, _ = cells_of({("U", "S1", "online", "2026-01"): (130, 100)})
    assert cells.over_count.tolist() == [True]
    assert cells.weight[0] == pytest.approx(100 / 130)


def test_a_unit_is_unweighted_without_dossiers_silent_without_answers_and_provisional_when_said_so() -> None:
    cells, _ = cells_of(
        {
            ("A", "S1", "online", "2026-01"): (12, 0),
            ("A", "S2", "post", "2026-02"): (30, 0),
            ("B", "S1", "online", "2026-01"): (0, 40),
            ("C", "S1", "online", "2026-03"): (20, 40),
            ("D", "S1", "online", "2026-01"): (20, 40),
        },
        provisional=("2026-03",),
    )
    states = [UNIT_STATES[s] for s in cells.unit_state]
    assert states == ["no_population", "no_answers", "provisional", "ok"]
    of_a = np.flatnonzero(cells.cell_unit == 0)
    assert cells.weight[of_a].tolist() == [1.0]
    assert cells.level[of_a].tolist() == [4]


KEY = st.tuples(
    st.sampled_from("UV"),
    st.sampled_from(["S1", "S2", "S3"]),
    st.sampled_from("op"),
    st.sampled_from(["2026-01", "2026-02"]),
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(KEY, st.tuples(st.integers(0, 25), st.integers(0, 200)), min_size=1))
def test_whatever_the_counts_no_thin_cell_is_left_below_the_unit_and_nobody_is_lost(counts: Counts) -> None:
    cells, _ = cells_of(counts)
    assert cells.answers.sum() == sum(n for n, _ in counts.values())
    for cell, level in enumerate(cells.level):
        unit = cells.cell_unit[cell]
        mine = cells.key_unit == unit
        n_u, dossiers_u = cells.key_answers[mine].sum(), cells.key_population[mine].sum()
        whole_unit = (cells.cell_unit == unit).sum() == 1
        if not whole_unit and level < 4 and UNIT_STATES[cells.unit_state[unit]] == "ok":
            n, dossiers = cells.answers[cell], cells.population[cell]
            assert n >= 10
            assert 0 < dossiers / n <= 5 * dossiers_u / n_u * (1 + 1e-12)
    again, _ = cells_of(dict(reversed(counts.items())))
    assert partition(cells) == partition(again)


def test_collapsing_looks_only_at_counts() -> None:
    ancestors = np.array([[0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [2, 1, 0, 0, 0]])
    cell, level = collapse(ancestors, np.array([5.0, 5.0, 10.0]), np.array([10.0, 10.0, 20.0]))
    assert cell.tolist() == [0, 0, 1]
    assert level.tolist() == [1, 0]
    with pytest.raises(ShapeMismatch, match="answers"):
        collapse(ancestors, np.array([5.0]), np.array([10.0]))


def test_months_are_read_from_dates() -> None:
    cube = cube_from_rows({"date": ["2026-02-03", "2026-01-31", "2026-02-28"]}, {"q": [5, 5, 5]})
    months, code = encode_months(cube)
    assert months == ("2026-01", "2026-02")
    assert code.tolist() == [0, 1, 1]


def test_a_negative_volume_or_a_missing_column_is_named() -> None:
    keys = {"unit": ["U"], "service": ["S"], "submission": ["o"], "month": ["2026-01"]}
    with pytest.raises(InvalidArgument, match="volume is -3"):
        register(keys, [-3])
    with pytest.raises(UnknownName, match="'month'"):
        register({"unit": ["U"], "service": ["S"], "submission": ["o"]}, [3])
    with pytest.raises(ShapeMismatch, match="unit"):
        register(keys, [3, 4])


def test_cells_by_hand_refuse_a_cell_across_units_or_without_a_population() -> None:
    rows = {"unit": ["U", "V"], "service": ["S", "S"], "submission": ["o", "o"], "date": ["2026-01-01"] * 2}
    cube = cube_from_rows(rows, {"q": [5, 4]})
    both = {("U", "S", "o", "2026-01"): "x", ("V", "S", "o", "2026-01"): "x"}
    with pytest.raises(InvalidArgument, match="more than one unit"):
        assigned_cells(cube, both, {"x": 10})
    with pytest.raises(UnknownName, match="population of cell"):
        assigned_cells(cube, both, {})
    with pytest.raises(UnknownName, match="weighting cell"):
        assigned_cells(cube, {}, {})
