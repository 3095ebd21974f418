"""What an edition hides, as tables to join responses with: the file says nothing its tables keep back.

A response belongs to the form it answered, and what is hidden is hidden form by form. Each table says by unit
and label whether the form is hidden there, and which questions that only some are asked are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from app.results.demographics import Grouped
from app.results.figures import questionnaires
from app.results.withheld import NOTHING, Cell, Withheld, main_items

UNITS = ""
LABELS = {
    UNITS: "''",
    "service": "coalesce(known.service_code, '')",
    "field": "known.plain_field",
    "month": "known.month",
    "submission": "known.submission",
    "mode": "known.mode",
}
NO_FORM = -1
FORM, SCALE = "form", "scale"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept back: `tables` by dimension.

    `families` are the questions of each form, `mains` those that decide over it; `people` the demographic
    questions with their groups; `above` the unit over each unit.
    """

    tables: Mapping[str, Withheld] = field(default_factory=dict)
    families: Sequence[tuple[str, ...]] = ()
    mains: Sequence[tuple[str, ...]] = ()
    people: Mapping[str, Grouped] = field(default_factory=dict)
    above: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        tables: Mapping[str, Withheld],
        forms: Sequence[Any],
        *,
        people: Mapping[str, Grouped],
        above: Mapping[str, str],
    ) -> "Kept":
        families = [items for items, _ in questionnaires(forms)]
        return cls(tables, families, main_items(forms), people, above)

    @property
    def dimensions(self) -> list[str]:
        """Those with anything hidden."""
        return [name for name in (*LABELS, *self.people) if self.table(name).num_rows]

    @property
    def lone_items(self) -> list[str]:
        """Questions hidden in cells where their form is not."""
        return [
            item
            for family, items in enumerate(self.families)
            for item in items
            if any(self._alone(name, family, item) for name in self.tables)
        ]

    def table(self, dimension: str) -> pa.Table:
        """family, unit_code, label; `form`: all of it is hidden; a column for each question hidden alone.

        `scale`: a form is hidden there, this one or another. A weight is dossiers over the answers of all
        forms, so beside the answers of one it tells how many the others have.
        """
        lone = self.lone_items
        rows: dict[tuple[int, Cell], set[str]] = {}
        for family, items in enumerate(self.families):
            for cell in self._leaves(self._main(dimension, family)):
                rows.setdefault((family, cell), set()).add(FORM)
                for other in (NO_FORM, *range(len(self.families))):
                    rows.setdefault((other, cell), set()).add(SCALE)
            for item in set(items) & set(lone):
                for cell in self._leaves(self._alone(dimension, family, item)):
                    rows.setdefault((family, cell), set()).add(item)
        columns: dict[str, Any] = {
            "family": pa.array([family for family, _ in rows], pa.int32()),
            "unit_code": pa.array([unit for _, (unit, _) in rows], pa.string()),
            "label": pa.array([label for _, (_, label) in rows], pa.string()),
        }
        marks = {
            name: pa.array([name in hidden for hidden in rows.values()], pa.bool_())
            for name in (FORM, SCALE, *lone)
        }
        return pa.table(columns | marks)

    def label(self, dimension: str, columns: Mapping[str, str]) -> str:
        """The SQL of a response's label; `columns` of the questions that the responses have."""
        found = LABELS.get(dimension)
        return found if found is not None else self.people[dimension].sql(columns)

    def family(self, columns: Mapping[str, str], *, not_asked: int) -> str:
        """The SQL of the number of the form that was answered."""
        cases = [
            f"WHEN greatest({', '.join(here)}) > {not_asked} THEN {number}"
            for number, items in enumerate(self.families)
            if (here := [columns[item] for item in items if item in columns])
        ]
        return f"CASE {' '.join(cases)} ELSE {NO_FORM} END" if cases else str(NO_FORM)

    def _main(self, dimension: str, family: int) -> set[Cell]:
        hidden = self.tables.get(dimension, NOTHING).items
        return {cell for item in self.mains[family] for cell in hidden.get(item, ())}

    def _alone(self, dimension: str, family: int, item: str) -> set[Cell]:
        hidden = self.tables.get(dimension, NOTHING).items.get(item, frozenset())
        return set(hidden - self._main(dimension, family))

    def _leaves(self, cells: Iterable[Cell]) -> set[Cell]:
        """The cells, and what units with others below have of their own: hidden where one of those is."""
        return {
            pair for unit, label in cells for pair in ((unit, label), (self.above.get(unit, unit), label))
        }
