from dataclasses import replace
from datetime import UTC, date, datetime

import httpx
import pytest
from builders.accounts import an_api_key
from builders.rounds import ROUND, a_new_round, an_open_round
from builders.units import COMMUNES, PROVINCE, a_unit
from typer.testing import CliRunner

from app.cli import cli
from app.core import clock
from app.core.database import Database
from app.core.errors import Conflict, Gone, Invalid, NotFound
from app.forms.service import publish, publish_form
from app.rounds import service
from survey_forms import definition_text, load

START, END = date(2026, 10, 1), date(2026, 12, 31)


def test_a_round_takes_in_everything_below_its_units(database: Database) -> None:
    with database.write() as session:
        an_open_round(session)
        a_unit(session, "27", "Tỉnh Khác", kind="province")
        assert service.units_of(session, ROUND) == {PROVINCE, *COMMUNES}


def test_every_mistake_of_a_new_round_is_named(database: Database) -> None:
    with database.write() as session:
        wrong = replace(
            a_new_round(session, start_on=END, end_on=START),
            round_code="quý 4",
            title=" ",
            units=("24", "99"),
            forms={"kiosk": "0" * 64, "fax": "1" * 64},
            basis="luck",
            population_kind="people",
        )
        with pytest.raises(Invalid) as caught:
            service.create_round(session, wrong)
    told = caught.value.problems
    assert sorted({problem.where for problem in told}) == [
        "basis",
        "form_version",
        "forms",
        "period_end_on",
        "population_kind",
        "round_code",
        "title",
        "unit",
    ]
    assert all(problem.remedy for problem in told)


def test_a_round_needs_a_unit_and_a_form(database: Database) -> None:
    with database.write() as session, pytest.raises(Invalid) as caught:
        service.create_round(session, replace(a_new_round(session), units=(), forms={}))
    assert {problem.where for problem in caught.value.problems} == {"units", "forms"}


def test_a_code_is_used_once(database: Database) -> None:
    with database.write() as session:
        an_open_round(session)
        with pytest.raises(Conflict):
            an_open_round(session)


def test_forms_of_a_round_may_not_ask_a_shared_item_differently(database: Database) -> None:
    text = definition_text("quick").replace("satisfied_levels = [4, 5]", "satisfied_levels = [5]")
    with database.write() as session:
        other = publish_form(session, load(text, "other.toml"), by="tests").form_version
        new = a_new_round(session)
        with pytest.raises(Invalid) as caught:
            service.create_round(session, replace(new, forms={**new.forms, "paper": other}))
    assert [problem.fields["item"] for problem in caught.value.problems] == ["q_overall"]


def test_forms_with_different_items_share_a_round(database: Database) -> None:
    with database.write() as session:
        whole = publish(session, "one_stop", by="tests").form_version
        new = a_new_round(session)
        service.create_round(session, replace(new, forms={**new.forms, "receipt": whole}))
        assert service.form_of(session, ROUND, "receipt") == whole
        assert [mode for mode, _ in service.form_codes(session, ROUND)] == ["kiosk", "receipt", "poster"]
        with pytest.raises(NotFound):
            service.form_of(session, ROUND, "paper")


@pytest.mark.parametrize(
    ("answered_on", "today"),
    [
        (START, START),
        (END, END),
        (END, date(2027, 3, 1)),  # 60 days after the end
    ],
)
def test_answers_of_the_period_are_taken_until_sixty_days_after_it(
    database: Database, answered_on: date, today: date
) -> None:
    with database.write() as session:
        an_open_round(session, start_on=START, end_on=END)
        assert service.accepting(session, ROUND, answered_on, today).round_code == ROUND


@pytest.mark.parametrize(
    ("answered_on", "today", "error"),
    [
        (date(2026, 9, 30), START, Invalid),
        (date(2027, 1, 1), date(2027, 1, 1), Invalid),
        (END, date(2027, 3, 2), Gone),
    ],
)
def test_other_answers_are_refused(
    database: Database, answered_on: date, today: date, error: type[Exception]
) -> None:
    with database.write() as session:
        an_open_round(session, start_on=START, end_on=END)
        with pytest.raises(error):
            service.accepting(session, ROUND, answered_on, today)


