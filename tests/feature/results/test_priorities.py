"""Importance from the answers, and what stands first: it matters, is low, and is below the peers."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from builders.edition_tables import PROVINCE, Shown, an_edition, some_units, ten_communes
from sqlmodel import Session

from app.results.drivers import clusters_of, fewest_complete
from app.results.priorities import priorities_of
from app.results.reading import EditionTables, open_edition

Q3 = {"start_on": date(2026, 7, 1), "end_on": date(2026, 9, 30)}
CRITERIA = ("wait", "fees", "polite")
SHARES = {"wait": [0.6, 0.5, 0.7], "fees": [0.1, 0.05, 0.15], "polite": [0.3, 0.2, 0.4]}


@pytest.fixture
def session(session: Session) -> Session:
    some_units(session, ten_communes())
    return session


def drivers(*, own: str | None = None) -> dict[str, Any]:
    units = {
        name: {"n": n, "r_squared": 0.5, "method": "shapley", "shares": SHARES}
        for name, n in ((PROVINCE, 900), *(((own, 200),) if own else ()))
    }
    source = dict.fromkeys(ten_communes(), PROVINCE) | ({own: own} if own else {})
    return {
        "quick": {
            "overall": "q",
            "criteria": list(CRITERIA),
            "fewest": 100,
            "units": units,
            "source": source,
        }
    }


def opened(session: Session, of_first: dict[str, float | None], *, own: str | None = None) -> EditionTables:
    """The first commune as given; the others 85 percent on everything."""
    figures = {
        (f"c{i:02d}", f"criterion:{code}:satisfied_share"): Shown(of_first[code] if i == 0 else 85.0)
        for i in range(10)
        for code in CRITERIA
    }
    figures |= {(PROVINCE, f"criterion:{code}:satisfied_share"): Shown(84.0, 4000) for code in CRITERIA}
    return open_edition(session, an_edition(session, "2026-Q3", figures, drivers=drivers(own=own), **Q3))


def test_what_matters_is_low_and_is_below_the_peers_stands_first(session: Session) -> None:
    found = priorities_of(opened(session, {"wait": 60.0, "fees": 55.0, "polite": 86.0}), "c00")
    assert found is not None
    assert [row.criterion for row in found.rows][0] == "wait"
    assert [row.criterion for row in found.first] == ["wait"]
    fees = next(row for row in found.rows if row.criterion == "fees")
    assert (fees.quadrant, fees.is_below, fees.is_first) == ("low_priority", True, False)
    assert found.rows[0].peers is not None
    assert found.rows[0].peers.difference == pytest.approx(-25)
    assert found.peer_count == 9


def test_low_alone_is_not_first_when_the_peers_are_as_low(session: Session) -> None:
    found = priorities_of(opened(session, {"wait": 84.0, "fees": 90.0, "polite": 90.0}), "c00")
    assert found is not None
    assert found.rows[0].quadrant == "improve_first"
    assert found.first == ()


def test_importance_of_the_unit_above_is_named_as_such(session: Session) -> None:
    tables = opened(session, {"wait": 60.0, "fees": 85.0, "polite": 85.0}, own="c00")
    mine, others = priorities_of(tables, "c00"), priorities_of(tables, "c05")
    assert mine is not None
    assert others is not None
    assert (mine.is_own, mine.n) == (True, 200)
    assert (others.is_own, others.source, others.n) == (False, PROVINCE, 900)


def test_a_hidden_criterion_is_named_and_has_no_place(session: Session) -> None:
    found = priorities_of(opened(session, {"wait": None, "fees": 85.0, "polite": 80.0}), "c00")
    assert found is not None
    assert len(found.hidden) == 1
    assert {row.criterion for row in found.rows} == {"fees", "polite"}


def test_without_shares_there_are_no_priorities(session: Session) -> None:
    figures = {("c00", "criterion:wait:satisfied_share"): Shown(80.0)}
    tables = open_edition(session, an_edition(session, "2026-Q3", figures, **Q3))
    assert priorities_of(tables, "c00") is None


def test_a_province_has_no_peers_and_nothing_stands_first(session: Session) -> None:
    found = priorities_of(opened(session, {"wait": 60.0, "fees": 85.0, "polite": 85.0}), PROVINCE)
    assert found is not None
    assert found.peer_count == 0
    assert found.first == ()
    assert {row.peers for row in found.rows} == {None}


def test_the_least_number_of_complete_forms_grows_with_the_criteria() -> None:
    assert [fewest_complete(k) for k in (3, 10, 16, 39)] == [100, 100, 160, 390]


def test_strata_of_a_single_day_are_joined_until_each_has_two() -> None:
    unit = np.array([0, 0, 0, 0, 1, 1, 2, 3, 3, 3])
    month = np.array([1, 1, 2, 2, 1, 2, 1, 1, 1, 1])
    day = np.array([1, 2, 31, 32, 5, 40, 7, 1, 1, 2])
    clusters = clusters_of(unit, month, day)
    for stratum in np.unique(clusters.strata):
        assert len(np.unique(clusters.psu[clusters.strata == stratum])) >= 2
    assert clusters.strata[0] == clusters.strata[1] != clusters.strata[2]
    assert clusters.strata[4] == clusters.strata[5]
    assert clusters.psu[7] == clusters.psu[8] != clusters.psu[9]
