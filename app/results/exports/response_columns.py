"""The columns of a response file: where, when and how somebody answered, the design, one column an item."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.language import translator
from app.results.exports.labelled import NAME_LETTERS, Variable
from app.results.rows import PREFIX

NOT_ASKED, BLANK, NO_OPINION, BLANK_CHOICE, HIDDEN = -2, 0, -1, -3, -4
BAND = 10
PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
RESERVED = {"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"}  # SPSS
RESERVED |= {"in", "if", "using", "byte", "int", "long", "float", "double", "strl"}  # Stata


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


KEY_MEANINGS = {
    "unit": _("Unit; hidden where too few people answered there"),
    "unit_code": _("Official code of the unit; empty where too few people answered there"),
    "unit_name": _("Name of the unit"),
    "field": _("Field of the administrative procedure; (hidden) where too few people share it"),
    "month": _("Month of the answer, YYYY-MM, local date; hidden where the tables hide it"),
    "mode": _("How the answer came: kiosk, receipt, poster, portal, paper or interviewer; or hidden"),
    "submission": _("How the dossier was filed: counter, online, post or unknown; or hidden"),
    "stage": _("Stage of the dossier: received, returned, or empty"),
    "outcome": _("complete, usable or breakoff; breakoffs have no weight"),
    "flags": _("Marks of doubtful answers, empty for none"),
    "weight": _(
        "Dossiers (or residents) the response stands for, or a mean of its unit; empty if not counted"
    ),
    "stratum": _("Stratum of the variance: unit and month; one for a unit's hidden months"),
    "psu": _("Sampling unit of the variance: a day of a unit, numbered at random; its own where hidden"),
}
WORDS = {
    NOT_ASKED: _("not asked"),
    BLANK: _("left blank"),
    NO_OPINION: _("no opinion"),
    HIDDEN: _("hidden so that nobody can be recognised"),
}
CHOSEN = {0: _("not chosen"), 1: _("chosen")}
HIDDEN_TEXT = _("(hidden)")


@dataclass(frozen=True, slots=True)
class ItemColumn:
    """One item in the file: its column in the lake, whether it describes the person, bands of numbers."""

    variable: Variable
    lake: str
    demographic: bool = False
    banded: bool = False


def item_columns(forms: Sequence[Any], *, language: str) -> tuple[ItemColumn, ...]:
    """Every closed item of the forms, each code once, the last form's wording; never a comment."""
    found: dict[str, tuple[Any, str]] = {}
    for form in forms:
        for item in form.items:
            if item.closed:
                found |= {name: (item, choice) for name, choice in _lake_names(item)}
    names = _names(found)
    return tuple(
        _column(item, choice, name=names[code], lake=code, language=language)
        for code, (item, choice) in found.items()
    )


def _lake_names(item: Any) -> list[tuple[str, str]]:
    if item.kind == "multiple":
        return [(f"{item.code}__{choice.code}", str(choice.code)) for choice in item.choices]
    return [(item.code, "")]


def _names(codes: Collection[str]) -> dict[str, str]:
    """A name every format can bear: the item's code where it can, else `a_` before it or a number."""
    taken, names = {*KEY_MEANINGS}, dict[str, str]()
    for place, code in enumerate(codes, start=1):
        usable = (
            name for name in (code, f"a_{code}", f"v{place:03}") if _is_bearable(name) and name not in taken
        )
        names[code] = next(usable, f"v{place:03}_x")
        taken.add(names[code])
    return names


def _is_bearable(name: str) -> bool:
    return bool(PLAIN_NAME.match(name)) and len(name) <= NAME_LETTERS and name not in RESERVED


def _column(item: Any, choice: str, *, name: str, lake: str, language: str) -> ItemColumn:
    banded = item.kind == "number" and item.demographic
    variable = Variable(
        name,
        "whole",
        _label(item, choice, language),
        values=_values(item, choice, language=language, banded=banded),
        missing=_missing(item, language),
        source="" if name == lake else lake,
    )
    return ItemColumn(variable, PREFIX + lake, demographic=item.demographic, banded=banded)


def _label(item: Any, choice: str, language: str) -> str:
    number = f"{item.number}. " if item.number else ""
    picked = next((f" – {c.text[language]}" for c in item.choices if str(c.code) == choice), "")
    return f"{number}{item.text[language]}{picked}"


def _values(item: Any, choice: str, *, language: str, banded: bool) -> Mapping[int, str]:
    if choice:
        return {code: translator(language)(text) for code, text in CHOSEN.items()}
    if banded:
        first, last = (item.min or 1) // BAND * BAND, item.max or 120
        return {low: f"{low}–{low + BAND - 1}" for low in range(max(first, BAND), last + 1, BAND)}
    return {one.code: one.text[language] for one in item.choices}


def _missing(item: Any, language: str) -> Mapping[int, str]:
    translate = translator(language)
    blank = BLANK_CHOICE if item.kind == "multiple" else BLANK
    codes = {NOT_ASKED: translate(WORDS[NOT_ASKED]), blank: translate(WORDS[BLANK])}
    if item.no_opinion is not None:
        codes[NO_OPINION] = item.no_opinion[language]
    return codes | {HIDDEN: translate(WORDS[HIDDEN])}