def test_a_closed_round_takes_nothing_and_closing_twice_keeps_the_first_instant(database: Database) -> None:
    with database.write() as session:
        an_open_round(session, start_on=START, end_on=END)
        with clock.fixed(datetime(2026, 11, 1, tzinfo=UTC)):
            first = service.close_round(session, ROUND).closed_at
        assert service.close_round(session, ROUND).closed_at == first
        with pytest.raises(Gone):
            service.accepting(session, ROUND, START, START)


def test_the_round_of_a_unit_is_the_newest_open_one_above_it(database: Database) -> None:
    with database.write() as session:
        an_open_round(session, "year", start_on=date(2026, 1, 1), end_on=END)
        an_open_round(session, "quarter", start_on=START, end_on=END)
        found = service.current_round_of(session, "07777", "kiosk", START)
        assert found.round_code == "quarter"
        service.close_round(session, "quarter")
        assert service.current_round_of(session, "07777", "kiosk", START).round_code == "year"
        assert service.current_round_of(session, "07777", "paper", START) is None
        assert service.current_round_of(session, "07777", "kiosk", date(2027, 1, 1)) is None


def test_commands_create_list_and_close(home: object, database: Database) -> None:
    with database.write() as session:
        a_new_round(session)
    run = CliRunner()
    words = ["rounds", "create", "2026-Q4", "--title", "Quý IV", "--from", "2026-10-01", "--to", "2026-12-31"]
    words += ["--unit", "24", "--form", "kiosk=quick", "--form", "poster=quick"]
    assert "01/10/2026 – 31/12/2026" in run.invoke(cli, words, catch_exceptions=False).output
    assert "2026-Q4" in run.invoke(cli, ["rounds", "list"], catch_exceptions=False).output
    assert run.invoke(cli, ["rounds", "close", "2026-Q4"], catch_exceptions=False).exit_code == 0
    with database.read() as session:
        assert service.get_round(session, "2026-Q4").closed_at is not None


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("2026-10-01", "1/10/2026"), "--from"),
        (("kiosk=quick", "quick"), "--form"),
        (("kiosk=quick", "kiosk=quick --form kiosk=one_stop"), "--form"),
        (("kiosk=quick", "kiosk=unknown"), "forms"),
    ],
)
def test_what_cannot_be_read_on_the_command_line_is_named(
    home: object, database: Database, change: tuple[str, str], where: str
) -> None:
    words = "rounds create R --title T --from 2026-10-01 --to 2026-12-31 --unit 24 --form kiosk=quick"
    with pytest.raises(Invalid) as caught:
        CliRunner().invoke(cli, words.replace(*change).split(), catch_exceptions=False)
    assert caught.value.problem.where == where


@pytest.mark.anyio
class TestOverHttp:
    async def test_an_operator_creates_and_closes_a_round_of_its_own_units(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        with database.write() as session:
            a_new_round(session)
            keys = [
                {"Authorization": f"Bearer {an_api_key(session, role, path)}"}
                for role, path in (("operator", "/24/07777/"), ("viewer", "/24/"), ("operator", "/24/"))
            ]
        wire = {
            "round": "2026-Q4",
            "title": "Quý IV",
            "period_start_on": "2026-10-01",
            "period_end_on": "2026-12-31",
            "units": ["24"],
            "forms": {"kiosk": "quick"},
        }
        replies = [await client.post("/api/v1/rounds", json=wire, headers=key) for key in ({}, *keys)]
        assert [reply.status_code for reply in replies] == [401, 403, 403, 201]
        made = replies[-1].json()
        assert (made["accepts_until_on"], made["units"]) == ("2027-03-01", ["24"])
        assert len(made["forms"]["kiosk"]) == 64
        listed = (await client.get("/api/v1/rounds", headers=keys[1])).json()
        assert listed == [made]
        closed = [await client.post("/api/v1/rounds/2026-Q4/close", headers=key) for key in keys]
        assert [reply.status_code for reply in closed] == [403, 403, 200]
        assert closed[-1].json()["closed_at"] is not None

    async def test_a_round_with_mistakes_is_refused_with_all_of_them(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        with database.write() as session:
            key = {"Authorization": f"Bearer {an_api_key(session, 'operator')}"}
        wire = {"round": "R", "title": "", "period_start_on": "2026-10-01", "period_end_on": "2026-09-01"}
        reply = await client.post("/api/v1/rounds", json={**wire, "units": [], "forms": {}}, headers=key)
        assert reply.status_code == 422
        assert len(reply.json()["error"]["problems"]) == 4
