"""A public chart leaves no unit of a province out; of very many procedures it keeps the most judged."""

from types import SimpleNamespace
from typing import Any

from app.console.public_views import MOST_SERVICES, MOST_UNITS, PublicView


def rows(count: int) -> list[Any]:
    """Rows whose later ones have more answers; one is not published."""
    return [
        SimpleNamespace(name=place, row=SimpleNamespace(n=place or None, is_published=place > 0))
        for place in range(count)
    ]


def a_view(*, below: int = 0, services: int = 0) -> PublicView:
    empty: Any = None
    parts: dict[str, Any] = {name: empty for name in PublicView.__dataclass_fields__}
    return PublicView(**{**parts, "below": rows(below), "services": rows(services)})


def test_every_unit_of_the_largest_province_is_drawn() -> None:
    view = a_view(below=168)
    assert MOST_UNITS >= 168
    assert len(view.charted) == len(view.comparable) == 168


def test_of_very_many_procedures_those_with_most_answers_are_drawn_in_the_order_of_the_table() -> None:
    view = a_view(services=300)
    names = [one.name for one in view.charted]
    assert len(view.comparable) == 299
    assert names == list(range(300 - MOST_SERVICES, 300))
