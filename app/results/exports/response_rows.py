"""Responses as they may be given away: one SQL text on DuckDB over the lake, with the estimates' design.

`flat` is the lake, `known` its responses with their unit, field and form, `rows` the same without what the
edition's tables hide, `released` with what nobody may stand out by and the design. Rows come in random order.
Nothing but counts is held in memory: the rows stream through DuckDB, which spills to the folder it is given.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from app.results.exports.anonymity import Hiding, hide_rare
from app.results.exports.response_columns import BAND, HIDDEN, NOT_ASKED, ItemColumn
from app.results.exports.response_design import COUNTED, ResponseDesign
from app.results.exports.response_sql import (
    HIDDEN_PLACE,
    NAMELESS,
    NAMELESS_NOW,
    PLACES,
    RELEASED,
    TOUCHED,
    WEIGHT,
    WITH_MEANS,
    guarded_columns,
    joined,
    mean_weights,
)
from app.results.exports.response_withheld import Kept
from app.results.lake import Flat
from app.results.rows import PREFIX

MEMORY = "400MB"
BATCH_ROWS = 50_000
KEYS = (
    "unit_code",
    "answered_on",
    "service_code",
    "submission",
    "mode",
    "stage",
    "outcome",
    "flags",
    "month",
)
CELL_COLUMNS = {
    "unit_code": "unit",
    "service_code": "service",
    "true_submission": "submission",
    "true_month": "month",
}


@dataclass(frozen=True, slots=True)
class Released:
    """What disclosure control did: people, values hidden by column, people whose unit is not named."""

    k: int
    people: int
    hidden: dict[str, int]
    nameless: int


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A column before the items: its name and the SQL it comes from."""

    name: str
    sql: str


