"""Differences between rounds and between units: against figures worked out beside the program."""

from datetime import UTC, date, datetime, time

import numpy as np
import pytest
from builders.edition_tables import (
    HEADLINE,
    PROVINCE,
    Shown,
    an_edition,
    headline_of,
    some_units,
    ten_communes,
)
from scipy import stats
from sqlmodel import Session

from app.core.errors import Invalid
from app.results.changes import changes_since, value_changes
from app.results.comparing import changes_of, compare_sets
from app.results.evidence import Side, pooled, sides_of
from app.results.mergers import Match, matches, successions_between
from app.results.reading import EditionTables, open_edition
from app.rounds.service import get_round
from app.units.tables import UnitSuccession

Q2 = {"start_on": date(2026, 4, 1), "end_on": date(2026, 6, 30)}
Q3 = {"start_on": date(2026, 7, 1), "end_on": date(2026, 9, 30)}
BEFORE_MERGER = {"start_on": date(2025, 4, 1), "end_on": date(2025, 6, 30)}
NINES = [90.0] * 9


def two_rounds(
    session: Session, earlier: list[float | None], later: list[float | None], *, n: int = 400
) -> tuple[EditionTables, EditionTables]:
    some_units(session, ten_communes())
    old = an_edition(session, "2026-Q2", headline_of(earlier, n=n), **Q2)
    new = an_edition(session, "2026-Q3", headline_of(later, n=n), **Q3)
    return open_edition(session, new), open_edition(session, old)


def side(pct: float, n: int) -> Side:
    shown = Shown(pct, n).columns()
    return Side(pct, shown["se"], shown["low"], shown["high"], n, n, n - 1, 1.0, True, "ok")


def mover(p1: float, n1: int, p2: float, n2: int, *, level: float) -> tuple[float, float]:
    """Zou and Donner's interval from two Jeffreys intervals, in points."""
    tails = ((1 - level) / 2, (1 + level) / 2)
    low1, high1 = (stats.beta.ppf(t, n1 * p1 + 0.5, n1 * (1 - p1) + 0.5) for t in tails)
    low2, high2 = (stats.beta.ppf(t, n2 * p2 + 0.5, n2 * (1 - p2) + 0.5) for t in tails)
    down = ((p1 - low1) ** 2 + (high2 - p2) ** 2) ** 0.5
    up = ((high1 - p1) ** 2 + (p2 - low2) ** 2) ** 0.5
    return 100 * (p1 - p2 - down), 100 * (p1 - p2 + up)


def test_one_difference_has_the_interval_of_its_two_shares() -> None:
    found = changes_of([(side(82, 300), side(74, 250))]).rows[0]
    low, high = mover(0.82, 300, 0.74, 250, level=0.95)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)
    assert found.difference == pytest.approx(8)
    assert found.arrow == 1
    assert found.p_adjusted == found.p
    assert found.least == pytest.approx(8 - low, abs=1e-6)
    assert found.least == pytest.approx(196 * (0.82 * 0.18 / 300 + 0.74 * 0.26 / 250) ** 0.5, rel=0.02)
    assert found.detectable == pytest.approx(found.least * 2.8 / 1.96, rel=1e-2)


def test_a_difference_that_stands_alone_fails_among_twenty_and_its_interval_says_so() -> None:
    alone = changes_of([(side(82, 300), side(75, 250))])
    assert alone.rows[0].arrow == 1
    among = changes_of([(side(82, 300), side(75, 250)), *[(side(80, 300), side(80, 300))] * 19])
    first = among.rows[0]
    assert first.p == pytest.approx(alone.rows[0].p)
    assert first.p_adjusted == pytest.approx(min(1, 20 * (first.p or 0)))
    assert first.arrow == 0
    assert among.levels == pytest.approx((1 - 0.05 / 20,))
    assert first.judged == 20
    assert first.low is not None
    assert first.low < 0


def test_arrows_never_disagree_with_the_intervals_beside_them() -> None:
    pairs = [(side(70 + step, 150), side(80, 150)) for step in range(0, 25, 2)]
    found = changes_of(pairs)
    assert 0 < found.found < len(pairs)
    for row in found.rows:
        assert row.low is not None
        assert row.high is not None
        assert (row.arrow == 0) == (row.low <= 0 <= row.high)


