"""Which figures a round has: the headline, criteria, factors and overall indices of its forms. Pure.

Answers are pooled over equal item codes and nothing else; indices belong to one form (its versions together).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analysis.measures import Measure
from app.core.errors import Conflict

KINDS = ("headline", "criterion", "factor", "overall")
SET_OF_KIND = {"headline": "headline", "criterion": "criteria", "factor": "factors", "overall": "overall"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure to estimate: the measure and how people know it."""

    kind: str
    code: str
    texts: Mapping[str, str]
    measure: Measure
    satisfied: tuple[float, ...]
    answer_level: int | None = None
    sensitivity: bool = False

    @property
    def measured_in(self) -> str:
        return "pct" if self.measure.is_share else "points"


@dataclass(frozen=True, slots=True)
class MeasuredItem:
    """A question with a satisfied share, as every form that has it defines it."""

    code: str
    kind: str
    texts: Mapping[str, str]
    level_count: int
    satisfied: tuple[int, ...]
    longest: int

    def values(self, counts: Callable[[int], float]) -> tuple[float, ...]:
        """What an answer at each level counts; as long as the longest scale of the run asks for."""
        own = [counts(k) for k in range(1, self.level_count + 1)]
        return tuple(own + own[-1:] * (self.longest - self.level_count))


def measured_items(forms: Sequence[Any]) -> tuple[MeasuredItem, ...]:
    """The measured items of all forms, each code once. Raises: Conflict when a code has two scales."""
    longest = max((_level_count(item) for form in forms for item in form.measures), default=0)
    found: dict[str, MeasuredItem] = {}
    for form in forms:
        for item in form.measures:
            here = _measured(form, item, longest)
            there = found.setdefault(here.code, here)
            if (here.level_count, here.satisfied) != (there.level_count, there.satisfied):
                raise Conflict(
                    "the item {item} has two different scales in this round's forms",
                    where=f"forms.{form.code}",
                    remedy="give the item another code in one of the forms",
                    item=here.code,
                )
    return tuple(sorted(found.values(), key=lambda item: KINDS.index(item.kind)))


def figures_of(forms: Sequence[Any], sets: Sequence[str]) -> tuple[Figure, ...]:
    """The figures of the asked-for sets, in the order people read them."""
    items = {item.code: item for item in measured_items(forms)}
    shares = [Figure(i.kind, i.code, i.texts, _share(i), _share(i).values) for i in items.values()]
    shares += _indices(_newest(forms), forms, items)
    chosen = [figure for figure in shares if SET_OF_KIND[figure.kind] in sets]
    if "mean" in sets:
        chosen += [Figure(i.kind, i.code, i.texts, _mean(i), _share(i).values) for i in items.values()]
    if "levels" in sets:
        chosen += [
            Figure(i.kind, i.code, i.texts, _level(i, k), _share(i).values, answer_level=k)
            for i in items.values()
            for k in range(1, i.level_count + 1)
        ]
    return tuple(chosen)


def sensitivity_figures(forms: Sequence[Any]) -> tuple[Figure, ...]:
    """Headline and overall once more, to be computed from complete forms only."""
    return tuple(replace(f, sensitivity=True) for f in figures_of(forms, ("headline", "overall")))


def questionnaires(forms: Sequence[Any]) -> list[tuple[tuple[str, ...], tuple[float, ...]]]:
    """Items asked together, the headline first, and what counts as satisfied; shared items join forms."""
    items = {item.code: item for item in measured_items(forms)}
    families: list[list[str]] = []
    for form in forms:
        mine = [item.code for item in form.measures]
        touched = [family for family in families if set(family) & set(mine)]
        merged = [code for family in [*touched, mine] for code in family]
        families = [family for family in families if family not in touched]
        families.append(list(dict.fromkeys(merged)))
    ordered = [
        sorted(family, key=lambda code: KINDS.index(items[code].kind)) for family in families if family
    ]
    return [(tuple(family), _share(items[family[0]]).values) for family in ordered]


def _measured(form: Any, item: Any, longest: int) -> MeasuredItem:
    kind = "headline" if item.code == form.headline else "criterion"
    satisfied = tuple(form.scoring.satisfied_levels)
    return MeasuredItem(item.code, kind, item.text, _level_count(item), satisfied, longest)


def _level_count(item: Any) -> int:
    return int(max(choice.code for choice in item.choices))


def _newest(forms: Sequence[Any]) -> list[Any]:
    """One version of each form, the last given."""
    return list({form.code: form for form in forms}.values())


def _indices(newest: Sequence[Any], forms: Sequence[Any], items: Mapping[str, MeasuredItem]) -> list[Figure]:
    figures: list[Figure] = []
    for form in newest:
        versions = [version for version in forms if version.code == form.code]
        for factor in form.factors:
            codes = _codes(version.factor_items(factor.code) for version in versions)
            figures += _both_formulas("factor", factor.code, factor.text, [items[code] for code in codes])
        codes = _codes(version.criteria for version in versions)
        figures += _both_formulas("overall", form.code, form.title, [items[code] for code in codes])
    return sorted(figures, key=lambda figure: KINDS.index(figure.kind))


def _codes(groups: Any) -> list[str]:
    return list(dict.fromkeys(item.code for group in groups for item in group))


def _both_formulas(
    kind: str, code: str, texts: Mapping[str, str], items: Sequence[MeasuredItem]
) -> list[Figure]:
    if not items:
        return []
    names, values = tuple(item.code for item in items), _share(items[0]).values
    pooled = Measure(code, "pooled_answers", names, values)
    equal = Measure(code, "equal_criteria", names, values, (1.0,) * len(names))
    return [Figure(kind, code, texts, measure, values) for measure in (pooled, equal)]


def _share(item: MeasuredItem) -> Measure:
    return Measure(
        item.code, "satisfied_share", (item.code,), item.values(lambda k: float(k in item.satisfied))
    )


def _mean(item: MeasuredItem) -> Measure:
    return Measure(item.code, "mean_score", (item.code,), item.values(float))


def _level(item: MeasuredItem, level: int) -> Measure:
    return Measure(
        f"{item.code}={level}", "level_share", (item.code,), item.values(lambda k: float(k == level))
    )
