"""The document for programs: each operation has a sentence, words for parameters, and true examples."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from app.core.config import Settings
from app.interface import FILE_KIND, known
from app.main import create_app


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings()).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_operation_has_a_summary_of_its_own_and_words_for_its_parameters(
    document: dict[str, Any],
) -> None:
    summaries = {name: operation["summary"] for name, operation in operations(document)}
    assert all(
        operation["description"].startswith(summaries[name]) for name, operation in operations(document)
    )
    assert [name for name, summary in summaries.items() if not 3 < len(summary) < 110] == []
    for name, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (name, parameter["name"])
            assert "example" in parameter, (name, parameter["name"])
    assert document["info"]["description"]


def test_every_body_and_every_reply_has_an_example(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        if "requestBody" in operation:
            assert operation["requestBody"]["content"]["application/json"]["example"], name
        done = next(reply for status, reply in operation["responses"].items() if status < "300")
        if FILE_KIND in name:
            assert set(done["content"]) == {"application/octet-stream"}, name
        elif "content" in done:
            assert done["content"]["application/json"]["example"], name


def models(parent: type[BaseModel] = BaseModel) -> Iterator[type[BaseModel]]:
    for model in parent.__subclasses__():
        if model.__module__.startswith("app."):
            yield model
        yield from models(model)


def test_the_examples_are_what_the_program_takes_and_gives(document: dict[str, Any]) -> None:
    by_name = {model.__name__: model for model in models()}
    for name, example in known()["schemas"].items():
        assert name == "ResponseIn" or name in document["components"]["schemas"]
        read = by_name[name].model_validate_json(json.dumps(example))
        assert set(example) <= set(read.model_dump()), name
    assert set(known()["parameters"]) == {
        parameter["name"]
        for _, operation in operations(document)
        for parameter in operation.get("parameters", ())
    }


def test_operations_that_need_a_credential_say_so(document: dict[str, Any]) -> None:
    free = {name for name, operation in operations(document) if "security" not in operation}
    assert free == {"GET /api/v1/forms", "GET /api/v1/forms/{form_version}", "POST /api/v1/kiosks/redeem"}
