"""What must hold between the parts of a form: codes are unique, pointers lead somewhere, kinds fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from survey_forms.problems import Finding, KeyPath, shown_value
from survey_forms.shape import Table, absent, is_code

_SMALLINT_MAX: Final = 32767
_LEVEL_MAX: Final = 127
_KEYS_BY_KIND: Final = {
    "scale": ("rating", "single"),
    "choices": ("single", "multiple"),
    "min": ("number",),
    "max": ("number",),
    "max_length": ("text",),
    "no_opinion": ("rating", "single", "multiple", "number"),
}
_KEYS_NEEDED: Final = {"number": ("min", "max"), "text": ("max_length",)}
_OPERATORS: Final = {
    "rating": ("==", "in", ">=", "<=", "answered"),
    "number": ("==", "in", ">=", "<=", "answered"),
    "single": ("==", "in", "answered"),
    "multiple": ("==", "in", "answered"),
    "text": ("answered",),
}


def broken_rules(form: Table) -> Iterator[Finding]:
    """Mistakes between the sound parts of a document (see shape.read_form)."""
    for name in ("scales", "factors", "items"):
        yield from _repeated(form.get(name, []), (name,))
    for index, scale in enumerate(form.get("scales", [])):
        yield from _scale_rules(scale, ("scales", index))
    yield from _factor_rules(form)
    for index, item in enumerate(form.get("items", [])):
        yield from _item_rules(item, ("items", index), form)
        yield from _condition_rules(form, index)
    yield from _scoring_rules(form)


def _repeated(rows: list[Table], path: KeyPath) -> Iterator[Finding]:
    seen: set[object] = set()
    for index, row in enumerate(rows):
        code = row.get("code") if isinstance(row, dict) else None
        if code is not None and code in seen:
            yield Finding((*path, index, "code"), "repeated_code", {"value": code})
        seen.add(code)


def _scale_rules(scale: Table, path: KeyPath) -> Iterator[Finding]:
    yield from _choice_rules(scale.get("choices", []), (*path, "choices"), "rating")


def _choice_rules(rows: list[Table], path: KeyPath, kind: str) -> Iterator[Finding]:
    yield from _repeated(rows, path)
    for index, row in enumerate(rows):
        if not _choice_code_suits(row["code"], kind):
            fields = {"value": shown_value(row["code"]), "kind": kind}
            yield Finding((*path, index, "code"), "choice_code_kind", fields)


def _choice_code_suits(code: object, kind: str) -> bool:
    if kind == "multiple":
        return is_code(code)
    return type(code) is int and 1 <= code <= _LEVEL_MAX


def _factor_rules(form: Table) -> Iterator[Finding]:
    earlier: list[str] = []
    for index, factor in enumerate(form.get("factors", [])):
        parent = factor.get("parent")
        if parent is not None and parent not in earlier:
            yield _unknown(("factors", index, "parent"), "unknown_factor", parent, allowed=earlier)
        earlier.append(factor.get("code", ""))


def _unknown(path: KeyPath, code: str, value: object, *, allowed: list[str]) -> Finding:
    return Finding(path, code, {"value": shown_value(value), "allowed": ", ".join(filter(None, allowed))})


def _codes(form: Table, name: str) -> list[str]:
    return [row["code"] for row in form.get(name, []) if "code" in row]


def _item_rules(item: Table, path: KeyPath, form: Table) -> Iterator[Finding]:
    kind = item.get("kind")
    if kind is not None:
        yield from _kind_rules(item, path, kind)
    yield from _pointer_rules(item, path, form)
    yield from _range_rules(item, path)
    yield from _criterion_rules(item, path, form)


def _kind_rules(item: Table, path: KeyPath, kind: str) -> Iterator[Finding]:
    for key, kinds in _KEYS_BY_KIND.items():
        if key in item and kind not in kinds:
            yield Finding((*path, key), "key_not_for_kind", {"value": key, "kind": kind})
    for key in _KEYS_NEEDED.get(kind, ()):
        if absent(item, key):
            yield Finding(path, "key_needed_for_kind", {"value": key, "kind": kind})
    yield from _choices_of_item(item, path, kind)


def _choices_of_item(item: Table, path: KeyPath, kind: str) -> Iterator[Finding]:
    if kind == "rating" and absent(item, "scale"):
        yield Finding(path, "key_needed_for_kind", {"value": "scale", "kind": kind})
    if kind == "multiple" and absent(item, "choices"):
        yield Finding(path, "key_needed_for_kind", {"value": "choices", "kind": kind})
    if kind == "single" and absent(item, "scale") == absent(item, "choices"):
        yield Finding(path, "scale_and_choices", {"kind": kind})
    yield from _choice_rules(item.get("choices", []), (*path, "choices"), kind)


def _pointer_rules(item: Table, path: KeyPath, form: Table) -> Iterator[Finding]:
    if "scale" in item and item["scale"] not in _codes(form, "scales"):
        yield _unknown((*path, "scale"), "unknown_scale", item["scale"], allowed=_codes(form, "scales"))
    if "factor" in item and item["factor"] not in _codes(form, "factors"):
        yield _unknown((*path, "factor"), "unknown_factor", item["factor"], allowed=_codes(form, "factors"))
    wording, wordings = item.get("no_opinion"), list(form.get("wordings", {}))
    if isinstance(wording, str) and wording not in wordings:
        yield _unknown((*path, "no_opinion"), "unknown_wording", wording, allowed=wordings)


def _range_rules(item: Table, path: KeyPath) -> Iterator[Finding]:
    if "min" not in item or "max" not in item:
        return
    fields = {"min": item["min"], "max": item["max"]}
    if item["min"] > item["max"]:
        yield Finding((*path, "min"), "range_order", fields)
    if item["min"] < 1 or item["max"] > _SMALLINT_MAX:
        yield Finding((*path, "min"), "range_limit", fields)


def _criterion_rules(item: Table, path: KeyPath, form: Table) -> Iterator[Finding]:
    if not item.get("criterion"):
        return
    scale, code = form.get("scoring", {}).get("scale"), item.get("code")
    if scale and (item.get("kind", "rating") != "rating" or item.get("scale", scale) != scale):
        yield Finding((*path, "criterion"), "criterion_not_rating", {"value": code, "scale": scale})
    if absent(item, "factor"):
        yield Finding((*path, "criterion"), "criterion_without_factor", {"value": code})


def _condition_rules(form: Table, index: int) -> Iterator[Finding]:
    items = form["items"]
    show_if = items[index].get("show_if")
    if show_if is None:
        return
    path: KeyPath = ("items", index, "show_if")
    join = next((key for key in ("all", "any") if key in show_if), None)
    rows = show_if[join] if join else [show_if]
    for number, row in enumerate(rows):
        here = (*path, join, number) if join else path
        yield from _one_condition(row, here, form, index=index)


def _one_condition(row: Table, path: KeyPath, form: Table, *, index: int) -> Iterator[Finding]:
    codes = [item.get("code") for item in form["items"]]
    if row["item"] not in codes:
        yield Finding((*path, "item"), "unknown_item", {"value": shown_value(row["item"])})
    elif row["item"] not in codes[:index]:
        yield Finding((*path, "item"), "later_item", {"value": shown_value(row["item"])})
    else:
        yield from _comparison(row, path, form["items"][codes.index(row["item"])], form=form)


def _comparison(row: Table, path: KeyPath, asked: Table, *, form: Table) -> Iterator[Finding]:
    kind, op = asked.get("kind"), row["op"]
    if kind is None:
        return
    if op not in _OPERATORS[kind]:
        fields = {"value": op, "kind": kind, "allowed": " ".join(_OPERATORS[kind])}
        yield Finding((*path, "op"), "condition_operator", fields)
    elif not _value_suits(row.get("value"), op, _possible(asked, form)):
        fields = {"value": shown_value(row.get("value")), "item": row["item"]}
        yield Finding((*path, "value"), "condition_value", fields)


def _possible(asked: Table, form: Table) -> list[object] | None:
    """Codes an item can be answered with; None where any whole number will do."""
    if asked["kind"] == "number":
        return None
    scales = [s for s in form.get("scales", []) if s.get("code") == asked.get("scale")]
    source = asked if "choices" in asked else (scales or [{}])[0]
    return [row["code"] for row in source["choices"]] if "choices" in source else None


def _value_suits(value: Any, op: str, possible: list[object] | None) -> bool:
    if op == "answered":
        return value is None
    if op in (">=", "<="):
        return type(value) is int
    values = value if op == "in" else [value]
    if not isinstance(values, list) or not values:
        return False
    return all(type(x) in (int, str) and (possible is None or x in possible) for x in values)


def _scoring_rules(form: Table) -> Iterator[Finding]:
    if "scoring" not in form:
        return
    scoring = form["scoring"]
    scale, headline = scoring.get("scale"), scoring.get("headline")
    if scale is not None:
        yield from _level_rules(form, scale, scoring.get("satisfied_levels", []))
    if headline is not None:
        yield from _headline_rules(form, scale, headline)
    elif absent(scoring, "headline") and not any(item.get("criterion") for item in form.get("items", [])):
        yield Finding(("scoring",), "nothing_to_measure", {})


def _level_rules(form: Table, scale: str, levels: list[int]) -> Iterator[Finding]:
    found = [row for row in form.get("scales", []) if row.get("code") == scale]
    if not found:
        yield _unknown(("scoring", "scale"), "unknown_scale", scale, allowed=_codes(form, "scales"))
        return
    known = [row["code"] for row in found[0].get("choices", [])]
    for level in levels:
        if known and level not in known:
            fields = {"value": level, "scale": scale}
            yield Finding(("scoring", "satisfied_levels"), "satisfied_levels", fields)


def _headline_rules(form: Table, scale: str | None, headline: str) -> Iterator[Finding]:
    path: KeyPath = ("scoring", "headline")
    found = [row for row in form.get("items", []) if row.get("code") == headline]
    if not found:
        yield Finding(path, "unknown_item", {"value": shown_value(headline)})
        return
    if found[0].get("kind", "rating") != "rating" or found[0].get("scale", scale) != scale:
        yield Finding(path, "headline_not_rating", {"value": headline, "scale": scale})
    if "show_if" in found[0] or "stage" in found[0]:
        yield Finding(path, "headline_conditional", {"value": headline})
