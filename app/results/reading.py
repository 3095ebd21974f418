"""Reading an edition: the one way to its estimates for pages, files, reports, alerts and the public."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlmodel import Session, select

from app.accounts.service import is_within
from app.core.language import translator
from app.core.numbers import month
from app.results.columns import DIMENSION_COLUMNS
from app.results.demographics import DEMOGRAPHICS
from app.results.method import labels_of
from app.results.shares import COMPLETE_ONLY, COUNTED, FIGURE, UNIT, Kept, Shares, shares_of
from app.results.states import SEPARATOR
from app.results.tables import Edition, EstimateRun
from app.results.views import FigureChoice
from app.results.words import VALUE_WORDS
from app.units.tables import Unit

FORMULA_ORDER = {"satisfied_share": 0, "pooled_answers": 0, "equal_criteria": 1}
KIND_ORDER = ("headline", "overall", "factor", "criterion")

Choice = str | Collection[str] | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """One row; shares in percent, unrounded, None where hidden. `names` are what people read."""

    place: Mapping[str, str]
    names: Mapping[str, str]
    parent_code: str
    figure: str
    figure_name: str
    state: str
    reasons: tuple[str, ...]
    estimate: float | None
    se: float | None
    low: float | None
    high: float | None
    n: int | None
    n_effective: float | None
    n_star: float | None
    df: float | None
    responses: int | None
    population: float | None
    covered_pct: float | None
    sum_weights: float | None
    blank_pct: float | None

    @property
    def unit(self) -> str:
        return self.place["unit"]

    @property
    def kind(self) -> str:
        return self.figure.split(":")[0]

    @property
    def measure(self) -> str:
        return self.figure.split(":")[1]

    @property
    def formula(self) -> str:
        return self.figure.split(":")[2]

    @property
    def is_published(self) -> bool:
        return self.estimate is not None


NUMBERS = (
    "estimate",
    "se",
    "low",
    "high",
    "n",
    "n_effective",
    "n_star",
    "df",
    "responses",
    "population",
    "covered_pct",
    "sum_weights",
    "blank_pct",
)


class EditionTables:
    """An edition's tables as somebody may see them, in one language."""

    def __init__(self, session: Session, edition: Edition, *, language: str, within: Sequence[str]) -> None:
        self.edition = edition
        self._session = session
        self.language = language
        self._translate = translator(language)
        self._units = _units(session)
        record = _run_record(session, edition.tables["unit"])
        self.labels = labels_of(session, record, translate=self._translate)
        self._seen = self._visible(within)
        self._below: dict[str, list[str]] = {}
        for code, above in self._seen.items():
            self._below.setdefault(above, []).extend([code] if code else [])
        self.figures = self._figures()
        self.headline = self._headline()

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The second dimensions there is a table for."""
        return tuple(name.split(",")[1] for name in self.edition.tables if "," in name)

    @property
    def tops(self) -> tuple[str, ...]:
        """Units of this edition without a visible unit above them; the whole ("") where it has a row."""
        if "" in self._seen:
            return ("",)
        return tuple(code for code in self._seen if self._seen[code] not in self._seen)

    def rows(
        self, by: str = "unit", *, unit: Choice = None, figure: Choice = None, **where: Choice
    ) -> list[Estimate]:
        """Rows of a table in display order; every choice is one code or several, none is all."""
        wanted: dict[str, Collection[str]] = {UNIT: self._allowed(unit)}
        if figure is not None:
            wanted[FIGURE] = _several(figure)
        for dimension, codes in where.items():
            if codes is not None:
                wanted[DIMENSION_COLUMNS[dimension][0].name] = _several(codes)
        return list(self._estimates(self._shares(by).chosen(wanted), by))

    def one(self, by: str = "unit", *, unit: str, figure: str, **where: str) -> Estimate | None:
        """The one row, where there is one."""
        found = self.rows(by, unit=unit, figure=figure, **where)
        return found[0] if found else None

    def complete_only(self, unit: str, figure: str) -> Estimate | None:
        """A unit's headline or index over complete forms alone: the check beside it."""
        shares = _shares_of(self._session, self.edition.tables["unit"], COMPLETE_ONLY)
        wanted = {UNIT: self._allowed(unit), FIGURE: (figure,)}
        return next(self._estimates(shares.chosen(wanted), "unit"), None)

    @property
    def units(self) -> tuple[str, ...]:
        """Every unit of this edition the reader may see, in display order."""
        return tuple(self._seen)

    def children(self, unit: str) -> tuple[str, ...]:
        """Units of this edition directly below."""
        return tuple(self._below.get(unit, ()))

    def parent(self, unit: str) -> str | None:
        found = self._seen.get(unit)
        return found if found in self._seen else None

    def lineage(self, unit: str) -> tuple[str, ...]:
        """From the top that may be seen down to the unit itself."""
        line, above = [unit], self.parent(unit)
        while above is not None and above not in line:
            line.insert(0, above)
            above = self.parent(above)
        return tuple(line)

    def peers(self, unit: str) -> tuple[str, ...]:
        """Units of the same level under the same unit, itself included."""
        above = self._seen.get(unit)
        return tuple(code for code, parent in self._seen.items() if code and parent == above)

    def unit_name(self, unit: str) -> str:
        return self._units[unit].name if unit in self._units else self._translate("The whole round")

    def _headline(self) -> str:
        """The figure that stands for satisfaction: the overall question most answered, else the index."""
        most = self._shares("unit").most
        asked = {key: n for key, n in most.items() if key.startswith("headline:")}
        if asked:
            return str(max(asked, key=lambda key: (asked[key], key)))
        return self.figures[0].key if self.figures else ""

    def _visible(self, within: Sequence[str]) -> dict[str, str]:
        """Unit -> the unit above it, in display order, as far as the reader may see."""
        pairs = self._shares("unit").parents
        whole = any(path == "/" for path in within)
        return {
            code: parent
            for code, parent in pairs.items()
            if (whole if not code else any(is_within(self._units[code].path, path) for path in within))
        }

    def _allowed(self, unit: Choice) -> list[str]:
        if unit is None:
            return list(self._seen)
        return [code for code in _several(unit) if code in self._seen]

    def _shares(self, by: str) -> Shares:
        name = "unit" if by == "unit" else f"unit,{by}"
        return _shares_of(self._session, self.edition.tables[name])

    def _figures(self) -> tuple[FigureChoice, ...]:
        found = [key.split(":") for key in self._shares("unit").labelled[FIGURE].labels]
        ranked = sorted(found, key=lambda one: (KIND_ORDER.index(one[0]), FORMULA_ORDER[one[2]]))
        names = self.labels.measures
        return tuple(
            FigureChoice(":".join(one), one[0], names.get((one[0], one[1]), one[1]), one[2]) for one in ranked
        )

    def _estimates(self, table: pa.Table, by: str) -> Iterator[Estimate]:
        names = self.labels.measures
        for row in table.to_pylist():
            kind, measure, _ = row["figure"].split(":")
            yield Estimate(
                place={"unit": row["unit_code"], **self._codes(row, by)},
                names={"unit": row["unit_name"] or self.unit_name(""), **self._words(row, by)},
                parent_code=row["parent_code"],
                figure=row["figure"],
                figure_name=names.get((kind, measure), measure),
                state=row["state"],
                reasons=tuple(code for code in row["reasons"].split(SEPARATOR) if code),
                **{name: row[name] for name in NUMBERS},
            )

    @staticmethod
    def _codes(row: Mapping[str, Any], by: str) -> dict[str, str]:
        return {} if by == "unit" else {by: row[DIMENSION_COLUMNS[by][0].name]}

    def _words(self, row: Mapping[str, Any], by: str) -> dict[str, str]:
        if by == "unit":
            return {}
        code = row[DIMENSION_COLUMNS[by][0].name]
        if by in DEMOGRAPHICS:
            return {by: self.labels.people[by].texts[code][self.language] if code else self._unanswered()}
        if by == "month":
            return {by: month(code)}
        word = row.get("service_name") if by == "service" else VALUE_WORDS.get(f"{by}:{code}")
        return {by: self._translate(word) if word else code or self._translate("not known")}

    def _unanswered(self) -> str:
        return self._translate("not answered")