@pytest.mark.parametrize("seed", range(5))
def test_a_change_that_is_not_told_is_smaller_than_the_least_that_would_show(seed: int) -> None:
    draws = np.random.default_rng(seed)
    shares, sizes = draws.uniform(40, 100, size=(2, 60)), draws.integers(8, 900, size=(2, 60))
    pairs = [
        (side(float(shares[0, i]), int(sizes[0, i])), side(float(shares[1, i]), int(sizes[1, i])))
        for i in range(60)
    ]
    for row in changes_of(pairs, families=(draws.integers(0, 3, size=60)).tolist()).rows:
        assert row.least is not None
        assert row.detectable is not None
        assert (abs(row.difference or 0) > row.least) == (row.arrow != 0)
        assert row.detectable > row.least


def test_families_are_judged_apart_and_every_interval_has_the_level_of_its_own() -> None:
    pairs = [(side(82, 300), side(75, 250)), *[(side(80, 300), side(80, 300))] * 9]
    found = changes_of([*pairs, (side(82, 300), side(75, 250))], families=[1] * 10 + [2])
    assert [row.arrow for row in found.rows] == [0] * 10 + [1]
    assert (found.rows[0].level, found.rows[10].level) == pytest.approx((0.995, 0.95))
    alone = changes_of(pairs[:1]).rows[0]
    assert (found.rows[10].low, found.rows[10].high) == (alone.low, alone.high)


def test_a_fall_of_one_commune_is_found_among_ten_that_stay(session: Session) -> None:
    new, old = two_rounds(session, [*NINES, 90.0], [*NINES, 75.0])
    found = changes_since(session, new, old, units=("24", *new.children("24")), figures=[HEADLINE])
    arrows = {row.unit: row.change.arrow for row in found.rows}
    assert arrows["c09"] == -1
    assert {arrow for unit, arrow in arrows.items() if unit not in {"c09", PROVINCE}} == {0}
    fallen = next(row for row in found.rows if row.unit == "c09")
    assert fallen.change.difference == pytest.approx(-15)
    assert fallen.change.judged == 10
    assert found.changes.tests == 11


def test_the_verdict_on_a_unit_does_not_depend_on_who_asks_or_what_else_is_asked_for(
    session: Session,
) -> None:
    new, old = two_rounds(
        session, [*NINES, 90.0], [89.0, 91.0, 84.0, 90.0, 90.0, 95.0, 88.0, 90.0, 70.0, 83.0]
    )
    every = {r.unit: r for r in changes_since(session, new, old, units=new.units, figures=[HEADLINE]).rows}
    for unit in new.children(PROVINCE):
        within = (f"/{PROVINCE}/{unit}/",)
        own = [open_edition(session, tables.edition, within=within) for tables in (new, old)]
        alone = changes_since(session, *own, units=new.units, figures=[HEADLINE]).rows
        assert [row.unit for row in alone] == [unit]
        assert alone[0].change == every[unit].change


def test_the_province_is_judged_by_itself_and_its_interval_is_a_plain_one(session: Session) -> None:
    new, old = two_rounds(session, [*NINES, 90.0], [*NINES, 75.0])
    row = changes_since(session, new, old, units=[PROVINCE], figures=[HEADLINE]).rows[0]
    assert (row.change.level, row.change.judged) == (0.95, 1)


@pytest.mark.parametrize("hidden_now", [True, False])
def test_a_hidden_side_gives_no_difference_and_no_number(session: Session, hidden_now: bool) -> None:
    shown, hidden = [*NINES, 80.0], [*NINES, None]
    new, old = two_rounds(session, shown if hidden_now else hidden, hidden if hidden_now else shown)
    found = changes_since(session, new, old, units=("c09",), figures=[HEADLINE])
    row = found.rows[0]
    assert row.hidden == ("first" if hidden_now else "second",)
    assert found.changes.tests == 0
    change = row.change
    assert (change.difference, change.low, change.p, change.least, change.detectable) == (None,) * 5
    assert (change.first is None, change.second is None) == (hidden_now, not hidden_now)


