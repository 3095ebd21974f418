"""An alert is raised once, closed when over, seen by a person with a note, and only by those who may."""

from datetime import date, timedelta

import numpy as np
import pytest
from alembic import command
from builders.kiosks import a_device
from builders.results import COMMUNES, END, START, a_register, a_round, kiosk_answers
from builders.units import a_province_with_communes
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from app.accounts.actors import Actor, Grant
from app.accounts.service import COMMAND_LINE
from app.alerts import rules, service
from app.alerts.receivers import NewReceiver, add_receiver
from app.alerts.rules import Finding, find_all
from app.alerts.service import TOLD_AGAIN_AFTER, Changes, Wanted, list_alerts, open_alerts, reconcile
from app.alerts.tables import AlertDelivery
from app.alerts.watch import AlertWatch, check
from app.collection.tables import Response
from app.core import clock, migrations
from app.core.database import Database
from app.core.errors import Forbidden, Invalid
from app.indicators.service import set_target
from app.kiosks.tables import KioskDevice
from app.results.editions import compute_edition
from app.results.signals import Counted, fallen_points, too_many_flags
from app.rounds.service import get_round

GAP = Finding("kiosk_gap", "07777", "", "k1", {"missing": 3, "made": 90})
ROUND = "2026-Q3"


def viewer(path: str, role: str = "viewer") -> Actor:
    return Actor("lan", "staff", (Grant(role, path),))


@pytest.fixture
def province(database: Database) -> Database:
    with database.write() as session:
        a_province_with_communes(session)
    return database


def test_the_same_finding_raises_one_alert_which_is_closed_when_it_is_over(province: Database) -> None:
    with province.write() as session:
        assert reconcile(session, [GAP]) == Changes(opened=1)
        assert reconcile(session, [GAP]) == Changes(standing=1)
        assert reconcile(session, []) == Changes(closed=1)
        assert open_alerts(session, COMMAND_LINE) == []
        assert [one.state for one in list_alerts(session, COMMAND_LINE, Wanted())] == ["closed"]


def test_what_comes_back_soon_is_the_same_alert_and_after_a_day_it_is_told_again(province: Database) -> None:
    now = clock.now()
    with province.write() as session:
        for moment, findings, opened in (
            (timedelta(), [GAP], 1),
            (timedelta(hours=1), [], 0),
            (timedelta(hours=2), [GAP], 0),
            (timedelta(hours=3), [], 0),
            (timedelta(hours=4) + TOLD_AGAIN_AFTER, [GAP], 1),
        ):
            with clock.fixed(now + moment):
                assert reconcile(session, findings).opened == opened


def test_alerts_that_were_over_long_ago_are_forgotten(province: Database) -> None:
    with province.write() as session:
        reconcile(session, [GAP])
        reconcile(session, [])
        with clock.fixed(clock.now() + service.KEPT_FOR - timedelta(days=1)):
            assert service.forget_old(session) == 0
            assert list_alerts(session, COMMAND_LINE, Wanted()) == []
            assert len(list_alerts(session, COMMAND_LINE, Wanted(state="closed"))) == 1
        with clock.fixed(clock.now() + service.KEPT_FOR + timedelta(days=1)):
            assert service.forget_old(session) == 1


def test_somebody_sees_the_alerts_of_its_own_units_with_a_page_to_look_at(province: Database) -> None:
    fall = Finding(
        "control_signal",
        "07774",
        "2026-11",
        detail={"month": "2026-11", "estimate": 61.5, "centre": 80, "low": 70.2},
    )
    with province.write() as session:
        reconcile(session, [GAP, fall])
        seen = {path: open_alerts(session, viewer(path)) for path in ("/", "/24/", "/24/07774/", "/01/")}
        assert [len(found) for found in seen.values()] == [2, 2, 1, 0]
        [one] = seen["/24/07774/"]
        assert one.sentence.startswith("Phường Tự Lạn: 61,5% trong tháng 11/2026")
        assert one.link == "/console/units/07774/results"
        assert open_alerts(session, viewer("/"), "07777")[0].rule == "kiosk_gap"


def test_an_alert_is_acknowledged_with_a_note_by_somebody_who_may(province: Database) -> None:
    with province.write() as session:
        reconcile(session, [GAP])
        [one] = open_alerts(session, COMMAND_LINE)
        with pytest.raises(Forbidden):
            service.acknowledge(session, one.alert_id, note="đã xem", by=viewer("/"))
        with pytest.raises(Invalid):
            service.acknowledge(session, one.alert_id, note="  ", by=viewer("/24/", "analyst"))
        service.acknowledge(session, one.alert_id, note="đã gọi kỹ thuật", by=viewer("/24/", "analyst"))
        [seen] = open_alerts(session, COMMAND_LINE)
        assert (seen.state, seen.note, seen.acknowledged_by) == ("acknowledged", "đã gọi kỹ thuật", "lan")


