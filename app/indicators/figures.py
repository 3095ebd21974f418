"""Figures as they are announced: decimals digit by digit, shares of a maximum, changes in points, in ranks.

Pure. Points and ranks are never mixed: an index may gain points and lose ranks.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.core import numbers
from app.core.numbers import rounded

NUMBER = re.compile(r"[+\-−]?\d{1,12}([.,]\d{1,6})?")
WHOLE = re.compile(r"[+\-−]?\d{1,9}")
PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2]|Q[1-4]))?")
SHARE_DIGITS = 2
COUNT_SHARE_DIGITS = 1
MINUS = "−"
BREAKS = {"sipas": {"2022"}}  # the survey was designed anew: 2021 and 2022 do not compare


def decimal_text(text: str) -> str:
    """`80,90` as 80.90: the digits stay as they were announced. Raises: ValueError for anything else."""
    plain = text.strip()
    if not NUMBER.fullmatch(plain):
        raise ValueError(text)
    return plain.replace(",", ".").replace(MINUS, "-").removeprefix("+")


def whole_number(text: str) -> int:
    """`−2` as -2. Raises: ValueError."""
    plain = text.strip()
    if not WHOLE.fullmatch(plain):
        raise ValueError(text)
    return int(plain.replace(MINUS, "-"))


def digits_of(value: Decimal) -> int:
    """Decimals it is written with."""
    return max(-int(value.as_tuple().exponent), 0)


def shown(value: Decimal, language: str) -> str:
    """With its own decimals: `80,9`, `165,02`."""
    return numbers.number(float(value), language, min(digits_of(value), 4))


def signed(value: Decimal | int, language: str) -> str:
    """`+35,34`, `−2`, `0`."""
    number = Decimal(value)
    sign = "+" if number > 0 else MINUS if number < 0 else ""
    return sign + shown(abs(number), language)


def share_of(value: Decimal, largest: Decimal, *, digits: int = SHARE_DIGITS) -> Decimal:
    """Percent of the most that can be had: 165.02 of 220 is 75.01."""
    return rounded(float(value / largest * 100), digits)


def earlier(period: str) -> str:
    """The same period a year before."""
    return f"{int(period[:4]) - 1}{period[4:]}"


def compares(indicator: str, period: str) -> bool:
    """Whether the figure can be set against that of a year before."""
    return period[:4] not in BREAKS.get(indicator, set())


@dataclass(frozen=True, slots=True)
class Sum:
    """Parts against their whole; `rest` is what the given parts leave, 0 where they are the whole."""

    parts: tuple[Decimal, ...]
    total: Decimal
    complete: bool

    @property
    def rest(self) -> Decimal:
        return self.total - sum(self.parts, Decimal(0))

    @property
    def agrees(self) -> bool:
        """Exactly, but for half a last digit of each figure; parts that are not all may leave a rest."""
        slack = sum((Decimal(5).scaleb(-digits_of(one) - 1) for one in (*self.parts, self.total)), Decimal(0))
        if self.complete:
            return abs(self.rest) <= (slack if self._differently_rounded else Decimal(0))
        return self.rest >= -slack

    @property
    def _differently_rounded(self) -> bool:
        return len({digits_of(one) for one in (*self.parts, self.total)}) > 1

    def text(self, language: str) -> str:
        """`55,48 + 8,82 + 20,27 + 2,36 = 86,93`."""
        left = " + ".join(shown(one, language) for one in self.parts)
        if not self.complete and self.rest > 0:
            return f"{left} + … = {shown(self.total, language)}"
        sign = "=" if self.agrees else "≠"
        return f"{left} {sign} {shown(self.total, language)}"


def sum_of(parts: Sequence[Decimal], total: Decimal | None, *, complete: bool) -> Sum | None:
    """The check of an index's parts, where there is something to check."""
    return Sum(tuple(parts), total, complete) if parts and total is not None else None


def verdict(value: Decimal | None, target: Decimal | None) -> str:
    """met or not_met for an announced figure; nothing where one is missing."""
    if value is None or target is None:
        return ""
    return "met" if value >= target else "not_met"


def verdict_of_interval(low: float | None, high: float | None, target: Decimal | None) -> str:
    """For a figure of ours: met and not_met only where the whole interval says so, else unclear."""
    if low is None or high is None or target is None:
        return ""
    if low >= float(target):
        return "met"
    return "not_met" if high < float(target) else "unclear"
