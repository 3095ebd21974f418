"""The declared tables: what an edition holds, and so all that pages, files, reports and the public ever show.

Every table tells units apart and a unit's row includes everything below it, so somebody who may see one
subtree reads the rows of its units and needs nothing else.
"""

from app.results.request import EstimateRequest

TABLES: tuple[tuple[str, ...], ...] = (
    ("unit",),
    ("unit", "service"),
    ("unit", "field"),
    ("unit", "submission"),
    ("unit", "mode"),
    ("unit", "month"),
)
MAIN = ("headline", "criteria", "factors", "overall", "sensitivity")
EVERYTHING = (*MAIN, "mean", "levels")


def name_of(by: tuple[str, ...]) -> str:
    """`unit,service`: the name of a table in an edition."""
    return ",".join(by)


def requests_of(round_code: str) -> tuple[EstimateRequest, ...]:
    """What is asked for each declared table; means and single levels for units alone."""
    return tuple(
        EstimateRequest(round_code, by, measures=EVERYTHING if by == ("unit",) else MAIN) for by in TABLES
    )
