"""A line of the board in the forms press and reports use: `165,02/220 = 75,01%`, `10/10`, `+35,34 điểm`."""

from decimal import Decimal

from app.core.language import translator
from app.indicators.figures import shown, signed
from app.indicators.lines import Change, Line


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


VERDICT_WORDS = {
    "met": _("met"),
    "not_met": _("not met"),
    "unclear": _("not distinguishable from the target"),
    "": "",
}
DASH = "–"
QUARTER = _("quarter {quarter} of {year}")


def value_text(line: Line, language: str) -> str:
    """The figure as it is announced."""
    if line.score is None:
        return DASH
    score = shown(line.score, language)
    if line.measure == "pct":
        return f"{score}%"
    if line.largest is None:
        return score
    share = line.share_pct
    whole = f"{score}/{shown(line.largest, language)}"
    is_plain = line.largest == Decimal(100) or share is None
    return whole if is_plain or share is None else f"{whole} = {shown(share, language)}%"


def rank_text(line: Line) -> str:
    """`10/10`, or the rank alone where the number of units is not known."""
    if line.rank is None:
        return DASH
    return f"{line.rank}/{line.rank_of}" if line.rank_of else str(line.rank)


def points_text(line: Line, language: str) -> str:
    """`+35,34 điểm`; percentages change by percentage points."""
    if line.change.points is None:
        return DASH
    say = translator(language)
    word = "{change} percentage points" if line.measure == "pct" else "{change} points"
    return say(word).format(change=signed(line.change.points, language))


def ranks_text(change: Change, language: str) -> str:
    """`−7 hạng`: a positive number is a better rank."""
    if change.ranks is None:
        return DASH
    return translator(language)(_("{change} in rank")).format(change=signed(change.ranks, language))


POINTS, PERCENTAGE_POINTS = _("{change} points"), _("{change} percentage points")
BUT, AND = _("{points} but {ranks}"), "{points}, {ranks}"


def change_text(line: Line, language: str) -> str:
    """Points and ranks in one phrase, which says so when they went different ways."""
    points, ranks = points_text(line, language), ranks_text(line.change, language)
    if DASH in (points, ranks):
        return ranks if points == DASH else points
    return translator(language)(BUT if line.is_opposed else AND).format(points=points, ranks=ranks)


def target_text(line: Line, language: str) -> str:
    """`≥ 95%`."""
    if line.target is None:
        return DASH
    return f"≥ {shown(line.target, language)}" + ("%" if line.measure in ("pct", "share") else "")


def interval_text(line: Line, language: str) -> str:
    """Of a figure of ours, rounded as everywhere."""
    from app.core.numbers import number

    if line.low is None or line.high is None:
        return DASH
    return f"{number(line.low, language, 1)} – {number(line.high, language, 1)}"


def period_text(period: str, language: str) -> str:
    """`2024`, `5/2024`, `quý 2 năm 2024`."""
    year, _dash, rest = period.partition("-")
    if rest.startswith("Q"):
        return translator(language)(QUARTER).format(quarter=rest[1:], year=year)
    return f"{int(rest)}/{year}" if rest else year


def body_text(line: Line) -> str:
    """Who it is about: the body named in words, else the unit."""
    return line.body or line.unit_name