class ResponseRows:
    """A connection with the round's responses, ready to be written."""

    def __init__(self, data: Flat, items: Sequence[ItemColumn], *, scratch: Path) -> None:
        self.items = items
        self.connection = duckdb.connect(":memory:")
        self.connection.execute(f"SET memory_limit = '{MEMORY}'")
        self.connection.execute(f"SET temp_directory = {quoted(str(scratch))}")
        self.connection.execute("SET preserve_insertion_order = false")  # the order is random all the same
        self._open_flat(data)
        self._own_psu = self._k = 0

    def __enter__(self) -> "ResponseRows":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def fetch(self, sql: str) -> Any:
        """The answer as an Arrow table."""
        return self.connection.sql(sql).to_arrow_table()

    def give(self, name: str, table: pa.Table) -> None:
        """A table to join with, small enough for memory."""
        self.connection.register("given", table)
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM given")
        self.connection.unregister("given")

    def keep_units(self, units: pa.Table, services: pa.Table, kept: Kept) -> None:
        """Only the round's units stay; services bring their field; what an edition hides is taken out."""
        self.give("units", units)
        self.give("services", services)
        columns = {item.lake.removeprefix(PREFIX): item.lake for item in self.items}
        self.connection.execute(
            "CREATE VIEW known AS SELECT flat.*, unit_no, shown_code, unit_name, "
            "coalesce(field, '') AS field, coalesce(plain_field, '') AS plain_field, "
            f"coalesce(field_no, 0) AS field_no, {kept.family(columns, not_asked=NOT_ASKED)} AS family "
            "FROM flat JOIN units USING (unit_code) LEFT JOIN services USING (service_code)"
        )
        dimensions = kept.dimensions
        for name in dimensions:
            self.give(f"kept_{name}", kept.table(name))
        wanted = ", ".join(guarded_columns(self.items, kept, dimensions))
        self.connection.execute(
            f"CREATE VIEW rows AS SELECT {wanted} FROM {joined(kept, dimensions, columns)}"
        )

    def anonymise(self, k: int) -> Released:
        """Settle what is hidden, combination by combination.  Raises: ValueError with fewer than k people."""
        describing = self._describing()
        found = self.fetch(f"SELECT {', '.join(describing)}, count(*) AS people FROM rows GROUP BY ALL")
        codes = {name: _codes(found[name]) for name in describing}
        people = found["people"].to_numpy().astype(np.int64)
        columns = np.column_stack([codes[name] for name in describing[1:]])
        hiding = hide_rare(codes["unit_no"], columns, people, k=k)
        self._give_hidden(found, describing, hiding)
        self._k = k
        gone = [hiding.columns[:, i] | (_plain(found[n]) == HIDDEN) for i, n in enumerate(describing[1:])]
        nameless = hiding.unit | (_plain(found["unit_no"]) == NAMELESS)
        hidden = {n: int((one * people).sum()) for n, one in zip(describing[1:], gone, strict=True)}
        hidden |= {name: self._count(f"{name} = '{HIDDEN_PLACE}'") for name in PLACES}
        return Released(k, int(people.sum()), hidden, int((nameless * people).sum()))

    def give_design(self, design: ResponseDesign) -> None:
        """The design, and mean weights where a weight would tell of what is hidden."""
        self.give("cells", design.cells)
        self.give("psus", design.psus)
        self.connection.execute(f"CREATE VIEW released AS {self._released(design)}")
        self.connection.execute(mean_weights(self._k))
        self._own_psu = design.psu_count

    def select(self, keys: Sequence[KeyColumn]) -> str:
        """The released rows in random order.

        Whoever shares no sampling unit gets a number of their own, given in that order: it tells nothing.
        """
        items = [KeyColumn(item.variable.name, f"rows.{item.lake}") for item in self.items]
        design = [KeyColumn("weight", WEIGHT), KeyColumn("stratum", "stratum"), KeyColumn("psu", "psu")]
        inner = ", ".join(f"{one.sql} AS {_name(one.name)}" for one in [*keys, *design, *items])
        own = f"coalesce(psu, {self._own_psu} + row_number() OVER ())"
        psu = f"CASE WHEN weight IS NOT NULL THEN {own} END AS psu"
        outer = [*(_name(one.name) for one in keys), "weight", "stratum", psu]
        names = ", ".join([*outer, *(_name(one.name) for one in items)])
        return f"SELECT {names} FROM (SELECT {inner} FROM {WITH_MEANS} ORDER BY random())"

    def batches(self, sql: str) -> Iterator[Any]:
        """Record batches, as they come."""
        yield from self.connection.sql(sql).to_arrow_reader(BATCH_ROWS)

    def _released(self, design: ResponseDesign) -> str:
        """Every response as it is given away, with its own weight and whether that would tell too much."""
        same = " AND ".join(f"rows.{n} = hidden.{n}" for n in self._describing())
        cell = " AND ".join(f"rows.{column} = cells.{key}" for column, key in CELL_COLUMNS.items())
        items = [f"{self._item(item)} AS {item.lake}" for item in self.items]
        apart, no_month = design.strata + 1, f"rows.month = '{HIDDEN_PLACE}'"
        return (
            f"SELECT {', '.join([*RELEASED, *items])}, weight, {TOUCHED} AS touched, "
            f"CASE WHEN weight IS NULL THEN NULL WHEN {NAMELESS_NOW} THEN {apart} "
            f"WHEN {no_month} THEN {apart} + rows.unit_no ELSE stratum END AS stratum, "
            f"CASE WHEN NOT ({NAMELESS_NOW} OR {no_month}) THEN psu END AS psu "
            f"FROM rows LEFT JOIN hidden ON {same} LEFT JOIN cells ON {cell} AND rows.{COUNTED} "
            f"LEFT JOIN psus ON rows.unit_code = psus.unit AND rows.answered_on = psus.day AND rows.{COUNTED}"
        )

    def _count(self, where: str) -> int:
        return int(self.fetch(f"SELECT count(*) AS people FROM rows WHERE {where}")["people"][0].as_py())

    def _describing(self) -> list[str]:
        """The unit, then what describes a person."""
        return ["unit_no", "field_no", *(item.lake for item in self.items if item.demographic)]

    def _item(self, item: ItemColumn) -> str:
        if not item.demographic:
            return f"rows.{item.lake}"
        return f"CASE WHEN hides_{item.lake} THEN {HIDDEN} ELSE rows.{item.lake} END"

    def _give_hidden(self, found: Any, describing: Sequence[str], hiding: Hiding) -> None:
        touched = np.flatnonzero(hiding.columns.any(axis=1) | hiding.unit)
        columns = {name: found[name].take(pa.array(touched)) for name in describing}
        for place, name in enumerate(describing[1:]):
            columns[f"hides_{name}"] = pa.array(hiding.columns[touched, place])
        columns["hides_unit"] = pa.array(hiding.unit[touched])
        self.give("hidden", pa.table(columns))

    def _open_flat(self, data: Flat) -> None:
        sources = [f"SELECT * FROM {_files(data)}"] if data.parts else []
        if data.loose is not None:
            self.connection.register("loose", data.loose)
            sources.append("SELECT * FROM loose")
        self.connection.execute(f"CREATE VIEW stored AS {' UNION ALL BY NAME '.join(sources)}")
        held = {str(row[0]) for row in self.connection.execute("DESCRIBE stored").fetchall()}
        columns = [f"{_flat_item(item, held)} AS {item.lake}" for item in self.items]
        self.connection.execute(f"CREATE VIEW flat AS SELECT {', '.join([*KEYS, *columns])} FROM stored")


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _flat_item(item: ItemColumn, held: set[str]) -> str:
    """The item's codes as they are stored, ages and the like in bands; -2 where nobody was asked."""
    if item.lake not in held:
        return f"CAST({NOT_ASKED} AS SMALLINT)"
    code = f"CAST(coalesce({item.lake}, {NOT_ASKED}) AS SMALLINT)"
    return f"CASE WHEN {code} >= 1 THEN {code} // {BAND} * {BAND} ELSE {code} END" if item.banded else code


def _codes(column: Any) -> Any:
    return np.unique(column.to_numpy(), return_inverse=True)[1].reshape(-1).astype(np.int64)


def _plain(column: Any) -> Any:
    return column.to_numpy()


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _files(data: Flat) -> str:
    return f"read_parquet([{', '.join(quoted(str(path)) for path in data.parts)}], union_by_name = true)"