def test_a_kiosk_that_says_nothing_in_opening_hours_and_one_that_lost_a_number_are_told_of(
    province: Database,
) -> None:
    monday_ten = clock.now().replace(
        year=2026, month=11, day=23, hour=3, minute=0
    )  # 10:00 where the office is
    with province.write() as session, clock.fixed(monday_ten - timedelta(hours=1)):
        device = a_device(session, "07777")
        known = session.get_one(KioskDevice, device.device_id)
        known.contact_at, known.made = clock.now(), 5
        session.add(known)
    with province.read() as session:
        with clock.fixed(monday_ten):
            found = {one.rule: one for one in find_all(session)}
        with clock.fixed(monday_ten + timedelta(hours=12)):
            at_night = [one.rule for one in find_all(session)]
    assert set(found) == {"kiosk_silent", "kiosk_gap"}
    assert found["kiosk_gap"].detail == {"missing": 5, "made": 5}
    assert at_night == ["kiosk_gap"]


def a_device_heard_of(session: Session, **known: object) -> KioskDevice:
    device = session.get_one(KioskDevice, a_device(session, "07777").device_id)
    for name, value in {"contact_at": clock.now(), **known}.items():
        setattr(device, name, value)
    session.add(device)
    session.flush()
    return device


def test_a_kiosk_without_room_and_answers_set_aside_or_doubled_are_told_of(province: Database) -> None:
    with province.write() as session:
        a_device_heard_of(session, is_full=True, made=7, waiting=[[1, 4]], aside=[[5, 7]], duplicates=2)
        reconcile(session, find_all(session))
        found = {one.rule: one for one in open_alerts(session, COMMAND_LINE)}
        english = {one.rule: one for one in open_alerts(session, COMMAND_LINE, language="en")}
    assert set(found) == {"kiosk_full", "kiosk_aside", "kiosk_duplicate"}
    assert found["kiosk_full"].sentence.endswith("một kiosk hết chỗ lưu và không nhận phiếu nữa")
    assert found["kiosk_aside"].sentence.endswith(
        "3 phiếu của một kiosk bị từ chối và đang để riêng trên máy"
    )
    assert "2 different answers" in english["kiosk_duplicate"].sentence
    for rule, one in found.items():
        assert one.link == "/console/kiosks"
        assert one.advice != english[rule].advice


