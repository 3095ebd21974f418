"""Questions two forms share: answers are pooled over equal item codes, so these must mean the same. Pure."""

from survey_forms import Form, Item


def asked_differently(first: Form, second: Form) -> list[str]:
    """Codes of items in both forms whose answers cannot be pooled, in the order of the first."""
    others = {item.code: item for item in second.items}
    return [
        item.code
        for item in first.items
        if item.code in others and _answers(first, item) != _answers(second, others[item.code])
    ]


def _answers(form: Form, item: Item) -> tuple[object, ...]:
    """What an answer to the item can be, and which of them count as satisfied."""
    satisfied = form.scoring.satisfied_levels if item.scale == form.scoring.scale else ()
    return item.kind, tuple((choice.code, choice.points) for choice in item.choices), satisfied
