"""The declared tables: what an edition holds, and so all that pages, files, reports and the public ever show.

Every table tells units apart and a unit's row includes everything below it, so somebody who may see one
subtree reads the rows of its units and needs nothing else.
"""

from collections.abc import Collection

from app.results.demographics import DEMOGRAPHICS
from app.results.request import EstimateRequest

TABLES: tuple[tuple[str, ...], ...] = (
    ("unit",),
    ("unit", "service"),
    ("unit", "field"),
    ("unit", "submission"),
    ("unit", "mode"),
    ("unit", "month"),
    *(("unit", name) for name in DEMOGRAPHICS),
)
MAIN = ("headline", "criteria", "factors", "overall", "sensitivity")
EVERYTHING = (*MAIN, "mean", "levels")


def name_of(by: tuple[str, ...]) -> str:
    """`unit,service`: the name of a table in an edition."""
    return ",".join(by)


def requests_of(round_code: str, people: Collection[str] = ()) -> tuple[EstimateRequest, ...]:
    """What is asked for each declared table; means and single levels for units alone.

    `people` are the demographic questions that the round's forms ask: the others have no table.
    """
    return tuple(
        EstimateRequest(round_code, by, measures=EVERYTHING if by == ("unit",) else MAIN)
        for by in TABLES
        if by[-1] not in DEMOGRAPHICS or by[-1] in people
    )


def is_declared(by: tuple[str, ...]) -> bool:
    """Whether an edition's tables hold every figure by these dimensions."""
    return len([word for word in by if word != "unit" and (word != "field" or "service" not in by)]) <= 1
