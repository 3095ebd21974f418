"""What the results page was asked: all of it stands in its address."""

from dataclasses import dataclass, fields, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request

VIEWS = ("table", "heat", "forest")
SORTS = ("name", "high", "low", "n")
FACTORS, CRITERIA = "factor", "criterion"
FIGURES = "figure"
LONGEST_PAGE = 6
_ADDRESS_NAMES = {"round_code": "round", "across": "columns"}


@dataclass(frozen=True, slots=True)
class Question:
    """One view of a round's results.

    `by` are the rows: units, a second dimension, or figures; `at` fixes one value of a dimension, written
    "service:1.001193"; `across` are the columns of a heat map. Empty is what fits best.
    """

    round_code: str = ""
    edition: str = ""
    unit: str = ""
    by: str = ""
    at: str = ""
    figure: str = ""
    view: str = "table"
    across: str = ""
    q: str = ""
    sort: str = "name"
    page: int = 1

    @property
    def fixed(self) -> dict[str, str]:
        """The value a dimension is held at, by dimension."""
        dimension, sign, value = self.at.partition(":")
        return {dimension: value} if sign else {}

    def query(self, **changes: str | int) -> str:
        """The address of this view with changes; whatever is as usual is left out."""
        asked = replace(self, **({} if "page" in changes else {"page": 1}), **changes)  # type: ignore[arg-type]
        plain = Question()
        words = {
            _ADDRESS_NAMES.get(field.name, field.name): getattr(asked, field.name)
            for field in fields(asked)
            if getattr(asked, field.name) != getattr(plain, field.name)
        }
        return urlencode(words)


def _asked(request: Request) -> Question:
    """What the address says; a word that makes no sense counts as not said."""
    given = request.query_params
    words = {
        field.name: given.get(_ADDRESS_NAMES.get(field.name, field.name), "") for field in fields(Question)
    }
    page = words.pop("page")
    return Question(
        **{
            **words,
            "view": words["view"] if words["view"] in VIEWS else VIEWS[0],
            "sort": words["sort"] if words["sort"] in SORTS else SORTS[0],
        },
        page=int(page) if page.isdecimal() and len(page) < LONGEST_PAGE else 1,
    )


QuestionDep = Annotated[Question, Depends(_asked)]
