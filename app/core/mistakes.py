"""What pydantic found wrong, in the words of people: what is wrong with which value, and what to do."""

from collections.abc import Mapping
from typing import Any

from app.core.errors import Problem

SHOWN_CHARACTERS = 80
Words = tuple[str, str]

WORDS: Mapping[str, Words] = {
    "missing": ("this field is missing", "add it"),
    "extra_forbidden": ("this field is not known", "leave it out"),
    "string_too_long": ("longer than {max_length} characters", "shorten it"),
    "string_too_short": ("this field is empty", "fill it in"),
    "string_pattern_mismatch": ("{value} is not written as it must be", "the pattern is {pattern}"),
    "string_type": ("{value} is not a text", "send a text"),
    "string_unicode": ("the text holds signs that do not exist", "send UTF-8"),
    "too_long": ("more than {max_length} entries", "send fewer"),
    "too_short": ("fewer than {min_length} entries", "send more"),
    "list_type": ("{value} is not a list", "send a list"),
    "dict_type": ("{value} is not an object", "send one JSON object in UTF-8"),
    "model_type": ("the body is not a JSON object", "send one JSON object in UTF-8"),
    "model_attributes_type": ("the body is not a JSON object", "send one JSON object in UTF-8"),
    "literal_error": ("{value} is not possible here", "use one of: {expected}"),
    "enum": ("{value} is not possible here", "use one of: {expected}"),
    "uuid_parsing": ("{value} is not a UUID", "make a random UUIDv4 on the device"),
    "uuid_version": ("{value} is not a random UUID", "make a random UUIDv4 on the device"),
    "uuid_type": ("{value} is not a UUID", "make a random UUIDv4 on the device"),
    "int_parsing": ("{value} is not a whole number", "write digits only"),
    "int_parsing_size": ("{value} is not a whole number", "write digits only"),
    "int_type": ("{value} is not a whole number", "write digits only"),
    "int_from_float": ("{value} is not a whole number", "write digits only"),
    "float_parsing": ("{value} is not a number", "write it as 0.95"),
    "float_type": ("{value} is not a number", "write it as 0.95"),
    "finite_number": ("{value} is not a number", "write it as 0.95"),
    "bool_parsing": ("{value} is neither true nor false", "write true or false"),
    "bool_type": ("{value} is neither true nor false", "write true or false"),
    "date_from_datetime_parsing": ("{value} is not a date", "write it as YYYY-MM-DD"),
    "date_from_datetime_inexact": ("{value} is not a date", "write it as YYYY-MM-DD"),
    "date_parsing": ("{value} is not a date", "write it as YYYY-MM-DD"),
    "date_type": ("{value} is not a date", "write it as YYYY-MM-DD"),
    "greater_than_equal": ("{value} is below {ge}", "send a value from {ge} up"),
    "greater_than": ("{value} is not above {gt}", "send a larger value"),
    "less_than_equal": ("{value} is above {le}", "send a value up to {le}"),
    "less_than": ("{value} is not below {lt}", "send a smaller value"),
}
OTHER: Words = ("{value} cannot be used here", "see what this field takes")
OWN_RULE = "value_error"


def problem_of(item: Mapping[str, Any], where: str, *, words: Mapping[str, Words] = WORDS) -> Problem:
    """One thing pydantic found, at this place; a rule of our own brings its msgid in its ValueError."""
    context = dict(item.get("ctx", {}))
    if item["type"] == OWN_RULE:
        message, remedy = str(context.pop("error")), ""
    else:
        message, remedy = words.get(item["type"], OTHER)
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace(" or ", ", ").replace("'", "")
    return Problem(where, message, remedy, {"value": shown(item.get("input")), **context})


def shown(value: object) -> str:
    """A value as a message repeats it; never a whole body."""
    if isinstance(value, str | int | float):
        return repr(value)[:SHOWN_CHARACTERS]
    return "null" if value is None else "…"
