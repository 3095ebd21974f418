"""Editions: one cut, their steps by two people, verified from the stored answers, old drafts dropped."""

import re
from datetime import date
from pathlib import Path

import httpx
import pytest
from builders.accounts import an_api_key, signed_in
from builders.results import COMMUNES, PROVINCE, ROUND, a_register, a_round, kiosk_answers, receipt_answers
from sqlmodel import Session, select

from app.accounts.service import Actor, Grant
from app.accounts.tables import AuditEntry
from app.collection.tables import Response
from app.core.database import Database
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.language import translator
from app.results import sealing, verification
from app.results.editions import KEPT_DRAFTS, compute_edition, list_editions, newest, state_of
from app.results.exports.responses import ResponseRequest
from app.results.exports.service import export_responses
from app.results.reading import open_edition
from app.results.reports.service import report_file
from app.results.tables import Edition, EstimateRun

pytestmark = pytest.mark.anyio
ANNA, BINH, CHI = (Actor(name, "staff", (Grant("operator", "/"),)) for name in ("anna", "binh", "chi"))


@pytest.fixture
def survey(database: Database) -> None:
    with database.write() as session:
        a_register(session)
        versions = a_round(session)
        kiosk_answers(session, versions["kiosk"], count=400)
        receipt_answers(session, versions["receipt"], count=60)


def step(database: Database, edition: Edition, name: str, actor: Actor, note: str = "") -> None:
    with database.write() as session:
        sealing.take_step(session, edition.edition_id, name, actor=actor, note=note)


def test_an_edition_has_every_declared_table_from_one_cut(database: Database, survey: None) -> None:
    edition = compute_edition(database, ROUND, actor=ANNA)
    expected = {"unit", "unit,service", "unit,field", "unit,submission", "unit,mode", "unit,month"}
    assert set(edition.tables) == expected | {"unit,sex", "unit,age_band", "unit,occupation"}
    with database.read() as session:
        runs = session.exec(select(EstimateRun).where(EstimateRun.round_code == ROUND)).all()
        assert len({run.data_cut["parts"]["register"] for run in runs}) == 1
        tables = open_edition(session, edition)
        whole = tables.one(unit=PROVINCE, figure=tables.headline)
        by_sex = tables.rows("sex", unit=PROVINCE, figure=tables.headline)
    assert whole is not None
    assert whole.n is not None
    assert [row.names["sex"] for row in by_sex] == ["không trả lời"]
    assert by_sex[0].n == whole.n


def test_the_same_answers_give_the_same_edition_and_no_second_one(database: Database, survey: None) -> None:
    first, again = compute_edition(database, ROUND), compute_edition(database, ROUND)
    assert again.edition_id == first.edition_id
    with database.read() as session:
        assert len(list_editions(session, ROUND)) == 1


def test_two_people_stand_behind_a_sealed_edition(database: Database, survey: None) -> None:
    edition = compute_edition(database, ROUND, actor=ANNA)
    with pytest.raises(Forbidden, match="another person checks it"):
        step(database, edition, "checked", ANNA)
    with pytest.raises(Conflict):
        step(database, edition, "sealed", BINH)
    step(database, edition, "checked", BINH)
    with pytest.raises(Forbidden, match="another person seals it"):
        step(database, edition, "sealed", BINH)
    step(database, edition, "sealed", ANNA)
    with database.read() as session:
        assert newest(session, ROUND, published=True) is None
    step(database, edition, "published", CHI)
    with database.read() as session:
        assert newest(session, ROUND, published=True) is not None
    with pytest.raises(Invalid, match="reason"):
        step(database, edition, "withdrawn", CHI)
    step(database, edition, "withdrawn", CHI, "sai số hồ sơ")
    with database.read() as session:
        assert state_of(session, edition.edition_id) == "withdrawn"
        assert newest(session, ROUND, published=True) is None
        actions = set(session.exec(select(AuditEntry.action).where(AuditEntry.target == edition.edition_id)))
    assert actions == {"edition checked", "edition sealed", "edition published", "edition withdrawn"}


def test_a_step_needs_the_role_over_every_unit_of_the_round(database: Database, survey: None) -> None:
    edition = compute_edition(database, ROUND, actor=ANNA)
    commune = Actor("dung", "staff", (Grant("administrator", f"/{PROVINCE}/{next(iter(COMMUNES))}/"),))
    with pytest.raises(Forbidden):
        step(database, edition, "checked", commune)


def test_old_drafts_go_and_what_somebody_acted_on_stays(database: Database, survey: None) -> None:
    first = compute_edition(database, ROUND, actor=ANNA)
    step(database, first, "checked", BINH)
    for place in range(KEPT_DRAFTS + 2):
        with database.write() as session:
            _one_more(session, place)
        compute_edition(database, ROUND, actor=ANNA)
    with database.read() as session:
        kept = list_editions(session, ROUND)
        runs = set(session.exec(select(EstimateRun.run_id)))
    assert len(kept) == KEPT_DRAFTS + 1
    assert first.edition_id in {edition.edition_id for edition in kept}
    assert runs == {run for edition in kept for run in edition.tables.values()}


