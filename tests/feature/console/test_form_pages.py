"""Forms in the console: how citizens see them, what changed, and two persons to publish one's own."""

import re

import httpx
import pytest
from builders.accounts import signed_in
from builders.forms import a_published_form
from sqlmodel import select
from typer.testing import CliRunner

from app.accounts.dependencies import cookie_name
from app.accounts.tables import AuditEntry
from app.cli import cli
from app.core.database import Database
from app.core.errors import Forbidden
from app.forms import proposals, service
from app.forms.difference import Change, difference
from app.forms.tables import FormVersion
from survey_forms import definition, definition_text, load

pytestmark = pytest.mark.anyio
QUICK = definition_text("quick")
OWN = QUICK.replace("Đánh giá nhanh", "Đánh giá thật nhanh").replace("max_length = 500", "max_length = 300")


def a_file(text: str, name: str = "quick.toml") -> dict[str, tuple[str, bytes]]:
    return {"file": (name, text.encode())}


async def test_the_preview_is_the_citizens_page_in_both_languages_with_nowhere_to_send(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        version = a_published_form(session, "one_stop")
    signed_in(client, database, role="viewer")
    address = f"/console/forms/{version}/preview"
    for language, words in (("vi", "Xem thử"), ("en", "Preview")):
        page = (await client.get(address, params={"lang": language})).text
        assert words in page
        for item in definition("one_stop").items:
            assert item.text[language] in page or f'data-item="{item.code}"' in page
        assert 'type="submit"' not in page
        assert 'method="post"' not in page
        assert "<script" not in page
    late = {item.code for item in definition("one_stop").items if item.stage == "returned"}
    early = (await client.get(address, params={"stage": "received"})).text
    assert late
    assert not any(f'data-item="{code}"' in early for code in late)


async def test_one_person_proposes_and_only_another_publishes(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        a_published_form(session)
    first = signed_in(client, database, role="operator")
    cookie = client.cookies.get(cookie_name())
    sent = await client.post(
        "/console/forms/proposals", data={"csrf_token": first, "note": "câu ngắn hơn"}, files=a_file(OWN)
    )
    assert (sent.status_code, sent.headers["location"]) == (303, "/console/forms?done=proposed")
    listed = (await client.get("/console/forms")).text
    assert "câu ngắn hơn" in listed
    [address] = re.findall(r'href="(/console/forms/proposals/[0-9a-f]+)"', listed)
    own = await client.post(f"{address}/approve", data={"csrf_token": first})
    assert own.status_code == 403
    assert "người khác mới được duyệt" in own.text
    second = signed_in(client, database, role="operator")
    page = (await client.get(address)).text
    for words in ("Đánh giá nhanh", "Đánh giá thật nhanh", "<del>500</del>", "<ins>300</ins>"):
        assert words in page
    assert "Đánh giá thật nhanh" in (await client.get(f"{address}/preview")).text
    done = await client.post(f"{address}/approve", data={"csrf_token": second})
    assert done.headers["location"] == "/console/forms?done=published"
    with database.read() as session:
        newest = service.newest_version(session, "quick")
        assert (newest.number, service.get_form(session, newest.form_version)) == (2, load(OWN, "quick.toml"))
        assert newest.published_by.count(", ") == 1
        actions = set(session.exec(select(AuditEntry.action)))
    assert {"form proposed", "form approved"} <= actions
    client.cookies.set(cookie_name(), cookie or "")
    again = await client.post("/console/forms/proposals", data={"csrf_token": first}, files=a_file(OWN))
    assert again.status_code == 409
    assert "quick 2" in again.text


async def test_a_file_with_mistakes_names_every_line_keeps_the_note_and_proposes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    csrf = signed_in(client, database, role="operator")
    wrong = QUICK.replace('headline = "q_overall"', 'headline = "q_overal"').replace('"rating"', '"ratings"')
    page = await client.post(
        "/console/forms/proposals",
        data={"csrf_token": csrf, "note": "thử <b>"},
        files=a_file(wrong, "của tôi.toml"),
    )
    assert page.status_code == 422
    assert re.search(r"của tôi\.toml:\d+", page.text)
    assert "q_overal" in page.text
    assert 'value="thử &lt;b&gt;"' in page.text
    none = await client.post("/console/forms/proposals", data={"csrf_token": csrf})
    assert none.status_code == 422
    with database.read() as session:
        assert list(proposals.list_proposals(session)) == []
        assert list(session.exec(select(FormVersion))) == []


async def test_a_refusal_needs_its_reason_and_ends_the_proposal(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.write() as session:
        made = proposals.propose(session, OWN.encode(), "quick.toml", by="somebody else")
        address = f"/console/forms/proposals/{made.proposal_id}"
    csrf = signed_in(client, database, role="operator")
    assert (
        await client.post(f"{address}/refuse", data={"csrf_token": csrf, "reason": " "})
    ).status_code == 422
    said = {"csrf_token": csrf, "reason": "câu 2 còn dài"}
    assert (await client.post(f"{address}/refuse", data=said)).status_code == 303
    assert "câu 2 còn dài" in (await client.get(address)).text
    assert (await client.post(f"{address}/approve", data={"csrf_token": csrf})).status_code == 409
    signed_in(client, database, role="viewer")
    assert (await client.get(address)).status_code == 403


def test_the_command_line_proposes_too_and_cannot_approve_itself(database: Database, home: object) -> None:
    file = f"{home}/quick.toml"
    with open(file, "w", encoding="utf-8") as out:
        out.write(OWN)
    run = CliRunner()
    proposed = run.invoke(cli, ["forms", "propose", file, "--note", "ngắn hơn"], catch_exceptions=False)
    proposal = proposed.output.split()[0]
    assert proposal in run.invoke(cli, ["forms", "proposals"], catch_exceptions=False).output
    with pytest.raises(Forbidden):
        run.invoke(cli, ["forms", "approve", proposal], catch_exceptions=False)
    with database.write() as session:
        assert proposals.approve(session, proposal, by="an.nguyen").number == 1


async def test_two_versions_are_compared_in_words(client: httpx.AsyncClient, database: Database) -> None:
    with database.write() as session:
        old = a_published_form(session)
        new = service.publish_form(session, load(OWN, "quick.toml"), by="tests").form_version
    signed_in(client, database, role="viewer")
    page = (await client.get("/console/forms/compare", params={"old": old, "new": new, "lang": "en"})).text
    assert "2 changes" in page
    assert "Longest text" in page
    unknown = await client.get("/console/forms/compare", params={"old": old, "new": "nothing"})
    assert unknown.status_code == 404
    assert "/console/forms/compare?old=" in (await client.get(f"/console/forms/{new}")).text


def test_every_kind_of_change_is_told_once() -> None:
    changed = (
        QUICK.replace(
            'code = "feedback", text = { vi = "Tiếp nhận', 'code = "other", text = { vi = "Tiếp nhận'
        )
        .replace("satisfied_levels = [4, 5]", "satisfied_levels = [5]")
        .replace('op = "<=", value = 3', 'op = "<=", value = 2')
        .replace("anything you would like to add?", "anything else?")
    )
    found = difference(load(QUICK, "old"), load(changed, "new"))
    assert set(found.not_comparable) == {"q_overall", "q_improve", "q_good"}
    assert Change("", "satisfied", "satisfaction: 4, 5", "satisfaction: 5") in found.changes
    assert Change("q_improve", "show_if", "q_overall <= 3", "q_overall <= 2") in found.changes
    assert [one.what for one in found.changes if one.place == "q_good"] == ["choice_removed", "choice_added"]
    assert [one.language for one in found.changes if one.place == "q_comment"] == ["en"]
    assert difference(load(QUICK, "old"), load(QUICK, "new")).changes == ()


async def test_a_shipped_definition_is_a_file_to_begin_from(
    client: httpx.AsyncClient, database: Database
) -> None:
    signed_in(client, database, role="viewer")
    given = await client.get("/console/forms/definitions/quick.toml")
    assert given.text == QUICK
    assert (await client.get("/console/forms/definitions/nothing.toml")).status_code == 404
