"""Ranks among peers: places, what may be said of them, moves, and points kept apart from places."""

from collections.abc import Sequence
from datetime import date

import pytest
from builders.edition_tables import HEADLINE, PROVINCE, an_edition, headline_of, some_units, ten_communes
from sqlmodel import Session

from app.core.errors import Invalid
from app.results.ranking import Ranking, rank_peers
from app.results.reading import EditionTables, open_edition

Q2 = {"start_on": date(2026, 4, 1), "end_on": date(2026, 6, 30)}
Q3 = {"start_on": date(2026, 7, 1), "end_on": date(2026, 9, 30)}
STEPS = [95.0, 92.0, 89.0, 86.0, 83.0, 80.0, 77.0, 74.0, 71.0, 68.0]


@pytest.fixture
def session(session: Session) -> Session:
    some_units(session, ten_communes())
    return session


def opened(
    session: Session, shares: Sequence[float | None], *, n: int = 400, code: str = "2026-Q3"
) -> EditionTables:
    when = Q2 if code == "2026-Q2" else Q3
    return open_edition(session, an_edition(session, code, headline_of(shares, n=n), **when))


def ranked(tables: EditionTables, before: EditionTables | None = None, *, together: bool = False) -> Ranking:
    return rank_peers(tables, tables.children(PROVINCE), HEADLINE, before=before, simultaneous=together)


def test_the_last_of_ten_is_tenth_of_ten_and_surely_so_with_many_answers(session: Session) -> None:
    ranking = ranked(opened(session, STEPS, n=20_000))
    last = ranking.of_unit("c09")
    assert last is not None
    assert (last.rank, ranking.of) == (10, 10)
    assert (last.best, last.worst) == (10, 10)
    assert last.tier == "below"
    assert [row.rank for row in ranking.rows] == list(range(1, 11))


def test_with_few_answers_no_place_is_claimed(session: Session) -> None:
    ranking = ranked(opened(session, [80 + step / 10 for step in range(10)], n=40))
    assert {(row.best, row.worst) for row in ranking.rows} == {(1, 10)}
    assert {row.tier for row in ranking.rows} == {"not_distinguishable"}
    assert [row.rank for row in ranking.rows] == list(range(1, 11))


def test_sets_for_all_units_at_once_are_never_narrower(session: Session) -> None:
    tables = opened(session, STEPS, n=500)
    alone, together = ranked(tables), ranked(tables, together=True)
    for row in alone.rows:
        wide = together.of_unit(row.unit)
        assert wide is not None
        assert wide.best <= row.best <= row.rank <= row.worst <= wide.worst


def test_equal_printed_figures_share_the_better_place(session: Session) -> None:
    ranking = ranked(opened(session, [90.001, 90.004, 89.0, *STEPS[3:]]))
    places = {row.unit: (row.rank, row.tied) for row in ranking.rows}
    assert places["c00"] == (1, 1)
    assert places["c01"] == (1, 1)
    assert places["c02"] == (3, 0)


def test_a_unit_without_a_published_figure_has_no_rank_and_is_not_counted(session: Session) -> None:
    ranking = ranked(opened(session, [*STEPS[:9], None]))
    assert ranking.of == 9
    assert ranking.of_unit("c09") is None
    assert [row.unit for row in ranking.unranked] == ["c09"]
    assert max(row.worst for row in ranking.rows) == 9


def test_a_fall_of_seven_places_is_told_with_what_is_known_of_it(session: Session) -> None:
    before = [93.5, 92.0, 90.5, 89.0, 87.5, 86.0, 84.5, 83.0, 81.5, 80.0]
    after = [93.5, 92.0, 78.0, 89.0, 87.5, 86.0, 84.5, 83.0, 81.5, 80.0]
    old, new = (opened(session, x, n=20_000, code=c) for x, c in ((before, "2026-Q2"), (after, "2026-Q3")))
    row = ranked(new, old).of_unit("c02")
    assert row is not None
    assert row.move is not None
    assert (row.move.before, row.move.after, row.move.change, row.move.of) == (3, 10, -7, 10)
    assert (row.move.low, row.move.high, row.move.moved) == (-7, -7, "down")
    assert row.points == pytest.approx(-12.5)


def test_a_move_that_chance_explains_is_called_unclear(session: Session) -> None:
    before, after = [80.0 + i for i in range(10)], [80.0 + 9 - i for i in range(10)]
    old, new = (opened(session, x, n=60, code=c) for x, c in ((before, "2026-Q2"), (after, "2026-Q3")))
    for row in ranked(new, old).rows:
        assert row.move is not None
        assert row.move.low <= row.move.change <= row.move.high
        assert row.move.moved == "unclear"


def test_a_unit_may_gain_points_and_lose_places(session: Session) -> None:
    before = [90.0, 80.0, 79.0, *[50.0 + i for i in range(7)]]
    after = [91.0, 82.0, 85.0, *[50.0 + i for i in range(7)]]
    old, new = (opened(session, x, code=c) for x, c in ((before, "2026-Q2"), (after, "2026-Q3")))
    row = ranked(new, old).of_unit("c01")
    assert row is not None
    assert row.move is not None
    assert row.points == pytest.approx(2)
    assert row.move.change == -1


def test_moves_are_among_units_ranked_in_both_rounds(session: Session) -> None:
    old, new = opened(session, [None, *STEPS[1:]], code="2026-Q2"), opened(session, STEPS)
    ranking = ranked(new, old)
    assert ranking.common == 9
    first, second = ranking.of_unit("c00"), ranking.of_unit("c01")
    assert first is not None
    assert first.move is None
    assert second is not None
    assert second.move is not None
    assert (second.rank, second.move.after, second.move.change) == (2, 1, 0)


def test_the_same_edition_gives_the_same_sets_every_time(session: Session) -> None:
    from app.results import ranking as room

    tables = opened(session, STEPS, n=150)
    first = ranked(tables)
    room._places.cache_clear()
    assert ranked(tables) == first


def test_a_group_too_large_to_rank_is_refused_with_the_remedy(session: Session) -> None:
    tables = opened(session, STEPS)
    with pytest.raises(Invalid, match="too many"):
        rank_peers(tables, [f"x{i}" for i in range(251)], HEADLINE)


def test_nobody_published_gives_an_empty_ranking(session: Session) -> None:
    ranking = ranked(opened(session, [None] * 9 + [80.0]))
    assert ranking.of == 1
    empty = rank_peers(opened(session, [None] * 9 + [80.0], code="2026-Q2"), ["c00"], HEADLINE)
    assert (empty.of, empty.peer_mean, len(empty.unranked)) == (0, None, 1)
