"""A line of the board: a figure, its share of the maximum, its rank, what it changed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.indicators import figures
from app.indicators.definitions import INDICATORS, LEGAL
from app.indicators.figures import Sum
from app.indicators.tables import IndicatorValue
from app.results.legal import LegalScore


@dataclass(frozen=True, slots=True)
class Change:
    """Against the same period a year before: as announced, else computed; `other` where the two differ."""

    points: Decimal | None = None
    ranks: int | None = None
    is_announced: bool = False
    other: Decimal | None = None
    is_break: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of the board. `low`, `high` are there for ours alone."""

    indicator: str
    part: str
    unit_code: str
    unit_name: str
    body: str
    period: str
    measure: str
    score: Decimal | None
    largest: Decimal | None
    rank: int | None
    rank_of: int | None
    change: Change
    source: str
    target: Decimal | None = None
    verdict: str = ""
    low: float | None = None
    high: float | None = None
    round_code: str = ""
    dossiers: int = 0
    parts: tuple["Line", ...] = ()
    total: Sum | None = None
    legal: LegalScore | None = None
    history: tuple["Line", ...] = field(default=(), compare=False)

    @property
    def share_pct(self) -> Decimal | None:
        """Percent of the maximum."""
        if self.score is None or not self.largest or self.measure == "pct" or self.indicator == LEGAL:
            return None
        digits = figures.COUNT_SHARE_DIGITS if self.measure == "share" else figures.SHARE_DIGITS
        return figures.share_of(self.score, self.largest, digits=digits)

    @property
    def compared(self) -> Decimal | None:
        """What a target is set against."""
        return self.share_pct if self.measure == "share" else self.score

    @property
    def is_opposed(self) -> bool:
        """Points and ranks went different ways."""
        points, ranks = self.change.points, self.change.ranks
        return points is not None and ranks is not None and points * ranks < 0


def line_of(
    value: IndicatorValue, names: Mapping[str, str], known: Mapping[tuple[str, str], IndicatorValue]
) -> Line:
    """A stored value as the board shows it; `known` are the values of the same index and body."""
    before = known.get((value.part, figures.earlier(value.period)))
    return Line(
        indicator=value.indicator,
        part=value.part,
        unit_code=value.unit_code,
        unit_name=names.get(value.unit_code, value.unit_code),
        body=value.body,
        period=value.period,
        measure=INDICATORS[value.indicator].measure,
        score=_decimal(value.score),
        largest=_decimal(value.largest),
        rank=value.rank,
        rank_of=value.rank_of,
        change=change_of(value, before),
        source=value.source,
        round_code=str(value.detail.get("round", "")),
        dossiers=int(value.detail.get("dossiers", 0)),
    )


def change_of(value: IndicatorValue, before: IndicatorValue | None) -> Change:
    """Points and ranks apart; what was announced stands first, what both years give is set beside it."""
    announced, is_announced = _decimal(value.change_points), value.change_ranks is not None
    is_announced = is_announced or announced is not None
    if not figures.compares(value.indicator, value.period):
        return Change(announced, value.change_ranks, is_announced, is_break=announced is None)
    computed, ranks = _points(value, before), value.change_ranks
    if ranks is None and before is not None and before.rank and value.rank:
        ranks = before.rank - value.rank
    other = computed if announced is not None and computed not in (None, announced) else None
    return Change(computed if announced is None else announced, ranks, is_announced, other)


def _points(value: IndicatorValue, before: IndicatorValue | None) -> Decimal | None:
    if before is None or value.score is None or before.score is None or value.largest != before.largest:
        return None
    return Decimal(value.score) - Decimal(before.score)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
