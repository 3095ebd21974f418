"""The SQL of columns that are given away: what is hidden becomes a code or a word, never another value."""

from collections.abc import Iterable, Sequence

from app.results.exports.response_columns import HIDDEN, NOT_ASKED, ItemColumn
from app.results.exports.response_withheld import FORM, SCALE, UNITS, Kept
from app.results.rows import PREFIX

NAMELESS = 0
"""The number of a unit that is not named."""
HIDDEN_PLACE = "hidden"
PLACES = ("month", "mode", "submission")
TRUE = ("month", "submission")
"""Kept under names of their own for the weighting cells."""
PLAIN = ("unit_code", "answered_on", "service_code", "stage", "outcome", "flags", "field")

NAMELESS_NOW = f"(coalesce(hides_unit, false) OR rows.unit_no = {NAMELESS})"
FIELD_NOW = (
    f"CASE WHEN {NAMELESS_NOW} OR coalesce(hides_field_no, false) THEN {HIDDEN} ELSE rows.field_no END"
)
RELEASED = (
    *("rows.stage", "rows.outcome", "rows.flags", "rows.shown_code", "rows.unit_name", "rows.field"),
    f"CASE WHEN {NAMELESS_NOW} THEN {NAMELESS} ELSE rows.unit_no END AS unit_no",
    f"{FIELD_NOW} AS field_no",
    f"CASE WHEN {NAMELESS_NOW} OR unit_scale_hidden THEN {NAMELESS} ELSE rows.unit_no END AS weight_unit",
    "cells.cell",
    *(f"CASE WHEN {NAMELESS_NOW} THEN '{HIDDEN_PLACE}' ELSE rows.{name} END AS {name}" for name in PLACES),
)
TOUCHED = (
    f"{NAMELESS_NOW} OR {FIELD_NOW} = {HIDDEN} OR rows.scale_hidden "
    + "".join(f"OR rows.{name} = '{HIDDEN_PLACE}' " for name in TRUE)
).strip()
"""Responses whose own weight would tell a hidden procedure, field, month or way of filing,."""
WEIGHT = "CASE WHEN touched OR blunt.cell IS NOT NULL THEN mean_weight ELSE weight END"
WITH_MEANS = (
    "released AS rows LEFT JOIN blunt ON rows.cell = blunt.cell "
    "LEFT JOIN means ON rows.weight_unit = means.weight_unit AND weight IS NOT NULL"
)


def joined(kept: Kept, dimensions: Iterable[str], columns: dict[str, str]) -> str:
    """The responses beside what is hidden of them; `columns` of the questions."""
    return "known" + "".join(
        f" LEFT JOIN kept_{name} ON known.unit_code = kept_{name}.unit_code "
        f"AND known.family = kept_{name}.family AND {kept.label(name, columns)} = kept_{name}.label"
        for name in dimensions
    )


def guarded_columns(items: Sequence[ItemColumn], kept: Kept, dimensions: Sequence[str]) -> list[str]:
    """Columns of the responses without what the edition's tables hide."""

    def marked(dimension: str, column: str = FORM) -> str:
        return f"coalesce(kept_{dimension}.{column}, false)" if dimension in dimensions else "false"

    unit = marked(UNITS)
    hides = {item.lake: [unit] if item.demographic else [] for item in items}
    for name, group in kept.people.items():
        for item in group.labels:
            hides.get(PREFIX + item, []).append(marked(name))
    for item in kept.lone_items:
        hides.get(PREFIX + item, []).extend(marked(name, item) for name in dimensions)
    return [
        *(f"known.{name}" for name in (*PLAIN, "shown_code", "unit_name")),
        *(f"known.{name} AS true_{name}" for name in TRUE),
        f"CASE WHEN {unit} THEN {NAMELESS} ELSE unit_no END AS unit_no",
        f"CASE WHEN {unit} OR {marked('field')} THEN {HIDDEN} ELSE field_no END AS field_no",
        *(
            f"CASE WHEN {unit} OR {marked(name)} THEN '{HIDDEN_PLACE}' ELSE known.{name} END AS {name}"
            for name in PLACES
        ),
        f"{marked(UNITS, SCALE)} AS unit_scale_hidden",
        f"{' OR '.join(marked(name, SCALE) for name in (UNITS, 'service', 'field', *TRUE))} AS scale_hidden",
        *(f"{_or_hidden(item.lake, hides[item.lake])} AS {item.lake}" for item in items),
    ]


def mean_weights(k: int) -> str:
    """A table of the weight that stands for all those alike, in a unit, whose own would tell too much.

    These are all of a weighting cell (`blunt`) as soon as one of them is. Where they are fewer than `k`, the
    mean of the unit stands.
    """
    return (
        "CREATE OR REPLACE TABLE weighed AS SELECT weight_unit, cell, touched, weight, count(*) AS people "
        "FROM released WHERE weight IS NOT NULL GROUP BY ALL; "
        "CREATE OR REPLACE TABLE blunt AS SELECT DISTINCT cell FROM weighed WHERE touched; "
        "CREATE OR REPLACE TABLE means AS WITH sums AS ("
        "SELECT weight_unit, touched OR blunt.cell IS NOT NULL AS meant, sum(people) AS people, "
        "sum(people * weight) AS total "
        "FROM weighed LEFT JOIN blunt ON weighed.cell = blunt.cell GROUP BY ALL) "
        f"SELECT weight_unit, CASE WHEN sum(people) FILTER (meant) >= {k} "
        "THEN sum(total) FILTER (meant) / sum(people) FILTER (meant) "
        "ELSE sum(total) / sum(people) END AS mean_weight FROM sums GROUP BY ALL"
    )


def _or_hidden(column: str, hides: Sequence[str]) -> str:
    found = [one for one in hides if one != "false"]
    if not found:
        return f"known.{column}"
    return (
        f"CASE WHEN ({' OR '.join(found)}) AND known.{column} <> {NOT_ASKED} THEN {HIDDEN} "
        f"ELSE known.{column} END"
    )
