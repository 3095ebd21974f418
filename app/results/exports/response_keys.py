"""The columns of a response file before its items: text for CSV and the like, labelled numbers for SPSS."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from app.collection.tables import OUTCOMES
from app.core.collation import sort_key
from app.core.language import translator
from app.results.book import Book
from app.results.exports.labelled import Variable
from app.results.exports.response_columns import HIDDEN, HIDDEN_TEXT, KEY_MEANINGS, WORDS
from app.results.exports.response_rows import KeyColumn, quoted
from app.results.exports.response_sql import HIDDEN_PLACE, NAMELESS, PLACES
from app.results.words import VALUE_WORDS
from app.rounds.tables import MODES
from app.units.tables import SUBMISSIONS

STAGES = ("received", "returned")
LISTS: Mapping[str, Sequence[str]] = {
    "mode": MODES,
    "submission": SUBMISSIONS,
    "stage": STAGES,
    "outcome": OUTCOMES,
}
MONTH_BYTES, FLAG_BYTES, CODE_BYTES, TEXT_BYTES = 7, 80, 35, 800
WEIGHT_DIGITS = 6


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


MORE_WORDS = {
    "stage:received": _("dossier handed in"),
    "stage:returned": _("result returned"),
    "outcome:complete": _("complete"),
    "outcome:usable": _("usable"),
    "outcome:breakoff": _("broken off"),
}
NOT_KNOWN = _("not known")


@dataclass(frozen=True, slots=True)
class Places:
    """Units and fields of a round by number, in the order people read them."""

    units: Sequence[str]
    fields: Sequence[str]
    book: Book

    @classmethod
    def of(cls, book: Book) -> "Places":
        fields = {service.field for service in book.services.values() if service.field}
        units = sorted(book.units, key=lambda code: book.order("unit", code))
        return cls(units, sorted(fields, key=lambda name: (sort_key(name), name)), book)

    def unit_table(self, shown: Callable[[str], str]) -> pa.Table:
        """Code, number and name; `shown` makes a text harmless for the format."""
        names = [shown(self.book.units[code].name) for code in self.units]
        return pa.table(
            {
                "unit_code": pa.array(self.units, pa.string()),
                "unit_no": pa.array(range(1, len(self.units) + 1), pa.int32()),
                "shown_code": pa.array([shown(code) for code in self.units], pa.string()),
                "unit_name": pa.array(names, pa.string()),
            }
        )

    def service_table(self, shown: Callable[[str], str]) -> pa.Table:
        """Service, its field and the field's number; 0 is not known."""
        number = {name: i for i, name in enumerate(self.fields, start=1)}
        services = self.book.services.values()
        return pa.table(
            {
                "service_code": pa.array([s.service_code for s in services], pa.string()),
                "field": pa.array([shown(s.field) for s in services], pa.string()),
                "plain_field": pa.array([s.field for s in services], pa.string()),
                "field_no": pa.array([number.get(s.field, 0) for s in services], pa.int32()),
            }
        )


def text_keys(language: str) -> list[KeyColumn]:
    """Codes and names as text."""
    hidden = quoted(translator(language)(HIDDEN_TEXT))
    return [
        KeyColumn("unit_code", f"CASE WHEN unit_no = {NAMELESS} THEN '' ELSE shown_code END"),
        KeyColumn("unit_name", f"CASE WHEN unit_no = {NAMELESS} THEN {hidden} ELSE unit_name END"),
        KeyColumn("field", f"CASE WHEN field_no = {HIDDEN} THEN {hidden} ELSE field END"),
        *(KeyColumn(name, f"rows.{name}") for name in ("month", *LISTS, "flags")),
    ]


def text_variables(language: str) -> list[Variable]:
    """What the text columns hold."""
    translate = translator(language)
    widths = {"unit_code": CODE_BYTES, "month": MONTH_BYTES, "flags": FLAG_BYTES}
    names = ("unit_code", "unit_name", "field", "month", *LISTS, "flags")
    return [
        Variable(
            name,
            "text",
            translate(KEY_MEANINGS[name]),
            width=widths.get(name, TEXT_BYTES),
            texts=_texts(name, language),
        )
        for name in names
    ]


def coded_keys() -> list[KeyColumn]:
    """Numbers that stand for the same."""
    listed = [
        KeyColumn(
            name,
            f"CASE WHEN rows.{name} = '{HIDDEN_PLACE}' THEN {HIDDEN} ELSE "
            f"coalesce(list_position([{', '.join(map(quoted, words))}], rows.{name}), 0)::INTEGER END",
        )
        for name, words in LISTS.items()
    ]
    return [
        KeyColumn("unit", f"CASE WHEN rows.unit_no = {NAMELESS} THEN {HIDDEN} ELSE rows.unit_no END"),
        KeyColumn("field", "rows.field_no"),
        KeyColumn("month", "rows.month"),
        *listed,
        KeyColumn("flags", "rows.flags"),
    ]


def coded_variables(places: Places, language: str) -> list[Variable]:
    """What the numbers stand for."""
    translate = translator(language)
    hidden, unknown = {HIDDEN: translate(WORDS[HIDDEN])}, {0: translate(NOT_KNOWN)}
    units = {i: f"{code} {places.book.units[code].name}" for i, code in enumerate(places.units, start=1)}
    fields = unknown | dict(enumerate(places.fields, start=1))

    def whole(name: str, values: dict[int, str], missing: dict[int, str]) -> Variable:
        return Variable(name, "whole", translate(KEY_MEANINGS[name]), values=values, missing=missing)

    listed = [
        whole(
            name,
            unknown | {i: _word(name, code, language) for i, code in enumerate(words, start=1)},
            hidden if name in PLACES else {},
        )
        for name, words in LISTS.items()
    ]
    month = Variable(
        "month", "text", translate(KEY_MEANINGS["month"]), width=MONTH_BYTES, texts=_texts("month", language)
    )
    flags = Variable("flags", "text", translate(KEY_MEANINGS["flags"]), width=FLAG_BYTES)
    return [whole("unit", units, hidden), whole("field", fields, hidden), month, *listed, flags]


def design_variables(language: str) -> list[Variable]:
    """Weight, stratum and sampling unit."""
    translate = translator(language)
    return [
        Variable("weight", "real", translate(KEY_MEANINGS["weight"]), digits=WEIGHT_DIGITS),
        Variable("stratum", "whole", translate(KEY_MEANINGS["stratum"])),
        Variable("psu", "whole", translate(KEY_MEANINGS["psu"])),
    ]


def _texts(name: str, language: str) -> dict[str, str]:
    """What the codes of a text column mean."""
    gone = {HIDDEN_PLACE: translator(language)(WORDS[HIDDEN])} if name in PLACES else {}
    return {code: _word(name, code, language) for code in LISTS.get(name, ())} | gone


def _word(name: str, code: str, language: str) -> str:
    key = f"{name}:{code}"
    return translator(language)(VALUE_WORDS.get(key) or MORE_WORDS[key])
