"""How numbers and dates are shown: rounded half-up in one place, decimal comma in Vietnamese."""

from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from babel.dates import format_date
from babel.numbers import format_decimal

LONGEST = Context(prec=400)  # every float with every wanted digit: 309 before the point
LEVEL_SLACK = 0.005
PATTERNS = {0: "#,##0", 1: "#,##0.0", 2: "#,##0.00", 3: "#,##0.000", 4: "#,##0.0000"}


def rounded(value: float, digits: int) -> Decimal:
    """Half away from zero, as published tables round; the float's shortest decimal is what is rounded."""
    exact = Decimal(repr(float(value)))
    return exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP, context=LONGEST)


def number(value: float | None, language: str, digits: int = 0) -> str:
    """`1.234,5` in Vietnamese, `1,234.5` in English; a dash where there is nothing."""
    if value is None:
        return "–"
    return format_decimal(rounded(value, digits), format=PATTERNS[digits], locale=language)


def percent(share: float | None, language: str, digits: int = 1) -> str:
    """A share (0-1) as a percentage: `84,2%`."""
    return "–" if share is None else number(float(rounded(share * 100, digits)), language, digits) + "%"


def month(value: str) -> str:
    """`2026-11` as people write it: `11/2026`."""
    return "/".join(reversed(value.split("-")))


def day(value: date, language: str) -> str:
    """`22/11/2026` in Vietnamese, `22 Nov 2026` in English."""
    return format_date(value, "dd/MM/yyyy" if language == "vi" else "d MMM y", locale=language)


def level(share: float | None, language: str) -> str:
    """A confidence level with no more digits than it needs: `95%`, `99,5%`; never rounded up to 100%."""
    if share is None:
        return "–"
    digits = next(d for d in PATTERNS if d == max(PATTERNS) or _is_told(100 * share, d))
    return number(100 * share, language, digits) + "%"


def _is_told(value: float, digits: int) -> bool:
    shown = float(rounded(value, digits))
    return abs(shown - value) < LEVEL_SLACK and shown < 100
