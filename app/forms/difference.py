"""What changed between two versions of a form, one plain sentence's worth at a time. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.forms.pooling import asked_differently
from survey_forms import Choice, Form, Item, ShowIf

FLAGS = ("required", "criterion", "demographic", "sensitive")
PLAIN = ("kind", "number", "factor", "stage", "min", "max", "max_length", "scale")


@dataclass(frozen=True, slots=True)
class Change:
    """`what` changed at a place: the form itself (empty) or an item's code; `language` of a text."""

    place: str
    what: str
    before: str = ""
    after: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Every change, and the items whose answers can no longer be counted together with earlier ones."""

    changes: tuple[Change, ...]
    not_comparable: tuple[str, ...]


def difference(old: Form, new: Form) -> Difference:
    """From the old version to the new one, the form first, then item by item in the new order."""
    changes = (*_of_form(old, new), *_of_factors(old, new), *_of_items(old, new))
    return Difference(changes, tuple(asked_differently(old, new)))


def _of_form(old: Form, new: Form) -> Iterator[Change]:
    yield from _texts("", "title", old.title, new.title)
    yield from _texts("", "intro", old.intro, new.intro)
    for what in ("languages", "modes"):
        yield from _plain("", what, ", ".join(getattr(old, what)), ", ".join(getattr(new, what)))
    yield from _plain("", "headline", old.headline or "", new.headline or "")
    yield from _plain("", "satisfied", _levels(old), _levels(new))


def _of_factors(old: Form, new: Form) -> Iterator[Change]:
    before = {factor.code: factor for factor in old.factors}
    after = {factor.code: factor for factor in new.factors}
    for code in before.keys() - after.keys():
        yield Change(code, "factor_removed", before[code].text["vi"])
    for code, factor in after.items():
        if code not in before:
            yield Change(code, "factor_added", after=factor.text["vi"])
        else:
            yield from _texts(code, "factor_text", before[code].text, factor.text)


def _of_items(old: Form, new: Form) -> Iterator[Change]:
    before = {item.code: item for item in old.items}
    after = {item.code: item for item in new.items}
    for code, item in before.items():
        if code not in after:
            yield Change(code, "item_removed", item.text["vi"])
    for code, item in after.items():
        if code in before:
            yield from _of_item(before[code], item)
        else:
            yield Change(code, "item_added", after=item.text["vi"])
    shared = [code for code in before if code in after], [code for code in after if code in before]
    if shared[0] != shared[1]:
        yield Change("", "order", ", ".join(shared[0]), ", ".join(shared[1]))


def _of_item(old: Item, new: Item) -> Iterator[Change]:
    code = new.code
    yield from _texts(code, "text", old.text, new.text)
    yield from _texts(code, "hint", old.hint, new.hint)
    yield from _texts(code, "no_opinion", old.no_opinion, new.no_opinion)
    for what in PLAIN:
        yield from _plain(code, what, _said(getattr(old, what)), _said(getattr(new, what)))
    for what in FLAGS:
        yield from _plain(code, what, _yes(getattr(old, what)), _yes(getattr(new, what)))
    yield from _plain(code, "show_if", _rule(old.show_if), _rule(new.show_if))
    yield from _of_choices(code, old.choices, new.choices)


def _of_choices(code: str, old: Sequence[Choice], new: Sequence[Choice]) -> Iterator[Change]:
    before, after = {one.code: one for one in old}, {one.code: one for one in new}
    for key in before:
        if key not in after:
            yield Change(code, "choice_removed", before[key].text["vi"])
    for key, choice in after.items():
        if key not in before:
            yield Change(code, "choice_added", after=choice.text["vi"])
            continue
        yield from _texts(code, "choice_text", before[key].text, choice.text)
        yield from _plain(code, "points", _said(before[key].points), _said(choice.points))
    shared = [key for key in before if key in after], [key for key in after if key in before]
    if shared[0] != shared[1]:
        yield Change(code, "choice_order", _codes(shared[0]), _codes(shared[1]))


def _texts(
    place: str, what: str, old: Mapping[str, str] | None, new: Mapping[str, str] | None
) -> Iterator[Change]:
    before, after = dict(old or {}), dict(new or {})
    for language in dict.fromkeys((*before, *after)):
        if before.get(language, "") != after.get(language, ""):
            yield Change(place, what, before.get(language, ""), after.get(language, ""), language)


def _plain(place: str, what: str, before: str, after: str) -> Iterator[Change]:
    if before != after:
        yield Change(place, what, before, after)


def _said(value: Any) -> str:
    return "" if value is None else str(value)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _codes(codes: Sequence[object]) -> str:
    return ", ".join(map(str, codes))


def _levels(form: Form) -> str:
    return f"{form.scoring.scale}: {_codes(form.scoring.satisfied_levels)}"


def _rule(rule: ShowIf | None) -> str:
    if rule is None:
        return ""
    sign = " & " if rule.join == "all" else " | "
    return sign.join(f"{one.item} {one.op} {_said(one.value)}".strip() for one in rule.conditions)