def open_edition(
    session: Session, edition: Edition, *, language: str = "vi", within: Sequence[str] = ("/",)
) -> EditionTables:
    """The edition's tables for somebody who may see these subtrees."""
    return EditionTables(session, edition, language=language, within=within)


_kept = Kept()


def _shares_of(session: Session, run_id: str, rule: str = COUNTED) -> Shares:
    """A run's shares; runs never change, so the last ones used stay in memory."""
    found = _kept.get((run_id, rule))
    if found is None:
        packed = session.exec(select(EstimateRun.rows).where(EstimateRun.run_id == run_id)).one()
        found = shares_of(packed, NUMBERS, rule)
        _kept.keep((run_id, rule), found)
    return found


def _several(choice: str | Collection[str]) -> Collection[str]:
    return (choice,) if isinstance(choice, str) else choice


def _run_record(session: Session, run_id: str) -> EstimateRun:
    fields = [column for column in EstimateRun.__table__.columns if column.name != "rows"]  # type: ignore[attr-defined]
    row = session.connection().execute(select(*fields).where(EstimateRun.run_id == run_id)).one()
    return EstimateRun(**row._mapping)


def _units(session: Session) -> dict[str, Any]:
    """Name and path by code; rows, since whole objects cost ten times as much."""
    rows = session.exec(select(Unit.unit_code, Unit.name, Unit.path))
    return {row.unit_code: row for row in rows}  # type: ignore[attr-defined]
