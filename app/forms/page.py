"""A form as a page shows it, in one language. Pure: the template and the kiosk's script compute nothing."""

from dataclasses import asdict, dataclass
from typing import Any

from survey_forms import Form, Item, ShowIf, Stage, fingerprint

MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One answer to pick; `level` is its place on a rating scale, None on a plain list."""

    code: int | str
    text: str
    level: int | None


@dataclass(frozen=True, slots=True)
class ItemView:
    """One question; `no_opinion` is that button's wording, None where it is not offered."""

    code: str
    kind: str
    text: str
    number: str
    hint: str
    required: bool
    no_opinion: str | None
    choices: tuple[ChoiceView, ...]
    show_if: dict[str, Any] | None
    factor: str
    max_length: int | None
    minimum: int | None
    maximum: int | None
    demographic: bool


@dataclass(frozen=True, slots=True)
class FormPage:
    """Everything a page needs of one form version."""

    code: str
    version: str
    language: str
    languages: tuple[str, ...]
    title: str
    intro: str
    items: tuple[ItemView, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def form_page(form: Form, language: str, stage: Stage | None = None) -> FormPage:
    """The items asked at this stage, in this language (Vietnamese where the form has no such language)."""
    spoken = language if language in form.languages else "vi"
    # by identity: hashing a whole form costs more than showing it; the form is kept, so its id stays its own
    key = (id(form), spoken, stage)
    if key not in _made:
        if len(_made) >= MOST_KEPT:
            _made.clear()
        _made[key] = (form, _page(form, spoken, stage))
    return _made[key][1]


_made: dict[tuple[int, str, Stage | None], tuple[Form, FormPage]] = {}


def _page(form: Form, spoken: str, stage: Stage | None) -> FormPage:
    items = tuple(_item(form, item, spoken) for item in form.items if item.stage in (None, stage))
    intro = form.intro[spoken] if form.intro else ""
    return FormPage(form.code, fingerprint(form), spoken, form.languages, form.title[spoken], intro, items)


def _item(form: Form, item: Item, language: str) -> ItemView:
    factors = {factor.code: factor.text[language] for factor in form.factors}
    return ItemView(
        code=item.code,
        kind=item.kind,
        text=item.text[language],
        number=item.number or "",
        hint=item.hint[language] if item.hint else "",
        required=item.required,
        no_opinion=item.no_opinion[language] if item.no_opinion else None,
        choices=_choices(item, language),
        show_if=_show_if(item.show_if),
        factor=factors.get(item.factor or "", ""),
        max_length=item.max_length,
        minimum=item.min,
        maximum=item.max,
        demographic=item.demographic,
    )


def _choices(item: Item, language: str) -> tuple[ChoiceView, ...]:
    rating = item.kind == "rating"
    return tuple(
        ChoiceView(choice.code, choice.text[language], int(choice.code) if rating else None)
        for choice in item.choices
    )


def _show_if(rule: ShowIf | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    return {"join": rule.join, "conditions": [asdict(condition) for condition in rule.conditions]}
