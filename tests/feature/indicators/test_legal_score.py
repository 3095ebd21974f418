"""The score of Circular 01/2018: four indices from citizens, the others typed, grades with their chance."""

import random
from decimal import Decimal

import pytest
from builders.results import END, ROUND, Answered, a_register, a_response, a_round
from sqlmodel import Session

from app.accounts.service import COMMAND_LINE
from app.core.database import Database
from app.indicators import legal, service
from app.indicators.board import Asked, board
from app.indicators.lines import Line
from app.results.legal import citizens_points, hidden_units

ITEMS = ("o_time", "o_contacts", "o_agencies", "o_attitude")
NO_OPINION = "no_opinion"


def rate(session: Session, version: str, unit: str, *choices: dict[str, object]) -> None:
    """One returned form for each set of choices."""
    source = random.Random(unit)
    for answers in choices:
        one = Answered(unit, "1.001", "counter", "receipt", END, "complete", 0)
        session.add(a_response(source, one, version=version, answers=answers, stage="returned"))
    session.flush()


@pytest.fixture
def rated(database: Database) -> Database:
    """Ten dossiers of one commune, six of another; two of a third are too few."""
    with database.write() as session:
        a_register(session)
        version = a_round(session)["receipt"]
        best, middle, worst = (dict.fromkeys(ITEMS, code) for code in (1, 2, 3))
        silent = {**best, "o_contacts": NO_OPINION}
        rate(session, version, "07267", *[best] * 5, *[middle] * 3, worst, silent)
        rate(session, version, "07270", *[middle] * 6)
        rate(session, version, "07273", worst, worst)
    return database


def line_of(session: Session, unit: str) -> Line:
    found = board(session, COMMAND_LINE, Asked(unit, "legal_formula"))
    return next(line for line in found if line.unit_code == unit)


def test_points_are_summed_a_unit_and_blanks_are_left_out(rated: Database) -> None:
    with rated.read() as session:
        found = citizens_points(session, ROUND)
    time, contacts = found["07267"][1], found["07267"][3]
    assert (time.dossiers, time.points) == (10, 6 * 2 + 3)
    assert (contacts.dossiers, contacts.points) == (9, 5 * 2 + 3)


def test_units_with_too_few_are_hidden_with_a_neighbour_that_would_give_them_away(rated: Database) -> None:
    with rated.read() as session:
        found = citizens_points(session, ROUND)
    assert sorted(found) == [
        "07267",
        "24",
    ]  # 07273 has two; without 07270 hidden too, 24 less the rest is 07273
    assert found["24"][1].dossiers == 18


def test_the_whole_score_is_citizens_points_and_typed_ones(rated: Database) -> None:
    with rated.write() as session:
        assert legal.compute(session, ROUND, by=COMMAND_LINE) == legal.Computed(2, "2026-Q3")
        common = {
            "indicator": "legal_formula",
            "unit": "07267",
            "year": "2026-Q3",
            "max": "2",
            "source": "Một cửa",
        }
        for part, score in (("2", "1,5"), ("5", "2"), ("6", "2"), ("8", "1"), ("9", "0")):
            service.record_value(
                session, {**common, "part": part, "score": score, "max": "2"}, by=COMMAND_LINE
            )
    with rated.read() as session:
        line = line_of(session, "07267")
    scores = {part.part: part.score for part in line.parts}
    # 15/10 = 1.5; 13/9 = 1.44 -> 1.4; agencies and attitude as time
    assert [scores[part] for part in "1347"] == [
        Decimal("1.5"),
        Decimal("1.4"),
        Decimal("1.5"),
        Decimal("1.5"),
    ]
    assert line.legal is not None
    assert (line.legal.total, line.legal.possible, line.legal.grade) == (12.4, 18.0, "good")
    assert line.score == Decimal("12.4")
    chances = legal.chances_of(line.legal, unit_code="07267", period="2026-Q3")
    assert abs(sum(chances.values()) - 1) < 1e-9
    assert 0.5 < chances["good"] < 1
    assert chances == legal.chances_of(line.legal, unit_code="07267", period="2026-Q3")


def test_missing_indices_leave_the_score_out_of_less_and_both_readings_are_given(rated: Database) -> None:
    with rated.write() as session:
        legal.compute(session, ROUND, by=COMMAND_LINE)
    with rated.read() as session:
        found = line_of(session, "07267").legal
    assert found is not None
    assert (found.total, found.possible, found.grade, found.scaled) == (5.9, 8.0, "weak", "good")


def test_computing_again_changes_nothing_and_typed_figures_stay(rated: Database) -> None:
    seen = []
    for _ in range(2):
        with rated.write() as session:
            legal.compute(session, ROUND, by=COMMAND_LINE)
            values = service.list_values(session, COMMAND_LINE)
            seen.append([value.model_dump(exclude={"entered_at"}) for value in values])
    assert seen[0] == seen[1]


def test_no_remainder_of_shown_units_is_smaller_than_may_be_shown(home: object) -> None:
    """Every family of random trees: what its hidden units have together cannot be a small remainder."""
    source = random.Random(5)
    for _ in range(300):
        children = {"": ["t"], "t": ["a", "b", "c"], "a": ["a1", "a2"], "b": ["b1"], "c": ["c1", "c2", "c3"]}
        leaves = {code: source.choice((0, 1, 3, 5, 8, 40)) for code in ("a1", "a2", "b1", "c1", "c2", "c3")}
        counts = dict(leaves)
        for unit in ("a", "b", "c", "t"):
            counts[unit] = sum(counts[code] for code in children[unit])
        hidden = hidden_units(counts, children)
        for family in ("t", "a", "b", "c"):
            gone = [code for code in children[family] if code in hidden and counts[code]]
            rest = sum(counts[code] for code in gone)
            assert family in hidden or not gone or rest >= 5, (counts, hidden)
