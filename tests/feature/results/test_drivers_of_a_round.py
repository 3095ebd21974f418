"""Driver shares from the answers of a round: who is counted, and whose shares stand for whom."""

import random
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders.results import (
    COMMUNES,
    PROVINCE,
    ROUND,
    START,
    Answered,
    a_register,
    a_response,
    a_round,
    kiosk_answers,
    receipt_answers,
)
from sqlmodel import Session, select

from app.collection.tables import Response
from app.core.database import Database
from app.forms.service import get_form
from app.results import drivers, estimation, lake
from app.results.request import EstimateRequest, check_request
from app.results.service import refresh_lake

STRONGEST = "o_ii_c_2"
LARGE, *SMALL = COMMUNES
PLACES = (LARGE,) * 5 + tuple(SMALL)


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """One database: this is arithmetic over the lake's files."""
    path = tmp_path / "sipas.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def survey(database: Database) -> tuple[Database, str]:
    """800 people, most of one commune, behind codes whose mood colours all their answers; 50 on kiosks."""
    with database.write() as session:
        a_register(session)
        versions = a_round(session)
        moody_answers(session, versions["receipt"], count=800)
        kiosk_answers(session, versions["kiosk"], count=50)
    refresh_lake(database)
    return database, versions["receipt"]


def moody_answers(session: Session, version: str, *, count: int) -> None:
    """The first criterion goes with the overall rating more than the others; some leave gaps."""
    source, form = random.Random(5), get_form(session, version)
    codes = [item.code for item in form.measures]
    for _ in range(count):
        mood = source.gauss(3.8, 0.7)
        levels = {code: min(5, max(1, round(mood + source.gauss(0, 0.7)))) for code in codes}
        levels[form.headline] = min(5, max(1, round((mood + levels[STRONGEST]) / 2 + source.gauss(0, 0.4))))
        kept = {code: level for code, level in levels.items() if source.random() > 0.02}
        day = START + timedelta(days=source.randrange(90))
        one = Answered(source.choice(PLACES), "1.001", "counter", "receipt", day, "complete", 0)
        session.add(a_response(source, one, version=version, answers=dict(kept), stage="returned"))
    session.flush()


def computed(database: Database) -> dict[str, Any]:
    with database.read() as session:
        inputs = estimation.gather(session, check_request(EstimateRequest(ROUND, ("unit",))))
        return drivers.drivers_of(inputs, lake.flat(session, ROUND))


def test_shares_rest_on_people_who_answered_everything_and_add_to_one(survey: tuple[Database, str]) -> None:
    database, version = survey
    found = computed(database)
    assert set(found) == {"one_stop"}  # the quick form has one question and so no criteria
    one_stop = found["one_stop"]
    with database.read() as session:
        form = get_form(session, version)
        asked = {item.code for item in form.measures}
        answers = session.exec(select(Response.answers).where(Response.form_version == version))
        complete = sum(all(isinstance(given.get(code), int) for code in asked) for given in answers)
    province = one_stop["units"][PROVINCE]
    assert province["n"] == complete >= one_stop["fewest"]
    shares = [share for share, _, _ in province["shares"].values()]
    assert sum(shares) == pytest.approx(1, abs=1e-4)
    assert all(low <= share <= high for share, low, high in province["shares"].values())
    assert set(province["shares"]) == asked - {form.headline}
    assert max(province["shares"], key=lambda code: province["shares"][code][0]) == STRONGEST


def test_communes_with_too_few_take_the_shares_of_their_province(survey: tuple[Database, str]) -> None:
    one_stop = computed(survey[0])["one_stop"]
    assert one_stop["source"] == dict.fromkeys((PROVINCE, *SMALL), PROVINCE) | {LARGE: LARGE}
    assert computed(survey[0])["one_stop"] == one_stop


def test_answers_that_go_together_by_chance_alone_give_no_shares(database: Database) -> None:
    with database.write() as session:
        a_register(session)
        receipt_answers(session, a_round(session)["receipt"], count=1500)
    refresh_lake(database)
    assert computed(database) == {}


def test_what_chance_explains_is_taken_off() -> None:
    assert drivers.adjusted_share(0.1, 275, 16) == pytest.approx(1 - 0.9 * 274 / 258)
    assert drivers.adjusted_share(0.6, 500, 16) == pytest.approx(0.587, abs=1e-3)