def test_a_second_dimension_that_one_edition_lacks_is_not_compared(session: Session) -> None:
    new, old = two_rounds(session, [*NINES, 90.0], [*NINES, 75.0])
    assert value_changes(session, new, old, cell=("c09", HEADLINE), by="service").rows == ()


OLD_TREE: dict[str, tuple[str, str | None]] = {
    PROVINCE: ("Tỉnh Thử", None),
    "o1": ("Xã Một", PROVINCE),
    "o2": ("Xã Hai", PROVINCE),
    "n1": ("Phường Mới", PROVINCE),
    "n2": ("Phường Khác", PROVINCE),
}


def a_succession(session: Session, old: str, new: str, *, kind: str = "whole", main: bool = True) -> None:
    row = UnitSuccession(
        old_code=old,
        old_name=OLD_TREE[old][0],
        new_code=new,
        kind=kind,
        is_default=main,
        effective_on=date(2025, 7, 1),
    )
    session.add(row)
    session.flush()


def across_the_merger(
    session: Session,
    old: dict[str, Shown],
    new: dict[str, Shown],
    *,
    set_up_on: date = date(2026, 1, 1),
) -> dict[str, Match]:
    """The old round may have been set up after the merger, for a time before it."""
    some_units(session, OLD_TREE)
    an_edition(session, "old", {(u, HEADLINE): s for u, s in old.items()}, **BEFORE_MERGER)
    an_edition(session, "new", {(u, HEADLINE): s for u, s in new.items()}, **Q3)
    earlier = get_round(session, "old")
    earlier.created_at = datetime.combine(set_up_on, time(), tzinfo=UTC)
    found = successions_between(session, earlier, get_round(session, "new"))
    below = {unit: [unit] for unit in new}
    below[PROVINCE] = [PROVINCE, *new]
    return matches(found, below, old_units=list(old))


def test_whole_units_that_were_joined_are_compared_exactly(session: Session) -> None:
    for old in ("o1", "o2"):
        a_succession(session, old, "n1")
    older = {"o1": Shown(90, 100, weight=3000), "o2": Shown(70, 200, weight=1000)}
    found = across_the_merger(session, older, {"n1": Shown(85, 300)})
    assert found["n1"] == Match("exact", ("o1", "o2"), ("Xã Một", "Xã Hai"))
    together = pooled([s for s in sides_of([*_rows(session, "old")]) if s])
    assert together.estimate == pytest.approx((90 * 3000 + 70 * 1000) / 4000)
    variance = 0.75**2 * 0.9 * 0.1 / 100 + 0.25**2 * 0.7 * 0.3 / 200
    assert together.se == pytest.approx(100 * variance**0.5)


def _rows(session: Session, round_code: str) -> list[object]:
    from app.results.editions import newest

    edition = newest(session, round_code)
    assert edition is not None
    return list(open_edition(session, edition).rows(figure=HEADLINE))


def test_a_part_that_went_elsewhere_or_a_missing_unit_is_called_approximate(session: Session) -> None:
    a_succession(session, "o1", "n1", kind="part")
    a_succession(session, "o1", "n2", kind="part", main=False)
    a_succession(session, "o2", "n1")
    found = across_the_merger(
        session, {"o1": Shown(90)}, {"n1": Shown(85), "n2": Shown(80), PROVINCE: Shown(84)}
    )
    assert found["n1"].kind == "approximate"
    assert found["n1"].old_units == ("o1",)
    assert found["n1"].missing == ("Xã Hai",)
    assert found["n2"].kind == "approximate"
    assert found[PROVINCE].missing == ("Xã Hai",)


def test_a_code_that_lives_on_in_a_larger_unit_is_not_taken_for_the_same_unit(session: Session) -> None:
    for old in ("o1", "o2"):
        a_succession(session, old, "o1")
    found = across_the_merger(session, {"o1": Shown(90), "o2": Shown(60)}, {"o1": Shown(80)})
    assert found["o1"].kind == "exact"
    assert found["o1"].old_units == ("o1", "o2")


