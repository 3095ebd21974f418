"""Who was asked the overall question in other words: another form's question is another figure.

The figure that stands for a unit is the overall question most people answered. Those who filled in another
form rated in its words, so they are counted beside and never pooled with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.results.reading import EditionTables, Estimate


@dataclass(frozen=True, slots=True)
class Asked:
    """An overall question of another form; its row may be hidden."""

    name: str
    row: Estimate


def asked_otherwise(tables: EditionTables, unit: str) -> Sequence[Asked]:
    """The overall questions beside the one that stands for the unit, as the unit was asked them."""
    figures = [one.key for one in tables.figures if one.kind == "headline" and one.key != tables.headline]
    rows = tables.rows(unit=unit, figure=figures) if figures else []
    return [Asked(row.figure_name, row) for row in rows]
