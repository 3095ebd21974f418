"""The way of answers: counted once whether laid down or not, against counts made beside the program."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from builders.results import COMMUNES, MONTHS, PROVINCE, ROUND, SERVICES, a_register, a_round, kiosk_answers
from sqlmodel import Session, col, select, update

from app.collection.tables import Response
from app.core.database import Database
from app.receipts.issuing import ReceiptOrder, issue_receipts
from app.receipts.started import Start, _write
from app.receipts.tables import IssuedCount
from app.results.flows import Flow, wanted_answers
from app.results.mergers import successions_between
from app.results.monitoring import RoundCounts
from app.results.round_register import usual_seconds
from app.results.service import refresh_lake
from app.rounds.service import get_round
from app.rounds.tables import Round
from app.units.tables import UnitSuccession

LATE_MONTH = "2026-09"


@pytest.fixture
def survey(database: Database) -> Database:
    """900 answers of a quarter, its last month not in the register yet."""
    with database.write() as session:
        a_register(session, without=(LATE_MONTH,))
        kiosk_answers(session, a_round(session)["kiosk"], count=900)
    return database


def counts(session: Session, *, within: tuple[str, ...] = ("/",)) -> RoundCounts:
    return RoundCounts(session, get_round(session, ROUND), within=within)


def by_hand(session: Session, *keys: str) -> Counter[tuple[str, ...]]:
    rows = session.exec(select(Response).where(Response.round_code == ROUND))
    return Counter(tuple(str(getattr(row, key)) for key in keys) for row in rows)


def test_counts_are_the_same_before_and_after_answers_are_laid_down(survey: Database) -> None:
    with survey.read() as session:
        before = counts(session).course(PROVINCE, "unit")
        true = by_hand(session, "outcome")
    refresh_lake(survey)
    with survey.read() as session:
        after = counts(session).course(PROVINCE, "unit")
    assert after == before
    assert after.total.arrived == 900
    assert after.total.complete == true["complete",]
    assert after.total.usable == true["complete",] + true["usable",]
    assert sum(span.usable + span.rest for span in after.spans) == 900


def test_answers_that_are_in_no_part_yet_count_at_once(survey: Database) -> None:
    refresh_lake(survey)
    with survey.write() as session:
        known = set(session.exec(select(Response.response_id)))
        version = session.exec(select(Response.form_version)).first() or ""
        kiosk_answers(session, version, count=5, seed=9)
        fresh = set(session.exec(select(Response.response_id))) - known
        session.connection().execute(
            update(Response).where(col(Response.response_id).in_(fresh)).values(mixed_on=None)
        )
    with survey.read() as session:
        assert counts(session).course(PROVINCE, "unit").total.arrived == 905


def test_rows_of_every_kind_agree_with_counts_by_hand(survey: Database) -> None:
    refresh_lake(survey)
    with survey.read() as session:
        seen = counts(session)
        units = {row.code: row.arrived for row in seen.course(PROVINCE, "unit").rows}
        services = {row.code: row.usable for row in seen.course(PROVINCE, "service").rows}
        modes = {row.code: row.complete for row in seen.course(PROVINCE, "mode").rows}
        unit, service, mode = (
            by_hand(session, key, "outcome") for key in ("unit_code", "service_code", "mode")
        )
    assert {code: units[code] for code in COMMUNES} == {
        code: sum(n for (u, _), n in unit.items() if u == code) for code in COMMUNES
    }
    assert services == {c: service[c, "usable"] + service[c, "complete"] for c in SERVICES}
    assert modes == {"kiosk": mode["kiosk", "complete"]}


def test_answers_per_100_dossiers_leave_out_months_whose_dossiers_are_not_in(survey: Database) -> None:
    refresh_lake(survey)
    with survey.read() as session:
        course = counts(session).course(PROVINCE, "unit")
        rows = session.exec(select(Response).where(Response.round_code == ROUND))
        usable = [row for row in rows if row.outcome != "breakoff"]
    early = sum(row.answered_on.isoformat()[:7] != LATE_MONTH for row in usable)
    dossiers = sum(120 * (place + 1) + 40 * step for place in range(4) for step in range(3)) * 2
    assert course.total.dossiers == dossiers
    assert course.total.per_100 == pytest.approx(100 * early / dossiers)
    assert course.months_known == MONTHS[:2]
    assert course.months_missing == (LATE_MONTH,)


def test_somebody_sees_the_counts_of_their_own_subtree(survey: Database) -> None:
    with survey.read() as session:
        own = counts(session, within=(f"/{PROVINCE}/07270/",))
        assert [place.code for place in own.tops] == ["07270"]
        course = own.course("07270", "unit")
        assert course.total.arrived == sum(
            n for (unit,), n in by_hand(session, "unit_code").items() if unit == "07270"
        )
        assert [row.code for row in course.rows] == ["07270"]


def test_codes_and_starts_are_counted_where_they_are_recorded(
    survey: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.clock.today", lambda: date(2026, 8, 10))
    with survey.write() as session:
        assert counts(session).course(PROVINCE, "unit").total.issued is None
        orders = [ReceiptOrder("07270", "1.001", dossier=f"H{i}") for i in range(7)]
        issue_receipts(session, ROUND, [*orders, ReceiptOrder("07267", "1.002")])
        issue_receipts(session, ROUND, orders[:3])
        _write(session, Counter({Start("07270", "receipt", "", date(2026, 8, 11)): 6}))
        course = counts(session).course(PROVINCE, "unit")
        rows = session.exec(select(IssuedCount)).all()
    assert course.total.issued == 8
    assert course.total.started == 6
    assert {row.code: row.issued for row in course.rows if row.issued} == {"07270": 7, "07267": 1}
    assert {(row.month, row.issued) for row in rows} == {("2026-08", 7), ("2026-08", 1)}


def test_few_answers_a_day_are_shown_by_week(database: Database) -> None:
    with database.write() as session:
        a_register(session)
        kiosk_answers(session, a_round(session)["kiosk"], count=60)
        course = counts(session).course(PROVINCE, "unit")
    assert course.weekly
    assert len(course.spans) <= 14
    assert sum(span.usable + span.rest for span in course.spans) == 60


def test_response_rates_of_a_drawn_sample_are_those_of_the_association() -> None:
    flow = Flow("", "", issued=200, arrived=130, usable=120, complete=90)
    assert (flow.rr1, flow.rr2) == (0.45, 0.6)
    assert Flow("", "", arrived=5, usable=5, complete=5).rr1 is None


def test_wanted_answers_follow_krejcie_and_morgan_and_grow_with_the_design_effect() -> None:
    flow = Flow("", "", dossiers=1000)
    assert wanted_answers(flow, margin_points=5, design_effect=1.0) == 278
    assert (wanted_answers(flow, margin_points=5, design_effect=2.0) or 0) > 278
    assert wanted_answers(Flow("", ""), margin_points=5, design_effect=1.0) is None


def test_usual_times_are_medians_by_mode_of_at_least_five(survey: Database) -> None:
    with survey.write() as session:
        ids = list(session.exec(select(Response.response_id).limit(7)))
        for seconds, one in zip((9, 11, 12, 14, 15, 40, 300), ids, strict=True):
            session.connection().execute(
                update(Response).where(col(Response.response_id) == one).values(duration_seconds=seconds)
            )
        assert usual_seconds(session, get_round(session, ROUND)) == [("kiosk", 14.0)]


def test_the_map_of_mergers_is_read_for_the_time_between_two_rounds(database: Database) -> None:
    merged_on = date(2025, 7, 1)
    with database.write() as session:
        for old in ("o1", "o2"):
            row = UnitSuccession(
                old_code=old,
                old_name=old,
                new_code="n1",
                kind="whole",
                is_default=True,
                effective_on=merged_on,
            )
            session.add(row)
        session.flush()
        before, wide, after = (
            Round(period_start_on=start, period_end_on=end, created_at=datetime(2025, 1, 1, tzinfo=UTC))
            for start, end in (
                (date(2025, 4, 1), date(2025, 6, 30)),
                (date(2025, 7, 1), date(2025, 9, 30)),
                (merged_on, date(2025, 9, 30)),
            )
        )
        across = successions_between(session, before, wide)
        within = successions_between(session, after, wide)
    assert across.forerunners == {"n1": frozenset({"o1", "o2"})}
    assert within.forerunners == {}
