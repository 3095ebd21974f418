"""One row of a file or one filled form becomes a value; whatever is wrong is told with its place."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.core.tabular import Columns, Row
from app.indicators.definitions import INDICATORS
from app.indicators.figures import PERIOD, decimal_text, sum_of, whole_number
from app.units.reading import Reading

COLUMNS = Columns(
    ("indicator", "year", "source"),
    ("part", "unit", "body", "score", "max", "rank", "of", "change_points", "change_ranks"),
)
PART_LENGTH, BODY_LENGTH, SOURCE_LENGTH = 80, 120, 400
Key = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A value as it will be stored; decimals are texts in the digits they came with."""

    indicator: str
    part: str
    unit_code: str
    body: str
    period: str
    score: str | None
    largest: str | None
    rank: int | None
    rank_of: int | None
    change_points: str | None
    change_ranks: int | None
    source: str

    @property
    def key(self) -> Key:
        return self.indicator, self.part, self.unit_code, self.body, self.period


def read_entry(reading: Reading, row: Row, *, units: Collection[str]) -> Entry:
    """The value of a row; its mistakes go into the reading."""
    unit = row.cells.get("unit", "")
    entry = Entry(
        indicator=reading.one_of(row, "indicator", tuple(INDICATORS), otherwise=""),
        part=reading.text(row, "part", PART_LENGTH, required=False),
        unit_code=reading.known_code(row, "unit", units, noun="unit") if unit else "",
        body=reading.text(row, "body", BODY_LENGTH, required=False),
        period=_period(reading, row),
        score=_decimal(reading, row, "score"),
        largest=_decimal(reading, row, "max"),
        rank=_whole(reading, row, "rank"),
        rank_of=_whole(reading, row, "of"),
        change_points=_decimal(reading, row, "change_points"),
        change_ranks=_whole(reading, row, "change_ranks"),
        source=reading.text(row, "source", SOURCE_LENGTH),
    )
    _check_place(reading, row, entry)
    _check_score(reading, row, entry)
    _check_rank(reading, row, entry)
    return entry


def _period(reading: Reading, row: Row) -> str:
    value = row.cells.get("year", "").upper()
    if not PERIOD.fullmatch(value):
        reading.tell(row, "year", "{value} is not a year", "write 2024, a month 2024-05 or a quarter 2024-Q2")
    return value


def _decimal(reading: Reading, row: Row, column: str) -> str | None:
    value = row.cells.get(column, "")
    try:
        return decimal_text(value) if value else None
    except ValueError:
        remedy = "write digits with one decimal mark, such as 80,9 or 80.9, and no mark for thousands"
        reading.tell(row, column, "{value} is not a number", remedy)
        return None


def _whole(reading: Reading, row: Row, column: str) -> int | None:
    value = row.cells.get(column, "")
    try:
        return whole_number(value) if value else None
    except ValueError:
        reading.tell(row, column, "{value} is not a whole number", "write digits only, such as 10")
        return None


def _check_place(reading: Reading, row: Row, entry: Entry) -> None:
    if not entry.unit_code and not entry.body:
        reading.tell(
            row,
            "unit",
            "nobody is named",
            "give a unit's code, or in body the name of one outside the register",
        )


def _check_score(reading: Reading, row: Row, entry: Entry) -> None:
    if entry.score is None:
        if entry.rank is None and not row.cells.get("score", ""):
            reading.tell(row, "score", "there is neither a score nor a rank", "fill in one of the two")
        return
    score, known = Decimal(entry.score), INDICATORS.get(entry.indicator)
    measure = known.measure if known else "points"
    largest = Decimal(entry.largest) if entry.largest is not None else Decimal(100 if measure == "pct" else 0)
    if measure == "share" and (entry.largest is None or "." in entry.score + entry.largest):
        remedy = "write whole numbers; the whole in max"
        reading.tell(row, "score", "{value} is not a count of a count", remedy)
    elif (entry.largest is not None or measure == "pct") and not 0 <= score <= largest:
        message = "{value} is not between 0 and {largest}"
        reading.tell(row, "score", message, "check the figure and its maximum", largest=str(largest))
    if entry.largest is not None and Decimal(entry.largest) <= 0:
        reading.tell(row, "max", "{value} is not above 0", "check the figure and its maximum")


def _check_rank(reading: Reading, row: Row, entry: Entry) -> None:
    if entry.rank is None:
        return
    if entry.rank < 1 or (entry.rank_of is not None and entry.rank > entry.rank_of):
        message = "rank {value} of {of} cannot be"
        reading.tell(row, "rank", message, "ranks go from 1 to the number of units", of=entry.rank_of or "–")


def check_sums(reading: Reading, read: Sequence[tuple[Row, Entry]], stored: Mapping[Key, str | None]) -> None:
    """Parts against their whole, together with what is stored already. `stored`: score by key."""
    scores = {**stored, **{entry.key: entry.score for _, entry in read}}
    for row, entry in _one_a_whole(read):
        parts = {key[1]: Decimal(s) for key, s in scores.items() if s and key[1] and _same(key, entry.key)}
        total = scores.get((entry.indicator, "", *entry.key[2:]))
        whole = INDICATORS[entry.indicator].whole if entry.indicator in INDICATORS else ()
        complete = bool(whole) and set(whole) == set(parts)
        found = sum_of(list(parts.values()), Decimal(total) if total else None, complete=complete)
        if found is not None and not found.agrees:
            message = "the parts do not sum to the whole: {sum}"
            reading.tell(row, "score", message, "check the parts and the whole", sum=found.text("vi"))


def _one_a_whole(read: Iterable[tuple[Row, Entry]]) -> list[tuple[Row, Entry]]:
    """The last row of each whole: the place where its sum is told of."""
    last = {(entry.indicator, *entry.key[2:]): (row, entry) for row, entry in read}
    return list(last.values())


def _same(one: Key, other: Key) -> bool:
    return one[0] == other[0] and one[2:] == other[2:]
