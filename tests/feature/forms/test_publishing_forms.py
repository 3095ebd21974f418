from pathlib import Path

import httpx
import pytest
from builders.accounts import an_api_key
from builders.forms import a_published_form
from sqlmodel import select
from typer.testing import CliRunner

from app.cli import cli
from app.core.database import Database
from app.core.errors import Invalid, NotFound
from app.forms import service
from app.forms.tables import FormVersion
from survey_forms import definition, definition_text, fingerprint

CHANGED = definition_text("quick").replace("Đánh giá nhanh", "Đánh giá thật nhanh")


@pytest.mark.parametrize("code", ["sipas_39", "one_stop", "quick"])
def test_a_published_form_reads_back_word_for_word(database: Database, code: str) -> None:
    with database.write() as session:
        version = a_published_form(session, code)
    with database.read() as session:
        service._kept.clear()
        assert service.get_form(session, version) == definition(code)
    assert version == fingerprint(definition(code))


def test_publishing_the_same_content_again_gives_the_version_that_exists(database: Database) -> None:
    with database.write() as session:
        assert a_published_form(session) == a_published_form(session)
        assert len(session.exec(select(FormVersion)).all()) == 1


def test_another_wording_is_another_version_with_the_next_number(database: Database, home: Path) -> None:
    file = home / "quick.toml"
    file.write_text(CHANGED, encoding="utf-8")
    with database.write() as session:
        first = a_published_form(session)
        second = service.publish_file(session, file, by="tests")
        assert (second.number, second.form_version != first) == (2, True)
        assert service.newest_version(session, "quick").form_version == second.form_version
        assert service.get_form(session, first).title["vi"] == "Đánh giá nhanh"


def test_a_version_changed_in_the_database_is_refused(database: Database) -> None:
    with database.write() as session:
        stored = session.get(FormVersion, a_published_form(session))
        stored.document = {**stored.document, "title": {"vi": "Khác", "en": "Other"}}
        session.add(stored)
        session.flush()
        service._kept.clear()
        with pytest.raises(Invalid, match="damaged"):
            service.get_form(session, stored.form_version)


def test_a_code_nobody_knows_is_told_with_those_there_are(database: Database) -> None:
    with database.write() as session, pytest.raises(NotFound) as caught:
        service.publish(session, "quik", by="tests")
    assert "quick" in caught.value.problem.fields["known"]


def test_the_check_names_every_mistake_with_its_line(home: Path) -> None:
    file = home / "broken.toml"
    text = definition_text("quick").replace(', en = "Quick rating"', "")
    file.write_text(text.replace('scale = "satisfaction"\nrequired', 'scale = "moods"\nrequired'), "utf-8")
    with pytest.raises(Invalid) as caught:
        CliRunner().invoke(cli, ["forms", "check", str(file)], catch_exceptions=False)
    told = caught.value.problems
    assert [problem.where.split(" ")[0].split(":")[0] for problem in told] == ["broken.toml"] * len(told)
    assert {"title", "items[1].scale"} <= {problem.where.split(" ")[1] for problem in told}
    assert all(problem.message["vi"] and problem.remedy["en"] for problem in told)


def test_commands_publish_and_list(home: Path, database: Database) -> None:
    run = CliRunner()
    assert run.invoke(cli, ["forms", "publish", "quick"]).exit_code == 0
    assert "quick" in run.invoke(cli, ["forms", "list"]).output
    file = home / "quick.toml"
    file.write_text(CHANGED, encoding="utf-8")
    assert "ok" in run.invoke(cli, ["forms", "check", str(file)]).output
    assert run.invoke(cli, ["forms", "publish", str(file)]).output.startswith("quick 2: ")


@pytest.mark.anyio
class TestOverHttp:
    async def test_anybody_reads_a_version_and_may_keep_it_for_good(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        with database.write() as session:
            version = a_published_form(session)
        listed = (await client.get("/api/v1/forms")).json()
        assert [(one["form_code"], one["number"]) for one in listed] == [("quick", 1)]
        reply = await client.get(f"/api/v1/forms/{version}")
        assert reply.json()["definition"]["items"][0]["code"] == "q_overall"
        assert "immutable" in reply.headers["cache-control"]
        again = await client.get(f"/api/v1/forms/{version}", headers={"If-None-Match": reply.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    async def test_an_unknown_version_is_told(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/api/v1/forms/0000")).status_code == 404

    async def test_only_an_operator_publishes(self, client: httpx.AsyncClient, database: Database) -> None:
        with database.write() as session:
            viewer, operator = (an_api_key(session, role) for role in ("viewer", "operator"))
        replies = [
            await client.post("/api/v1/forms", json={"form": "quick"}, headers=headers)
            for headers in (
                {},
                {"Authorization": f"Bearer {viewer}"},
                {"Authorization": f"Bearer {operator}"},
                {"Authorization": f"Bearer {operator}"},
            )
        ]
        assert [reply.status_code for reply in replies] == [401, 403, 201, 200]
