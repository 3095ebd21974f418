"""A form as a plain document (what is published and hashed) and back. No checks here: see checks.py."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any

from survey_forms.model import Choice, Condition, Factor, Form, Item, Scale, Scoring, ShowIf, Texts
from survey_forms.shape import Table

_PLAIN_ITEM_KEYS = (
    "number",
    "scale",
    "required",
    "factor",
    "criterion",
    "stage",
    "min",
    "max",
    "max_length",
    "demographic",
    "sensitive",
)


def canonical_json(value: object) -> str:
    """JSON with sorted keys, no spaces and letters as they are: equal values give equal text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def fingerprint(form: Form) -> str:
    """SHA-256 (hex) over the whole definition: the form version.

    It does not depend on how the TOML is laid out; it changes with any text, code, order or rule.
    """
    return hashlib.sha256(canonical_json(to_document(form)).encode("utf-8")).hexdigest()


def to_document(form: Form) -> dict[str, Any]:
    """The form as JSON-ready values; ``from_document`` of it is an equal form."""
    document: Table = {
        "code": form.code,
        "title": dict(form.title),
        "intro": form.intro and dict(form.intro),
        "languages": list(form.languages),
        "modes": list(form.modes),
        "scoring": _lean(
            {
                "scale": form.scoring.scale,
                "satisfied_levels": list(form.scoring.satisfied_levels),
                "headline": form.scoring.headline,
            }
        ),
        "scales": [{"code": s.code, "choices": _choices_out(s.choices)} for s in form.scales],
        "factors": [_factor_out(factor) for factor in form.factors],
        "items": [_item_out(item) for item in form.items],
    }
    return _lean(document)


def _lean(table: Table) -> Table:
    return {key: value for key, value in table.items() if value not in (None, False, [])}


def _choices_out(choices: tuple[Choice, ...]) -> list[Table]:
    # points of 0 count, so only None is dropped here
    rows = ({"code": c.code, "text": dict(c.text), "points": c.points} for c in choices)
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


def _factor_out(factor: Factor) -> Table:
    return _lean(
        {
            "code": factor.code,
            "text": dict(factor.text),
            "number": factor.number,
            "parent": factor.parent,
        }
    )


def _item_out(item: Item) -> Table:
    row: Table = {key: getattr(item, key) for key in _PLAIN_ITEM_KEYS}
    row |= {
        "code": item.code,
        "kind": item.kind,
        "text": dict(item.text),
        "hint": item.hint and dict(item.hint),
        "choices": None if item.scale else _choices_out(item.choices),
        "no_opinion": item.no_opinion and dict(item.no_opinion),
        "show_if": item.show_if and _show_if_out(item.show_if),
    }
    return _lean(row)


def _show_if_out(show_if: ShowIf) -> Table:
    return {show_if.join: [_condition_out(condition) for condition in show_if.conditions]}


def _condition_out(condition: Condition) -> Table:
    value = list(condition.value) if isinstance(condition.value, tuple) else condition.value
    row: Table = {"item": condition.item, "op": condition.op}
    return row if value is None else row | {"value": value}


def build(document: Table) -> Form:
    """The form of a document that has been checked."""
    languages = tuple(document["languages"])
    scales = tuple(
        Scale(code=row["code"], choices=_choices(row["choices"], languages))
        for row in document.get("scales", [])
    )
    scoring = document["scoring"]
    return Form(
        code=document["code"],
        title=_texts(document["title"], languages),
        languages=languages,
        scoring=Scoring(
            scale=scoring["scale"],
            satisfied_levels=tuple(scoring["satisfied_levels"]),
            headline=scoring.get("headline"),
        ),
        items=tuple(_Builder(document, languages, scales).item(row) for row in document["items"]),
        scales=scales,
        factors=tuple(_factor(row, languages) for row in document.get("factors", [])),
        modes=tuple(document.get("modes", [])),
        intro=_optional_texts(document.get("intro"), languages),
    )


class _Builder:
    """Items point at scales and wordings of their document; here the pointers are followed."""

    def __init__(self, document: Table, languages: tuple[str, ...], scales: tuple[Scale, ...]) -> None:
        self.languages = languages
        self.scales = {scale.code: scale.choices for scale in scales}
        self.wordings: Table = document.get("wordings", {})

    def item(self, row: Table) -> Item:
        no_opinion = row.get("no_opinion")
        wording = self.wordings[no_opinion] if isinstance(no_opinion, str) else no_opinion
        return Item(
            code=row["code"],
            kind=row["kind"],
            text=_texts(row["text"], self.languages),
            hint=_optional_texts(row.get("hint"), self.languages),
            choices=self._item_choices(row),
            no_opinion=_optional_texts(wording, self.languages),
            show_if=_show_if(row["show_if"]) if "show_if" in row else None,
            **{key: row[key] for key in _PLAIN_ITEM_KEYS if key in row},
        )

    def _item_choices(self, row: Table) -> tuple[Choice, ...]:
        if "scale" in row:
            return self.scales[row["scale"]]
        return _choices(row.get("choices", []), self.languages)


def _texts(texts: dict[str, str], languages: tuple[str, ...]) -> Texts:
    # one composed form for Vietnamese letters, so that equal words have equal bytes
    return Texts({language: unicodedata.normalize("NFC", texts[language].strip()) for language in languages})


def _optional_texts(texts: dict[str, str] | None, languages: tuple[str, ...]) -> Texts | None:
    return None if texts is None else _texts(texts, languages)


def _choices(rows: list[Table], languages: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple(
        Choice(code=row["code"], text=_texts(row["text"], languages), points=row.get("points"))
        for row in rows
    )


def _factor(row: Table, languages: tuple[str, ...]) -> Factor:
    return Factor(
        code=row["code"],
        text=_texts(row["text"], languages),
        number=row.get("number"),
        parent=row.get("parent"),
    )


def _show_if(table: Table) -> ShowIf:
    if "any" in table:
        return ShowIf(join="any", conditions=tuple(_condition(row) for row in table["any"]))
    return ShowIf(join="all", conditions=tuple(_condition(row) for row in table.get("all", [table])))


def _condition(row: Table) -> Condition:
    value = row.get("value")
    return Condition(item=row["item"], op=row["op"], value=tuple(value) if isinstance(value, list) else value)