def _one_more(session: Session, place: int) -> None:
    """A response that arrived later, mixed on another day."""
    old = session.exec(select(Response).order_by(Response.response_id)).first()
    assert old is not None
    fields = old.model_dump() | {"response_id": f"later-{place}", "mixed_on": date(2026, 11, 1 + place)}
    session.add(Response(**fields))


def test_a_sealed_edition_is_the_same_when_computed_again_even_after_more_answers(
    database: Database, survey: None
) -> None:
    edition = compute_edition(database, ROUND)
    with database.write() as session:
        _one_more(session, 0)
    assert verification.verify(database, edition.edition_id).is_same


def test_verification_names_what_was_changed(database: Database, survey: None) -> None:
    edition = compute_edition(database, ROUND)
    with database.write() as session:
        here = select(Response).where(Response.mode == "kiosk", Response.unit_code == "07270")
        changed = session.exec(here.order_by(Response.response_id)).first()
        assert changed is not None
        session.connection().exec_driver_sql(
            f"UPDATE response SET unit_code = '07276' WHERE response_id = '{changed.response_id}'"
        )
    verdict = verification.verify(database, edition.edition_id)
    told = "\n".join(verdict.lines)
    assert not verdict.is_same
    assert "phiếu trả lời / answers" in told
    assert re.search(r"07270 .*: \w+ [\d.]+ → [\d.]+", told)
    assert "register" not in told


async def test_the_page_takes_steps_and_shows_who_took_them(
    client: httpx.AsyncClient, database: Database, survey: None
) -> None:
    edition = compute_edition(database, ROUND, actor=ANNA)
    signed_in(client, database, role="operator")
    page = await client.get("/console/editions", params={"round": ROUND})
    assert page.status_code == 200
    assert edition.edition_id in page.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    address = f"/console/editions/{edition.edition_id}"
    refused = await client.post(address, data={"csrf_token": token[1], "step": "sealed"})
    assert refused.status_code == 409
    assert (await client.post(address, data={"step": "checked"})).status_code == 403
    taken = await client.post(address, data={"csrf_token": token[1], "step": "checked", "note": "ổn"})
    assert taken.status_code == 303
    page = await client.get(taken.headers["location"])
    assert "đã kiểm tra" in page.text
    assert "ổn" in page.text


async def test_machines_take_the_same_steps_and_ask_for_verification(
    client: httpx.AsyncClient, database: Database, survey: None
) -> None:
    edition = compute_edition(database, ROUND, actor=ANNA)
    with database.write() as session:
        headers = {"Authorization": f"Bearer {an_api_key(session, 'operator')}"}
        narrow = {"Authorization": f"Bearer {an_api_key(session, 'viewer')}"}
    address = f"/api/v1/editions/{edition.edition_id}"
    refused = await client.post(f"{address}/steps", json={"step": "checked"}, headers=narrow)
    assert refused.status_code == 403
    taken = await client.post(f"{address}/steps", json={"step": "checked"}, headers=headers)
    assert taken.status_code == 201
    assert taken.json()["state"] == "checked"
    listed = await client.get("/api/v1/editions", params={"round": ROUND}, headers=narrow)
    assert [one["edition_id"] for one in listed.json()["editions"]] == [edition.edition_id]
    verdict = (await client.get(f"{address}/verification", headers=headers)).json()
    assert verdict["same"], verdict["lines"]


def test_the_id_of_a_run_that_a_report_prints_leads_to_its_edition(database: Database, survey: None) -> None:
    edition = compute_edition(database, ROUND)
    run = edition.tables["unit"]
    verdict = verification.verify(database, run)
    assert verdict.is_same
    assert verdict.lines[0].startswith(edition.edition_id)
    broken_for_the_eye = f" {run[:16]}\u200b{run[16:]}\n"
    assert verification.verify(database, broken_for_the_eye).is_same
    with pytest.raises(NotFound):
        verification.verify(database, "0" * 32)


def test_a_file_without_a_table_names_the_edition_to_verify(
    database: Database, survey: None, tmp_path: Path
) -> None:
    edition = compute_edition(database, ROUND)
    folder = tmp_path / "files"
    folder.mkdir()
    with database.read() as session:
        report = report_file(session, edition, PROVINCE, "docx").content
    (folder / "bao-cao.docx").write_bytes(report)
    (folder / f"{ROUND}-24-{edition.edition_id[:8]}.pdf").write_bytes(b"%PDF-1.7 packed away")
    wanted = ResponseRequest(ROUND, kind="csv")
    analyst = Actor("dao", "staff", (Grant("analyst", "/"),))
    assert export_responses(database, wanted, folder / "phieu.csv", actor=analyst).rows
    for path in folder.iterdir():
        with pytest.raises(Invalid) as told:
            verification.verify(database, str(path))
        assert edition.edition_id in str(told.value.render(translator("en"))["remedy"]), path.name
    unknown = tmp_path / "la.pdf"
    unknown.write_bytes(b"%PDF-1.7")
    with pytest.raises(Invalid) as told:
        verification.verify(database, str(unknown))
    assert "annex" in str(told.value.render(translator("en"))["remedy"])
