"""One row of a foreign file becomes one response, by the map. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.collection.import_map import BLANK, FromColumn, FromItem, ImportMap
from app.collection.schemas import ResponseIn, wire_of_mapping
from app.core.errors import Invalid
from app.core.tokens import keyed_digest

WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class FilledRow:
    """A row of the file: its line and its cells as text."""

    line: int
    cells: Mapping[str, str]


def is_wanted(plan: ImportMap, row: FilledRow) -> bool:
    """Whether the row passes the map's filter."""
    return all(row.cells.get(column, "").strip() in wanted for column, wanted in plan.filter.items())


def key_of(plan: ImportMap, row: FilledRow) -> tuple[str, ...]:
    """What tells this row from the others of its file."""
    return tuple(row.cells.get(column, "").strip() for column in plan.key)


def wire_of_row(plan: ImportMap, row: FilledRow, forms: Mapping[str, str]) -> ResponseIn:
    """The response of this row; `Invalid` names every cell that cannot be used."""
    fields: dict[str, Any] = {name: _value(name, source, row) for name, source in plan.sources().items()}
    mode = fields["mode"]
    if mode not in forms:
        raise Invalid(
            "round {round} takes no answers by {mode}",
            where="mode",
            remedy="give the round a form for it, or translate the value in the map",
            round=plan.round,
            mode=mode or "?",
        )
    fields = {name: value for name, value in fields.items() if value not in (None, "")}
    return wire_of_mapping(
        {
            **fields,
            "response_id": _response_id(plan, row),
            "round": plan.round,
            "form_version": forms[mode],
            "language": plan.language,
            "answers": dict(_answers(plan, row)),
        }
    )


def _response_id(plan: ImportMap, row: FilledRow) -> str:
    """Always the same for the same map name and key; keyed, so a known key does not lead to its answers."""
    digest = keyed_digest("import", json.dumps((plan.name, *key_of(plan, row))).encode())
    return str(UUID(hex=digest[:32], version=5))


def _value(name: str, source: FromColumn, row: FilledRow) -> object:
    if source.constant is not None:
        return source.constant
    cell = row.cells.get(source.column or "", "").strip()
    if source.values is not None:
        if cell not in source.values:
            raise _untranslated(cell, source.column or "", where=name)
        cell = source.values[cell]
    if name == "duration_seconds":
        return int(cell) if WHOLE_NUMBER.fullmatch(cell) else cell or None
    return _day(cell, source) if name == "answered_on" and source.format else cell


def _day(cell: str, source: FromColumn) -> str:
    try:
        return datetime.strptime(cell, source.format or "").date().isoformat()  # noqa: DTZ007, a date only
    except ValueError:
        raise Invalid(
            "{value} is not a date written as {format}",
            where=source.column or "",
            remedy="correct the cell, or the format in the map",
            value=cell or "?",
            format=source.format,
        ) from None


def _untranslated(cell: str, column: str, *, where: str) -> Invalid:
    return Invalid(
        "the map does not translate {value} of column {column}",
        where=where,
        remedy="add it to the values of the map",
        value=repr(cell),
        column=column,
    )


def _answers(plan: ImportMap, row: FilledRow) -> list[tuple[str, object]]:
    """The answers of a row, blanks left out."""
    found = ((item, _answer(plan, source, row)) for item, source in plan.items.items())
    return [(item, answer) for item, answer in found if answer not in (None, "", [], BLANK)]


def _answer(plan: ImportMap, source: FromItem, row: FilledRow) -> object:
    cell = row.cells.get(source.column, "").strip()
    if source.separator is None:
        return _translated(plan, source, cell)
    parts = [part.strip() for part in cell.split(source.separator)]
    chosen = [_translated(plan, source, part) for part in parts if part]
    return [str(choice) for choice in chosen if choice != BLANK]


def _translated(plan: ImportMap, source: FromItem, cell: str) -> object:
    if cell in source.values:
        return source.values[cell]
    if cell == "" or source.text:
        return cell
    if cell in plan.values:
        return plan.values[cell]
    return int(cell) if WHOLE_NUMBER.fullmatch(cell) else cell
