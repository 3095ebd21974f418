"""The OpenAPI document beyond what types tell: a sentence, words and an example for all a program meets.

Examples and words of parameters stand in `interface.json`; a test holds them against the schemas.
"""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI

EXAMPLES = Path(__file__).with_suffix(".json")
FILE_KIND = ".{kind}"
BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
REFUSED = "400"
SENTENCE = re.compile(r"[.;]\s")

Node = dict[str, Any]


def tell_programs(app: FastAPI) -> None:
    """From now on the app's document carries summaries, words of parameters and examples."""
    bare = app.openapi

    def told() -> Node:
        if app.openapi_schema is None:
            _enrich(bare())
        return bare()

    app.openapi = told  # type: ignore[method-assign]


@lru_cache(maxsize=1)
def known() -> Node:
    """What `interface.json` holds: description, parameters, replies, schemas."""
    found: Node = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return found


def _enrich(document: Node) -> None:
    document["info"]["description"] = known()["description"]
    for name, schema in document["components"]["schemas"].items():
        if name in known()["schemas"]:
            schema["examples"] = [known()["schemas"][name]]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _tell_operation(operation, path, f"{method.upper()} {path}")


def _tell_operation(operation: Node, path: str, name: str) -> None:
    operation["summary"] = SENTENCE.split(operation["description"])[0].rstrip(".")
    for parameter in operation.get("parameters", ()):
        for key, value in known()["parameters"].get(parameter["name"], {}).items():
            parameter.setdefault(key, value)
    done = [reply for status, reply in operation["responses"].items() if status < REFUSED]
    if FILE_KIND in path:
        done[0]["content"] = BINARY
    for content in [operation.get("requestBody", {}), *done]:
        _give_example(content.get("content", {}).get("application/json"), name)


def _give_example(media: Node | None, name: str) -> None:
    """Beside a body: what its schema has, one row for a list, or the operation's own."""
    if media is None:
        return
    schema = media["schema"]
    reference = schema.get("items", schema).get("$ref", schema.get("title", ""))
    example = known()["schemas"].get(reference.rsplit("/", 1)[-1], known()["replies"].get(name))
    if example is not None:
        media["example"] = [example] if schema.get("type") == "array" else example