def test_kiosks_are_looked_at_twice_a_minute_and_nothing_is_written_without_news(
    province: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("app.alerts.watch.deliver", lambda _: told.append("deliver") or 0)
    other = Finding("flagged_high", "07777", ROUND, detail={"answers": 90, "flagged": 40})
    ten = clock.now().replace(year=2026, month=11, day=23, hour=3, minute=0)
    with province.write() as session, clock.fixed(ten):
        device_id = a_device_heard_of(session, contact_at=ten).device_id
        reconcile(session, [other])
    watch = AlertWatch(province)
    watch._wait_for_all()
    for seconds, expected in ((0, []), (300, []), (360, ["kiosk_silent"]), (390, ["kiosk_silent"])):
        with clock.fixed(ten + timedelta(seconds=seconds)):
            watch.look()
            with province.read() as session:
                found = [one.rule for one in open_alerts(session, COMMAND_LINE)]
        assert sorted(found) == ["flagged_high", *expected]  # of the others nothing is closed
    assert told == ["deliver"]
    with province.write() as session:
        session.get_one(KioskDevice, device_id).contact_at = ten + timedelta(seconds=400)
    with clock.fixed(ten + timedelta(seconds=420)):
        watch.look()
        assert check(province).closed == 1  # everything is looked at: no answer carries a flag
    assert told == ["deliver"] * 3


def test_alerts_of_before_and_what_was_told_of_them_stay(province: Database, database_url: str) -> None:
    full = Finding("kiosk_full", "07777", "2026-11-23", "k2")
    with province.write() as session:
        add_receiver(session, NewReceiver("email", "Văn phòng", "vp@tinh.example"), by=COMMAND_LINE)
        reconcile(session, [GAP, full])
        assert len(session.exec(select(AlertDelivery)).all()) == 2
    command.downgrade(migrations._config(database_url), "0010")
    with province.read() as session:
        assert [one.rule for one in open_alerts(session, COMMAND_LINE)] == ["kiosk_gap"]
    with province.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(text("UPDATE alert SET rule = 'kiosk_full'"))
    migrations.upgrade(database_url)
    with province.write() as session:
        assert reconcile(session, [GAP, full]) == Changes(opened=1, standing=1)
        deliveries = session.exec(select(AlertDelivery)).all()
        assert len(deliveries) == 2
        assert {one.alert_id for one in deliveries} == {
            one.alert_id for one in open_alerts(session, COMMAND_LINE)
        }


def answered(session: Session, version: str) -> None:
    kiosk_answers(session, version, count=400)
    chosen = select(Response).where(Response.unit_code == "07276").limit(60)
    for response in session.exec(chosen):
        response.flags = "hurried"
        session.add(response)
    session.flush()


TARGETS = (("satisfaction", "24", "85"), ("satisfaction", "07273", "10"), ("answers", "07267", "900"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_units_below_target_behind_plan_or_with_many_flags_are_told_of(database: Database) -> None:
    with database.write() as session:
        a_register(session)
        answered(session, a_round(session)["kiosk"])
        for indicator, unit, least in TARGETS:
            cells = {"indicator": indicator, "unit": unit, "target": least, "year": "2026"}
            set_target(session, cells, by=COMMAND_LINE)
    with clock.fixed(clock.now().replace(year=2026, month=9, day=20)):
        compute_edition(database, ROUND)
        changes = check(database, tell=False)
        again = check(database, tell=False)
        with database.read() as session:
            found = {(one.rule, one.unit_code): one for one in open_alerts(session, COMMAND_LINE)}
    assert set(found) == {
        ("below_target", "24"),
        ("below_target", "07270"),
        ("sample_behind", "07267"),
        ("flagged_high", "07276"),
        ("flagged_high", "24"),
    }
    assert (changes.opened, again.opened, again.standing) == (5, 0, 5)
    assert "cả khoảng nằm dưới mục tiêu 85%" in found["below_target", "07270"].sentence


def test_a_plan_is_asked_for_only_while_the_round_asks(database: Database) -> None:
    with database.write() as session:
        a_register(session)
        a_round(session)
        survey = get_round(session, ROUND)
    days = [START - timedelta(days=3), START, date(2026, 8, 15), END, END + timedelta(days=1)]
    shares = [round(rules.elapsed_share(survey, day), 2) for day in days]
    assert shares == [0.0, 0.0, 0.49, 0.99, 1.0]


def test_a_real_fall_is_seen_and_a_stable_series_is_seldom_told_of() -> None:
    random, size, months = np.random.default_rng(20261122), 200, 24
    stable = random.binomial(size, 0.85, size=(250, months)) / size
    alarms = sum(len(fallen_points(list(row), [size] * months, watched=2)) for row in stable)
    assert alarms / (2 * len(stable)) < 0.01
    last = random.binomial(size, 0.7, size=(100, 1)) / size
    fallen = np.concatenate([stable[:100, :-1], last], axis=1)
    told = [fallen_points(list(row), [size] * months, watched=1) for row in fallen]
    assert sum(bool(found) for found in told) >= 90


def test_few_months_say_nothing_and_a_rise_is_no_alert() -> None:
    assert fallen_points([0.9] * 6 + [0.2], [100] * 7, watched=2) == []
    assert fallen_points([0.6, 0.62, 0.58] * 4 + [0.95], [150] * 13, watched=1) == []


FLAGS = [(0, 0, False), (10, 3, False), (300, 33, False), (300, 60, True)]


@pytest.mark.parametrize(("answers", "flagged", "is_told"), FLAGS)
def test_flags_are_many_only_beyond_a_tenth_and_chance(answers: int, flagged: int, is_told: bool) -> None:
    assert too_many_flags(Counted(answers, flagged)) is is_told


def test_a_unit_with_dossiers_and_no_answer_for_two_weeks_is_told_of(database: Database) -> None:
    asking = next(iter(COMMUNES))
    with database.write() as session:
        a_register(session)
        kiosk_answers(session, a_round(session)["kiosk"], count=200, units=(asking,))
    silent = set(COMMUNES) - {asking}
    last = max(day for day in _days_of(database) if day <= date(2026, 8, 1))
    for today, wanted in ((START + timedelta(days=10), set()), (last, silent)):
        now = clock.now().replace(year=today.year, month=today.month, day=today.day)
        with database.read() as session, clock.fixed(now):
            found = list(rules.silent_units(session, get_round(session, ROUND)))
        assert {one.unit_code for one in found} == wanted
    with database.write() as session:
        reconcile(session, found)
        told = open_alerts(session, COMMAND_LINE)[0]
    assert f"{(last - START).days + 1} ngày không có phiếu nào" in told.sentence
    assert told.link.startswith("/console/monitor?")


def _days_of(database: Database) -> list[date]:
    with database.read() as session:
        return list(session.exec(select(Response.answered_on).distinct()))
