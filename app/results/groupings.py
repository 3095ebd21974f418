"""Domains of a table: crossings of dimensions, each unit standing for everything below it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.opt_in_design import OptInDesign
from analysis.opt_in_domains import Domains, domains_by
from app.results.book import Book

WHOLE = ""
"""The unit label of the round as a whole, where it has several tops."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """One grouping of the responses: `domains` labelled by `keys`, dimensions of the table in order."""

    keys: tuple[str, ...]
    domains: Domains


def groupings(design: OptInDesign, by: Sequence[str], book: Book) -> list[Grouping]:
    """Every grouping a table needs: one a level of the unit tree, or one where units are not told apart."""
    keys = tuple(word for word in by if word != "field" or "service" not in by)
    return [Grouping(keys, _domains(design, keys, book, unit_map)) for unit_map in _unit_maps(keys, book)]


def with_empty(grouping: Grouping, labels: Sequence[tuple[str, ...]]) -> Grouping:
    """The grouping with these domains too, where it has their unit: nobody answered there."""
    known = set(grouping.domains.labels)
    units = {label[0] for label in known if label}
    more = tuple(label for label in labels if label[0] in units and label not in known)
    return replace(grouping, domains=replace(grouping.domains, labels=(*grouping.domains.labels, *more)))


def _domains(
    design: OptInDesign, keys: Sequence[str], book: Book, unit_map: Mapping[str, str] | None
) -> Domains:
    relabel: dict[str, Mapping[str, str]] = {} if unit_map is None else {"unit": unit_map}
    if "field" in keys:
        names = {*design.cube.label("service"), *(key[1] for key in design.cells.key_labels)}
        relabel["service"] = {name: book.field_of(name) for name in names}
    return domains_by(design, ["service" if key == "field" else key for key in keys], relabel=relabel)


def _unit_maps(keys: Sequence[str], book: Book) -> list[Mapping[str, str] | None]:
    if "unit" not in keys:
        return [None]
    levels: list[Mapping[str, str] | None] = [
        {unit: line[depth] for unit, line in book.lineage.items() if len(line) > depth}
        for depth in range(book.depth)
    ]
    whole = dict.fromkeys(book.lineage, WHOLE)
    return [whole, *levels] if len(book.tops) > 1 else levels


def dimension_values(keys: Sequence[str], label: Sequence[str], book: Book) -> dict[str, str]:
    """The dimension columns of one domain."""
    values: dict[str, str] = {}
    for key, code in zip(keys, label, strict=True):
        if key == "unit":
            unit = book.units.get(code)
            values |= {
                "unit_code": code,
                "unit_name": unit.name if unit else "",
                "parent_code": book.parent_of(code),
            }
        elif key == "service":
            service = book.services.get(code)
            values |= {
                "service_code": code,
                "service_name": service.name if service else "",
                "field": book.field_of(code),
            }
        else:
            values[key] = code
            if key in book.people:
                values[f"{key}_name"] = book.people[key].texts.get(code, {}).get("vi", "")
    return values


def domain_order(keys: Sequence[str], label: Sequence[str], book: Book) -> tuple[object, ...]:
    """How domains are sorted: dimension by dimension."""
    return tuple(book.order(key, code) for key, code in zip(keys, label, strict=True))
