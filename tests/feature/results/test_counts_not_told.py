"""How many answered is told nowhere a figure is hidden, nor where few answered that no figure knows yet."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from builders.accounts import signed_in
from builders.in_process import in_process
from builders.province import PROVINCE, ROUND
from builders.results import COMMUNES, a_register, a_round, kiosk_answers
from builders.results import PROVINCE as OWN_PROVINCE
from builders.results import ROUND as OWN_ROUND
from sqlmodel import Session

from app.core.database import Database
from app.results.editions import newest
from app.results.flows import Flow, Span, joined, stretches
from app.results.monitoring import RoundCounts
from app.results.small_counts import Grid
from app.results.withheld import withheld_by
from app.rounds.service import get_round

WAYS = ("service", "mode", "month")
SMALL = "07798"


def counts(session: Session, round_code: str = ROUND) -> RoundCounts:
    return RoundCounts(session, get_round(session, round_code), within=("/",))


def flows(session: Session, by: str) -> dict[tuple[str, str], Flow]:
    """Every unit's rows by this grouping; months are rows of the days."""
    seen = counts(session)
    found = {}
    for unit in seen.places:
        rows = seen.course(unit, "day" if by == "month" else by).rows
        found |= {(unit, row.code): row for row in rows if by != "month" or len(row.code) == len("2026-07")}
    return found


@pytest.mark.parametrize("by", WAYS)
def test_counts_are_hidden_wherever_a_declared_table_hides_the_cell(province: Database, by: str) -> None:
    with province.read() as session:
        declared = withheld_by(session, newest(session, ROUND), by)
        rows = flows(session, by)
    hidden = {cell for cell in declared.cells if cell in rows}
    assert len(hidden) > 3
    for cell in hidden:
        row = rows[cell]
        told = (row.arrived, row.usable, row.complete, row.started, row.issued, row.flagged, row.per_100)
        assert row.hidden
        assert set(told) == {None}
    apart = declared.complete & rows.keys()
    assert apart
    assert all(rows[cell].complete is None for cell in apart)
    assert not any(row.hidden for cell, row in rows.items() if cell[0] == PROVINCE)


def test_totals_are_those_of_all_answers(province: Database) -> None:
    with province.read() as session:
        seen = counts(session)
        whole = seen.course(PROVINCE, "unit")
        services = seen.course(PROVINCE, "service")
    assert whole.total.usable == sum(row.usable or 0 for row in whole.rows)
    assert whole.total.usable == sum(row.usable or 0 for row in services.rows)
    assert whole.total.usable == sum(span.usable for span in whole.spans)


def test_no_span_of_days_has_one_to_four_people_or_reaches_into_a_hidden_month(province: Database) -> None:
    with province.read() as session:
        seen = counts(session)
        for unit in seen.places:
            course = seen.course(unit, "day")
            for span in course.spans:
                assert span.usable == 0 or span.usable >= 5
                assert span.from_on.month == span.through_on.month
                assert span.from_on.isoformat()[:7] not in course.months_hidden
            assert all(b.from_on - a.through_on >= timedelta(days=1) for a, b in pairwise(course.spans))


def test_rows_of_days_add_up_to_their_month_and_to_the_unit(province: Database) -> None:
    with province.read() as session:
        course = counts(session).course(PROVINCE, "day")
    months = {row.code: row for row in course.rows if len(row.code) == len("2026-07")}
    days = [row for row in course.rows if row.code not in months]
    assert list(months) == ["2026-07", "2026-08", "2026-09"]
    for code, row in months.items():
        assert row.usable == sum(day.usable or 0 for day in days if day.code.startswith(code))
    assert course.total.dossiers == sum(row.dossiers or 0 for row in months.values())
    assert course.total.arrived == sum(row.arrived or 0 for row in months.values())


def test_a_round_without_an_edition_hides_one_to_four_forms_and_what_would_give_them_back(
    database: Database,
) -> None:
    with database.write() as session:
        a_register(session)
        version = a_round(session)["kiosk"]
        kiosk_answers(session, version, count=60, units=tuple(COMMUNES)[:3])
        kiosk_answers(session, version, count=2, seed=4, units=tuple(COMMUNES)[3:])
        rows = RoundCounts(session, get_round(session, OWN_ROUND), within=("/",)).course(OWN_PROVINCE, "unit")
    hidden = {row.code for row in rows.rows if row.hidden}
    assert tuple(COMMUNES)[3] in hidden
    assert len(hidden) == 2
    assert not rows.total.hidden


def test_the_smallest_neighbour_goes_with_a_small_count_by_row_and_by_column() -> None:
    above = {"a": "p", "b": "p", "c": "p"}
    table = {("a", "x"): 2, ("a", "y"): 9, ("a", "z"): 30, ("b", "x"): 7, ("b", "y"): 40, ("c", "x"): 50}
    hidden = Grid.of(table.items(), above, fewest=5).hidden(())
    assert {("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")} == hidden


def test_units_without_neighbours_hide_the_sum_above_as_well() -> None:
    hidden = Grid.of([(("a", ""), 3)], {"a": "p"}, fewest=5).hidden(())
    assert hidden == {("a", ""), ("p", "")}


def test_what_a_unit_with_others_below_has_of_its_own_is_one_of_them() -> None:
    hidden = Grid.of(
        [(("p", ""), 2), (("a", ""), 8), (("b", ""), 90)], {"a": "p", "b": "p"}, fewest=5
    ).hidden(())
    assert hidden == {("p*", ""), ("a", "")}


def test_days_are_joined_until_enough_people_answered() -> None:
    days = [Span(date(2026, 7, d), date(2026, 7, d), n, 0) for d, n in enumerate((0, 2, 4, 7, 0, 1), start=1)]
    spans = joined(days, fewest=5)
    assert [(span.code, span.usable) for span in spans] == [
        ("2026-07-01", 0),
        ("2026-07-02/2026-07-03", 6),
        ("2026-07-04/2026-07-06", 8),
    ]


def test_weeks_end_with_the_month() -> None:
    found = stretches(date(2026, 7, 20), date(2026, 8, 9), days=7)
    assert [(a.day, b.day) for a, b in found] == [(20, 26), (27, 31), (1, 7), (8, 9)]


@pytest.mark.anyio
@pytest.mark.parametrize("by", ["unit", "service", "mode", "day"])
async def test_page_and_file_show_no_hidden_count(province: Database, by: str) -> None:
    import csv
    import io

    async with in_process() as client:
        signed_in(client, province, role="viewer")
        asked = {"round": ROUND, "unit": SMALL, "by": by}
        page = await client.get("/console/monitor", params=asked)
        file = await client.get("/console/monitor.csv", params=asked)
        whole = await client.get("/console/monitor.csv", params=asked | {"unit": PROVINCE})
    assert page.status_code == file.status_code == whole.status_code == 200
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    hidden = [row for row in rows if row["hidden"] == "1"]
    assert hidden or by == "unit"
    assert page.text.count("(ẩn)") >= 2 * len(hidden)
    for row in hidden:
        assert {row[name] for name in ("arrived", "usable", "complete", "codes_issued", "forms_begun")} == {
            ""
        }
    assert "usable" in whole.text
