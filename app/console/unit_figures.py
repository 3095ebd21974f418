"""A unit's page as its template reads it: where it stands, its trend, profile, services, priorities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.accounts.service import Actor
from app.console.results_page import Opened
from app.core.errors import NotFound
from app.results.changes import changes_since
from app.results.comparing import Compared
from app.results.last_round import Before, LastRound, before_round, headline_changes
from app.results.levels import Spread, spreads_of
from app.results.overall import Asked, asked_otherwise
from app.results.priorities import Priority, priorities_of
from app.results.reading import EditionTables, Estimate
from app.results.standing import middle_half, standings
from app.results.trend import Series, editions_until, series_of

DETAILS = ("criterion", "factor")
MAIN_FORMULAS = ("satisfied_share", "pooled_answers")
SHOWN_PRIORITIES = 5
LEVELS = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """A row with its place against something: `way` is up, down or nothing."""

    row: Estimate
    way: str


@dataclass(frozen=True, slots=True)
class Line:
    """A criterion of the profile: the unit, its peers' middle half, its change since its own last round."""

    row: Estimate
    way: str
    peers: tuple[float, float] | None
    since: Compared | None

    @property
    def last(self) -> float | None:
        before = self.since.change.second if self.since else None
        return before.estimate if before else None


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """`own` is the unit's satisfaction, `above` that of the unit above it; `change` since the last round.

    `others` are the overall questions of other forms, with those who answered them.
    """

    opened: Opened
    unit: str
    name: str
    own: Estimate | None
    complete_only: Estimate | None
    above: Standing | None
    above_name: str
    before: Before
    change: Compared | None
    others: Sequence[Asked]
    series: Series
    detail: str
    profile: Sequence[Line]
    peer_count: int
    services: Sequence[Standing]
    priorities: Sequence[Priority]
    levels: Sequence[tuple[str, Spread]]

    @property
    def last(self) -> LastRound | None:
        return self.before.last


def unit_figures(
    session: Session, actor: Actor, opened: Opened, unit: str, *, language: str, detail: str
) -> UnitFigures:
    """Raises: NotFound for a unit this edition does not have, or that is not the reader's to see."""
    tables = opened.tables
    own = tables.one(unit=unit, figure=tables.headline)
    if not tables.rows(unit=unit):
        raise NotFound(
            "this edition has no figures of the unit {unit}, or they are not yours to read",
            where="unit",
            remedy="choose a unit of the round",
            unit=unit,
        )
    before = before_round(session, opened.survey, language=language, within=actor.paths("viewer"))
    changes = headline_changes(session, tables, before.last, units=[unit])
    editions = editions_until(session, opened.survey, tables, within=actor.paths("viewer"))
    shown = detail if detail in DETAILS else DETAILS[0]
    found = priorities_of(tables, unit)
    return UnitFigures(
        opened=opened,
        unit=unit,
        name=tables.unit_name(unit),
        own=own,
        complete_only=tables.complete_only(unit, tables.headline),
        above=_above(tables, unit, own),
        above_name=tables.unit_name(tables.parent(unit) or "") if tables.parent(unit) is not None else "",
        before=before,
        change=changes.get(unit),
        others=asked_otherwise(tables, unit),
        series=series_of(editions, unit, tables.headline),
        detail=shown,
        profile=_profile(session, tables, unit, shown, before.last),
        peer_count=len(_peers(tables, unit)),
        services=_services(tables, unit, own),
        priorities=found.rows[:SHOWN_PRIORITIES] if found else (),
        levels=_levels(session, tables, unit),
    )


def _above(tables: EditionTables, unit: str, own: Estimate | None) -> Standing | None:
    parent = tables.parent(unit)
    above = tables.one(unit=parent, figure=tables.headline) if parent is not None else None
    if above is None or own is None:
        return None
    rows = tables.rows(unit=tables.peers(unit), figure=tables.headline)
    ways = standings([(row, above) for row in rows])  # one family, as where the units stand side by side
    return Standing(above, next(way for row, way in zip(rows, ways, strict=True) if row.unit == unit))


def _profile(
    session: Session, tables: EditionTables, unit: str, kind: str, last: LastRound | None
) -> list[Line]:
    figures = [one.key for one in tables.figures if one.kind == kind and one.formula in MAIN_FORMULAS]
    own = tables.rows(unit=unit, figure=figures)
    parent = tables.parent(unit)
    above = _by_figure(tables.rows(unit=parent, figure=figures)) if parent is not None else {}
    since: dict[str, Compared] = {}
    if last is not None:
        found = changes_since(session, tables, last.tables, units=[unit], figures=figures)
        since = {row.figure: row for row in found.rows}
    bands = _bands(tables, unit, tuple(figures))
    ways = standings([(row, above.get(row.figure)) for row in own])
    return [
        Line(row, way, bands.get(row.figure), since.get(row.figure))
        for row, way in zip(own, ways, strict=True)
    ]


def _levels(session: Session, tables: EditionTables, unit: str) -> list[tuple[str, Spread]]:
    """Questions with five levels, by name: the overall ones first, then the criteria."""
    names = {(one.kind, one.key.split(":")[1]): one.name for one in tables.figures}
    found = [one for one in spreads_of(session, tables.edition, unit) if len(one.shares) in (0, LEVELS)]
    named = [(names[one.kind, one.measure], one) for one in found if (one.kind, one.measure) in names]
    return named if any(one.shares for _, one in named) else []


def _by_figure(rows: Sequence[Estimate]) -> dict[str, Estimate]:
    return {row.figure: row for row in rows}


def _peers(tables: EditionTables, unit: str) -> tuple[str, ...]:
    return tuple(peer for peer in tables.peers(unit) if peer != unit)


_bands_of: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Mapping[str, tuple[float, float] | None]] = {}
KEPT_BANDS = 512


def _bands(
    tables: EditionTables, unit: str, figures: tuple[str, ...]
) -> Mapping[str, tuple[float, float] | None]:
    """The peers' middle half by figure; kept, since an edition never changes and neighbours share it."""
    peers = tables.peers(unit)
    key = (tables.edition.edition_id, peers, figures)
    if key not in _bands_of:
        rows: dict[str, list[Estimate]] = {figure: [] for figure in figures}
        for row in tables.rows(unit=peers, figure=figures) if len(peers) > 1 else ():
            rows[row.figure].append(row)
        while len(_bands_of) >= KEPT_BANDS:
            _bands_of.pop(next(iter(_bands_of)))
        _bands_of[key] = {figure: middle_half(found) for figure, found in rows.items()}
    return _bands_of[key]


def _services(tables: EditionTables, unit: str, own: Estimate | None) -> list[Standing]:
    """Lowest first; those without a published figure last."""
    if "service" not in tables.dimensions:
        return []
    rows = tables.rows("service", unit=unit, figure=tables.headline)
    found = [
        Standing(row, way) for row, way in zip(rows, standings([(row, own) for row in rows]), strict=True)
    ]
    return sorted(found, key=lambda one: (one.row.estimate is None, one.row.estimate or 0.0))
