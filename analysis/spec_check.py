"""A SPEC held against its own schema before anything is calculated: the first misfit is named by its place.

Only the words of JSON Schema that `spec_schema.json` uses are understood.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.errors import BadSpec

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list, tuple),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
Schema = Mapping[str, Any]


def check_part(value: object, name: str, *, definitions: Schema) -> None:
    """Stop at the first value of a part of the SPEC that the schema does not allow.

    Unknown keys pass here: the reader of each part names them with those it knows.
    Shapes: none.  Units: none.  Raises: BadSpec with the place, the value and what is wanted.
    Source: JSON Schema 2020-12.  Check: tests/unit/analysis/test_spec.py
    """
    for where, found, wanted in _misfits(value, definitions[name], name, definitions):
        raise BadSpec(where=where, problem=f"{found!r} is not {wanted}")


def _misfits(
    value: object, schema: Schema, where: str, definitions: Schema
) -> Iterator[tuple[str, object, str]]:
    if "$ref" in schema:
        yield from _misfits(value, definitions[schema["$ref"].rsplit("/", 1)[1]], where, definitions)
        return
    if "anyOf" in schema:
        options = schema["anyOf"]
        if all(any(_misfits(value, option, where, definitions)) for option in options):
            yield where, value, " or ".join(_wanted(option) for option in options)
        return
    if not _fits(value, schema):
        yield where, value, _wanted(schema)
        return
    for key, part, of in _parts(value, schema):
        yield from _misfits(part, of, f"{where}{key}", definitions)


def _fits(value: object, schema: Schema) -> bool:
    if "enum" in schema:
        return value in schema["enum"]
    if "const" in schema:
        return bool(value == schema["const"])
    if "type" not in schema:
        return True
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is(value, name) for name in names):
        return False
    size = len(value) if isinstance(value, list | tuple) else None
    if size is not None and not schema.get("minItems", 0) <= size <= schema.get("maxItems", size):
        return False
    return not (isinstance(value, int | float) and value < schema.get("minimum", value))


def _is(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name])


def _parts(value: object, schema: Schema) -> Iterator[tuple[str, object, Schema]]:
    if isinstance(value, list | tuple) and "items" in schema:
        yield from ((f"[{at}]", part, schema["items"]) for at, part in enumerate(value))
    if isinstance(value, Mapping):
        others = schema.get("additionalProperties")
        for key, part in value.items():
            of = schema.get("properties", {}).get(key, others)
            if isinstance(of, Mapping):
                yield f".{key}", part, of


def _wanted(schema: Schema) -> str:
    if "enum" in schema:
        return "one of " + ", ".join("null" if word is None else str(word) for word in schema["enum"])
    if "const" in schema:
        return repr(schema["const"])
    names = schema.get("type", "an object")
    text = " or ".join(names) if isinstance(names, list) else str(names)
    items = schema.get("items", {})
    within = f" of {_wanted(items)}" if "type" in items or "anyOf" in items else ""
    text += f" from {schema['minimum']}" if "minimum" in schema else ""
    return text + (" of two" if schema.get("maxItems") == 2 else "") + within