def test_a_round_recorded_under_the_units_of_today_needs_no_map(session: Session) -> None:
    for old in ("o1", "o2"):
        a_succession(session, old, "n1")
    found = across_the_merger(session, {"n1": Shown(90)}, {"n1": Shown(80), "n2": Shown(70)})
    assert found["n1"] == Match("same", ("n1",))
    assert found["n2"] == Match("none")


SET_UP_THEN = date(2025, 3, 1)


def test_the_code_that_lives_on_does_not_stand_for_the_whole_of_the_larger_unit(session: Session) -> None:
    for old in ("o1", "o2"):
        a_succession(session, old, "o1")
    found = across_the_merger(session, {"o1": Shown(90)}, {"o1": Shown(80)}, set_up_on=SET_UP_THEN)
    assert found["o1"] == Match("approximate", ("o1",), ("Xã Một",), ("Xã Hai",))


def test_a_round_set_up_after_the_merger_for_a_time_before_it_names_the_units_of_today(
    session: Session,
) -> None:
    for old in ("o1", "o2"):
        a_succession(session, old, "o1")
    found = across_the_merger(session, {"o1": Shown(90)}, {"o1": Shown(80)})
    assert found["o1"] == Match("same", ("o1",))


def test_a_unit_that_was_formed_from_itself_alone_is_the_same(session: Session) -> None:
    a_succession(session, "o1", "o1")
    found = across_the_merger(session, {"o1": Shown(90)}, {"o1": Shown(80)}, set_up_on=SET_UP_THEN)
    assert found["o1"] == Match("same", ("o1",))


def test_a_merger_in_the_middle_of_the_old_round_counts_as_after_it(session: Session) -> None:
    for old in ("o1", "o2"):
        a_succession(session, old, "o1")
    some_units(session, OLD_TREE)
    an_edition(
        session, "old", {("o1", HEADLINE): Shown(90)}, start_on=date(2025, 1, 1), end_on=date(2025, 12, 31)
    )
    an_edition(session, "new", {("o1", HEADLINE): Shown(80)}, **Q3)
    earlier = get_round(session, "old")
    earlier.created_at = datetime.combine(SET_UP_THEN, time(), tzinfo=UTC)
    found = successions_between(session, earlier, get_round(session, "new"))
    assert matches(found, {"o1": ["o1"]}, old_units=["o1"])["o1"].kind == "approximate"


def test_a_unit_against_its_province_counts_the_answers_they_share_once(session: Session) -> None:
    some_units(session, {PROVINCE: ("Tỉnh", None), "a": ("A", PROVINCE), "b": ("B", PROVINCE)})
    a, b = Shown(90, 20_000, weight=3000), Shown(70, 20_000, weight=1000)
    share = 0.75
    whole = Shown(share * 90 + (1 - share) * 70, 40_000, weight=4000).columns()
    figures = {
        ("a", HEADLINE): a,
        ("b", HEADLINE): b,
        (PROVINCE, HEADLINE): Shown(whole["estimate"], 40_000, 4000),
    }
    tables = open_edition(session, an_edition(session, "2026-Q3", figures, **Q3))
    variance = [0.9 * 0.1 / 20_000, 0.7 * 0.3 / 20_000]
    true_se = 100 * ((1 - share) ** 2 * sum(variance)) ** 0.5  # A - (wA + (1-w)B) = (1-w)(A - B)
    row = compare_sets(tables, ["a"], ["a", "b"], figures=[HEADLINE]).rows[0]
    assert row.change.difference == pytest.approx((1 - share) * 20)
    assert row.change.least == pytest.approx(1.96 * true_se, rel=0.03)
    assert (row.unit, row.unit_name) == ("", "")


def test_the_same_units_on_both_sides_are_refused(session: Session) -> None:
    new, _ = two_rounds(session, [*NINES, 90.0], [*NINES, 75.0])
    with pytest.raises(Invalid, match="same units"):
        compare_sets(new, ["c01", "c02"], ["c02", "c01"], figures=[HEADLINE])
    with pytest.raises(Invalid, match="no unit"):
        compare_sets(new, ["c01"], [], figures=[HEADLINE])
